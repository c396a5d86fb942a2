/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about text. */
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

bool text_equal(const char *a, const char *b) {
        if (!a || !b)
                return a == b;
        return strcmp(a, b) == 0;
}

bool text_has_control(const char *text) {
        for (; *text != '\0'; text++)
                if ((unsigned char) *text < ' ' || *text == 0x7F)
                        return true;
        return false;
}

bool text_is_empty(const char *text) {
        return !text || text[0] == '\0';
}

bool text_starts_with(const char *text, const char *prefix) {
        return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix) {
        size_t n, m = strlen(suffix);

        if (!text)
                return false;
        n = strlen(text);
        return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

bool text_contains_ignoring_case(const char *text, const char *part) {
        return text && strcasestr(text, part);
}

const char *text_after_last(const char *text, char separator) {
        const char *last = strrchr(text, separator);

        return last ? last + 1 : text;
}

size_t text_cut_utf8(const char *text, size_t limit) {
        size_t n = strnlen(text, limit + 1);

        if (n <= limit)
                return n;
        n = limit;
        while (n > 0 && ((unsigned char) text[n] & 0xC0) == 0x80)
                n--;
        return n;
}

/* Length of the well-formed sequence at `p` (RFC 3629, no surrogates, shortest form), 0 if there is
 * none. */
static size_t utf8_sequence(const unsigned char *p, size_t left) {
        static const struct {
                unsigned char first, last, second_least, second_most;
                size_t length;
        } forms[] = {
                {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
                {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
                {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
                {0xF4, 0xF4, 0x80, 0x8F, 4},
        };

        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                if (p[0] < forms[i].first || p[0] > forms[i].last)
                        continue;
                if (forms[i].length > left)
                        return 0;
                if (forms[i].length > 1 &&
                    (p[1] < forms[i].second_least || p[1] > forms[i].second_most))
                        return 0;
                for (size_t k = 2; k < forms[i].length; k++)
                        if ((p[k] & 0xC0) != 0x80)
                                return 0;
                return forms[i].length;
        }
        return 0;
}

bool text_is_utf8(const char *text, size_t size) {
        const unsigned char *p = (const unsigned char *) text;

        while (size > 0) {
                size_t n = utf8_sequence(p, size);

                if (n == 0)
                        return false;
                p += n;
                size -= n;
        }
        return true;
}

int text_parse_u64(const char *text, uint64_t least, uint64_t most, uint64_t *ret) {
        uint64_t value = 0;

        if (text_is_empty(text))
                return -EINVAL;
        for (const char *p = text; *p != '\0'; p++) {
                if (*p < '0' || *p > '9')
                        return -EINVAL;
                if (value > (UINT64_MAX - (uint64_t) (*p - '0')) / 10)
                        return -ERANGE;
                value = value * 10 + (uint64_t) (*p - '0');
        }
        if (value < least || value > most)
                return -ERANGE;
        *ret = value;
        return 0;
}

const char *text_or_empty(const char *text) {
        return text ? text : "";
}
