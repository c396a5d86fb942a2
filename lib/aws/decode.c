/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a table of members over a JSON object. The path of a problem is built only when there is
 * one, from frames on the stack. */
#include "aws/decode.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "aws/json.h"
#include "base/buffer.h"
#include "base/text.h"

/* A step of the path: a member's name, or an element's index where `name` is NULL. */
struct Path {
        const struct Path *parent;
        const char *name;
        size_t index;
};

static size_t path_format(const struct Path *path, char *text, size_t size) {
        size_t used;
        int n;

        if (!path)
                return 0;
        used = path_format(path->parent, text, size);
        if (used + 1 >= size)
                return used;
        if (path->name)
                n = snprintf(text + used, size - used, "%s%s", used > 0 ? "." : "", path->name);
        else
                n = snprintf(text + used, size - used, "[%zu]", path->index);
        return MIN(used + (size_t) n, size - 1);
}

static const char *json_type_name(const json_t *value) {
        if (!value)
                return "nothing";
        switch (json_typeof(value)) {
        case JSON_OBJECT: return "an object";
        case JSON_ARRAY: return "an array";
        case JSON_STRING: return "a string";
        case JSON_INTEGER: return "an integer";
        case JSON_REAL: return "a number";
        case JSON_TRUE:
        case JSON_FALSE: return "a boolean";
        case JSON_NULL: return "null";
        }
        return "something else";
}

static int problem_set(const struct Decoder *decoder, const struct Path *path, const char *what) {
        char where[ECS_PROBLEM_MAX / 2] = "";
        char *text = decoder->problem->text;

        path_format(path, where, sizeof(where));
        snprintf(text, ECS_PROBLEM_MAX, "%s: %s", where[0] != '\0' ? where : "answer", what);
        return -EINVAL;
}

static int problem_type(const struct Decoder *decoder, const struct Path *path,
                        const char *expected, const json_t *value) {
        char what[ECS_PROBLEM_MAX / 2];

        snprintf(what, sizeof(what), "expected %s, got %s", expected, json_type_name(value));
        return problem_set(decoder, path, what);
}

/* Replaces every NUL by U+FFFD: a C string ends there, and what follows must not be lost. */
static char *copy_without_nul(struct Arena *arena, const char *text, size_t size) {
        static const char REPLACEMENT[] = "\xEF\xBF\xBD";
        size_t n_nul = 0, to = 0;
        char *copy;

        for (size_t i = 0; i < size; i++)
                n_nul += text[i] == '\0';
        if (n_nul == 0)
                return arena_copy_n(arena, text, size);

        copy = arena_alloc(arena, size + 2 * n_nul + 1);
        for (size_t i = 0; copy && i < size; i++) {
                if (text[i] == '\0') {
                        memcpy(copy + to, REPLACEMENT, 3);
                        to += 3;
                } else {
                        copy[to++] = text[i];
                }
        }
        return copy;
}

static int text_decode(const struct Decoder *decoder, const struct Path *path, const json_t *value,
                       const char **ret) {
        if (!json_is_string(value))
                return problem_type(decoder, path, "a string", value);
        *ret = copy_without_nul(decoder->arena, json_string_value(value),
                                json_string_length(value));
        return *ret ? 0 : -ENOMEM;
}

static int integer_decode(const struct Decoder *decoder, const struct Path *path,
                          const json_t *value, int64_t least, int64_t *ret) {
        json_int_t integer = json_integer_value(value);

        if (!json_is_integer(value))
                return problem_type(decoder, path, "an integer", value);
        if (integer < least || integer > INT32_MAX)
                return problem_set(decoder, path, "the integer is out of range");
        *ret = integer;
        return 0;
}

