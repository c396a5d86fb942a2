/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about text. Nothing here allocates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_is_empty(const char *text);          /* NULL or "" */
bool text_has_control(const char *text);       /* a byte below the space, or DEL */
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);
bool text_contains_ignoring_case(const char *text, const char *part); /* ASCII case only */

/* What follows the last `separator`, or all of `text`; never NULL for a text. */
const char *text_after_last(const char *text, char separator);

/* The largest length <= `limit` that does not cut a UTF-8 sequence of `text` in two. */
size_t text_cut_utf8(const char *text, size_t limit);
bool text_is_utf8(const char *text, size_t size);

/* Decimal, whole text, no sign or spaces. 0, -EINVAL, or -ERANGE outside of the given range. */
int text_parse_u64(const char *text, uint64_t least, uint64_t most, uint64_t *ret);

/* NULL reads as "", for formats. */
const char *text_or_empty(const char *text);
