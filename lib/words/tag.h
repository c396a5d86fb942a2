/* SPDX-License-Identifier: Apache-2.0 */
/* A tag of an AWS resource. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct Tag {
        const char *key, *value; /* value NULL: none */
};

/* Whether each of `wanted` is among `tags`, key and value. */
bool tags_hold(const struct Tag *tags, size_t n, const struct Tag *wanted, size_t n_wanted);
