/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in, verdicts out, and what they are told as. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/ledger/cases.h"
#include "daemon/ledger/rows.h"
#include "daemon/log.h"
#include "daemon/watch/acting.h"
#include "daemon/watch/hosts.h"
#include "event/case.h"
#include "judge/case.h"
#include "words/arn.h"

/* ---- the ledger's rows ---- */

static int store_attempt(const struct AttemptRow *row, void *userdata) {
        struct Watch *watch = userdata;

        int r;

        r = ledger_put_attempt(watch->world->ledger, watch->record.id, row);
        watch_note_failure(watch, row);
        return r < 0 ? r : hosts_note_attempt(watch, row);
}

static int forget_attempt(const char *task_arn, void *userdata) {
        struct Watch *watch = userdata;

        return ledger_forget_attempt(watch->world->ledger, watch->record.id, task_arn);
}

static int store_signal(const struct SignalRow *row, void *userdata) {
        struct Watch *watch = userdata;

        return ledger_put_signal(watch->world->ledger, watch->record.id, row);
}

static int store_count(const struct CountRow *row, void *userdata) {
        struct Watch *watch = userdata;

        return ledger_put_count(watch->world->ledger, watch->record.id, row);
}

/* A write that fails spoils the turn, which its commit tells; judging goes on. */
static void watch_store_rows(struct Watch *watch) {
        static const struct EvidenceVisitor visitor = {store_attempt, forget_attempt, store_signal,
                                                       store_count};

        watch->work->rows_put = evidence_visit_changes(watch->evidence, &visitor, watch) >= 0;
}

/* ---- what a verdict changes ---- */

static bool is_rollback(const struct Watch *watch) {
        return watch->record.rollout.kind == ROLLOUT_ROLLBACK;
}

/* What a fine rollout looks like; until it is last-good nobody learns from it. */
static void note_attempts(struct Watch *watch) {
        watch->record.attempts = watch->work->verdict.counts.attempts;
        watch->record.blamed = watch->work->verdict.blamed;
}

static void watch_succeeded(struct Watch *watch, usec_t now) {
        watch->record.vacuous = watch->work->verdict.vacuous;
        note_attempts(watch);
        evidence_reset_after_success(watch->evidence, now);
        watch->record.evidence_reset_at = now;
        watch_put_verdict(watch, &watch->work->verdict, now);
        watch_tell(watch,
                   is_rollback(watch) ? EVENT_ROLLBACK_SUCCEEDED : EVENT_DEPLOYMENT_SUCCEEDED, now,
                   &watch->work->verdict, NULL, NULL);
}

/* For whoever doubts the verdict. One that cannot be taken down is not: judging goes on. */
static void put_case(struct Watch *watch, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(CASE_JSON_MAX);
        _cleanup_free_ char *text = NULL;
        const struct JudgeRule rule =
                learn_rule(&watch->settings.policy->judge, &watch->work->learnt);
        struct Case taken;

        if (arena &&
            case_take(watch->evidence, &watch->record.rollout, &rule, now, arena, &taken) >= 0 &&
            case_json(&taken, &watch->work->verdict, &text) >= 0)
                (void) ledger_put_case(watch->world->ledger, watch->record.id, text);
}

/* A rollback is never rolled back: telling is all there is. */
static void watch_rollback_failed(struct Watch *watch, usec_t now) {
        watch_put_verdict(watch, &watch->work->decided_verdict, now);
        watch_tell(watch, EVENT_ROLLBACK_FAILED, now, &watch->work->decided_verdict, NULL, NULL);
        watch_forget_looks(watch);
}

static void watch_failed(struct Watch *watch, usec_t now) {
        put_case(watch, now);
        watch->work->decided_verdict = watch->work->verdict;
        if (watch->record.last_good_at != USEC_UNKNOWN) {
                watch->record.last_good_at = USEC_UNKNOWN;
                watch_put_record(watch);
                (void) watch_recall_last_good(watch);
        }
        if (is_rollback(watch)) {
                if (!watch_look_at_log(watch, watch_rollback_failed))
                        watch_rollback_failed(watch, now);
                return;
        }
        watch->work->deciding = DECIDES;
        watch_decide(watch, now);
}

