/* SPDX-License-Identifier: Apache-2.0 */
/* API quotas: one token bucket a group of operations, in virtual time.
 * Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html */
#pragma once

#include <stdbool.h>

#include "base/time.h"

enum QuotaGroup {
        QUOTA_NONE, /* not published: not limited here */
        QUOTA_SERVICE_READ,
        QUOTA_CLUSTER_RESOURCE_READ,
        QUOTA_SERVICE_MODIFY,
        QUOTA_SERVICE_DEPLOYMENT,
        QUOTA_SERVICE_REVISION,
        QUOTA_CLUSTER_READ,
        QUOTA_CLUSTER_MODIFY,
        QUOTA_DEFINITION_READ,
        QUOTA_DEFINITION_MODIFY,
        QUOTA_CLUSTER_RESOURCE_MODIFY,
        QUOTA_TAG_READ,
        QUOTA_GROUPS,
};

struct Quota {
        double factor; /* of the published values; 0: no limits */
        double tokens[QUOTA_GROUPS];
        usec_t filled_at;
};

void quota_init(struct Quota *quota, double factor, usec_t now);         /* full buckets */
bool quota_take(struct Quota *quota, enum QuotaGroup group, usec_t now); /* false: throttled */
