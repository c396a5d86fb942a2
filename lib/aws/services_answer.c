/* SPDX-License-Identifier: Apache-2.0 */
/* Each byte of the answer is either read by jansson or known to be the same as one that was. The
 * answer is taken apart: its services, each a text of its own, and what is left of it, with numbers
 * where the services stood. The whole is JSON exactly if all parts are; and where the parts' list
 * is not the very list that was taken out (a member twice, an escape in a name, anything unusual),
 * the answer is read as a whole. */
#include "aws/services_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "aws/cursor.h"
#include "aws/event_list.h"
#include "aws/facts_service.h"
#include "aws/json.h"
#include "base/buffer.h"

enum {
        /* "You may specify up to 10 services to describe in a single operation." */
        SERVICES_MAX = 10,
        /* Below AWS_JSON_DEPTH_MAX by what stands around a service. */
        PART_DEPTH_MAX = 32,
};

struct Reader {
        const struct EcsKnownServices *known;
        struct Arena *arena;
        struct Cursor cursor;
        struct Buffer part;    /* a service without its events */
        struct EcsBody hashed; /* the bytes that `digest` is of: services are often of one size */
        struct EcsDigest digest;
        struct EcsAnsweredService *services;
        size_t n_services;
};

static struct EcsDigest digest_of(struct Reader *reader, const struct EcsBody *bytes) {
        XXH128_hash_t hash;

        if (reader->hashed.data != bytes->data || reader->hashed.size != bytes->size) {
                hash = XXH3_128bits_withSeed(bytes->data, bytes->size, reader->known->seed);
                reader->hashed = *bytes;
                reader->digest = (struct EcsDigest) {hash.low64, hash.high64, bytes->size};
        }
        return reader->digest;
}

static bool digest_equal(const struct EcsDigest *a, const struct EcsDigest *b) {
        return a->low == b->low && a->high == b->high && a->size == b->size;
}

/* A service that begins here and is this one, ends where this one ends. */
static bool stands_here(struct Reader *reader, const struct EcsKnownService *service) {
        const struct EcsBody here = {reader->cursor.at, service->digest.size};
        struct EcsDigest digest;

        if (here.size == 0 || service->wanted ||
            here.size > (size_t) (reader->cursor.end - here.data) ||
            here.data[here.size - 1] != '}')
                return false;
        digest = digest_of(reader, &here);
        return digest_equal(&digest, &service->digest);
}

/* ECS answers in the order in which it was asked, as a rule. */
static const struct EcsKnownService *find_known(struct Reader *reader) {
        for (size_t i = 0; i < reader->known->n_services; i++) {
                size_t nth = (reader->n_services + i) % reader->known->n_services;

                if (stands_here(reader, reader->known->services + nth))
                        return reader->known->services + nth;
        }
        return NULL;
}

/* A service's members, `events` read and left out of reader->part. 1, 0 or -errno, as
 * ecs_event_list_read(). */
static int take_members(struct Reader *reader, struct ServiceFacts *facts, bool *ret_has_events) {
        const char *copied = reader->cursor.at;
        struct EcsBody key;
        int r;

        *ret_has_events = false;
        if (!cursor_take(&reader->cursor, '{'))
                return 0;
        do {
                if (!cursor_take_plain(&reader->cursor, &key) || !cursor_take(&reader->cursor, ':'))
                        return 0;
                if (!cursor_is(&key, "events")) {
                        if (!cursor_skip_value(&reader->cursor, PART_DEPTH_MAX))
                                return 0;
                        continue;
                }
                if (*ret_has_events || !cursor_take(&reader->cursor, '['))
                        return 0;
                *ret_has_events = true;
                r = buffer_append(&reader->part, copied, (size_t) (reader->cursor.at - copied));
                if (r < 0)
                        return r;
                r = ecs_event_list_read(&reader->cursor, reader->arena, &facts->events,
                                        &facts->n_events);
                if (r <= 0)
                        return r;
                copied = reader->cursor.at - 1;
        } while (cursor_take(&reader->cursor, ','));
        if (!cursor_take(&reader->cursor, '}'))
                return 0;
        return buffer_append(&reader->part, copied, (size_t) (reader->cursor.at - copied)) < 0
                       ? -ENOMEM
                       : 1;
}

static int read_part(struct Reader *reader, struct ServiceFacts *ret) {
        struct EcsProblem problem;
        json_auto_t *root = NULL;
        int r;

        r = aws_json_load(buffer_text(&reader->part), reader->part.size, ECS_RESPONSE_BYTES_MAX,
                          &root);
        /* Tags are nobody's who comes here, but have to be right all the same. */
        if (r < 0 || json_object_get(root, "tags"))
                return r == -ENOMEM ? r : 0;
        r = ecs_decode_json(root, &ECS_SERVICE_SHAPE, reader->arena, &problem, ret);
        return r == -ENOMEM ? r : r >= 0;
}

static int take_changed(struct Reader *reader, struct EcsAnsweredService *ret) {
        struct EcsBody bytes = {.data = reader->cursor.at};
        struct ServiceFacts events = {};
        bool has_events;
        int r;

        buffer_clear(&reader->part);
        r = take_members(reader, &events, &has_events);
        if (r > 0)
                r = read_part(reader, &ret->facts);
        if (r <= 0)
                return r;
        if (has_events) {
                ret->facts.events = events.events;
                ret->facts.n_events = events.n_events;
        }
        bytes.size = (size_t) (reader->cursor.at - bytes.data);
        ret->digest = digest_of(reader, &bytes);
        return 1;
}

