/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a remedy would change allows it: asked when it is decided about, and again at every
 * look before its call. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "words/decision.h"
#include "words/subject.h"

struct RemedyQuestion { /* borrowed */
        const struct PolicyEntry *entry;
        const char *target; /* the host's ARN; of scale_out the group's name */
        const struct SubjectFacts *subject;
        const struct History *history;
        usec_t now;
};

/* What speaks against it: it has been done already, too little would remain, the most is reached,
 * the last one is not long enough ago. False: nothing, and `ret_amount` is the desired capacity to
 * set (of scale_out). */
bool remedy_is_refused(const struct RemedyQuestion *question, uint64_t *ret_amount,
                       char ret_reason[DECISION_REASON_MAX]);
