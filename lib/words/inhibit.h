/* SPDX-License-Identifier: Apache-2.0 */
/* The brake: when many services of one account and region fail at once, it is the platform, and no
 * rollback mends that (safety.inhibit). */
#pragma once

#include <stdbool.h>

#include "base/time.h"
#include "words/cause.h"

struct InhibitRule {
        unsigned services; /* with new failures for one of `causes`; 0: never */
        unsigned any;      /* with new failures for whatever cause; 0: never */
        usec_t within;     /* so long a failure is new */
        usec_t hold;       /* a rollback for one of `causes` waits so long for others to follow */
        unsigned causes;   /* bits by enum Cause: the platform's */
};

/* The built-in: 5, 10, 10 min, 60 s, capacity, aws_internal, image_pull and resource_init. */
struct InhibitRule inhibit_rule_default(void);
bool inhibit_rule_has(const struct InhibitRule *rule, enum Cause cause);
