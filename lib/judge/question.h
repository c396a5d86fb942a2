/* SPDX-License-Identifier: Apache-2.0 */
/* All that one decision looks at. Private to decide, objection and way. */
#pragma once

#include "judge/decide.h"

struct Question {
        const struct Policy *policy;
        const struct PolicyEntry *entry;
        const struct Judged *judged;
        const struct History *history;
        enum ActionKind kind; /* the entry's */
        usec_t now;
};
