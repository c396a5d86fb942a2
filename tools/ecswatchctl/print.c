/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ecswatchctl/print.h"

#include <stdbool.h>

#include "base/text.h"

const char *text_of(const json_t *object, const char *name) {
        return text_or_empty(json_string_value(json_object_get(object, name)));
}

void print_clean(FILE *stream, const char *text) {
        for (; *text != '\0'; text++)
                putc((unsigned char) *text < ' ' || *text == 0x7f ? '?' : *text, stream);
}

void print_lines(const char *indent, const char *text) {
        bool begins = true;

        for (; *text != '\0'; text++) {
                if (begins)
                        fputs(indent, stdout);
                putchar(*text == '\n' || ((unsigned char) *text >= ' ' && *text != 0x7f) ? *text
                                                                                         : '?');
                begins = *text == '\n';
        }
        if (!begins)
                putchar('\n');
}

void print_json(const json_t *answer) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
}

void print_hold(const json_t *hold) {
        const char *cluster = text_of(hold, "cluster"), *until = text_of(hold, "until");

        print_clean(stdout, text_is_empty(cluster) ? "everything" : cluster);
        fputs(text_is_empty(text_of(hold, "service")) ? "" : "/", stdout);
        print_clean(stdout, text_of(hold, "service"));
        fputs(" is held by ", stdout);
        print_clean(stdout, text_of(hold, "author"));
        fputs(text_is_empty(until) ? "" : " until ", stdout);
        print_clean(stdout, until);
        fputs(": ", stdout);
        print_clean(stdout, text_of(hold, "reason"));
        putchar('\n');
}
