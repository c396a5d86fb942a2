/* SPDX-License-Identifier: Apache-2.0 */
/* From a verdict to what is done about it: asked of the policy, told with the verdict, recorded as
 * an intent or as a reason against it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/ledger/meta.h"
#include "daemon/log.h"
#include "daemon/watch/acting.h"
#include "judge/remedy.h"
#include "words/arn.h"

enum { HISTORY_ARENA_BYTES = 1024 * 1024 };

/* While ECS goes first, the service deployment moves on. */
#define ASKED_ANEW_AFTER (30 * USEC_PER_SEC)

static void watch_look_at_target(struct Watch *watch);
static void decide(struct Watch *watch, usec_t now);

struct EventAction watch_event_action(const struct Watch *watch, const char *state,
                                      const char *reason) {
        enum ActionKind kind =
                watch->work->action.id ? watch->work->action.kind : watch->work->decision.action;
        enum RollbackMethod method =
                watch->work->action.id ? watch->work->action.method : watch->work->decision.method;
        bool has_target = watch->work->decision.target[0] != '\0';

        return (struct EventAction) {
                .action = action_kind_name(kind),
                .method = kind == ACTION_ROLLBACK ? rollback_method_name(method) : NULL,
                .to = kind == ACTION_ROLLBACK && has_target ? watch->work->decision.target : NULL,
                .target =
                        kind != ACTION_ROLLBACK && has_target ? watch->work->decision.target : NULL,
                .sets_desired = kind == ACTION_QUIESCE || watch->work->decision.amount > 0,
                .desired = watch->work->decision.amount,
                .state = state,
                .reason = reason,
        };
}

void watch_tell_step(struct Watch *watch, enum EventType type, usec_t now,
                     const struct EventAction *action, const char *detail) {
        watch_tell(watch, type, now, &watch->work->decided_verdict, action, detail);
}

/* The verdict and what is done about it are one event, and one row of the ledger. */
static void record_decided(struct Watch *watch, usec_t now, const struct EventAction *action) {
        bool stalled = watch->work->decided_verdict.kind == VERDICT_STALLED;

        if (watch->work->deciding == DECIDES_TOLD)
                return;
        watch->record.mode = watch->settings.mode;
        if (watch->work->decided_verdict.native && watch->work->deployment)
                verdict_explain_native(&watch->work->decided_verdict, watch->work->deployment);
        watch_put_verdict(watch, &watch->work->decided_verdict, now);
        watch_tell_step(watch, stalled ? EVENT_DEPLOYMENT_STALLED : EVENT_DEPLOYMENT_FAILED, now,
                        action, NULL);
}

void watch_put_deferred(struct Watch *watch, bool deferred) {
        char id[32];

        snprintf(id, sizeof(id), "%lld", (long long) watch->record.id);
        (void) ledger_put_meta(watch->world->ledger, watch->record.rollout.service_arn, "deferred",
                               deferred ? id : NULL);
}

/* Of the mode at the verdict and the one by now the more careful one: a reload may forbid what was
 * decided, and never turns a verdict that waits for somebody's yes into a deed. */
static struct Policy policy_in_force(const struct Watch *watch) {
        struct Policy policy = *watch->settings.policy;

        policy.mode = watch->settings.mode;
        if (watch->work->deciding == DECIDES_TOLD || watch->work->action.id)
                policy.mode = MIN(policy.mode, watch->record.mode);
        return policy;
}

static void decided_act(struct Watch *watch, usec_t now) {
        struct EventAction action =
                watch_event_action(watch, action_state_name(ACTION_INTENDED), NULL);

        snprintf(watch->work->action_target, sizeof(watch->work->action_target), "%s",
                 watch->work->decision.target);
        snprintf(watch->work->action_handle, sizeof(watch->work->action_handle), "%s",
                 watch->work->decision.handle);
        watch->work->action = (struct ActionRecord) {
                .rollout_id = watch->record.id,
                .kind = watch->work->decision.action,
                .method = watch->work->decision.method,
                .falls_back = watch->work->decision.falls_back,
                .target = watch->work->action_target[0] != '\0' ? watch->work->action_target : NULL,
                .amount = watch->work->decision.amount,
                .handle =
                        watch->work->decision.handle[0] != '\0' ? watch->work->action_handle : NULL,
                .state = ACTION_INTENDED,
                .intended_at = now,
        };
        watch->work->action_until = UNTIL_LOOKED;
        watch_put_action(watch, &watch->work->action);
        record_decided(watch, now, &action);
        if (watch->work->action.kind != ACTION_ROLLBACK)
                watch_tell_step(watch, EVENT_REMEDY_STARTED, now, &action, NULL);
        watch_look(watch);
}

