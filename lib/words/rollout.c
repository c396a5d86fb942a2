/* SPDX-License-Identifier: Apache-2.0 */
/* Names of rollout kinds. */
#include "words/rollout.h"

#include <stddef.h>

#include "base/macros.h"
#include "base/text.h"

static const char *const KINDS[] = {[ROLLOUT_DEPLOY] = "deploy", [ROLLOUT_ROLLBACK] = "rollback"};
static const char *const BYS[] = {
        [BY_NOBODY] = "", [BY_US] = "us", [BY_ECS] = "ecs", [BY_OTHER] = "other"};

const char *rollout_kind_name(enum RolloutKind kind) {
        return KINDS[kind];
}

const char *rollback_by_name(enum RollbackBy by) {
        return BYS[by];
}

bool rollout_kind_from_name(const char *name, enum RolloutKind *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++)
                if (text_equal(KINDS[i], name)) {
                        *ret = (enum RolloutKind) i;
                        return true;
                }
        return false;
}

bool rollback_by_from_name(const char *name, enum RollbackBy *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(BYS); i++)
                if (text_equal(BYS[i], name)) {
                        *ret = (enum RollbackBy) i;
                        return true;
                }
        return false;
}
