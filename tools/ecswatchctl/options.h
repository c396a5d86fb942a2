/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the subcommands that ask the daemon. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/time.h"

struct Options {
        bool json, watch;
        const char *socket;            /* NULL: client_socket() finds it */
        const char *cluster, *service; /* of CLUSTER[/SERVICE]; NULL: all */
        unsigned limit;
        const char *deployment, *task_definition; /* NULL: not given */
        usec_t since;                             /* USEC_UNKNOWN: not given */
        usec_t timeout;
        bool next;
        const char *reason; /* NULL: not given */
        usec_t length;      /* of --for; 0: not given */
};

/* CLUSTER or CLUSTER/SERVICE, which is cut in place. */
void options_take_target(char *target, struct Options *options);

/* False after a message. CLUSTER/SERVICE is cut in place. */
bool options_parse(int argc, char **argv, struct Options *ret);

/* Whether CLUSTER/SERVICE was given; false after a message. */
bool options_has_service(const struct Options *options, const char *command);

/* "?NAME=VALUE" or "&NAME=VALUE", percent-encoded; nothing of an empty value. */
int options_append(struct Buffer *path, const char *name, const char *value);

/* "?cluster=…&service=…", percent-encoded; "" without either. 0 or a negative errno. */
int options_query(const struct Options *options, struct Buffer *path);
