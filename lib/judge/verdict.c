/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which evidence decides: ECS's own word, the policy's rule, placement trouble that
 * lasts; then success; then silence that lasts; else it progresses. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/tally.h"

/* Classic services tell no rolloutState: what a load balancer would still kill shows this long
 * after the grace period. */
static const usec_t CLASSIC_MARGIN = 60 * USEC_PER_SEC;

/* ECS backs off for up to 15 min; when it has said nothing since, throttling is over. */
static const usec_t THROTTLED_MAX = 15 * USEC_PER_MINUTE;

static uint64_t at_least_zero(int64_t n) {
        return n < 0 ? 0 : (uint64_t) n;
}

static usec_t settle_of(const struct Evidence *evidence, const struct JudgeRule *rule) {
        if (evidence->counts.last.rollout_state == ROLLOUT_STATE_ABSENT &&
            evidence->has_load_balancer)
                return MAX(rule->settle, usec_add(evidence->grace, CLASSIC_MARGIN));
        return rule->settle;
}

static bool without_task_evidence(const struct Evidence *evidence) {
        return evidence->stopped.denied || evidence->running.denied;
}

/* The instant that stands for "now" in everything that must have held: when the last look at
 * stopped tasks began; without task evidence the last answer's. USEC_UNKNOWN: a look is missing. */
static usec_t looked_at(const struct Evidence *evidence) {
        if (without_task_evidence(evidence))
                return evidence->counts.last.at;
        if (!evidence->stopped.complete || !evidence->running.complete)
                return USEC_UNKNOWN;
        return evidence->stopped.asked_at;
}

static bool held(usec_t since, usec_t settle, usec_t at) {
        return since != USEC_UNKNOWN && usec_add(since, settle) <= at;
}

/* What fails again after a success is well for `settle` in every round of its loop. */
static usec_t quiet_of(const struct Evidence *evidence, const struct JudgeRule *rule,
                       usec_t settle) {
        return evidence->reset_at == USEC_UNKNOWN ? settle : MAX(settle, rule->watch_after_success);
}

static bool meets_success(const struct Evidence *evidence, const struct JudgeRule *rule,
                          const struct Tally *tally, usec_t settle) {
        const struct Counts *counts = &evidence->counts;
        usec_t at = looked_at(evidence);
        uint64_t desired = at_least_zero(counts->last.service_desired);

        if (at == USEC_UNKNOWN || !counts->known || counts->primary_in_a_row < 2 ||
            counts->enough_since == USEC_UNKNOWN || !held(counts->completed_since, settle, at))
                return false;
        if (tally->counts.failed > 0 &&
            !held(tally->last_failure, quiet_of(evidence, rule, settle), at))
                return false;
        if (without_task_evidence(evidence))
                return counts->last.rollout_state == ROLLOUT_COMPLETED &&
                       held(counts->enough_since, settle, at);
        if (desired == 0)
                return held(counts->enough_since, settle, at);
        return tally->ready_long >= desired;
}

/* ECS's own word: the event that says so, or rolloutState FAILED. */
static bool native_failed(const struct Evidence *evidence, usec_t *ret_since,
                          const char **ret_message) {
        const struct Counts *counts = &evidence->counts;
        usec_t since = USEC_INFINITY;

        *ret_message = NULL;
        if (counts->native_failed_at > evidence->reset_at) {
                since = counts->native_failed_at;
                if (counts->last.rollout_state == ROLLOUT_FAILED)
                        *ret_message = counts->last.rollout_state_reason;
        }
        for (size_t i = 0; i < evidence->n_signals; i++) {
                const struct Signal *signal = evidence->signals[i];

                if (signal->meaning != SIGNAL_NATIVE || !signal_counts(evidence, signal) ||
                    signal->row.created_at >= since)
                        continue;
                since = signal->row.created_at;
                *ret_message = signal->row.message;
        }
        *ret_since = since;
        return since != USEC_INFINITY;
}

static bool is_throttled(const struct Evidence *evidence, const struct Tally *tally, usec_t now,
                         usec_t *ret_until) {
        usec_t last = USEC_UNKNOWN;

        for (size_t i = 0; i < evidence->n_signals; i++)
                if (evidence->signals[i]->meaning == SIGNAL_THROTTLED &&
                    signal_counts(evidence, evidence->signals[i]))
                        last = MAX(last, evidence->signals[i]->row.created_at);
        *ret_until = usec_add(last, THROTTLED_MAX);
        return last != USEC_UNKNOWN && last >= evidence_cleared_at(evidence) &&
               last >= tally->last_created && now < *ret_until;
}

