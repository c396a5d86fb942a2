/* SPDX-License-Identifier: Apache-2.0 */
/* Counting attempts. Three passes: what each came to, then what depends on the first failure, then
 * what depends on where the failures were. */
#include "judge/tally.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"

static usec_t attempt_end(const struct Attempt *attempt) {
        return attempt_ended(attempt) ? attempt_ended_at(attempt) : attempt->row.last_alive_at;
}

/* What happens later to one that survived is no evidence against the rollout; but after its success
 * only what dies is left to tell, and a loop of long period is one too. */
static bool has_survived(const struct Evidence *evidence, const struct Attempt *attempt,
                         const struct JudgeRule *rule) {
        usec_t ready_at = attempt_ready_at(attempt);

        if (ready_at == USEC_UNKNOWN ||
            usec_sub(attempt_end(attempt), ready_at) < rule->survive_after)
                return false;
        return evidence->reset_at == USEC_UNKNOWN || !attempt_ended(attempt) ||
               attempt_ended_at(attempt) <= evidence->reset_at || cause_is_neutral(attempt->cause);
}

enum AttemptOutcome attempt_outcome(const struct Evidence *evidence, const struct Attempt *attempt,
                                    const struct JudgeRule *rule) {
        if (has_survived(evidence, attempt, rule))
                return ATTEMPT_SURVIVED;
        if (attempt->vanished)
                return ATTEMPT_NEUTRAL;
        if (attempt_ended(attempt))
                return cause_is_neutral(attempt->cause) ? ATTEMPT_NEUTRAL : ATTEMPT_FAILED;
        return attempt->row.started_at == USEC_UNKNOWN ? ATTEMPT_STARTING : ATTEMPT_ALIVE;
}

static bool is_blamed(enum AttemptOutcome outcome, const struct Attempt *attempt) {
        return outcome == ATTEMPT_FAILED && cause_blame(attempt->cause) == BLAME_CODE;
}

static usec_t lived(const struct Attempt *attempt) {
        return attempt->row.started_at == USEC_UNKNOWN
                       ? 0
                       : usec_sub(attempt_end(attempt), attempt->row.started_at);
}

static uint64_t weight(const struct Attempt *attempt) {
        return 1 + attempt->row.n_alike;
}

/* An exit code or a reason tells more than a container's name, and that more than nothing. */
static unsigned tells(const struct Attempt *attempt) {
        const struct AttemptRow *row = &attempt->row;

        return row->has_exit_code || !text_is_empty(row->container_reason) ? 2 : !!row->container;
}

static bool is_better_example(const struct Attempt *attempt, const struct Attempt *than) {
        if (!than || tells(attempt) != tells(than))
                return !than || tells(attempt) > tells(than);
        return lived(attempt) > lived(than);
}

static void count_failure(struct Tally *tally, const struct Evidence *evidence,
                          const struct Attempt *attempt, bool blamed) {
        const struct Attempt **example = &tally->example[attempt->cause];
        usec_t failed_at = attempt_ended_at(attempt);

        tally->counts.failed += weight(attempt);
        tally->by_cause[attempt->cause] += weight(attempt);
        tally->last_failure = MAX(tally->last_failure, failed_at);
        if (is_better_example(attempt, *example))
                *example = attempt;
        if (!blamed)
                return;
        tally->blamed_alike += attempt->row.n_alike;
        tally->last_blamed = MAX(tally->last_blamed, failed_at);
        if (tally->blamed == 0 || failed_at < tally->first_failure)
                tally->first_failure = failed_at;
        tally->permanent += attempt->permanent;
        tally->failed_ages[tally->blamed++] =
                (double) attempt_age(evidence, attempt) / (double) USEC_PER_SEC;
}

static void count_censored(struct Tally *tally, const struct Evidence *evidence,
                           const struct JudgeRule *rule, const struct Attempt *attempt,
                           enum AttemptOutcome outcome) {
        usec_t ready_at = attempt_ready_at(attempt);

        if (ready_at == USEC_UNKNOWN)
                return; /* says nothing */
        if (outcome == ATTEMPT_SURVIVED &&
            usec_add(ready_at, rule->survive_after) > evidence->reset_at)
                tally->survived_whole++;
        else
                tally->censored_ages[tally->n_censored++] =
                        (double) attempt_age(evidence, attempt) / (double) USEC_PER_SEC;
}

