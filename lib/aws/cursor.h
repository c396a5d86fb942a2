/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over a JSON text without reading it: where values begin and end, by quotes and brackets
 * alone. In a text that is JSON they do there; whether it is, the cursor does not know. Private to
 * lib/aws. */
#pragma once

#include <stdbool.h>

#include "aws/response.h"

/* Plain value. */
struct Cursor {
        const char *at, *end;
};

/* Passes over white space. True if `wanted` came next, which is passed over too. */
bool cursor_take(struct Cursor *cursor, char wanted);
/* A string, as it stands between its quotes; false where there is none, or one with an escape. */
bool cursor_take_plain(struct Cursor *cursor, struct EcsBody *ret);
/* Any value. False where there is none, or it does not end, or nests deeper than `depth_max`. */
bool cursor_skip_value(struct Cursor *cursor, unsigned depth_max);

bool cursor_is(const struct EcsBody *plain, const char *text);
