/* SPDX-License-Identifier: Apache-2.0 */
/* JSON object -> struct, by a table of its members. Private to lib/aws. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "aws/response.h"
#include "base/arena.h"

/* What a member becomes in the struct. null is the same as absent, and leaves zero there. */
enum MemberKind {
        MEMBER_TEXT,      /* const char *; NUL inside becomes U+FFFD */
        MEMBER_COUNT,     /* int64_t; 0 to INT32_MAX */
        MEMBER_EXIT_CODE, /* int64_t; what fits 32 bits */
        MEMBER_INSTANT,   /* usec_t; Unix seconds, or RFC 3339 as the AWS CLI writes it */
        MEMBER_FLAG,      /* bool */
        MEMBER_ENUM,      /* an int-sized enum by `names` */
        MEMBER_NOT_EMPTY, /* bool: an array with something in it */
        MEMBER_IS_OBJECT, /* bool: there is one */
        MEMBER_INSIDE,    /* an object whose members land in the same struct */
        MEMBER_STRUCT,    /* one struct of `shape` */
        MEMBER_STRUCTS,   /* const struct *, and size_t at `second` */
        MEMBER_IS,        /* bool: the text is `text` */
        MEMBER_TOKEN,     /* const char *; "" is absent too */
        MEMBER_TEXTS,     /* const char *const *, and size_t at `second` */
};

struct EnumName {
        const char *text;
        int value;
};

struct Shape;

struct Member {
        const char *name;
        enum MemberKind kind;
        size_t offset;
        bool required;
        size_t second;             /* the count's offset; for EXIT_CODE and FLAG a bool's that says
                                      "given", or 0 for none */
        const struct Shape *shape; /* INSIDE, STRUCT, STRUCTS */
        const char *text;
        const struct EnumName *names; /* ends with a NULL text: other texts' value */
};

struct Decoder {
        struct Arena *arena;
        struct EcsProblem *problem;
};

struct Shape {
        const struct Member *members;
        size_t n_members;
        size_t size;
        /* What a table cannot say; may be NULL. 0 or -ENOMEM. */
        int (*finish)(struct Decoder *decoder, void *value);
};

#define SHAPE(type, table) \
        .members = (table), .n_members = sizeof(table) / sizeof((table)[0]), .size = sizeof(type)

/* The "failures" of every Describe call: struct EcsFailure. */
extern const struct Shape ECS_FAILURE_SHAPE;

/* Fill `*ret`, a struct of `shape`; untouched on failure. Outcomes as in response.h. */
int ecs_decode_json(const json_t *root, const struct Shape *shape, struct Arena *arena,
                    struct EcsProblem *ret_problem, void *ret);
int ecs_decode(const struct EcsBody *body, const struct Shape *shape, struct Arena *arena,
               struct EcsProblem *ret_problem, void *ret);
