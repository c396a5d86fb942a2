/* SPDX-License-Identifier: Apache-2.0 */
/* Our share of AWS's quotas, and the queue for it. Private to daemon/aws. */
#pragma once

#include <systemd/sd-event.h>

#include "aws/operation.h"
#include "daemon/clock.h"
#include "schedule/bucket.h"
#include "schedule/queue.h"

/* AWS counts the calls of these groups apart. Source: "Request throttling for the Amazon ECS API".
 */
enum QuotaGroup {
        QUOTA_SERVICE_READ,
        QUOTA_CLUSTER_RESOURCE_READ,
        QUOTA_SERVICE_MODIFY,
        QUOTA_SERVICE_DEPLOYMENT,
        QUOTA_SERVICE_REVISION,
        QUOTA_TASK_DEFINITION_READ,
        QUOTA_CLUSTER_RESOURCE_MODIFY,
        QUOTA_QUEUE,       /* SQS has none for standard queues; a ceiling for ourselves */
        QUOTA_UNPUBLISHED, /* of other services: a careful guess */
        _QUOTA_GROUP_COUNT,
};

enum QuotaGroup quota_group(enum AwsOperation operation);

/* One who waits for a token. */
struct QuotaWaiter {
        struct QueueItem item;           /* with its urgency and party */
        struct Quota *quota;             /* while it waits */
        struct Quota *used;              /* while its call is under way: quota_end() */
        void (*granted)(void *userdata); /* from the event loop */
        void *userdata;
};

/* One group of one account and Region, as far as we can tell accounts apart: by the role assumed.
 */
struct Quota {
        struct Bucket bucket;
        struct Queue queue;
        unsigned under_way;
        unsigned most; /* of them at once; an action and the looks before it go all the same */
        struct ClockTimer timer;
};

struct QuotaSet {
        struct QuotaSet *next;
        char *key; /* "REGION/ACCOUNT", "REGION" without a role */
        struct Quota quotas[_QUOTA_GROUP_COUNT];
};

/* The set of the key in the list, where it is new with `share` of the published quotas. Clients of
 * one Region and account share it. 0 or -errno. */
int quota_set_need(struct QuotaSet **sets, sd_event *event, double share, const char *key,
                   struct QuotaSet **ret);
void quota_sets_free(struct QuotaSet *sets);

/* 1: take the call now; 0: the waiter will be granted; or -errno. However many tokens there are:
 * only so many of the large answers are under way at once, since each is held in memory. */
int quota_take(struct Quota *quota, struct QuotaWaiter *waiter);
void quota_end(struct QuotaWaiter *waiter); /* its call has ended; harmless when it has none */
void quota_unwait(struct QuotaWaiter *waiter);
/* It is more urgent than it seemed, now and when it waits again. */
void quota_hurry(struct QuotaWaiter *waiter, enum Urgency urgency);
