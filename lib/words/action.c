/* SPDX-License-Identifier: Apache-2.0 */
#include "words/action.h"

#include "base/macros.h"
#include "base/text.h"

static const char *const KINDS[] = {[ACTION_ROLLBACK] = "rollback"};

static const char *const STATES[] = {
        [ACTION_INTENDED] = "intended",   [ACTION_DONE] = "done",       [ACTION_FAILED] = "failed",
        [ACTION_UNCERTAIN] = "uncertain", [ACTION_SKIPPED] = "skipped", [ACTION_WOULD] = "would",
};

const char *action_kind_name(enum ActionKind kind) {
        return KINDS[kind];
}

const char *action_state_name(enum ActionState state) {
        return STATES[state];
}

bool action_kind_from_name(const char *name, enum ActionKind *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++)
                if (text_equal(KINDS[i], name)) {
                        *ret = (enum ActionKind) i;
                        return true;
                }
        return false;
}

bool action_state_from_name(const char *name, enum ActionState *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(STATES); i++)
                if (text_equal(STATES[i], name)) {
                        *ret = (enum ActionState) i;
                        return true;
                }
        return false;
}

bool action_is_open(const struct ActionRecord *action) {
        return action->state == ACTION_INTENDED || action->state == ACTION_UNCERTAIN;
}