/* A decision that is final and leads to no call is recorded too: it is never decided again. */
static void decided_not(struct Watch *watch, usec_t now, enum ActionState state) {
        struct EventAction action =
                watch_event_action(watch, action_state_name(state), watch->work->decision.reason);
        bool deferred = watch->work->deciding == DECIDES_TOLD;
        struct ActionRecord record = {
                .rollout_id = watch->record.id,
                .kind = watch->work->decision.action,
                .method = watch->work->decision.method,
                .target = watch->work->decision.target[0] != '\0' ? watch->work->decision.target
                                                                  : NULL,
                .amount = watch->work->decision.amount,
                .state = state,
                .reason = watch->work->decision.reason,
                .intended_at = now,
                .finished_at = now,
        };

        watch_put_action(watch, &record);
        record_decided(watch, now, &action);
        if (state == ACTION_SKIPPED || deferred)
                watch_tell_step(watch,
                                watch->work->decision.action == ACTION_ROLLBACK
                                        ? EVENT_ROLLBACK_SKIPPED
                                        : EVENT_REMEDY_FAILED,
                                now, &action, watch->work->decision.reason);
}

static void watch_apply_decision(struct Watch *watch, usec_t now) {
        bool was_deferred = watch->work->deciding == DECIDES_TOLD;
        struct EventAction action;
        char until[TIME_TEXT_MAX];

        switch (watch->work->decision.kind) {
        case DECISION_WAIT:
                action = watch_event_action(watch, action_state_name(ACTION_WOULD),
                                            watch->work->decision.reason);
                record_decided(watch, now, watch->work->decision.wants_approval ? &action : NULL);
                if (was_deferred)
                        return;
                watch->work->deciding = DECIDES_TOLD;
                watch_put_deferred(watch, true);
                log_info("%s/%s: no %s before %s: %s", watch->cluster->name, watch->name,
                         action_kind_name(watch->work->decision.action),
                         time_format_rfc3339(watch->work->decision.wait_until, until),
                         watch->work->decision.reason);
                return;
        case DECISION_ACT: decided_act(watch, now); break;
        case DECISION_WOULD: decided_not(watch, now, ACTION_WOULD); break;
        case DECISION_SKIP: decided_not(watch, now, ACTION_SKIPPED); break;
        case DECISION_NOTHING: record_decided(watch, now, NULL); break;
        }
        watch->work->deciding = DECIDES_NOTHING;
        watch_forget_looks(watch);
        log_repeat_end(&watch->work->hindered);
        if (was_deferred)
                watch_put_deferred(watch, false);
}

/* The verdict is told; what is done about it waits until it can be recorded. */
static void wait_for_ledger(struct Watch *watch, usec_t now) {
        watch->work->decision = (struct Decision) {.kind = DECISION_WAIT, .wait_until = now};
        snprintf(watch->work->decision.reason, sizeof(watch->work->decision.reason),
                 "the ledger cannot record: nothing is changed in AWS until it can");
        watch_apply_decision(watch, now);
}

/* Why ECS gave it up, its service deployment says better than any event. */
static bool wants_ecs_reason(const struct Watch *watch) {
        return watch->work->deciding == DECIDES && watch->work->decided_verdict.native &&
               !watch->work->deployment_asked && watch->facts->service.current_service_deployment;
}

static struct Judged judged_now(const struct Watch *watch, usec_t now) {
        return (struct Judged) {
                .rollout = &watch->record.rollout,
                .verdict = &watch->work->decided_verdict,
                .verdict_at =
                        watch->work->deciding == DECIDES_TOLD ? watch->record.verdict_at : now,
                .service = &watch->facts->service,
                .native_failed_since = watch->native_failed_since,
                .deployment_asked = watch->work->deployment_asked,
                .deployment = watch->work->deployment,
                .deployment_problem = watch->work->deployment_problem[0] != '\0'
                                              ? watch->work->deployment_problem
                                              : NULL,
                .subject_asked = watch->work->subject_asked,
                .subject = watch->work->subject,
                .subject_problem = watch->work->subject_problem,
                .host_filled_by_rollout =
                        watch->evidence &&
                        evidence_host_filled_by_rollout(watch->evidence,
                                                        watch->work->decided_verdict.instance),
        };
}

