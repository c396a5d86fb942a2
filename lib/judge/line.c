/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/line.h"

#include <stdio.h>

#include "base/text.h"

void line_begin(struct Line *line, char *text, size_t room) {
        *line = (struct Line) {text, 0, room};
        text[0] = '\0';
}

void line_vadd(struct Line *line, const char *format, va_list arguments) {
        int n = vsnprintf(line->text + line->size, line->room - line->size, format, arguments);

        if (n > 0)
                line->size = MIN(line->size + (size_t) n, line->room - 1);
        line->size = text_cut_utf8(line->text, line->size);
        line->text[line->size] = '\0';
}

void line_add(struct Line *line, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        line_vadd(line, format, arguments);
        va_end(arguments);
}
