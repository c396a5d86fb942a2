/* SPDX-License-Identifier: Apache-2.0 */
/* ListServices, all pages: the services of a cluster that patterns may match. */
#pragma once

#include <stddef.h>

#include "daemon/aws/client.h"

struct Discovery;

/* `names`: of all services, valid until the callback returns; NULL with `problem` when the list
 * could not be had whole: then nothing may be concluded from it. */
typedef void (*DiscoveryCallback)(void *userdata, const char *const *names, size_t n_names,
                                  const char *problem);

/* `cluster`: name or ARN, copied. The callback runs once, from the loop, unless it is freed before.
 * 0 or -errno. */
int discovery_start(struct AwsClient *client, const char *cluster, DiscoveryCallback callback,
                    void *userdata, struct Discovery **ret);
struct Discovery *discovery_free(struct Discovery *discovery); /* NULL is fine; returns NULL */
