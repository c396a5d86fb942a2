/* SPDX-License-Identifier: Apache-2.0 */
/* The life of evidence, what the ledger and the poller ask of it, and the small questions that the
 * judge shares. */
#include "judge/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/classify.h"
#include "judge/evidence_fields.h"

/* The agent keeps stopped containers for 3 h (ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION), so that many
 * of them are what a crash loop leaves on a disk. */
static const usec_t FILLED_WITHIN = 3 * USEC_PER_HOUR;
enum { FILLED_LEAST = 10 };

int evidence_new(const struct Rollout *rollout, struct Evidence **ret) {
        _cleanup_(evidence_freep) struct Evidence *evidence = calloc(1, sizeof(*evidence));

        if (!evidence)
                return -ENOMEM;
        evidence->deployment = strdup(text_or_empty(rollout->deployment));
        if (!evidence->deployment)
                return -ENOMEM;
        evidence->started_at = rollout->started_at;
        evidence->ordinal = rollout->ordinal;

        *ret = TAKE_PTR(evidence);
        return 0;
}

static void free_pending(struct Counts *counts) {
        for (size_t i = 0; i < counts->n_pending; i++)
                free((char *) counts->pending[i].rollout_state_reason);
        counts->n_pending = 0;
}

static void free_forgotten(struct Evidence *evidence) {
        for (size_t i = 0; i < evidence->n_forgotten; i++)
                free(evidence->forgotten[i]);
        evidence->n_forgotten = 0;
}

void evidence_free(struct Evidence *evidence) {
        if (!evidence)
                return;
        for (size_t i = 0; i < evidence->n_attempts; i++) {
                free(evidence->attempts[i]->texts);
                free(evidence->attempts[i]);
        }
        for (size_t i = 0; i < evidence->n_signals; i++) {
                free(evidence->signals[i]->texts);
                free(evidence->signals[i]);
        }
        free_forgotten(evidence);
        free(evidence->forgotten);
        free_pending(&evidence->counts);
        free(evidence->counts.pending);
        free(evidence->counts.reason);
        free(evidence->attempts);
        free(evidence->signals);
        free(evidence->read);
        free(evidence->deployment);
        free(evidence);
}

bool evidence_is_of(const struct Evidence *evidence, const struct Rollout *rollout) {
        return text_equal(evidence->deployment, rollout->deployment) &&
               evidence->ordinal == rollout->ordinal && evidence->started_at == rollout->started_at;
}

int evidence_restore_attempt(struct Evidence *evidence, const struct AttemptRow *row) {
        return evidence_fold_attempt(evidence, row, MAX(row->last_alive_at, row->created_at),
                                     false);
}

int evidence_restore_signal(struct Evidence *evidence, const struct SignalRow *row) {
        return evidence_fold_signal(evidence, row, false);
}

int evidence_restore_count(struct Evidence *evidence, const struct CountRow *row) {
        return evidence_fold_count(evidence, row, false);
}

/* That a task is alive is news again when it is half as old again, so that a restart before the
 * next complete round finds nearly its age, at a cost that grows with the logarithm of time. */
static bool alive_is_news(const struct Attempt *attempt) {
        usec_t stored = usec_sub(attempt->stored_alive_at, attempt->row.created_at);
        usec_t age = usec_sub(attempt->row.last_alive_at, attempt->row.created_at);

        return age > stored &&
               (attempt->vanished || age >= stored + stored / 2 + 10 * USEC_PER_SEC);
}

int evidence_visit_changes(const struct Evidence *evidence, const struct EvidenceVisitor *visitor,
                           void *userdata) {
        int r;

        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];

                if (!attempt->changed && !alive_is_news(attempt))
                        continue;
                r = visitor->attempt(&attempt->row, userdata);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < evidence->n_forgotten; i++) {
                r = visitor->forgotten(evidence->forgotten[i], userdata);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < evidence->n_signals; i++) {
                if (!evidence->signals[i]->changed)
                        continue;
                r = visitor->signal(&evidence->signals[i]->row, userdata);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < evidence->counts.n_pending; i++) {
                r = visitor->count(&evidence->counts.pending[i], userdata);
                if (r < 0)
                        return r;
        }
        return 0;
}

void evidence_changes_stored(struct Evidence *evidence) {
        for (size_t i = 0; i < evidence->n_attempts; i++) {
                struct Attempt *attempt = evidence->attempts[i];

                if (attempt->changed || alive_is_news(attempt))
                        attempt->stored_alive_at = attempt->row.last_alive_at;
                attempt->changed = false;
                attempt->stored = true;
        }
        free_forgotten(evidence);
        for (size_t i = 0; i < evidence->n_signals; i++)
                evidence->signals[i]->changed = false;
        free_pending(&evidence->counts);
}

void evidence_reset_after_success(struct Evidence *evidence, usec_t succeeded_at) {
        evidence->reset_at = succeeded_at;
}

