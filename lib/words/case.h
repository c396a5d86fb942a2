/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that one verdict was made of, so that the same verdict can be made again: what ECS
 * said until then, the rule, and the instant. Plain values; texts are borrowed. */
#pragma once

#include "words/policy.h"
#include "words/rollout.h"
#include "words/rows.h"

struct CaseAttempt {
        struct AttemptRow row;
        bool vanished; /* in neither list of a complete round */
};

/* The last answer's counts, and since when what they show has held (judge/evidence_fields.h). */
struct CaseCounts {
        struct CountRow last;
        bool known;
        uint64_t primary_in_a_row;
        usec_t primary_at, not_primary_at, native_failed_at, enough_since, completed_since;
        usec_t progress_at;
};

struct CaseLook { /* one of the two lists of tasks, as its latest round told */
        bool known, complete, denied;
        usec_t asked_at, answered_at;
};

struct Case {
        struct Rollout rollout; /* what judging needs of it */
        usec_t at;              /* judged at */
        struct JudgeRule rule;
        const struct CaseAttempt *attempts;
        size_t n_attempts;
        const struct SignalRow *signals;
        size_t n_signals;
        struct CaseCounts counts;
        struct CaseLook stopped, running;
        bool has_load_balancer, early_success, has_container_health_check;
        usec_t grace, reset_at, forgotten_until;
        const char *verdict; /* as it was told (event/case.h); NULL: not known */
};
