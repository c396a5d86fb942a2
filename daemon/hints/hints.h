/* SPDX-License-Identifier: Apache-2.0 */
/* An SQS queue into which EventBridge puts ECS' events: it says which services have changed. Each
 * is looked at then; nothing else is believed of a message, and none is needed. */
#pragma once

#include "aws/response_queue.h"
#include "daemon/aws/client.h"
#include "daemon/metrics.h"

struct Hints;

/* From the event loop. True: the service is watched. */
typedef bool (*HintCallback)(void *userdata, const struct EcsEvent *event);

struct HintsOptions { /* borrowed for hints_new(), `aws` and `metrics` for its life */
        sd_event *event;
        struct AwsWorld *aws;
        struct Metrics *metrics;
        const char *queue_url;
        const char *region; /* where its host names none; NULL: the environment's */
        HintCallback callback;
        void *userdata;
};

/* 0; -EINVAL with `problem` in words; a negative errno. */
int hints_new(const struct HintsOptions *options, char problem[AWS_CLIENT_PROBLEM_MAX],
              struct Hints **ret);
void hints_free(struct Hints *hints); /* NULL is fine */
DEFINE_FREEP(struct Hints, hints_free)
