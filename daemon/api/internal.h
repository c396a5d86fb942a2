/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the API: a request on its way to its route. api.c takes requests and knows the table of
 * routes.c; orders.c has those that make the daemon do something. */
#pragma once

#include "base/buffer.h"
#include "daemon/api/api.h"
#include "daemon/api/listener.h"
#include "daemon/api/stream.h"
#include "daemon/clock.h"
#include "daemon/metrics.h"
#include "words/hold.h"

enum ApiMetric { METRIC_REQUESTS, METRIC_STREAMS, _API_METRIC_COUNT };

struct Api {
        struct ApiParameters parameters;
        struct Listener local, network;
        struct Streams streams;
        struct ClockTimer keep_alive;
        struct Metric metrics[_API_METRIC_COUNT];
};

struct Request {
        struct Api *api;
        struct MHD_Connection *connection;
        struct Buffer body;
        const char *problem;                    /* detail of a status of 400 and above */
        char problem_text[DECISION_REASON_MAX]; /* where it is no constant */
        const char *allow;                      /* of status 405: the methods */
};

struct Route {
        const char *path, *content_type;
        /* The status, or a negative errno. */
        int (*answer)(struct Request *request);
        bool writes; /* POST, and on the Unix socket only */
};

/* ---- request.c ---- */

/* Of the request's query; NULL where it is not given or empty. */
const char *request_parameter(const struct Request *request, const char *name);
/* The status of a request that is refused, with its detail. */
int request_refuse(struct Request *request, unsigned status, const char *problem);

/* Who asks: the name of the user at the other end of the Unix socket. */
void request_author(const struct Request *request, char ret[HOLD_AUTHOR_MAX]);

/* ---- orders.c ---- */

int order_look(struct Request *request);
int order_hold(struct Request *request);
int order_unhold(struct Request *request);
int order_approve(struct Request *request);

/* ---- routes.c ---- */

const struct Route *route_find(const char *path); /* NULL: none */
