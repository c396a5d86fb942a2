/* SPDX-License-Identifier: Apache-2.0 */
/* Whether so many services of one account and region fail that nothing is rolled back there. Pure.
 */
#pragma once

#include <stddef.h>

#include "words/decision.h"
#include "words/inhibit.h"

/* The newest failures of one service, AWS's time; USEC_UNKNOWN: none. */
struct ServiceTrouble {
        usec_t platform_at; /* for one of the rule's causes */
        usec_t any_at;      /* for whatever cause, those included */
};

enum InhibitKind {
        INHIBIT_NOTHING,
        INHIBIT_PLATFORM, /* `services` fail for the platform's causes */
        INHIBIT_ANY,      /* `any` fail */
        _INHIBIT_KIND_COUNT,
};

const char *inhibit_kind_name(enum InhibitKind kind); /* "", "platform", "any" */

struct Inhibition {
        enum InhibitKind kind;
        size_t n_platform, n_any; /* services with new failures */
};

/* `was`: until now. Once on it stays until none of its kind is new. */
void inhibit_weigh(const struct InhibitRule *rule, const struct ServiceTrouble *troubles, size_t n,
                   enum InhibitKind was, usec_t now, struct Inhibition *ret);

/* "6 services failed within 10 min for causes of the platform". */
void inhibit_explain(const struct InhibitRule *rule, const struct Inhibition *inhibition,
                     char ret[DECISION_REASON_MAX]);
