/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the main file and what it includes, for ecswatchd and `ecswatchctl check-config`. */
#pragma once

#include <stddef.h>

#include "config/parse.h"

/* ecswatchctl compiles this one file of daemon/ into itself: it needs nothing but lib/, and the two
 * programs must never disagree on what a configuration is. */

struct ConfigFiles {
        struct ConfigText main;
        struct ConfigInclude *included; /* in byte order of their names */
        size_t n_included;
        struct ConfigEnvironment environment;
        struct Arena *arena; /* all of it */
};

/* Where the process may keep and show things: $STATE_DIRECTORY and $RUNTIME_DIRECTORY, else
 * /var/lib/ecswatch and /run/ecswatch for root, else below $XDG_STATE_HOME and $XDG_RUNTIME_DIR.
 * Texts live in `arena`. 0 or -ENOMEM. */
int config_files_environment(struct Arena *arena, const char *main_path,
                             struct ConfigEnvironment *ret);

/* What cannot be read is part of the answer: config_parse() tells why, with all other errors. With
 * `copies` (a directory; NULL: none) included files get the last valid texts kept there. 0 and
 * *ret to be done; -ENOMEM. */
int config_files_read(const char *main_path, const char *copies, struct ConfigFiles *ret);
void config_files_done(struct ConfigFiles *files);

/* Keeps the text of each included file that is in use as it is. 0, or the first failure (-ENOSPC,
 * …) after all have been tried. The directory is created when it is missing. */
int config_files_keep(const struct ConfigFiles *files, const char *copies);