static void trouble_from_signals(const struct Evidence *evidence, struct Trouble *trouble) {
        usec_t cleared_at = evidence_cleared_at(evidence), newest = USEC_UNKNOWN;

        for (size_t i = 0; i < evidence->n_signals; i++) {
                const struct Signal *signal = evidence->signals[i];
                usec_t at = signal->row.created_at;

                if (signal->meaning != SIGNAL_TROUBLE || !signal_counts(evidence, signal) ||
                    at < cleared_at)
                        continue;
                trouble->active = true;
                trouble->since = MIN(trouble->since, at);
                trouble->events_by_cause[signal->cause]++;
                if (at >= newest) {
                        newest = at;
                        trouble->message = signal->row.message;
                }
        }
}

/* Trouble that made no task speaks in events; trouble that made tasks which never ran and blame no
 * code speaks in these. Either needs fewer tasks than desired: an event may be hours old. */
static void find_trouble(const struct Evidence *evidence, const struct Tally *tally,
                         struct Trouble *ret) {
        const struct CountRow *last = &evidence->counts.last;
        uint64_t by_cause[_CAUSE_COUNT];

        *ret = (struct Trouble) {.since = USEC_INFINITY};
        if (!evidence->counts.known || last->running >= last->service_desired)
                return;
        if (last->running + last->pending < last->service_desired)
                trouble_from_signals(evidence, ret);
        if (tally->unplaced_since != USEC_UNKNOWN) {
                ret->active = true;
                ret->since = MIN(ret->since, tally->unplaced_since);
        }
        if (!ret->active)
                return;
        for (size_t i = 0; i < _CAUSE_COUNT; i++)
                by_cause[i] = ret->events_by_cause[i] + tally->unplaced_by_cause[i];
        ret->cause = tally_main_cause(by_cause);
        ret->since = MAX(ret->since, evidence->started_at);
        ret->silent_since = MAX(MAX(ret->since, tally->last_started), evidence->reset_at);
}

/* New tasks all there and healthy: old ones drain, traffic moves or bakes; that is not silence. */
static bool all_healthy(const struct Evidence *evidence, const struct Tally *tally) {
        const struct CountRow *last = &evidence->counts.last;
        int64_t wanted = last->desired > 0 ? last->desired : last->service_desired;

        return wanted > 0 && last->running >= wanted &&
               (!evidence->has_container_health_check || without_task_evidence(evidence) ||
                tally->ready >= (uint64_t) wanted);
}

static usec_t last_progress(const struct Evidence *evidence, const struct Tally *tally) {
        return MAX(MAX(evidence->started_at, evidence->counts.progress_at),
                   MAX(tally->last_started, tally->last_survived));
}

static bool can_stall(const struct Evidence *evidence, const struct Tally *tally) {
        return evidence->counts.known && evidence->reset_at == USEC_UNKNOWN &&
               evidence->counts.last.service_desired > 0 && !all_healthy(evidence, tally);
}

/* Causes that an attempt blames; what could not be told names none unless nothing else does. */
static enum Cause own_cause(const struct Tally *tally) {
        uint64_t by_cause[_CAUSE_COUNT];

        memcpy(by_cause, tally->by_cause, sizeof(by_cause));
        by_cause[CAUSE_UNKNOWN] = by_cause[CAUSE_THROTTLED] = 0;
        return tally_main_cause(by_cause);
}

static const char *newest_said(const struct Evidence *evidence) {
        const struct Signal *newest = NULL;

        for (size_t i = 0; i < evidence->n_signals; i++) {
                const struct Signal *signal = evidence->signals[i];

                if (signal->meaning == SIGNAL_SAID && signal_counts(evidence, signal) &&
                    (!newest || signal->row.created_at >= newest->row.created_at))
                        newest = signal;
        }
        return newest ? newest->row.message : NULL;
}

static void set_causes(struct Verdict *verdict, const struct Tally *tally,
                       const struct Trouble *trouble) {
        uint64_t by_cause[_CAUSE_COUNT];
        enum Cause cause;

        memcpy(by_cause, tally->by_cause, sizeof(by_cause));
        for (size_t i = 0; i < _CAUSE_COUNT; i++)
                by_cause[i] += trouble->events_by_cause[i];
        while ((cause = tally_main_cause(by_cause)) != CAUSE_NONE) {
                verdict->causes[verdict->n_causes++] = (struct CauseCount) {cause, by_cause[cause]};
                by_cause[cause] = 0;
        }
}

static void set_instance(struct Verdict *verdict, const struct Tally *tally) {
        const char *instance = verdict->cause == CAUSE_HOST_BAD    ? tally->instance
                               : verdict->cause == CAUSE_DISK_FULL ? tally->full_instance
                                                                   : NULL;
        size_t size = text_cut_utf8(text_or_empty(instance), VERDICT_ID_MAX - 1);

        memcpy(verdict->instance, text_or_empty(instance), size);
        verdict->instance[size] = '\0';
}

