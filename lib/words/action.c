/* SPDX-License-Identifier: Apache-2.0 */
#include "words/action.h"

static const char *const STATES[] = {
        [ACTION_INTENDED] = "intended",   [ACTION_DONE] = "done",       [ACTION_FAILED] = "failed",
        [ACTION_UNCERTAIN] = "uncertain", [ACTION_SKIPPED] = "skipped", [ACTION_WOULD] = "would",
};

const char *action_state_name(enum ActionState state) {
        return STATES[state];
}

bool action_is_open(const struct ActionRecord *action) {
        return action->state == ACTION_INTENDED || action->state == ACTION_UNCERTAIN;
}
