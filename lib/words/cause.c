/* SPDX-License-Identifier: Apache-2.0 */
/* One row a cause. */
#include "words/cause.h"

#include <stddef.h>
#include <string.h>

static const struct {
        const char *name;
        enum Blame blame;
        bool verdict_cause;
        bool rolls_back;
} CAUSES[_CAUSE_COUNT] = {
        [CAUSE_NONE] = {"", BLAME_NOTHING, false, false},
        [CAUSE_APP_EXIT] = {"app_exit", BLAME_CODE, true, true},
        [CAUSE_OOM] = {"oom", BLAME_CODE, true, true},
        [CAUSE_CONTAINER_HEALTH] = {"container_health", BLAME_CODE, true, true},
        [CAUSE_LB_HEALTH] = {"lb_health", BLAME_CODE, true, true},
        [CAUSE_IMAGE_PULL] = {"image_pull", BLAME_CODE, true, true},
        [CAUSE_RESOURCE_INIT] = {"resource_init", BLAME_CODE, true, true},
        [CAUSE_CONFIG] = {"config", BLAME_CODE, true, true},
        [CAUSE_CAPACITY] = {"capacity", BLAME_PLATFORM, true, false},
        [CAUSE_DISK_FULL] = {"disk_full", BLAME_PLATFORM, true, false},
        [CAUSE_HOST_BAD] = {"host_bad", BLAME_PLATFORM, true, false},
        [CAUSE_HOST_LOST] = {"host_lost", BLAME_PLATFORM, true, false},
        [CAUSE_AWS_INTERNAL] = {"aws_internal", BLAME_PLATFORM, true, false},
        [CAUSE_NATIVE_FAILURE] = {"native_failure", BLAME_UNTOLD, true, true},
        [CAUSE_UNKNOWN] = {"unknown", BLAME_UNTOLD, true, false},
        [CAUSE_SCALE_IN] = {"scale_in", BLAME_NOTHING, false, false},
        [CAUSE_USER_STOP] = {"user_stop", BLAME_NOTHING, false, false},
        [CAUSE_THROTTLED] = {"throttled", BLAME_PLATFORM, false, false},
        [CAUSE_STEADY] = {"steady", BLAME_NOTHING, false, false},
        [CAUSE_PROGRESS] = {"progress", BLAME_NOTHING, false, false},
        [CAUSE_OTHER] = {"other", BLAME_NOTHING, false, false},
};

const char *cause_name(enum Cause cause) {
        return CAUSES[cause].name;
}

bool cause_from_name(const char *name, enum Cause *ret) {
        for (size_t i = CAUSE_NONE + 1; i < _CAUSE_COUNT; i++)
                if (strcmp(CAUSES[i].name, name) == 0) {
                        *ret = (enum Cause) i;
                        return true;
                }
        return false;
}

enum Blame cause_blame(enum Cause cause) {
        return CAUSES[cause].blame;
}

bool cause_is_neutral(enum Cause cause) {
        return cause_blame(cause) == BLAME_NOTHING || cause == CAUSE_HOST_LOST;
}

bool cause_is_verdict_cause(enum Cause cause) {
        return CAUSES[cause].verdict_cause;
}

bool cause_rolls_back_by_default(enum Cause cause) {
        return CAUSES[cause].rolls_back;
}