static void count_running(struct Tally *tally, const struct Attempt *attempt, usec_t ready_by) {
        usec_t ready_at = attempt_ready_at(attempt);

        if (attempt->vanished || ready_at == USEC_UNKNOWN)
                return;
        if (attempt_ended(attempt)) {
                tally->left += cause_is_neutral(attempt->cause);
                return;
        }
        tally->ready++;
        tally->ready_long += ready_at <= ready_by;
}

static void count_attempt(struct Tally *tally, const struct Evidence *evidence,
                          const struct JudgeRule *rule, const struct Attempt *attempt) {
        enum AttemptOutcome outcome = attempt_outcome(evidence, attempt, rule);
        bool blamed = is_blamed(outcome, attempt);

        tally->counts.attempts += weight(attempt);
        switch (outcome) {
        case ATTEMPT_STARTING:
                if (attempt->row.container)
                        tally->waiting = attempt;
                break;
        case ATTEMPT_ALIVE: tally->counts.alive++; break;
        case ATTEMPT_SURVIVED:
                tally->counts.survived += weight(attempt);
                tally->last_survived = MAX(tally->last_survived, usec_add(attempt_ready_at(attempt),
                                                                          rule->survive_after));
                break;
        case ATTEMPT_NEUTRAL: tally->counts.neutral += weight(attempt); break;
        case ATTEMPT_FAILED: count_failure(tally, evidence, attempt, blamed); break;
        }
        if (!blamed)
                count_censored(tally, evidence, rule, attempt, outcome);
        tally->last_started = MAX(tally->last_started, attempt->row.started_at);
        tally->last_created = MAX(tally->last_created, attempt->row.created_at);
}

static void find_retry(struct Tally *tally, const struct JudgeRule *rule,
                       const struct Attempt *attempt) {
        usec_t lasted = usec_sub(attempt_ended_at(attempt), tally->first_failure);

        if (attempt->row.created_at <= tally->first_failure)
                return;
        tally->retry_failed = tally->retry_failed || lasted >= rule->sustain;
        tally->retries_lasted = MAX(tally->retries_lasted, lasted);
}

/* Among the attempts that `concerns`; 2 stands for more. */
static unsigned count_instances(const struct Evidence *evidence,
                                bool (*concerns)(const struct Attempt *attempt)) {
        const char *first = NULL;
        unsigned ret = 0;

        for (size_t i = 0; i < evidence->n_attempts && ret < 2; i++) {
                const struct Attempt *attempt = evidence->attempts[i];

                if (!attempt_counts(evidence, attempt) || !concerns(attempt) ||
                    (ret > 0 && text_equal(first, attempt->row.container_instance_arn)))
                        continue;
                first = attempt->row.container_instance_arn;
                ret++;
        }
        return ret;
}

static bool is_any(_unused_ const struct Attempt *attempt) {
        return true;
}

static bool is_permanent(const struct Attempt *attempt) {
        return attempt->permanent;
}

static bool ran_for(const struct Evidence *evidence, usec_t settle) {
        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];
                usec_t ready_at = attempt_ready_at(attempt);

                if (attempt_counts(evidence, attempt) && ready_at != USEC_UNKNOWN &&
                    usec_sub(attempt_end(attempt), ready_at) >= settle)
                        return true;
        }
        return false;
}

static void find_permanent(struct Tally *tally, const struct Evidence *evidence,
                           const struct JudgeRule *rule) {
        if (tally->permanent > 0 && ran_for(evidence, rule->settle))
                tally->permanent = 0;
        tally->permanent_again = tally->permanent >= 2 && count_instances(evidence, is_permanent) ==
                                                                  count_instances(evidence, is_any);
}

/* Boyer and Moore's vote for the host with most full disks: exact where one has the majority. */
static void vote_full_instance(struct Tally *tally, const struct Attempt *attempt,
                               uint64_t *votes) {
        if (*votes == 0)
                tally->full_instance = attempt->row.container_instance_arn;
        if (text_equal(tally->full_instance, attempt->row.container_instance_arn))
                (*votes)++;
        else
                (*votes)--;
}

