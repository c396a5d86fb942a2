/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the calls that lib/act asks for: the one place that changes AWS. What each way sends, and
 * nothing else, is the table in sending.c. */
#pragma once

#include "act/act.h"
#include "base/macros.h"
#include "daemon/aws/client.h"
#include "words/verdict.h"

struct Performance;

struct PerformAnswer { /* valid until the callback returns */
        enum CallOutcome outcome;
        char deployment[VERDICT_ID_MAX]; /* PRIMARY's id; "" where not known */
        char overtaken[VERDICT_ID_MAX];  /* when RACED: one newer than the judged one */
        const char *text;                /* in words, when not accepted */
};

typedef void (*PerformCallback)(void *userdata, const struct PerformAnswer *answer);

struct PerformRequest { /* copied */
        const struct ActionRecord *action;
        const char *cluster, *service; /* ARNs */
        const char *judged_deployment;
        usec_t judged_created_at;
};

/* The callback runs once, from the loop, unless it is freed before; the call has ended one way or
 * another after ACT_CALL_DEADLINE. 0 or a negative errno. */
int perform_start(struct AwsClient *client, const struct PerformRequest *request,
                  PerformCallback callback, void *userdata, struct Performance **ret);
struct Performance *perform_free(struct Performance *performance); /* NULL is fine; NULL */
