/* SPDX-License-Identifier: Apache-2.0 */
/* Only what ECS said is taken down; causes and meanings are read from it again. */
#include "judge/case.h"

#include <errno.h>
#include <string.h>

#include "judge/evidence_fields.h"

static struct CaseLook look_of(const struct Round *round) {
        return (struct CaseLook) {round->known, round->complete, round->denied, round->asked_at,
                                  round->answered_at};
}

static struct Round round_of(const struct CaseLook *look) {
        return (struct Round) {look->known, look->complete, look->denied, look->asked_at,
                               look->answered_at};
}

static struct CaseCounts take_counts(const struct Counts *counts) {
        return (struct CaseCounts) {
                .last = counts->last,
                .known = counts->known,
                .primary_in_a_row = counts->primary_in_a_row,
                .primary_at = counts->primary_at,
                .not_primary_at = counts->not_primary_at,
                .native_failed_at = counts->native_failed_at,
                .enough_since = counts->enough_since,
                .completed_since = counts->completed_since,
                .progress_at = counts->progress_at,
        };
}

int case_take(const struct Evidence *evidence, const struct Rollout *rollout,
              const struct JudgeRule *rule, usec_t now, struct Arena *arena, struct Case *ret) {
        struct CaseAttempt *attempts =
                arena_alloc_array(arena, evidence->n_attempts, sizeof(*attempts));
        struct SignalRow *signals = arena_alloc_array(arena, evidence->n_signals, sizeof(*signals));

        if (!attempts || !signals)
                return -ENOMEM;
        for (size_t i = 0; i < evidence->n_attempts; i++)
                attempts[i] = (struct CaseAttempt) {evidence->attempts[i]->row,
                                                    evidence->attempts[i]->vanished};
        for (size_t i = 0; i < evidence->n_signals; i++)
                signals[i] = evidence->signals[i]->row;
        *ret = (struct Case) {
                .rollout = *rollout,
                .at = now,
                .rule = *rule,
                .attempts = attempts,
                .n_attempts = evidence->n_attempts,
                .signals = signals,
                .n_signals = evidence->n_signals,
                .counts = take_counts(&evidence->counts),
                .stopped = look_of(&evidence->stopped),
                .running = look_of(&evidence->running),
                .has_load_balancer = evidence->has_load_balancer,
                .early_success = evidence->early_success,
                .has_container_health_check = evidence->has_container_health_check,
                .grace = evidence->grace,
                .reset_at = evidence->reset_at,
                .forgotten_until = evidence->forgotten_until,
        };
        return 0;
}

static int restore_counts(struct Evidence *evidence, const struct CaseCounts *from) {
        struct Counts *counts = &evidence->counts;
        int r;

        if (!from->known)
                return 0;
        r = evidence_restore_count(evidence, &from->last);
        counts->primary_in_a_row = (unsigned) from->primary_in_a_row;
        counts->primary_at = from->primary_at;
        counts->not_primary_at = from->not_primary_at;
        counts->native_failed_at = from->native_failed_at;
        counts->enough_since = from->enough_since;
        counts->completed_since = from->completed_since;
        counts->progress_at = from->progress_at;
        return r;
}

static int restore_attempt(struct Evidence *evidence, const struct CaseAttempt *from) {
        struct Attempt *attempt;
        int r;

        r = evidence_restore_attempt(evidence, &from->row);
        if (r < 0)
                return r;
        attempt = evidence_find_attempt(evidence, from->row.task_arn, NULL);
        if (attempt)
                attempt->vanished = from->vanished;
        return 0;
}

int case_evidence(const struct Case *of, struct Evidence **ret) {
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        int r;

        r = evidence_new(&of->rollout, &evidence);
        if (r < 0)
                return r;
        evidence->reset_at = of->reset_at; /* first: only what counts alike is folded together */
        for (size_t i = 0; i < of->n_attempts && r >= 0; i++)
                r = restore_attempt(evidence, of->attempts + i);
        for (size_t i = 0; i < of->n_signals && r >= 0; i++)
                r = evidence_restore_signal(evidence, of->signals + i);
        if (r >= 0)
                r = restore_counts(evidence, &of->counts);
        if (r < 0)
                return r;
        evidence->stopped = round_of(&of->stopped);
        evidence->running = round_of(&of->running);
        evidence->has_load_balancer = of->has_load_balancer;
        evidence->early_success = of->early_success;
        evidence->has_container_health_check = of->has_container_health_check;
        evidence->grace = of->grace;
        evidence->forgotten_until = of->forgotten_until;

        *ret = TAKE_PTR(evidence);
        return 0;
}
