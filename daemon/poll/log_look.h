/* SPDX-License-Identifier: Apache-2.0 */
/* What a container wrote last: one GetLogEvents, for a verdict that has failed. */
#pragma once

#include "daemon/aws/client.h"

struct LogLook;

/* Oldest first, as the program wrote them; borrowed for the call. None: nothing was ever written,
 * or they could not be had, with `problem`. */
typedef void (*LogCallback)(void *userdata, const char *const *messages, size_t n,
                            const char *problem);

/* The last `limit` messages. A verdict waits for them, so they are not waited for long. The
 * callback runs once, from the loop, unless the look is freed before. 0 or a negative errno. */
int log_look_start(struct AwsClient *client, const char *group, const char *stream, unsigned limit,
                   LogCallback callback, void *userdata, struct LogLook **ret);
struct LogLook *log_look_free(struct LogLook *look); /* NULL is fine; NULL */
