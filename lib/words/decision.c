/* SPDX-License-Identifier: Apache-2.0 */
/* Names of decisions. */
#include "words/decision.h"

const char *decision_kind_name(enum DecisionKind kind) {
        static const char *const names[] = {
                [DECISION_NOTHING] = "nothing", [DECISION_WAIT] = "wait",    [DECISION_ACT] = "act",
                [DECISION_WOULD] = "would",     [DECISION_SKIP] = "skipped",
        };

        return names[kind];
}