/* While it is asked for anew how things stand, what was said to be waited for stays so, and
 * somebody's yes is still taken. */
static void keep_waiting(const struct Decision *said, struct Decision *asking) {
        if (said->kind != DECISION_WAIT)
                return;
        asking->wants_approval = said->wants_approval;
        asking->wait_until = said->wait_until;
        memcpy(asking->reason, said->reason, sizeof(asking->reason));
}

static void decide(struct Watch *watch, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HISTORY_ARENA_BYTES);
        const struct Policy policy = policy_in_force(watch);
        const struct Judged judged = judged_now(watch, now);
        const struct Decision before = watch->work->decision;
        enum DecideOutcome outcome;
        struct History history;
        int r;

        if (turn_is_degraded(watch->world) || ledger_is_spoilt(watch->world->ledger)) {
                wait_for_ledger(watch, now);
                return;
        }
        if (wants_ecs_reason(watch)) {
                watch_look_at_deployment(watch, decide);
                return;
        }
        if (watch->work->deciding == DECIDES &&
            watch->work->decided_verdict.kind == VERDICT_FAILED && watch_look_at_log(watch, decide))
                return;
        r = arena ? watch_load_history(watch, arena, now, &history) : -ENOMEM;
        if (r < 0) {
                log_repeat(
                        &watch->work->hindered, LOG_ERR,
                        "%s/%s: cannot decide about its failed deployment (%s); trying again at the next observation",
                        watch->cluster->name, watch->name, strerror(-r));
                return;
        }
        outcome = policy_decide(&policy, &judged, &history, now, &watch->work->decision);
        if (outcome != DECIDED && watch->work->deciding == DECIDES_TOLD)
                keep_waiting(&before, &watch->work->decision);
        switch (outcome) {
        case DECIDE_ASK_SERVICE_DEPLOYMENT: watch_look_at_deployment(watch, decide); break;
        case DECIDE_ASK_TASK_DEFINITION: watch_look_at_target(watch); break;
        case DECIDE_ASK_PAST: watch_look_at_past(watch, decide); break;
        case DECIDE_ASK_SUBJECT:
                watch_look_at_subject(watch, watch->work->decision.target, decide);
                break;
        case DECIDED: watch_apply_decision(watch, now); break;
        }
}

void watch_decide(struct Watch *watch, usec_t now) {
        if (watch->work->deployment_asked &&
            now > usec_add(watch->work->deployment_asked_at, ASKED_ANEW_AFTER))
                watch_forget_looks(watch);
        if (watch->work->subject_asked &&
            (!watch->work->subject ||
             now > usec_add(watch->work->subject_asked_at, ASKED_ANEW_AFTER)))
                watch_forget_subject(watch);
        decide(watch, now);
}

/* The verdict is told all the same; what is done about it waits, as long as a call would be
 * repeated.
 */
static void target_unknown(struct Watch *watch, const char *problem) {
        usec_t now = poll_cluster_now(watch->cluster->poll);
        usec_t since = watch->work->deciding == DECIDES_TOLD ? watch->record.verdict_at : now;

        log_repeat(&watch->work->hindered, LOG_WARNING,
                   "%s/%s: %s cannot be described (%s); deciding again at the next observation",
                   watch->cluster->name, watch->name, watch->work->decision.target, problem);
        watch->work->decision.kind =
                now < usec_add(since, ACT_TRIED_FOR) ? DECISION_WAIT : DECISION_SKIP;
        watch->work->decision.wait_until = now;
        snprintf(watch->work->decision.reason, sizeof(watch->work->decision.reason),
                 "whether %.100s is still there cannot be told: %.300s",
                 arn_short_name(watch->work->decision.target), problem);
        watch_apply_decision(watch, now);
        (void) watch_commit(watch);
}