static int instant_decode(const struct Decoder *decoder, const struct Path *path,
                          const json_t *value, usec_t *ret) {
        usec_t instant;

        if (json_is_string(value)) {
                if (strlen(json_string_value(value)) != json_string_length(value) ||
                    time_parse_rfc3339(json_string_value(value), &instant) < 0)
                        return problem_set(decoder, path, "the string is no RFC 3339 time");
        } else if (json_is_number(value)) {
                instant = usec_from_epoch_seconds(json_number_value(value));
                if (instant == USEC_UNKNOWN && json_number_value(value) != 0)
                        return problem_set(decoder, path, "the time is out of range");
        } else {
                return problem_type(decoder, path, "a time", value);
        }
        *ret = instant;
        return 0;
}

static int enum_decode(const struct Decoder *decoder, const struct Path *path, const json_t *value,
                       const struct EnumName *names, int *ret) {
        if (!json_is_string(value))
                return problem_type(decoder, path, "a string", value);
        while (names->text && !text_equal(json_string_value(value), names->text))
                names++;
        *ret = names->value;
        return 0;
}

static int array_check(const struct Decoder *decoder, const struct Path *path,
                       const json_t *value) {
        if (!json_is_array(value))
                return problem_type(decoder, path, "an array", value);
        if (json_array_size(value) > ECS_RESPONSE_ITEMS_MAX)
                return problem_set(decoder, path, "the array is too long");
        return 0;
}

static int texts_decode(const struct Decoder *decoder, const struct Path *path, const json_t *value,
                        const char *const **ret, size_t *ret_count) {
        size_t n = json_array_size(value);
        const char **texts;
        int r;

        r = array_check(decoder, path, value);
        if (r < 0)
                return r;

        texts = arena_alloc_array(decoder->arena, n, sizeof(texts[0]));
        if (!texts)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const struct Path element = {.parent = path, .index = i};

                r = text_decode(decoder, &element, json_array_get(value, i), &texts[i]);
                if (r < 0)
                        return r;
        }
        *ret = texts;
        *ret_count = n;
        return 0;
}

static int object_decode(struct Decoder *decoder, const struct Path *path, const json_t *value,
                         const struct Shape *shape, void *to);

static int structs_decode(struct Decoder *decoder, const struct Path *path, const json_t *value,
                          const struct Shape *shape, void **ret, size_t *ret_count) {
        size_t n = json_array_size(value);
        char *items;
        int r;

        r = array_check(decoder, path, value);
        if (r < 0)
                return r;

        items = arena_alloc_array(decoder->arena, n, shape->size);
        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const struct Path element = {.parent = path, .index = i};

                r = object_decode(decoder, &element, json_array_get(value, i), shape,
                                  items + i * shape->size);
                if (r < 0)
                        return r;
        }
        *ret = items;
        *ret_count = n;
        return 0;
}

static int flag_decode(const struct Decoder *decoder, const struct Path *path, const json_t *value,
                       bool *ret) {
        if (!json_is_boolean(value))
                return problem_type(decoder, path, "a boolean", value);
        *ret = json_is_true(value);
        return 0;
}

static int is_decode(const struct Decoder *decoder, const struct Path *path, const json_t *value,
                     const char *text, bool *ret) {
        if (!json_is_string(value))
                return problem_type(decoder, path, "a string", value);
        *ret = text_equal(json_string_value(value), text);
        return 0;
}

static int token_decode(const struct Decoder *decoder, const struct Path *path, const json_t *value,
                        const char **ret) {
        if (json_string_length(value) == 0 && json_is_string(value))
                return 0;
        return text_decode(decoder, path, value, ret);
}

static int not_empty_decode(const struct Decoder *decoder, const struct Path *path,
                            const json_t *value, bool *ret) {
        if (!json_is_array(value))
                return problem_type(decoder, path, "an array", value);
        *ret = json_array_size(value) > 0;
        return 0;
}

static int is_object_decode(const struct Decoder *decoder, const struct Path *path,
                            const json_t *value, bool *ret) {
        if (!json_is_object(value))
                return problem_type(decoder, path, "an object", value);
        *ret = true;
        return 0;
}