static int take_service(struct Reader *reader) {
        struct EcsAnsweredService *service = reader->services + reader->n_services;
        const struct EcsKnownService *known;
        int r = 1;

        known = find_known(reader);
        if (known) {
                *service =
                        (struct EcsAnsweredService) {.unchanged = known, .digest = known->digest};
                reader->cursor.at += known->digest.size;
        } else {
                r = take_changed(reader, service);
        }
        reader->n_services++;
        return r;
}

/* The elements behind `[`, and `]`; each leaves its number in `rest`. */
static int take_services(struct Reader *reader, const char **copied, struct Buffer *rest) {
        int r;

        if (cursor_take(&reader->cursor, ']'))
                return 1;
        do {
                /* To where it begins. */
                if (!cursor_take(&reader->cursor, '{') || reader->n_services == SERVICES_MAX)
                        return 0;
                reader->cursor.at--;
                r = buffer_append(rest, *copied, (size_t) (reader->cursor.at - *copied));
                if (r >= 0)
                        r = buffer_append_format(rest, "%zu", reader->n_services);
                if (r >= 0)
                        r = take_service(reader);
                if (r <= 0)
                        return r;
                *copied = reader->cursor.at;
        } while (cursor_take(&reader->cursor, ','));
        return cursor_take(&reader->cursor, ']');
}

/* Takes the answer apart; what is left of it is in `rest`. */
static int take_apart(struct Reader *reader, struct Buffer *rest) {
        const char *copied = reader->cursor.at;
        bool has_services = false;
        struct EcsBody key;
        int r;

        if (!cursor_take(&reader->cursor, '{'))
                return 0;
        do {
                if (!cursor_take_plain(&reader->cursor, &key) || !cursor_take(&reader->cursor, ':'))
                        return 0;
                if (!cursor_is(&key, "services")) {
                        if (!cursor_skip_value(&reader->cursor, PART_DEPTH_MAX))
                                return 0;
                        continue;
                }
                if (has_services || !cursor_take(&reader->cursor, '['))
                        return 0;
                has_services = true;
                r = take_services(reader, &copied, rest);
                if (r <= 0)
                        return r;
        } while (cursor_take(&reader->cursor, ','));
        r = buffer_append(rest, copied, (size_t) (reader->cursor.end - copied));
        return r < 0 ? r : has_services;
}

/* Its services are the numbers that were put there, and nothing else. */
static bool is_the_rest(const json_t *root, size_t n_services) {
        const json_t *services = json_object_get(root, "services");

        if (json_array_size(services) != n_services)
                return false;
        for (size_t i = 0; i < n_services; i++)
                if (!json_is_integer(json_array_get(services, i)) ||
                    json_integer_value(json_array_get(services, i)) != (json_int_t) i)
                        return false;
        return true;
}

static const struct Member REST_MEMBERS[] = {
        {"failures", MEMBER_STRUCTS, offsetof(struct EcsServicesAnswer, failures),
         .second = offsetof(struct EcsServicesAnswer, n_failures), .shape = &ECS_FAILURE_SHAPE},
};
static const struct Shape REST = {SHAPE(struct EcsServicesAnswer, REST_MEMBERS)};

static int read_rest(const struct Reader *reader, const struct Buffer *rest,
                     struct EcsServicesAnswer *ret) {
        struct EcsProblem problem;
        json_auto_t *root = NULL;
        int r;

        r = aws_json_load(buffer_text(rest), rest->size, ECS_RESPONSE_BYTES_MAX, &root);
        if (r < 0 || !is_the_rest(root, reader->n_services))
                return r == -ENOMEM ? r : 0;
        r = ecs_decode_json(root, &REST, reader->arena, &problem, ret);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        ret->services = reader->services;
        ret->n_services = reader->n_services;
        return 1;
}

/* 1; 0: it has to be read as a whole; or -ENOMEM. */
static int read_apart(const struct EcsBody *body, const struct EcsKnownServices *known,
                      struct Arena *arena, struct EcsServicesAnswer *ret) {
        struct Reader reader = {
                .known = known,
                .arena = arena,
                .cursor = {body->data, body->data + body->size},
                .services = arena_alloc_array(arena, SERVICES_MAX, sizeof(*reader.services)),
        };
        struct Buffer rest;
        int r;

        if (!reader.services)
                return -ENOMEM;
        buffer_init(&reader.part, ECS_RESPONSE_BYTES_MAX);
        buffer_init(&rest, ECS_RESPONSE_BYTES_MAX);
        r = take_apart(&reader, &rest);
        if (r > 0)
                r = read_rest(&reader, &rest, ret);
        buffer_done(&rest);
        buffer_done(&reader.part);
        return r;
}

static int read_whole(const struct EcsBody *body, struct Arena *arena,
                      struct EcsProblem *ret_problem, struct EcsServicesAnswer *ret) {
        struct DescribeServicesResponse response;
        struct EcsAnsweredService *services;
        int r;

        r = ecs_describe_services_response(body, arena, ret_problem, &response);
        if (r < 0)
                return r;
        services = arena_alloc_array(arena, response.n_services, sizeof(*services));
        if (!services)
                return -ENOMEM;
        for (size_t i = 0; i < response.n_services; i++)
                services[i].facts = response.services[i];
        *ret = (struct EcsServicesAnswer) {
                .services = services,
                .n_services = response.n_services,
                .failures = response.failures,
                .n_failures = response.n_failures,
        };
        return 0;
}

int ecs_services_answer_read(const struct EcsBody *body, const struct EcsKnownServices *known,
                             struct Arena *arena, struct EcsProblem *ret_problem,
                             struct EcsServicesAnswer *ret) {
        int r;

        if (body->size > 0 && body->size <= ECS_RESPONSE_BYTES_MAX) {
                r = read_apart(body, known, arena, ret);
                if (r != 0)
                        return MIN(r, 0);
        }
        return read_whole(body, arena, ret_problem, ret);
}
