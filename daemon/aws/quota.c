/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/aws/quota.h"

#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "daemon/clock.h"

#define QUOTA_TIMER_ACCURACY (5 * USEC_PER_MSEC)

/* ECS answers within some 100 ms: more than our share of any quota wants. */
enum { MOST_UNDER_WAY = 8 };

static const struct {
        double burst, sustained;
} QUOTAS[_QUOTA_GROUP_COUNT] = {
        [QUOTA_SERVICE_READ] = {100, 20},
        [QUOTA_CLUSTER_RESOURCE_READ] = {100, 20},
        [QUOTA_SERVICE_MODIFY] = {50, 5},
        [QUOTA_SERVICE_DEPLOYMENT] = {50, 20},
        [QUOTA_SERVICE_REVISION] = {50, 20},
        [QUOTA_TASK_DEFINITION_READ] = {50, 20},
        [QUOTA_CLUSTER_RESOURCE_MODIFY] = {100, 40},
        [QUOTA_QUEUE] = {100, 100},
        [QUOTA_UNPUBLISHED] = {20, 2},
};

enum QuotaGroup quota_group(enum AwsOperation operation) {
        switch (operation) {
        case ECS_DESCRIBE_SERVICES:
        case ECS_LIST_SERVICES: return QUOTA_SERVICE_READ;
        case ECS_LIST_TASKS:
        case ECS_DESCRIBE_TASKS:
        case ECS_LIST_CONTAINER_INSTANCES:
        case ECS_DESCRIBE_CONTAINER_INSTANCES: return QUOTA_CLUSTER_RESOURCE_READ;
        case ECS_DESCRIBE_TASK_DEFINITION: return QUOTA_TASK_DEFINITION_READ;
        case ECS_LIST_SERVICE_DEPLOYMENTS:
        case ECS_DESCRIBE_SERVICE_DEPLOYMENTS: return QUOTA_SERVICE_DEPLOYMENT;
        case ECS_DESCRIBE_SERVICE_REVISIONS: return QUOTA_SERVICE_REVISION;
        case ECS_UPDATE_SERVICE:
        /* Its quota is not published; the smallest of its kind is the careful guess. */
        case ECS_UPDATE_TASK_SET:
        case ECS_UPDATE_SERVICE_PRIMARY_TASK_SET:
        case ECS_STOP_SERVICE_DEPLOYMENT: return QUOTA_SERVICE_MODIFY;
        case ECS_UPDATE_CONTAINER_INSTANCES_STATE: return QUOTA_CLUSTER_RESOURCE_MODIFY;
        case SQS_RECEIVE_MESSAGE:
        case SQS_DELETE_MESSAGE_BATCH: return QUOTA_QUEUE;
        case AUTO_SCALING_DESCRIBE_GROUPS:
        case AUTO_SCALING_SET_DESIRED_CAPACITY:
        case CODE_DEPLOY_STOP_DEPLOYMENT:
        case CLOUDWATCH_LOGS_GET_LOG_EVENTS:
        case _AWS_OPERATION_COUNT: break;
        }
        return QUOTA_UNPUBLISHED;
}

static bool is_full(const struct Quota *quota) {
        return quota->under_way >= quota->most;
}

/* Who needs a token and nothing more. */
static enum Urgency least_urgency(const struct Quota *quota) {
        return is_full(quota) ? URGENCY_ACTION : URGENCY_IDLE;
}

static bool awaits_token(const struct Quota *quota) {
        return queue_has(&quota->queue, least_urgency(quota));
}

/* Whoever ends arms it again where it is full. */
static void quota_arm(struct Quota *quota) {
        usec_t now = clock_monotonic();

        (void) clock_timer_set(&quota->timer, awaits_token(quota)
                                                      ? bucket_ready_at(&quota->bucket, now)
                                                      : USEC_INFINITY);
}

static void quota_begin(struct Quota *quota, struct QuotaWaiter *waiter) {
        quota->under_way++;
        waiter->used = quota;
}

void quota_end(struct QuotaWaiter *waiter) {
        struct Quota *quota = TAKE_PTR(waiter->used);

        if (!quota)
                return;
        quota->under_way--;
        if (queue_has(&quota->queue, URGENCY_IDLE))
                quota_arm(quota);
}

static int on_quota(void *userdata) {
        struct Quota *quota = userdata;

        while (awaits_token(quota) && bucket_take(&quota->bucket, clock_monotonic())) {
                struct QuotaWaiter *waiter =
                        (struct QuotaWaiter *) queue_take(&quota->queue, least_urgency(quota));

                waiter->quota = NULL;
                quota_begin(quota, waiter);
                waiter->granted(waiter->userdata);
        }
        quota_arm(quota);
        return 0;
}

int quota_take(struct Quota *quota, struct QuotaWaiter *waiter) {
        /* No action waits behind looks: not for their answers, nor for a token that is there. */
        bool first = waiter->item.urgency == URGENCY_ACTION ||
                     (!queue_has(&quota->queue, URGENCY_IDLE) && !is_full(quota));
        int r;

        if (first && bucket_take(&quota->bucket, clock_monotonic())) {
                quota_begin(quota, waiter);
                return 1;
        }
        r = queue_add(&quota->queue, &waiter->item, clock_monotonic());
        if (r < 0)
                return r;
        waiter->quota = quota;
        quota_arm(quota);
        return 0;
}

void quota_unwait(struct QuotaWaiter *waiter) {
        if (waiter->quota)
                queue_remove(&waiter->quota->queue, &waiter->item);
        waiter->quota = NULL;
}

void quota_hurry(struct QuotaWaiter *waiter, enum Urgency urgency) {
        if (waiter->quota) {
                (void) queue_hurry(&waiter->quota->queue, &waiter->item, urgency);
                quota_arm(waiter->quota);
        }
        waiter->item.urgency = MAX(waiter->item.urgency, urgency);
}

static void quota_set_free(struct QuotaSet *set) {
        for (size_t i = 0; i < _QUOTA_GROUP_COUNT; i++) {
                clock_timer_done(&set->quotas[i].timer);
                queue_done(&set->quotas[i].queue);
        }
        free(set->key);
        free(set);
}

void quota_sets_free(struct QuotaSet *sets) {
        struct QuotaSet *next;

        for (struct QuotaSet *set = sets; set; set = next) {
                next = set->next;
                quota_set_free(set);
        }
}

int quota_set_need(struct QuotaSet **sets, sd_event *event, double share, const char *key,
                   struct QuotaSet **ret) {
        struct QuotaSet *set;
        int r = 0;

        for (set = *sets; set; set = set->next)
                if (text_equal(set->key, key)) {
                        *ret = set;
                        return 0;
                }
        set = calloc(1, sizeof(*set));
        if (!set)
                return -ENOMEM;
        set->key = strdup(key);
        if (!set->key)
                r = -ENOMEM;
        for (size_t i = 0; i < _QUOTA_GROUP_COUNT && r >= 0; i++) {
                set->quotas[i].most = MOST_UNDER_WAY;
                bucket_init(&set->quotas[i].bucket, QUOTAS[i].burst * share,
                            QUOTAS[i].sustained * share, clock_monotonic());
                r = clock_timer_init(&set->quotas[i].timer, event, QUOTA_TIMER_ACCURACY, on_quota,
                                     set->quotas + i);
        }
        if (r < 0) {
                quota_set_free(set);
                return r;
        }
        set->next = *sets;
        *sets = set;
        *ret = set;
        return 0;
}
