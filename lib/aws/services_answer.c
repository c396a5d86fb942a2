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
#ifdef XXHASH_HAS_DISPATCH
#include <xxh_x86dispatch.h>
#endif

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

/* The member of an object that is a list and is taken out of its text. */
struct List {
        const char *name;
        /* Reads the elements behind `[`, and `]`; what it appends to `rest` stands in their place.
         * 1; 0: the answer has to be read as a whole; or -errno. */
        int (*take)(struct Reader *reader, struct List *list, struct Buffer *rest);
        struct ServiceFacts *facts;
        bool found;
};

static int take_list(struct Reader *reader, struct List *list, const char **copied,
                     struct Buffer *rest) {
        int r;

        if (list->found || !cursor_take(&reader->cursor, '['))
                return 0;
        list->found = true;
        r = buffer_append(rest, *copied, (size_t) (reader->cursor.at - *copied));
        if (r >= 0)
                r = list->take(reader, list, rest);
        *copied = reader->cursor.at - 1;
        return r;
}

/* An object, into `rest` but for the elements of its list. Likewise 1, 0 or -errno. */
static int take_object(struct Reader *reader, struct List *list, struct Buffer *rest) {
        const char *copied = reader->cursor.at;
        struct EcsBody key;
        int r;

        if (!cursor_take(&reader->cursor, '{'))
                return 0;
        do {
                if (!cursor_take_plain(&reader->cursor, &key) || !cursor_take(&reader->cursor, ':'))
                        return 0;
                r = cursor_is(&key, list->name)
                            ? take_list(reader, list, &copied, rest)
                            : cursor_skip_value(&reader->cursor, PART_DEPTH_MAX);
                if (r <= 0)
                        return r;
        } while (cursor_take(&reader->cursor, ','));
        if (!cursor_take(&reader->cursor, '}'))
                return 0;
        r = buffer_append(rest, copied, (size_t) (reader->cursor.at - copied));
        return r < 0 ? r : 1;
}

static int take_events(struct Reader *reader, struct List *list, struct Buffer *rest) {
        (void) rest;
        return ecs_event_list_read(&reader->cursor, reader->arena, &list->facts->events,
                                   &list->facts->n_events);
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
        struct ServiceFacts with_events = {};
        struct List events = {"events", take_events, &with_events, false};
        int r;

        buffer_clear(&reader->part);
        r = take_object(reader, &events, &reader->part);
        if (r > 0)
                r = read_part(reader, &ret->facts);
        if (r <= 0)
                return r;
        ret->facts.events = with_events.events;
        ret->facts.n_events = with_events.n_events;
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

/* Each leaves its number. */
static int take_services(struct Reader *reader, struct List *list, struct Buffer *rest) {
        int r;

        (void) list;
        if (cursor_take(&reader->cursor, ']'))
                return 1;
        do {
                if (!cursor_take(&reader->cursor, '{') || reader->n_services == SERVICES_MAX)
                        return 0;
                reader->cursor.at--; /* to where it begins */
                r = buffer_append_format(rest, "%s%zu", reader->n_services > 0 ? "," : "",
                                         reader->n_services);
                if (r >= 0)
                        r = take_service(reader);
                if (r <= 0)
                        return r;
        } while (cursor_take(&reader->cursor, ','));
        return cursor_take(&reader->cursor, ']');
}

/* What is left of the answer is in `rest`, with whatever stands behind its end. */
static int take_apart(struct Reader *reader, struct Buffer *rest) {
        struct List services = {"services", take_services, NULL, false};
        int r;

        r = take_object(reader, &services, rest);
        if (r <= 0)
                return r;
        r = buffer_append(rest, reader->cursor.at,
                          (size_t) (reader->cursor.end - reader->cursor.at));
        return r < 0 ? r : services.found;
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
