/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is wrong. */
#include "config/errors_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macros.h"
#include "base/text.h"

enum { MESSAGE_MAX = 16 * 1024, VALUE_SHOWN_MAX = 64 };

void config_errors_init(struct ConfigErrors *errors) {
        *errors = (struct ConfigErrors) {};
}

void config_errors_done(struct ConfigErrors *errors) {
        for (size_t i = 0; i < errors->n; i++) {
                free(errors->items[i].file);
                free(errors->items[i].message);
        }
        free(errors->items);
        *errors = (struct ConfigErrors) {};
}

int config_error_format(const struct ConfigError *error, struct Buffer *buffer) {
        if (error->line == 0)
                return buffer_append_format(buffer, "%s: %s%s", error->file,
                                            error->is_warning ? "warning: " : "", error->message);
        return buffer_append_format(buffer, "%s:%u:%u: %s%s", error->file, error->line,
                                    error->column, error->is_warning ? "warning: " : "",
                                    error->message);
}

int config_errors_add(struct ConfigErrors *errors, const struct ConfigPlace *place, bool is_warning,
                      const char *format, va_list arguments) {
        _cleanup_(buffer_done) struct Buffer message;
        _cleanup_free_ char *file = NULL;
        int r;

        buffer_init(&message, MESSAGE_MAX);
        if (errors->n >= CONFIG_ERRORS_MAX) {
                errors->n_untold++;
                return 0;
        }

        r = buffer_append_vformat(&message, format, arguments);
        if (r < 0)
                return r;

        r = array_reserve(&errors->items, &errors->allocated, errors->n + 1,
                          sizeof(errors->items[0]), CONFIG_ERRORS_MAX);
        if (r < 0)
                return r;

        file = strdup(place->file);
        if (!file)
                return -ENOMEM;

        errors->items[errors->n++] = (struct ConfigError) {
                .file = TAKE_PTR(file),
                .line = place->line,
                .column = place->column,
                .message = buffer_take(&message),
                .file_index = place->file_index,
                .is_warning = is_warning,
        };
        return 0;
}

static int add_text(struct ConfigErrors *errors, const struct ConfigPlace *place, bool is_warning,
                    const char *format, ...) _printf_(4, 5);
static int add_text(struct ConfigErrors *errors, const struct ConfigPlace *place, bool is_warning,
                    const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = config_errors_add(errors, place, is_warning, format, arguments);
        va_end(arguments);
        return r;
}

int config_errors_copy(struct ConfigErrors *errors, const struct ConfigError *error) {
        const struct ConfigPlace place = {error->file, error->file_index, error->line,
                                          error->column};

        return add_text(errors, &place, error->is_warning, "%s", error->message);
}

static int error_compare(const void *a, const void *b) {
        const struct ConfigError *x = a, *y = b;

        if (x->file_index != y->file_index)
                return x->file_index < y->file_index ? -1 : 1;
        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        if (x->column != y->column)
                return x->column < y->column ? -1 : 1;
        return strcmp(x->message, y->message);
}

static bool error_is_same(const struct ConfigError *x, const struct ConfigError *y) {
        return error_compare(x, y) == 0;
}

void config_errors_sort(struct ConfigErrors *errors) {
        size_t kept = 0;

        if (errors->n == 0)
                return;
        qsort(errors->items, errors->n, sizeof(errors->items[0]), error_compare);
        for (size_t i = 1; i < errors->n; i++) {
                if (error_is_same(errors->items + kept, errors->items + i)) {
                        free(errors->items[i].file);
                        free(errors->items[i].message);
                        continue;
                }
                errors->items[++kept] = errors->items[i];
        }
        errors->n = kept + 1;
}

const char *config_quote(const char *value, char text[CONFIG_QUOTED_MAX]) {
        size_t n = text_cut_utf8(value, VALUE_SHOWN_MAX), i;

        text[0] = '"';
        for (i = 0; i < n; i++)
                text[i + 1] = (unsigned char) value[i] < ' ' || value[i] == 0x7F ? '?' : value[i];
        memcpy(text + n + 1, value[n] == '\0' ? "\"" : "…\"", value[n] == '\0' ? 2 : 5);
        return text;
}
