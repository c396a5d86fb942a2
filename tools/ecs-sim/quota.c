/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets. */
#include "quota.h"

#include "base/macros.h"

static const struct {
        double burst, sustained; /* calls, calls per second */
} LIMITS[QUOTA_GROUPS] = {
        [QUOTA_SERVICE_READ] = {100, 20},    [QUOTA_CLUSTER_RESOURCE_READ] = {100, 20},
        [QUOTA_SERVICE_MODIFY] = {50, 5},    [QUOTA_SERVICE_DEPLOYMENT] = {50, 20},
        [QUOTA_SERVICE_REVISION] = {50, 20}, [QUOTA_CLUSTER_READ] = {50, 20},
        [QUOTA_CLUSTER_MODIFY] = {20, 1},    [QUOTA_DEFINITION_READ] = {50, 20},
        [QUOTA_DEFINITION_MODIFY] = {20, 1}, [QUOTA_CLUSTER_RESOURCE_MODIFY] = {100, 40},
        [QUOTA_TAG_READ] = {50, 20},
};

void quota_init(struct Quota *quota, double factor, usec_t now) {
        quota->factor = factor;
        quota->filled_at = now;
        for (size_t i = 0; i < QUOTA_GROUPS; i++)
                quota->tokens[i] = LIMITS[i].burst * factor;
}

static void fill(struct Quota *quota, usec_t now) {
        double seconds = (double) usec_sub(now, quota->filled_at) / (double) USEC_PER_SEC;

        for (size_t i = 0; i < QUOTA_GROUPS; i++)
                quota->tokens[i] =
                        MIN(quota->tokens[i] + LIMITS[i].sustained * quota->factor * seconds,
                            LIMITS[i].burst * quota->factor);
        quota->filled_at = MAX(quota->filled_at, now);
}

bool quota_take(struct Quota *quota, enum QuotaGroup group, usec_t now) {
        fill(quota, now);
        if (group == QUOTA_NONE || quota->factor <= 0)
                return true;
        if (quota->tokens[group] < 1)
                return false;
        quota->tokens[group] -= 1;
        return true;
}
