/* SPDX-License-Identifier: Apache-2.0 */
/* An API over a ledger of its own, with two services behind it, and a client in another thread. */
#pragma once

#include <curl/curl.h>
#include <stdatomic.h>

#include "base/buffer.h"
#include "daemon/api/api.h"

#define WEB "arn:aws:ecs:us-east-1:123456789012:service/my-cluster/web"

extern struct Ledger *ledger;
extern struct Api *api;
extern sd_event *event;
extern const char *not_ready; /* why; NULL: it is */
extern char socket_path[200];

void api_setup(void); /* as a checked fixture */
void api_teardown(void);
struct ApiParameters api_parameters(void); /* those that it was made with */

struct Client {
        const char *path, *method, *header, *body;
        const char *network; /* ADDRESS:PORT; NULL: the Unix socket */
        const char *enough;  /* end when this text has come */
        long status;
        struct Buffer answer;
        char content_type[128];
        CURLcode code;
        atomic_bool done;
};

/* Once around the loop. */
void turn(void);
/* The thread's function; its argument is the client. */
void *client_run(void *userdata);
/* Asks, and turns until there is an answer: the caller's to buffer_done(). */
void ask(struct Client *client);