static void tell_stalled(struct Watch *watch, usec_t now) {
        put_case(watch, now);
        watch->work->decided_verdict = watch->work->verdict;
        if (is_rollback(watch)) {
                watch_put_verdict(watch, &watch->work->verdict, now);
                watch_tell(watch, EVENT_DEPLOYMENT_STALLED, now, &watch->work->verdict, NULL, NULL);
                watch_forget_looks(watch);
                return;
        }
        watch->work->deciding = DECIDES;
        watch_decide(watch, now);
}

static void stalled_looked_at(struct Watch *watch, usec_t now) {
        const struct ServiceDeploymentFacts *deployment = watch->work->deployment;

        if (watch->work->verdict.kind != VERDICT_STALLED || !watch->evidence) {
                watch_forget_looks(watch); /* something moved meanwhile */
        } else if (deployment && service_deployment_waits(deployment)) {
                evidence_excuse_silence(watch->evidence, now);
                log_info(
                        "%s/%s: its deployment waits at %s by its own configuration; that is not stalled",
                        watch->cluster->name, watch->name,
                        text_or_empty(deployment->lifecycle_stage));
                watch_forget_looks(watch);
        } else {
                tell_stalled(watch, now);
        }
}

/* Only these strategies have hooks that wait and stages that bake. */
static void watch_stalled(struct Watch *watch, usec_t now) {
        const struct ServiceFacts *service = &watch->facts->service;

        if (!service->current_service_deployment || !service->strategy ||
            text_equal(service->strategy, "ROLLING"))
                tell_stalled(watch, now);
        else
                watch_look_at_deployment(watch, stalled_looked_at);
}

static void watch_recovered(struct Watch *watch, usec_t now) {
        watch->record.recovered_at = now;
        watch_put_record(watch);
        watch_tell(watch, EVENT_DEPLOYMENT_RECOVERED, now, &watch->work->verdict, NULL, NULL);
}

/* Succeeded with no tasks, and now there are some, which do well. */
static void watch_succeeded_for_real(struct Watch *watch, usec_t now) {
        evidence_reset_after_success(watch->evidence, now);
        watch->record.evidence_reset_at = now;
        watch->record.vacuous = false;
        note_attempts(watch);
        watch_put_verdict(watch, &watch->work->verdict, now);
        log_info("%s/%s: %s was scaled up and %s", watch->cluster->name, watch->name,
                 arn_short_name(watch->record.rollout.task_definition),
                 watch->work->verdict.summary);
}

/* Watched long enough after its success: it is what we go back to from now on. */
static void watch_proven(struct Watch *watch, usec_t now) {
        bool again = watch->record.last_good_at != USEC_UNKNOWN;

        watch->record.ended_at = now;
        if (!again) {
                watch->record.last_good_at = now;
                /* What failed since the success, and was replaced. */
                watch->record.attempts += watch->work->verdict.blamed;
                watch->record.blamed += watch->work->verdict.blamed;
        }
        watch_put_record(watch);
        evidence_free(TAKE_PTR(watch->evidence));
        watch->calm = (struct Calm) {};
        if (again) {
                log_info("%s/%s: %s stays last-good", watch->cluster->name, watch->name,
                         arn_short_name(watch->record.rollout.task_definition));
                return;
        }
        watch_note_last_good(watch, watch->record.rollout.task_definition);
        log_info("%s/%s: %s has proven itself and is last-good", watch->cluster->name, watch->name,
                 arn_short_name(watch->record.rollout.task_definition));
}

static struct Course course_of(const struct Watch *watch) {
        return (struct Course) {
                .verdict = watch->record.verdict,
                .vacuous = watch->record.vacuous,
                .recovered = watch->record.recovered_at != USEC_UNKNOWN,
                .proving_since = watch->proving_since,
        };
}

