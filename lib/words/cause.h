/* SPDX-License-Identifier: Apache-2.0 */
/* Why an attempt or a deployment failed: the table that rules, events and documents share. */
#pragma once

#include <stdbool.h>

/* In the order that breaks ties between equally frequent causes. */
enum Cause {
        CAUSE_NONE,
        CAUSE_APP_EXIT,
        CAUSE_OOM,
        CAUSE_CONTAINER_HEALTH,
        CAUSE_LB_HEALTH,
        CAUSE_IMAGE_PULL,
        CAUSE_RESOURCE_INIT,
        CAUSE_CONFIG,
        CAUSE_CAPACITY,
        CAUSE_DISK_FULL,
        CAUSE_HOST_BAD,
        CAUSE_HOST_LOST,
        CAUSE_AWS_INTERNAL,
        CAUSE_NATIVE_FAILURE,
        CAUSE_UNKNOWN,
        /* Not causes of failure; classify names them too. */
        CAUSE_SCALE_IN,
        CAUSE_USER_STOP,
        CAUSE_THROTTLED,
        CAUSE_STEADY,
        CAUSE_PROGRESS,
        CAUSE_OTHER,
        _CAUSE_COUNT,
};

/* Whom an attempt that ended so blames. */
enum Blame {
        BLAME_NOTHING, /* neutral: no evidence against the rollout */
        BLAME_CODE,    /* the only ones that drive `failed` by rule */
        BLAME_PLATFORM,
        BLAME_UNTOLD, /* wording not recognised */
};

const char *cause_name(enum Cause cause); /* "app_exit"; CAUSE_NONE is "" */
bool cause_from_name(const char *name, enum Cause *ret);
enum Blame cause_blame(enum Cause cause);
/* Nothing failed by it that could be held against the rollout: scaling in, somebody's stop, a lost
 * host. */
bool cause_is_neutral(enum Cause cause);

/* Whether a policy may name it in `when: {cause: …}`. */
bool cause_is_verdict_cause(enum Cause cause);

/* Whether a failed verdict of this cause is rolled back when the policy entry does not name the
 * cause. disk_full and native_failure depend on more than the cause; the policy stage asks the
 * evidence. */
bool cause_rolls_back_by_default(enum Cause cause);
