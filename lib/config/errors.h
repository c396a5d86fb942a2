/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a configuration: all of it, each with its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct ConfigError {
        char *file;    /* the ConfigText's name */
        unsigned line; /* from 1; 0: about the whole file */
        unsigned column;
        char *message;       /* what is wrong, what is allowed, what to write */
        unsigned file_index; /* 0: main, 1: the first included one */
        bool is_warning;     /* told, but the file is used */
};

/* Enough to mend a file by; what comes after is only counted. */
enum { CONFIG_ERRORS_MAX = 200 };

/* Sorted by file (main first, then in the order given), line and column. */
struct ConfigErrors {
        struct ConfigError *items;
        size_t n, allocated;
        size_t n_untold;
};

void config_errors_init(struct ConfigErrors *errors);
void config_errors_done(struct ConfigErrors *errors); /* may be called twice */

/* "conf.d/team.yaml:3:5: message", without a newline. Appends; 0 or a negative errno of Buffer. */
int config_error_format(const struct ConfigError *error, struct Buffer *buffer);