static void watch_weigh(struct Watch *watch, usec_t now) {
        struct Course course = course_of(watch);
        enum CourseStep step;

        if (watch->work->deciding != DECIDES_NOTHING || watch->work->action.id > 0 ||
            watch->work->awaits)
                return;
        step = course_step(&course, &watch->work->verdict, &watch->settings.policy->judge, now);
        watch->proving_since = course.proving_since;
        switch (step) {
        case COURSE_STAYS: break;
        case COURSE_SUCCEEDS: watch_succeeded(watch, now); break;
        case COURSE_FAILS: watch_failed(watch, now); break;
        case COURSE_STALLS: watch_stalled(watch, now); break;
        case COURSE_RECOVERS: watch_recovered(watch, now); break;
        case COURSE_FILLS: watch_succeeded_for_real(watch, now); break;
        case COURSE_PROVES: watch_proven(watch, now); break;
        }
}

/* After a restart the ledger says what was decided; the numbers come again from the same evidence.
 */
static void watch_recall_numbers(struct Watch *watch) {
        struct Verdict recalled = watch->work->verdict;

        if (watch->work->decided_verdict.kind == VERDICT_PROGRESSING ||
            watch->work->decided_verdict.counts.attempts > 0)
                return;
        if (recalled.kind != watch->work->decided_verdict.kind)
                recalled.explanation[0] = '\0'; /* of what it has become */
        recalled.kind = watch->work->decided_verdict.kind;
        recalled.cause = watch->work->decided_verdict.cause;
        memcpy(recalled.summary, watch->work->decided_verdict.summary, sizeof(recalled.summary));
        watch->work->decided_verdict = recalled;
}

/* Once a rollout, so that its verdicts can be compared. What cannot be read teaches nothing yet. */
static void load_learnt(struct Watch *watch) {
        const struct Rollout *rollout = &watch->record.rollout;

        if (watch->work->has_learnt)
                return;
        watch->work->learnt = (struct Learnt) {0};
        watch->work->has_learnt =
                ledger_load_learnt(watch->world->ledger, rollout->service_arn,
                                   rollout->service_created_at, &watch->work->learnt) >= 0;
}

int watch_judge(struct Watch *watch, usec_t now) {
        struct JudgeRule rule;
        int r;

        r = evidence_add(watch->evidence, watch->facts);
        if (r < 0)
                return r;
        watch_store_rows(watch);
        (void) inhibit_check(watch->world, watch->record.rollout.service_arn, now);
        load_learnt(watch);
        rule = learn_rule(&watch->settings.policy->judge, &watch->work->learnt);
        r = judge_verdict(watch->evidence, &rule, now, &watch->work->verdict);
        if (r < 0)
                return r;
        watch->work->has_verdict = true;
        watch->blamed = watch->work->verdict.blamed;
        watch_recall_numbers(watch);
        watch_weigh(watch, now);
        return 0;
}

/* What was good at first sight is not judged: nobody saw it begin. */
static bool has_proven_itself(const struct Watch *watch) {
        return !watch->evidence && watch->record.last_good_at != USEC_UNKNOWN &&
               watch->record.evidence_reset_at != USEC_UNKNOWN;
}

int watch_note_restart(struct Watch *watch, usec_t now) {
        const struct JudgeRule *rule = &watch->settings.policy->judge;
        struct Course course = course_of(watch);

        /* Its age first: the events of what is too old need not be read. */
        if (!has_proven_itself(watch) ||
            !text_equal(change_primary_id(&watch->facts->service),
                        watch->record.rollout.deployment) ||
            !course_reopen(&course, watch->record.rollout.started_at, watch->blamed, rule, now) ||
            !restart_seen(&watch->calm, &watch->facts->service))
                return 0;
        watch->proving_since = course.proving_since;
        return watch_reopen(watch, "is judged again, since a task of it was restarted");
}
