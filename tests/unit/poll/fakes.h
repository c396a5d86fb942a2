/* SPDX-License-Identifier: Apache-2.0 */
/* A clock with one timer, a log and an AWS for the poller: linked instead of the daemon's. */
#pragma once

#include "daemon/aws/client.h"
#include "daemon/clock.h"

#define EPOCH ((usec_t) 1790000000 * USEC_PER_SEC)
#define PRIMARY "ecs-svc/2"
enum { CALLS_MAX = 64 };

struct FakeClock {
        usec_t now, due; /* since EPOCH; the poller's timer */
        ClockTimerHandler handler;
        void *userdata;
};
extern struct FakeClock fake_clock;

extern char said[1024]; /* the last line of the log */

struct AwsCall {
        enum AwsOperation operation;
        char *body;
        AwsCallback callback;
        void *userdata;
        enum Urgency urgency;
};

enum BadAnswer { BAD_DENIED, BAD_UNREADABLE, BAD_TRANSIENT };

struct FakeAws {
        struct AwsCall *calls[CALLS_MAX]; /* under way */
        size_t n_calls;
        unsigned counts[_AWS_OPERATION_COUNT], described_tasks;
        double allowed; /* calls of DescribeServices a second */
        bool throttled;
        const char *bad_name; /* a call that names it fails as a whole; "*": any call */
        enum BadAnswer bad_answer;
        const char *more_of;                   /* the service that runs one more */
        unsigned n_old_stopped, n_old_running; /* tasks of an older deployment */
        unsigned n_of_large;                   /* tasks of the service s0; of others one */
        unsigned running_described[1000];      /* how often, of those of the newest deployment */
};
extern struct FakeAws fake_aws;

void fakes_reset(void);
void fake_aws_answer(struct AwsCall *call); /* which ends it */
