/* SPDX-License-Identifier: Apache-2.0 */
/* Names of rollout kinds. */
#include "words/rollout.h"

static const char *const KINDS[] = {[ROLLOUT_DEPLOY] = "deploy", [ROLLOUT_ROLLBACK] = "rollback"};
static const char *const BYS[] = {
        [BY_NOBODY] = "", [BY_US] = "us", [BY_ECS] = "ecs", [BY_OTHER] = "other"};

const char *rollout_kind_name(enum RolloutKind kind) {
        return KINDS[kind];
}

const char *rollback_by_name(enum RollbackBy by) {
        return BYS[by];
}