static int member_decode(struct Decoder *decoder, const struct Path *path, const json_t *value,
                         const struct Member *member, char *base) {
        void *to = base + member->offset;
        size_t *count = (size_t *) (void *) (base + member->second);

        switch (member->kind) {
        case MEMBER_TEXT: return text_decode(decoder, path, value, to);
        case MEMBER_COUNT: return integer_decode(decoder, path, value, 0, to);
        case MEMBER_EXIT_CODE: return integer_decode(decoder, path, value, INT32_MIN, to);
        case MEMBER_INSTANT: return instant_decode(decoder, path, value, to);
        case MEMBER_FLAG: return flag_decode(decoder, path, value, to);
        case MEMBER_ENUM: return enum_decode(decoder, path, value, member->names, to);
        case MEMBER_NOT_EMPTY: return not_empty_decode(decoder, path, value, to);
        case MEMBER_IS_OBJECT: return is_object_decode(decoder, path, value, to);
        case MEMBER_INSIDE: return object_decode(decoder, path, value, member->shape, base);
        case MEMBER_STRUCT: return object_decode(decoder, path, value, member->shape, to);
        case MEMBER_STRUCTS: return structs_decode(decoder, path, value, member->shape, to, count);
        case MEMBER_IS: return is_decode(decoder, path, value, member->text, to);
        case MEMBER_TOKEN: return token_decode(decoder, path, value, to);
        case MEMBER_TEXTS: return texts_decode(decoder, path, value, to, count);
        }
        return -EINVAL;
}

static bool kind_tells_given(enum MemberKind kind) {
        return kind == MEMBER_EXIT_CODE || kind == MEMBER_FLAG;
}

static int object_decode(struct Decoder *decoder, const struct Path *path, const json_t *value,
                         const struct Shape *shape, void *to) {
        int r;

        if (!json_is_object(value))
                return problem_type(decoder, path, "an object", value);

        for (size_t i = 0; i < shape->n_members; i++) {
                const struct Member *member = &shape->members[i];
                const struct Path step = {.parent = path, .name = member->name};
                const json_t *found = json_object_get(value, member->name);

                if (!found || json_is_null(found)) {
                        if (member->required)
                                return problem_set(decoder, &step, "missing");
                        continue;
                }
                r = member_decode(decoder, &step, found, member, to);
                if (r < 0)
                        return r;
                if (kind_tells_given(member->kind) && member->second > 0)
                        *(bool *) ((char *) to + member->second) = true;
        }
        return shape->finish ? shape->finish(decoder, to) : 0;
}

static const struct Member FAILURE_MEMBERS[] = {
        {"arn", MEMBER_TEXT, offsetof(struct EcsFailure, arn)},
        {"reason", MEMBER_TEXT, offsetof(struct EcsFailure, reason)},
        {"detail", MEMBER_TEXT, offsetof(struct EcsFailure, detail)},
};
const struct Shape ECS_FAILURE_SHAPE = {SHAPE(struct EcsFailure, FAILURE_MEMBERS)};

int ecs_decode_json(const json_t *root, const struct Shape *shape, struct Arena *arena,
                    struct EcsProblem *ret_problem, void *ret) {
        struct EcsProblem problem = {""};
        struct Decoder decoder = {.arena = arena, .problem = &problem};
        void *value;
        int r;

        value = arena_alloc(arena, shape->size);
        if (!value)
                return -ENOMEM;
        r = object_decode(&decoder, NULL, root, shape, value);
        if (r == -EINVAL)
                *ret_problem = problem;
        if (r < 0)
                return r;

        memcpy(ret, value, shape->size);
        return 0;
}

int ecs_decode(const struct EcsBody *body, const struct Shape *shape, struct Arena *arena,
               struct EcsProblem *ret_problem, void *ret) {
        const struct Decoder decoder = {.arena = arena, .problem = ret_problem};
        json_auto_t *root = NULL;
        int r;

        r = aws_json_load(body->data, body->size, ECS_RESPONSE_BYTES_MAX, &root);
        if (r == -EINVAL)
                problem_set(&decoder, NULL, "not JSON, or nested too deep");
        else if (r == -E2BIG)
                problem_set(&decoder, NULL, "too large");
        return r < 0 ? r : ecs_decode_json(root, shape, arena, ret_problem, ret);
}
