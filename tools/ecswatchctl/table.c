/* SPDX-License-Identifier: Apache-2.0 */
/* Columns for people. */
#include "tools/ecswatchctl/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/text.h"
#include "words/arn.h"

enum { CELL_BYTES_MAX = 512, COLUMNS_MAX = 12, PATH_BYTES_MAX = 64 };

static const json_t *find(const json_t *row, const char *path) {
        char name[PATH_BYTES_MAX];

        for (;;) {
                size_t n = strcspn(path, ".");

                snprintf(name, sizeof(name), "%.*s", (int) n, path);
                row = json_object_get(row, name);
                if (path[n] == '\0')
                        return row;
                path += n + 1;
        }
}

static void cell_format(const json_t *row, const char *path, char cell[CELL_BYTES_MAX]) {
        const json_t *value = find(row, path);

        if (json_is_string(value) && json_string_length(value) > 0)
                snprintf(cell, CELL_BYTES_MAX, "%s", arn_short_name(json_string_value(value)));
        else if (json_is_integer(value))
                snprintf(cell, CELL_BYTES_MAX, "%lld", (long long) json_integer_value(value));
        else
                strcpy(cell, "-");
        for (char *p = cell; *p != '\0'; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7F)
                        *p = '?';
}

/* Columns on the screen, counting a character as one. */
static size_t cell_width(const char *cell) {
        size_t n = 0;

        for (; *cell != '\0'; cell++)
                n += ((unsigned char) *cell & 0xC0) != 0x80;
        return n;
}

static size_t screen_width(void) {
        struct winsize size;

        if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
            size.ws_col == 0)
                return SIZE_MAX;
        return size.ws_col;
}

/* Prints at most `left` characters; returns how many are left. */
static size_t print_cell(const char *cell, size_t width, bool is_last, size_t left) {
        size_t used = 0;

        for (; *cell != '\0'; cell++) {
                used += ((unsigned char) *cell & 0xC0) != 0x80;
                if (used > left)
                        return 0;
                putchar(*cell);
        }
        for (; !is_last && used < MIN(width + 2, left); used++)
                putchar(' ');
        return left - used;
}

void table_print(const json_t *rows, const struct Column *columns, size_t n_columns) {
        size_t widths[COLUMNS_MAX], screen = screen_width(), left, i;
        char cell[CELL_BYTES_MAX];
        const json_t *row;

        for (size_t c = 0; c < n_columns; c++) {
                widths[c] = strlen(columns[c].title);
                json_array_foreach(rows, i, row) {
                        cell_format(row, columns[c].member, cell);
                        widths[c] = MAX(widths[c], cell_width(cell));
                }
        }
        left = screen;
        for (size_t c = 0; c < n_columns; c++)
                left = print_cell(columns[c].title, widths[c], c + 1 == n_columns, left);
        putchar('\n');
        json_array_foreach(rows, i, row) {
                left = screen;
                for (size_t c = 0; c < n_columns; c++) {
                        cell_format(row, columns[c].member, cell);
                        left = print_cell(cell, widths[c], c + 1 == n_columns, left);
                }
                putchar('\n');
        }
}
