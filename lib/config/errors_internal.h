/* SPDX-License-Identifier: Apache-2.0 */
/* How lib/config adds to the list of errors. */
#pragma once

#include <stdarg.h>

#include "config/errors.h"

struct ConfigPlace {
        const char *file;
        unsigned file_index;
        unsigned line, column; /* from 1; 0: the whole file */
};

/* 0, -ENOMEM or -ENOBUFS. Beyond CONFIG_ERRORS_MAX errors are only counted. */
int config_errors_add(struct ConfigErrors *errors, const struct ConfigPlace *place, bool is_warning,
                      const char *format, va_list arguments) _printf_(4, 0);

int config_errors_copy(struct ConfigErrors *errors, const struct ConfigError *error);

/* By place; what is said twice (a list that an alias repeats) is kept once. */
void config_errors_sort(struct ConfigErrors *errors);

/* A value in quotes, cut, without control characters; returns `text`. */
enum { CONFIG_QUOTED_MAX = 80 };
const char *config_quote(const char *value, char text[CONFIG_QUOTED_MAX]);
