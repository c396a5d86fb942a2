/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign JSON, with ceilings. Private to lib/aws. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* ECS nests about ten deep; the parser recurses. */
enum { AWS_JSON_DEPTH_MAX = 64 };

/* Strings may hold NUL. 0, -E2BIG (more than `ceiling` bytes), -EINVAL (not JSON, or too deep),
 * -ENOMEM. A program should give jansson an allocator that ends it rather than answer NULL
 * (json_set_alloc_funcs): where its lexer's buffer cannot grow, jansson 2.14 goes on with a text
 * that is too short, or writes where it must not. */
int aws_json_load(const char *body, size_t size, size_t ceiling, json_t **ret);

/* The member when it is a string without NUL, else NULL; borrowed. */
const char *aws_json_text(const json_t *object, const char *name);
