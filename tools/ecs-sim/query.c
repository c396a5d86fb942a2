/* SPDX-License-Identifier: Apache-2.0 */
/* The query protocol: forms in, XML out. */
#include "query.h"

#include <ctype.h>
#include <string.h>

static int nibble(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char) tolower((unsigned char) c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode(const char *from, size_t length, char value[FORM_VALUE_MAX]) {
        size_t used = 0;

        for (size_t i = 0; i < length && used < FORM_VALUE_MAX - 1; i++) {
                bool escaped = from[i] == '%' && i + 2 < length && nibble(from[i + 1]) >= 0 &&
                               nibble(from[i + 2]) >= 0;

                if (escaped) {
                        value[used++] = (char) (nibble(from[i + 1]) * 16 + nibble(from[i + 2]));
                        i += 2;
                } else {
                        value[used++] = from[i] == '+' ? ' ' : from[i];
                }
        }
        value[used] = '\0';
}

bool form_value(const char *body, const char *name, char value[FORM_VALUE_MAX]) {
        size_t length = strlen(name);

        for (const char *at = body; at && *at; at = strchr(at, '&')) {
                at += *at == '&';
                if (strncmp(at, name, length) == 0 && at[length] == '=') {
                        at += length + 1;
                        decode(at, strcspn(at, "&"), value);
                        return true;
                }
        }
        return false;
}

static int append_xml_text(struct Buffer *answer, const char *text) {
        int r = 0;

        for (; *text && r == 0; text++) {
                if (strchr("<>&\"'", *text) || (unsigned char) *text < 0x20)
                        r = buffer_append_format(answer, "&#%u;", (unsigned char) *text);
                else
                        r = buffer_append_char(answer, *text);
        }
        return r;
}

int query_element(struct Buffer *answer, const char *name, const char *text) {
        int r;

        r = buffer_append_format(answer, "<%s>", name);
        if (r == 0)
                r = append_xml_text(answer, text);
        return r ?: buffer_append_format(answer, "</%s>", name);
}

int query_error(const char *code, const char *message, struct Buffer *answer) {
        int r;

        r = buffer_append_text(answer, "<ErrorResponse><Error><Type>Sender</Type>");
        r = r ?: query_element(answer, "Code", code);
        r = r ?: query_element(answer, "Message", message);
        return r ?: buffer_append_text(answer, "</Error></ErrorResponse>\n");
}