static void fail(struct Verdict *verdict, enum Cause cause, usec_t since) {
        verdict->kind = VERDICT_FAILED;
        verdict->cause = cause;
        verdict->since = since;
}

static void decide(struct Judgement *judgement, usec_t now, struct Verdict *verdict) {
        const struct Evidence *evidence = judgement->evidence;
        const struct JudgeRule *rule = judgement->rule;
        const struct Tally *tally = judgement->tally;
        const struct Trouble *trouble = judgement->trouble;
        bool reached = rule_reached(tally, rule, &verdict->numbers) && verdict->numbers.sustained;
        usec_t silent_at = usec_add(trouble->silent_since, rule->placement_grace);
        usec_t stalled_at = usec_add(last_progress(evidence, tally), rule->stall_after);
        usec_t seen_at = evidence->counts.last.at, native_at, throttled_until;

        verdict->native = native_failed(evidence, &native_at, &judgement->native_message);
        judgement->throttled = is_throttled(evidence, tally, now, &throttled_until);
        if (verdict->native) {
                enum Cause cause = own_cause(tally);

                if (cause == CAUSE_NONE && trouble->active && trouble->cause != CAUSE_UNKNOWN)
                        cause = trouble->cause;
                fail(verdict, cause == CAUSE_NONE ? CAUSE_NATIVE_FAILURE : cause, native_at);
        } else if (reached && !judgement->throttled)
                fail(verdict,
                     tally->instance && tally->outlived ? CAUSE_HOST_BAD : own_cause(tally),
                     tally->first_failure);
        else if (trouble->active && !judgement->throttled && seen_at >= silent_at) {
                judgement->by_trouble = true;
                fail(verdict, trouble->cause, trouble->since);
        } else if (verdict->meets_success) {
                verdict->kind = VERDICT_SUCCEEDED;
                verdict->vacuous = verdict->counts.desired == 0;
                verdict->since = looked_at(evidence);
        } else if (can_stall(evidence, tally) && seen_at >= stalled_at) {
                verdict->kind = VERDICT_STALLED;
                verdict->cause = tally_main_cause(tally->by_cause);
                if (verdict->cause == CAUSE_NONE && trouble->active)
                        verdict->cause = trouble->cause;
                verdict->since = last_progress(evidence, tally);
        }
}

/* What replaced a neutral stop does not wait for `settle` again. Asked only where it matters. */
static int count_successors(struct Tally *tally, const struct Evidence *evidence, usec_t ready_by) {
        uint64_t desired = tally->counts.desired;

        if (tally->left == 0 || tally->ready < desired || tally->ready_long >= desired)
                return 0;
        return succession_count(evidence, ready_by, &tally->ready_long);
}

int judge_verdict(const struct Evidence *evidence, const struct JudgeRule *rule, usec_t now,
                  struct Verdict *ret) {
        usec_t settle = settle_of(evidence, rule), ready_by = usec_sub(looked_at(evidence), settle);
        struct Tally tally;
        struct Trouble trouble;
        struct Judgement judgement = {evidence, rule, &tally, &trouble, .settle = settle};
        struct Verdict verdict = {
                .kind = VERDICT_PROGRESSING,
                .since = evidence->started_at,
                .without_task_evidence = without_task_evidence(evidence),
        };
        int r;

        r = tally_init(&tally, evidence, rule, ready_by);
        if (r < 0)
                return r;
        tally.counts.desired = at_least_zero(evidence->counts.last.service_desired);
        tally.counts.running = at_least_zero(evidence->counts.last.running);
        tally.counts.pending = at_least_zero(evidence->counts.last.pending);
        r = count_successors(&tally, evidence, ready_by);
        if (r < 0) {
                tally_done(&tally);
                return r;
        }

        find_trouble(evidence, &tally, &trouble);
        verdict.counts = tally.counts;
        verdict.meets_success = meets_success(evidence, rule, &tally, settle);
        verdict.looked_at = looked_at(evidence);
        verdict.blamed = tally.blamed + tally.blamed_alike;
        verdict.blamed_at = tally.last_blamed;
        judgement.said = newest_said(evidence);
        decide(&judgement, now, &verdict);
        set_causes(&verdict, &tally, &trouble);
        set_instance(&verdict, &tally);
        summary_write(&judgement, &verdict, verdict.summary);
        explain_write(&judgement, &verdict, verdict.explanation);
        tally_done(&tally);

        *ret = verdict;
        return 0;
}
