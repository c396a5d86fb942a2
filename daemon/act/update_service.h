/* SPDX-License-Identifier: Apache-2.0 */
/* UpdateService: the one call that changes AWS. It sends cluster, service and task definition and
 * nothing else. */
#pragma once

#include <stdbool.h>

#include "base/macros.h"
#include "daemon/aws/client.h"
#include "words/verdict.h"

struct UpdateService;

enum UpdateOutcome {
        UPDATE_ACCEPTED,  /* `deployment` is PRIMARY's id in the answer */
        UPDATE_RACED,     /* accepted too, and `overtaken` is a deployment newer than the judged one
                             that it took over */
        UPDATE_REFUSED,   /* ECS did not act, and will not */
        UPDATE_NOT_TAKEN, /* ECS did not act: throttled, no connection, 5xx; worth another look and
                             another try */
        UPDATE_UNCERTAIN, /* it left, and no usable answer came: look */
};

struct UpdateAnswer { /* valid until the callback returns */
        enum UpdateOutcome outcome;
        char deployment[VERDICT_ID_MAX], overtaken[VERDICT_ID_MAX]; /* "" where not known */
        const char *text; /* in words, when not accepted */
};

typedef void (*UpdateCallback)(void *userdata, const struct UpdateAnswer *answer);

struct UpdateRequest { /* copied */
        const char *cluster, *service, *task_definition;
        const char *judged_deployment;
        usec_t judged_created_at;
};

/* After this long (real time) the call has ended one way or another. */
#define UPDATE_SERVICE_DEADLINE (30 * USEC_PER_SEC)

/* The callback runs once, from the loop, unless it is freed before. 0 or a negative errno. */
int update_service_start(struct AwsClient *client, const struct UpdateRequest *request,
                         UpdateCallback callback, void *userdata, struct UpdateService **ret);
struct UpdateService *update_service_free(
        struct UpdateService *update); /* NULL is fine; returns NULL */