static void on_target_looked_at(void *userdata, const char *status, const char *problem) {
        struct Watch *watch = userdata;
        struct TargetStatus *slot = watch->work->statuses + watch->work->n_statuses;

        watch->work->look = task_definition_look_free(watch->work->look);
        if (!status) {
                target_unknown(watch, problem);
                return;
        }
        snprintf(slot->task_definition, sizeof(slot->task_definition), "%s",
                 watch->work->decision.target);
        snprintf(slot->status, sizeof(slot->status), "%s", status);
        watch->work->n_statuses++;
        watch_decide(watch, poll_cluster_now(watch->cluster->poll));
        (void) watch_commit(watch);
}

static void watch_look_at_target(struct Watch *watch) {
        int r;

        if (watch->work->look)
                return;
        if (watch->work->n_statuses == WATCH_STATUSES_MAX)
                watch->work->n_statuses = 0;
        r = task_definition_look_start(watch->cluster->client, watch->work->decision.target,
                                       on_target_looked_at, watch, &watch->work->look);
        if (r < 0)
                log_repeat(&watch->work->hindered, LOG_ERR,
                           "%s/%s: cannot ask for %s (%s); trying again at the next observation",
                           watch->cluster->name, watch->name, watch->work->decision.target,
                           strerror(-r));
}

/* What its entry bounds is asked again too, with what is seen of its subject by now. */
static bool remedy_is_forbidden(const struct Watch *watch, const struct Policy *policy,
                                const struct History *history, usec_t now,
                                char reason[DECISION_REASON_MAX]) {
        const struct Judged judged = {.verdict = &watch->work->decided_verdict,
                                      .service = &watch->facts->service};
        const struct RemedyQuestion question = {
                .entry = decision_entry(policy, &judged, watch->work->action.kind),
                .target = watch->work->action.target,
                .subject = watch->work->subject,
                .history = history,
                .now = now,
        };
        uint64_t amount;

        if (watch->work->action.kind == ACTION_ROLLBACK)
                return false;
        if (!question.entry)
                return decision_object(reason, "the policy does not ask for it any more");
        return watch->work->subject && remedy_is_refused(&question, &amount, reason);
}

int watch_is_forbidden(struct Watch *watch, usec_t now, char reason[DECISION_REASON_MAX]) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HISTORY_ARENA_BYTES);
        const struct Policy policy = policy_in_force(watch);
        struct History history;
        int r;

        r = arena ? watch_load_history(watch, arena, now, &history) : -ENOMEM;
        if (r < 0)
                return r;
        return decision_is_forbidden(&policy, &history, watch->work->action.kind, reason) ||
               remedy_is_forbidden(watch, &policy, &history, now, reason);
}

void watch_skip_decision(struct Watch *watch, usec_t now, const char *reason) {
        watch_forget_looks(watch);
        if (watch->work->deciding == DECIDES_NOTHING)
                return;
        watch->work->decision.kind = DECISION_SKIP;
        snprintf(watch->work->decision.reason, sizeof(watch->work->decision.reason), "%s", reason);
        watch_apply_decision(watch, now);
}

static bool waits_by_decision(const struct Watch *watch) {
        return watch->work && watch->work->deciding != DECIDES_NOTHING &&
               watch->work->decision.kind == DECISION_WAIT;
}

const char *watch_waits_for(const struct Watch *watch) {
        return waits_by_decision(watch) ? watch->work->decision.reason : NULL;
}

int watch_approve(struct Watch *watch, const char *author, char ret_problem[DECISION_REASON_MAX]) {
        int r;

        if (!waits_by_decision(watch) || !watch->work->decision.wants_approval) {
                snprintf(
                        ret_problem, DECISION_REASON_MAX,
                        "nothing about %s waits for approval; `ecswatchctl explain %s/%s` tells what was decided",
                        watch->name, watch->cluster->name, watch->name);
                return -ENODATA;
        }
        if (watch->record.approved_by)
                return 0;
        watch->record.approved_by = arena_copy(watch->record_arena, author);
        if (!watch->record.approved_by)
                return -ENOMEM;
        watch_put_record(watch);
        r = watch_commit(watch);
        if (r < 0)
                return r;
        log_notice("%s/%s: its %s is approved by %s", watch->cluster->name, watch->name,
                   action_kind_name(watch->work->decision.action), author);
        watch_look(watch);
        return 0;
}
