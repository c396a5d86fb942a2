/* SPDX-License-Identifier: Apache-2.0 */
/* Columns for people: as wide as they must be, cut at the terminal's edge. */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct Column {
        const char *title;
        const char *member; /* "verdict.cause": a path of member names */
};

/* Prints the array's objects, a line each; members that are absent as "-", ARNs as their
 * short names. Control characters, which a terminal would obey, become "?". */
void table_print(const json_t *rows, const struct Column *columns, size_t n_columns);
