/* SPDX-License-Identifier: Apache-2.0 */
/* UpdateService: the one call that changes AWS. It sends cluster, service and task definition and
 * nothing else. */
#pragma once

#include <stdbool.h>

#include "act/act.h"
#include "base/macros.h"
#include "daemon/aws/client.h"
#include "words/verdict.h"

struct UpdateService;

struct UpdateAnswer { /* valid until the callback returns */
        enum CallOutcome outcome;
        char deployment[VERDICT_ID_MAX]; /* PRIMARY's id; "" where not known */
        char overtaken[VERDICT_ID_MAX];  /* when RACED: one newer than the judged one */
        const char *text;                /* in words, when not accepted */
};

typedef void (*UpdateCallback)(void *userdata, const struct UpdateAnswer *answer);

struct UpdateRequest { /* copied */
        const char *cluster, *service, *task_definition;
        const char *judged_deployment;
        usec_t judged_created_at;
};

/* The callback runs once, from the loop, unless it is freed before. 0 or a negative errno. */
int update_service_start(struct AwsClient *client, const struct UpdateRequest *request,
                         UpdateCallback callback, void *userdata, struct UpdateService **ret);
struct UpdateService *update_service_free(
        struct UpdateService *update); /* NULL is fine; returns NULL */