static void count_unplaced(struct Tally *tally, const struct Attempt *attempt) {
        usec_t failed_at = attempt_ended_at(attempt);

        if (attempt->row.started_at != USEC_UNKNOWN || failed_at <= tally->last_started ||
            cause_blame(attempt->cause) == BLAME_CODE || attempt->cause == CAUSE_THROTTLED)
                return;
        tally->unplaced_by_cause[attempt->cause]++;
        if (tally->unplaced_since == USEC_UNKNOWN || failed_at < tally->unplaced_since)
                tally->unplaced_since = failed_at;
}

static void second_pass(struct Tally *tally, const struct Evidence *evidence,
                        const struct JudgeRule *rule) {
        bool one_instance = true;
        uint64_t votes = 0;

        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];
                enum AttemptOutcome outcome;

                if (!attempt_ended(attempt) || !attempt_counts(evidence, attempt))
                        continue;
                outcome = attempt_outcome(evidence, attempt, rule);
                if (outcome != ATTEMPT_FAILED)
                        continue;
                count_unplaced(tally, attempt);
                if (attempt->cause == CAUSE_DISK_FULL)
                        vote_full_instance(tally, attempt, &votes);
                if (!is_blamed(outcome, attempt))
                        continue;
                find_retry(tally, rule, attempt);
                if (!tally->instance)
                        tally->instance = attempt->row.container_instance_arn;
                one_instance = one_instance && tally->instance &&
                               text_equal(tally->instance, attempt->row.container_instance_arn);
        }
        if (!one_instance)
                tally->instance = NULL;
}

/* Only where all failures were on one instance. */
static void third_pass(struct Tally *tally, const struct Evidence *evidence,
                       const struct JudgeRule *rule) {
        double longest = 0;

        for (uint64_t i = 0; i < tally->blamed; i++)
                longest = MAX(longest, tally->failed_ages[i]);
        for (size_t i = 0; i < evidence->n_attempts && !tally->outlived; i++) {
                const struct Attempt *attempt = evidence->attempts[i];

                tally->outlived =
                        attempt_counts(evidence, attempt) &&
                        attempt_ready_at(attempt) != USEC_UNKNOWN &&
                        attempt->row.container_instance_arn &&
                        !text_equal(attempt->row.container_instance_arn, tally->instance) &&
                        (attempt_outcome(evidence, attempt, rule) == ATTEMPT_SURVIVED ||
                         (double) lived(attempt) > longest * (double) USEC_PER_SEC);
        }
}

int tally_init(struct Tally *tally, const struct Evidence *evidence, const struct JudgeRule *rule,
               usec_t ready_by) {
        *tally = (struct Tally) {0};
        tally->failed_ages = calloc(evidence->n_attempts + 1, sizeof(double));
        tally->censored_ages = calloc(evidence->n_attempts + 1, sizeof(double));
        if (!tally->failed_ages || !tally->censored_ages) {
                tally_done(tally);
                return -ENOMEM;
        }

        for (size_t i = 0; i < evidence->n_attempts; i++) {
                count_running(tally, evidence->attempts[i], ready_by);
                if (attempt_counts(evidence, evidence->attempts[i]))
                        count_attempt(tally, evidence, rule, evidence->attempts[i]);
        }
        if (tally->counts.failed > 0)
                second_pass(tally, evidence, rule);
        if (tally->permanent > 0)
                find_permanent(tally, evidence, rule);
        if (tally->instance)
                third_pass(tally, evidence, rule);
        return 0;
}

void tally_done(struct Tally *tally) {
        free(tally->failed_ages);
        free(tally->censored_ages);
        tally->failed_ages = tally->censored_ages = NULL;
}

enum Cause tally_main_cause(const uint64_t by_cause[_CAUSE_COUNT]) {
        enum Cause ret = CAUSE_NONE;

        for (size_t i = CAUSE_NONE + 1; i < _CAUSE_COUNT; i++)
                if (by_cause[i] > by_cause[ret])
                        ret = (enum Cause) i;
        return ret;
}
