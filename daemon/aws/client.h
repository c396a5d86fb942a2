/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of AWS's APIs: signed, within our share of the quota, repeated where that is safe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "aws/error.h"
#include "aws/request.h"
#include "base/macros.h"
#include "base/time.h"
#include "daemon/aws/environment.h"
#include "daemon/http/http.h"
#include "schedule/queue.h"

struct AwsWorld;  /* what all clients share: base credentials, quotas */
struct AwsClient; /* one region, role and endpoint */
struct AwsCall;

struct AwsWorldOptions { /* borrowed for the world's life */
        sd_event *event;
        struct HttpGlue *http;
        const struct AwsEnvironment *environment;
        double api_share; /* of the published quotas, 0 … 1 */
        uint64_t seed;    /* of the jitter */
};

int aws_world_new(const struct AwsWorldOptions *options, struct AwsWorld **ret);
/* Registers how many calls came to what; `metrics` must outlive the world. 0 or -ENOBUFS. */
struct Metrics;
int aws_world_add_metrics(struct AwsWorld *world, struct Metrics *metrics);
/* After every client of it is freed. NULL is fine. */
void aws_world_free(struct AwsWorld *world);
DEFINE_FREEP(struct AwsWorld, aws_world_free)

struct AwsClientOptions {
        const char *region;       /* NULL: the environment's */
        const char *role_arn;     /* assumed through STS, or NULL */
        const char *external_id;  /* or NULL */
        const char *endpoint_url; /* of ECS alone; NULL: the environment's, else AWS's own */
        const char *queue_url;    /* its host is SQS'; NULL: likewise */
};

enum { AWS_CLIENT_PROBLEM_MAX = 512 };

/* Copies the options. 0; -EINVAL with `problem` in words (no region, an endpoint that may not be
 * used); -ENOMEM. */
int aws_client_new(struct AwsWorld *world, const struct AwsClientOptions *options,
                   char problem[AWS_CLIENT_PROBLEM_MAX], struct AwsClient **ret);
/* Its calls must have been freed. NULL is fine. */
void aws_client_free(struct AwsClient *client);
DEFINE_FREEP(struct AwsClient, aws_client_free)

const char *aws_client_region(const struct AwsClient *client);
/* AWS's time now, by the answers to this client (aws/clock.h); USEC_UNKNOWN before the first. */
usec_t aws_client_now(const struct AwsClient *client);

enum AwsOutcome {
        AWS_ANSWERED,  /* 2xx */
        AWS_REFUSED,   /* AWS answered that it did not do it: `error` */
        AWS_NOT_SENT,  /* no credentials, no connection, no quota in time: AWS cannot have acted */
        AWS_UNCERTAIN, /* sent, and no usable answer came back: AWS may have acted */
};

/* Texts are valid until the callback returns, even when it frees the call. */
struct AwsAnswer {
        enum AwsOutcome outcome;
        bool denied;    /* refused: a permission is missing, or the credentials are not accepted */
        bool transient; /* refused or not sent, and worth asking again later (throttled, 5xx, no
                           connection) */
        struct AwsError error; /* when REFUSED */
        const char *text;      /* in words, when not ANSWERED; else "" */
        const char *body;
        size_t body_size;
        usec_t asked_at; /* AWS's time when its last attempt left; USEC_UNKNOWN: none did, or AWS's
                            time was not known */
        usec_t date;     /* of the Date header: AWS's time; USEC_UNKNOWN if none came */
        unsigned attempts;
};

typedef void (*AwsCallback)(void *userdata, const struct AwsAnswer *answer);

struct AwsRequest {
        enum AwsOperation operation;
        const char *body; /* copied */
        size_t body_size;
        enum Urgency urgency; /* among those who wait for the quota */
        const void *party;    /* whose call it is: parties take turns. NULL: the client's */
        /* Real time for all attempts, from when the quota lets the first one go: until then it
         * waits for as long as it takes, or for `patience` at most, where that is not 0. */
        usec_t deadline, patience;
        usec_t attempt; /* real time for one attempt; 0: 10 s */
        /* It leaves now or not at all, and once: without a token of the quota or credentials at
         * hand it is NOT_SENT, and what would be repeated is REFUSED as transient. Meanwhile they
         * are fetched, so that asking again a little later finds them. For what was looked at just
         * before. */
        bool at_once;
};

/* The calls a second that the quota lets this client's account and Region have of DescribeServices,
 * now: less while AWS says that it is too much. Clients with one key share it. */
struct AwsAllowance {
        const char *key; /* "REGION/ACCOUNT" (without a role "REGION"), for people and for
                            comparing; lives as long as the world */
        double calls_per_second;
        bool throttled; /* less than our share: AWS said not long ago that it was too much */
};
struct AwsAllowance aws_client_allowance(const struct AwsClient *client);

/* A call that only reads is repeated after transient and throttling errors, with full jitter,
 * within its deadline. One that changes something (aws_operation_changes()) goes out once: what an
 * uncertain outcome means is the caller's to find out by looking. Expired credentials and a wrong
 * clock were refused before anything was done, and are repeated once for either.
 *
 * The callback runs exactly once, from the event loop, never before this function has returned. 0
 * or -ENOMEM. */
int aws_call_start(struct AwsClient *client, const struct AwsRequest *request, AwsCallback callback,
                   void *userdata, struct AwsCall **ret);
/* While it waits for the quota: it is as urgent as this from now on, if it was less. */
void aws_call_hurry(struct AwsCall *call, enum Urgency urgency);
/* Cancels if it has not ended; a request that has left may still be carried out. NULL is fine;
 * returns NULL. */
struct AwsCall *aws_call_free(struct AwsCall *call);
