/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of notify: one receiver, its files read at each use, and the request that it gets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "daemon/http/http.h"
#include "daemon/ledger/outbox.h"
#include "daemon/notify/notify.h"

enum { RECEIVER_PROBLEM_MAX = 512 };

struct Receiver {
        char *name, *url, *url_file, *secret_file;
        bool insecure;
        bool stopped;       /* by 410 */
        bool overflowing;   /* rows were dropped, and that was said */
        unsigned in_flight; /* over its queues */
        unsigned failures;  /* since it last answered; for the log */
        char problem[RECEIVER_PROBLEM_MAX];
};

int receiver_init(struct Receiver *receiver, const struct NotifyReceiver *from); /* copies */
void receiver_done(struct Receiver *receiver);

/* Whether events may go to that URL: https, or http to loopback, or any http if `insecure`. */
bool receiver_url_is_allowed(const char *url, bool insecure);

/* Sends the row. 0 and *ret; else a negative errno with the reason, free of secrets, in `problem`:
 * -EINVAL: the URL or the secret is not what it should be; -ENOENT, …: a file cannot be read. */
int receiver_send(const struct Receiver *receiver, struct HttpGlue *http,
                  const struct OutboxRow *row, const char *user_agent, usec_t now,
                  HttpCallback callback, void *userdata, char problem[RECEIVER_PROBLEM_MAX],
                  struct HttpCall **ret);
