/* SPDX-License-Identifier: Apache-2.0 */
/* Named YAML texts in, one configuration out. */
#pragma once

#include "config/config.h"
#include "config/errors.h"

struct ConfigText {
        const char *name; /* as it shall stand in messages */
        const char *text; /* borrowed; NULL: it could not be read, for `problem` */
        size_t size;
        const char *problem; /* "permission denied"; NULL when it was read */
};

enum ConfigIncludeState { CONFIG_INCLUDE_USED, CONFIG_INCLUDE_LAST_VALID, CONFIG_INCLUDE_LEFT_OUT };

struct ConfigInclude {
        struct ConfigText now;
        struct ConfigText last_valid;  /* .text NULL: there is none */
        enum ConfigIncludeState state; /* set by config_parse() */
};

/* What the process was given, as parameters. Any may be NULL where said. */
struct ConfigEnvironment {
        const char *folder;                /* the main file's, absolute */
        const char *state_directory;       /* $STATE_DIRECTORY, or what stands in for it */
        const char *runtime_directory;     /* $RUNTIME_DIRECTORY, likewise */
        const char *credentials_directory; /* may be NULL */
        const char *region;                /* $AWS_REGION; may be NULL */
};

enum { CONFIG_TEXT_MAX = 1024 * 1024, CONFIG_INCLUDES_MAX = 256, CONFIG_SERVICES_MAX = 100000 };

/* The patterns of `include:`, as written, for the caller to expand (relative to `folder`, in byte
 * order); in `arena`. None when main is invalid: config_parse() says why. 0, -ENOMEM, -ENOBUFS. */
int config_includes(const struct ConfigText *main, struct Arena *arena, const char *const **ret,
                    size_t *ret_n);

/* `included` in byte order of their names. An included file with errors is replaced by its last
 * valid text, or else left out; `state` says which, and what its absence breaks in other files
 * makes those invalid too. `errors` (initialised, empty) tells about every text as it is now,
 * warnings included, whatever is returned. 0; -EINVAL: main is invalid (included states are then
 * not meaningful); -ENOMEM. */
int config_parse(const struct ConfigText *main, struct ConfigInclude *included, size_t n,
                 const struct ConfigEnvironment *environment, struct Config **ret,
                 struct ConfigErrors *errors);
