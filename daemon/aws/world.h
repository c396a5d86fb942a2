/* SPDX-License-Identifier: Apache-2.0 */
/* What clients share, and the queue for the quota. Private to daemon/aws. */
#pragma once

#include "aws/clock.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "base/random.h"
#include "daemon/aws/client.h"
#include "daemon/aws/meter.h"
#include "daemon/aws/provider.h"
#include "schedule/bucket.h"

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
        QUOTA_UNPUBLISHED, /* of other services: a careful guess */
        _QUOTA_GROUP_COUNT,
};

/* One who waits for a token: first come, first served. */
struct QuotaWaiter {
        struct QuotaWaiter *next;
        struct Quota *quota;             /* while linked */
        void (*granted)(void *userdata); /* from the event loop */
        void *userdata;
};

/* One group of one account and Region, as far as we can tell accounts apart: by the role assumed.
 */
struct Quota {
        struct Bucket bucket;
        struct QuotaWaiter *waiters;
        sd_event_source *timer;
};

struct QuotaSet {
        struct QuotaSet *next;
        char *key;
        struct Quota quotas[_QUOTA_GROUP_COUNT];
};

struct AwsWorld {
        struct AwsWorldOptions options;
        struct Random random;
        struct AwsClock clock; /* by the answers to all clients, and of STS */
        struct CredentialsProvider *base;
        struct QuotaSet *quota_sets;
        struct CallMeter meter;
};

struct AwsClient {
        struct AwsWorld *world;
        char *region, *role_arn, *external_id;
        struct AwsUrl endpoints[_AWS_SERVICE_COUNT];
        struct CredentialsProvider *role; /* NULL: the world's base */
        struct QuotaSet *quota_set;
        struct AwsRetryQuota retry_quota;
        struct AwsClock clock;
        bool skew_told;
};

/* True: take the call now. False: the waiter is linked and will be granted. */
bool quota_take(struct Quota *quota, struct QuotaWaiter *waiter);
void quota_unwait(struct QuotaWaiter *waiter);
struct Quota *client_quota(struct AwsClient *client, enum AwsOperation operation);
struct CredentialsProvider *client_provider(struct AwsClient *client);
/* The machine's time unless it is known to be wrong. */
usec_t client_signing_time(const struct AwsClient *client);
/* AWS's Date header of a signed answer that came just now. */
void client_told_date(struct AwsClient *client, usec_t date);