void evidence_excuse_silence(struct Evidence *evidence, usec_t at) {
        evidence->counts.progress_at = MAX(evidence->counts.progress_at, at);
}

bool evidence_task_is_known(const struct Evidence *evidence, const char *task_arn) {
        return evidence_find_attempt(evidence, task_arn, NULL);
}

static bool is_well(const struct AttemptRow *row, usec_t settle) {
        return row->health_status == HEALTH_HEALTHY && row->healthy_at != USEC_UNKNOWN &&
               row->last_alive_at != USEC_UNKNOWN &&
               usec_add(row->healthy_at, settle) <= row->last_alive_at;
}

enum TaskInterest evidence_task_interest(const struct Evidence *evidence, const char *task_arn,
                                         bool listed_as_stopped, usec_t settle) {
        const struct Attempt *attempt = evidence_find_attempt(evidence, task_arn, NULL);

        if (!attempt)
                return TASK_WORTH_ASKING;
        if (text_equal(attempt->row.last_status, "STOPPED"))
                return TASK_KNOWN;
        if (listed_as_stopped || attempt_ended(attempt) ||
            !text_equal(attempt->row.last_status, "RUNNING"))
                return TASK_WORTH_ASKING;
        if (!evidence->has_container_health_check)
                return TASK_KNOWN;
        return is_well(&attempt->row, settle) ? TASK_WELL : TASK_WORTH_ASKING;
}

bool evidence_host_filled_by_rollout(const struct Evidence *evidence,
                                     const char *container_instance_arn) {
        usec_t full_at = USEC_INFINITY;
        size_t n = 0;

        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];

                if (attempt->cause == CAUSE_DISK_FULL &&
                    text_equal(attempt->row.container_instance_arn, container_instance_arn))
                        full_at = MIN(full_at, attempt_ended_at(attempt));
        }
        if (full_at == USEC_INFINITY)
                return false;
        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];
                usec_t ended_at = attempt_ended_at(attempt);

                n += attempt_ended(attempt) && ended_at <= full_at &&
                     ended_at >= usec_sub(full_at, FILLED_WITHIN) &&
                     text_equal(attempt->row.container_instance_arn, container_instance_arn);
        }
        return n >= FILLED_LEAST;
}

bool attempt_ended(const struct Attempt *attempt) {
        return attempt->cause != CAUSE_NONE;
}

usec_t attempt_ended_at(const struct Attempt *attempt) {
        const struct AttemptRow *row = &attempt->row;

        if (row->stopping_at != USEC_UNKNOWN)
                return row->stopping_at;
        if (row->stopped_at != USEC_UNKNOWN)
                return row->stopped_at;
        return MAX(row->last_alive_at, MAX(row->started_at, row->created_at));
}

usec_t attempt_lived(const struct Attempt *attempt) {
        return attempt->row.started_at == USEC_UNKNOWN
                       ? 0
                       : usec_sub(attempt_ended_at(attempt), attempt->row.started_at);
}

usec_t attempt_ready_at(const struct Attempt *attempt) {
        const struct AttemptRow *row = &attempt->row;

        if (row->started_at == USEC_UNKNOWN || !row->has_container_health_check)
                return row->started_at;
        return row->healthy_at == USEC_UNKNOWN ? USEC_UNKNOWN
                                               : MAX(row->healthy_at, row->started_at);
}

usec_t attempt_age(const struct Evidence *evidence, const struct Attempt *attempt) {
        usec_t end =
                attempt_ended(attempt) ? attempt_ended_at(attempt) : attempt->row.last_alive_at;
        usec_t started_at = attempt->row.started_at;

        return started_at == USEC_UNKNOWN ? 0 : usec_sub(end, MAX(started_at, evidence->reset_at));
}

bool attempt_counts(const struct Evidence *evidence, const struct Attempt *attempt) {
        if (attempt->carried)
                return false;
        return evidence->reset_at == USEC_UNKNOWN || !attempt_ended(attempt) ||
               attempt_ended_at(attempt) > evidence->reset_at;
}

usec_t evidence_cleared_at(const struct Evidence *evidence) {
        usec_t ret = USEC_UNKNOWN;

        for (size_t i = 0; i < evidence->n_signals; i++)
                if (evidence->signals[i]->meaning == SIGNAL_CLEARS)
                        ret = MAX(ret, evidence->signals[i]->row.created_at);
        return ret;
}

bool signal_counts(const struct Evidence *evidence, const struct Signal *signal) {
        const struct Counts *counts = &evidence->counts;
        usec_t at = signal->row.created_at;

        if (evidence->reset_at != USEC_UNKNOWN && at <= evidence->reset_at)
                return false;
        if (signal->meaning != SIGNAL_NATIVE)
                return true;
        if (at < evidence->started_at)
                return false;
        /* Without an id it speaks of what is PRIMARY when it is said. */
        return signal->names_rollout ||
               (counts->primary_at != USEC_UNKNOWN &&
                (counts->not_primary_at == USEC_UNKNOWN || at <= counts->not_primary_at));
}
