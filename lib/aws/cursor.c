/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/cursor.h"

#include <string.h>

static void skip_space(struct Cursor *cursor) {
        while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\n' ||
                                            *cursor->at == '\r' || *cursor->at == '\t'))
                cursor->at++;
}

bool cursor_take(struct Cursor *cursor, char wanted) {
        skip_space(cursor);
        if (cursor->at == cursor->end || *cursor->at != wanted)
                return false;
        cursor->at++;
        return true;
}

bool cursor_take_plain(struct Cursor *cursor, struct EcsBody *ret) {
        const char *quote;

        if (!cursor_take(cursor, '"'))
                return false;
        quote = memchr(cursor->at, '"', (size_t) (cursor->end - cursor->at));
        if (!quote || memchr(cursor->at, '\\', (size_t) (quote - cursor->at)))
                return false;
        *ret = (struct EcsBody) {cursor->at, (size_t) (quote - cursor->at)};
        cursor->at = quote + 1;
        return true;
}

/* From behind its opening quote to behind its closing one. */
static bool skip_string(struct Cursor *cursor) {
        const char *quote, *escape;

        for (;;) {
                quote = memchr(cursor->at, '"', (size_t) (cursor->end - cursor->at));
                if (!quote)
                        return false;
                escape = memchr(cursor->at, '\\', (size_t) (quote - cursor->at));
                if (!escape)
                        break;
                /* `quote` stands behind it, so there is a byte that it escapes. */
                cursor->at = escape + 2;
        }
        cursor->at = quote + 1;
        return true;
}

/* A number, true, false or null: up to what cannot belong to it. */
static bool skip_scalar(struct Cursor *cursor) {
        const char *from = cursor->at;

        while (cursor->at < cursor->end && !strchr(",:]}[{\" \n\r\t", *cursor->at))
                cursor->at++;
        return cursor->at > from;
}

bool cursor_skip_value(struct Cursor *cursor, unsigned depth_max) {
        unsigned depth = 0;

        skip_space(cursor);
        if (cursor->at < cursor->end && !strchr("[{\"", *cursor->at))
                return skip_scalar(cursor);
        while (cursor->at < cursor->end) {
                switch (*cursor->at++) {
                case '"':
                        if (!skip_string(cursor))
                                return false;
                        break;
                case '[':
                case '{':
                        if (++depth > depth_max)
                                return false;
                        break;
                case ']':
                case '}': depth--; break;
                default: break;
                }
                if (depth == 0)
                        return true;
        }
        return false;
}

bool cursor_is(const struct EcsBody *plain, const char *text) {
        return plain->size == strlen(text) && memcmp(plain->data, text, plain->size) == 0;
}
