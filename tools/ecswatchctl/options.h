/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the subcommands that ask the daemon. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

struct Options {
        bool json, watch;
        const char *socket;            /* NULL: client_socket() finds it */
        const char *cluster, *service; /* of CLUSTER[/SERVICE]; NULL: all */
        unsigned limit;
};

/* False after a message. CLUSTER/SERVICE is cut in place. */
bool options_parse(int argc, char **argv, struct Options *ret);

/* "?cluster=…&service=…", percent-encoded; "" without either. 0 or a negative errno. */
int options_query(const struct Options *options, struct Buffer *path);
