/* SPDX-License-Identifier: Apache-2.0 */
/* Text that grows in a fixed room and is cut where it ends. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

struct Line {
        char *text; /* always ends in a NUL */
        size_t size, room;
};

void line_begin(struct Line *line, char *text, size_t room);
void line_add(struct Line *line, const char *format, ...) _printf_(2, 3);
void line_vadd(struct Line *line, const char *format, va_list arguments) _printf_(2, 0);
