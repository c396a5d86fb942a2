/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP to the daemon over its Unix socket. */
#pragma once

#include <jansson.h>

/* GETs `path` and reads its JSON. 0 and *ret, to be given back by json_decref(); else an exit code,
 * after a sentence on standard error that says what to do. `socket` NULL: $ECSWATCH_SOCKET, else
 * the user's own daemon's if it is there, else the system's. */
int client_get(const char *socket, const char *path, json_t **ret);

enum {
        CLIENT_POST = 1,  /* instead of GET */
        CLIENT_QUIET = 2, /* nothing on standard error */
};
int client_ask(const char *socket, const char *path, unsigned flags, json_t **ret);
