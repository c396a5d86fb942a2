/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP on a loopback address: libmicrohttpd with one thread of its own, which alone touches the
 * simulator once the server runs. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"

struct Server;

/* "127.0.0.1:0", "[::1]:4566", "localhost:4566". 0, -EINVAL, or -EPERM: not a loopback address. */
int server_parse_address(const char *text, struct sockaddr_storage *ret);

/* Answers from now on; the simulator is borrowed until server_free(). 0 or a negative errno. */
int server_new(struct Simulator *simulator, const struct sockaddr_storage *address,
               struct Server **ret);
void server_free(struct Server *server); /* NULL is fine */
DEFINE_FREEP(struct Server, server_free)

uint16_t server_port(const struct Server *server);
