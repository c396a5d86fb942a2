/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out what the protocol says (act/act.h): one step for each observation and each answer.
 *
 * Every step but the call itself happens in the turn of an observation, and is durable before the
 * next one begins; the call is counted in the ledger before it leaves. So whatever is found after a
 * crash says whether a call can have gone out. */
#include "act/act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/faults.h"
#include "daemon/log.h"
#include "daemon/watch/acting.h"

/* ---- what is sent ---- */

static void take_step(struct Watch *watch, const struct ActionSeen *seen, usec_t now);

static void on_performed(void *userdata, const struct PerformAnswer *answer) {
        struct Watch *watch = userdata;
        struct Performance *performance =
                TAKE_PTR(watch->work->performance); /* has the answer's texts */
        const struct ActionSeen seen = {
                .is_answer = true,
                .outcome = answer->outcome,
                .text = answer->text,
                .deployment = answer->deployment,
                .overtaken = answer->overtaken,
        };

        fault_point();
        take_step(watch, &seen, poll_cluster_now(watch->cluster->poll));
        perform_free(performance);
        (void) watch_commit(watch);
}

/* It is recorded in this turn; only once that is committed it leaves. */
static void send_call(struct Watch *watch, usec_t now) {
        const struct PerformRequest request = {
                .action = &watch->work->action,
                .cluster = watch->facts->service.cluster_arn,
                .service = watch->facts->service.arn,
                .judged_deployment = watch->record.rollout.deployment,
                .judged_created_at = watch->record.rollout.started_at,
        };
        int r;

        watch_put_action(watch, &watch->work->action);
        if (watch_commit(watch) < 0)
                return;
        fault_point();
        r = perform_start(watch->cluster->client, &request, on_performed, watch,
                          &watch->work->performance);
        fault_point();
        if (r < 0)
                take_step(watch,
                          &(struct ActionSeen) {.is_answer = true,
                                                .outcome = CALL_NOT_TAKEN,
                                                .text = strerror(-r)},
                          now);
}

/* ---- one step ---- */

static void tell_step(struct Watch *watch, const struct Step *step, const struct ActionSeen *seen,
                      usec_t now) {
        struct EventAction action =
                watch_event_action(watch, action_state_name(step->state), step->reason);

        if (!step->is_told)
                return;
        if (seen->is_answer && seen->outcome == CALL_RACED) {
                action.reason = NULL;
                action.deployment = seen->overtaken;
        }
        watch_tell_step(watch, step->event, now, &action, step->reason);
}

static void log_answer(struct Watch *watch, const struct Step *step) {
        if (step->until == UNTIL_LOOKED)
                log_repeat(&watch->work->hindered, LOG_WARNING,
                           "%s/%s: the %s was not taken (%s); looking again and repeating it by %s",
                           watch->cluster->name, watch->name,
                           action_kind_name(watch->work->action.kind), step->reason,
                           way_of(watch->work->action.kind, step->method)->call);
        else
                log_warning("%s/%s: whether ECS took the %s is not known (%s); looking",
                            watch->cluster->name, watch->name,
                            action_kind_name(watch->work->action.kind), step->reason);
}

static void end_action(struct Watch *watch) {
        watch_put_action(watch, &watch->work->action);
        watch->work->action = (struct ActionRecord) {};
        watch->work->action_until = UNTIL_LOOKED;
        log_repeat_end(&watch->work->hindered);
        watch_look(watch);
}

static void take_step(struct Watch *watch, const struct ActionSeen *seen, usec_t now) {
        const struct ActionRecord before = watch->work->action;
        enum ActionUntil waited = watch->work->action_until;
        struct Step step;

        action_step(&watch->work->action, watch->work->action_until, &watch->record.rollout, seen,
                    now, &step);
        action_apply(&watch->work->action, &watch->work->action_until, &step, now);
        tell_step(watch, &step, seen, now);
        switch (step.kind) {
        case STEP_CALL: send_call(watch, now); break;
        case STEP_DONE:
        case STEP_FAILED:
        case STEP_SKIPPED: end_action(watch); break;
        case STEP_LOOK:
                if (seen->is_answer)
                        log_answer(watch, &step);
                else if (action_has_left(waited) && !action_has_left(step.until))
                        log_notice("%s/%s: ECS did not take the %s; repeating it by %s",
                                   watch->cluster->name, watch->name,
                                   action_kind_name(watch->work->action.kind),
                                   way_of(watch->work->action.kind, step.method)->call);
                if (watch->work->action.state != before.state ||
                    watch->work->action.method != before.method)
                        watch_put_action(watch, &watch->work->action);
                if (step.until == UNTIL_LOOKED_AGAIN)
                        watch_look(watch);
                break;
        case STEP_TELL:
        case STEP_WAIT: break;
        }
}

/* ---- what was seen ---- */

static struct ActionSeen seen_now(const struct Watch *watch) {
        const struct ServiceFacts *service = &watch->facts->service;

        return (struct ActionSeen) {
                .asked_at = watch->facts->service_source.asked_at,
                .service = service,
                .primary = change_primary_id(service),
                .primary_since = watch->judged_since,
                .ecs_rolls_back = change_ecs_rolls_back(service, &watch->record.rollout),
                .has_recovered = watch->work->verdict.kind == VERDICT_SUCCEEDED ||
                                 watch->work->verdict.meets_success,
                .given_up = watch->retiring ? "it is no longer watched" : NULL,
        };
}

static void follow_action(struct Watch *watch, usec_t now);

/* What a remedy changes is looked at after the service: a look is as old as its oldest part. */
static bool awaits_subject(struct Watch *watch, struct ActionSeen *seen) {
        if (!action_has_subject(watch->work->action.kind) || !watch->work->action.target)
                return false;
        if (!watch->work->subject_asked) {
                watch_look_at_subject(watch, watch->work->action.target, follow_action);
                return true;
        }
        seen->subject = watch->work->subject;
        if (watch->work->subject)
                seen->asked_at = MIN(seen->asked_at, watch->work->subject->asked_at);
        return false;
}

static void follow_action(struct Watch *watch, usec_t now) {
        struct ActionSeen seen = seen_now(watch);
        char reason[DECISION_REASON_MAX];
        int r = 0;

        if (!action_has_left(watch->work->action_until) && watch->world->draining)
                return;
        if (awaits_subject(watch, &seen))
                return;
        if (!action_has_left(watch->work->action_until))
                r = watch_is_forbidden(watch, now, reason);
        if (r < 0) {
                log_repeat(
                        &watch->work->hindered, LOG_ERR,
                        "%s/%s: cannot tell whether the %s is still allowed (%s); asking again at the next observation",
                        watch->cluster->name, watch->name,
                        action_kind_name(watch->work->action.kind), strerror(-r));
                return;
        }
        seen.forbidden = r > 0 ? reason : NULL;
        take_step(watch, &seen, now);
        watch_forget_subject(watch);
}

void watch_advance_action(struct Watch *watch, usec_t now) {
        if (watch->work->look || watch->work->awaits || watch->work->performance)
                return;
        if (watch->work->deciding != DECIDES_NOTHING)
                watch_decide(watch, now);
        else if (watch->work->action.id)
                follow_action(watch, now);
}

void watch_give_up_acting(struct Watch *watch, usec_t now, const char *reason) {
        watch_skip_decision(watch, now, reason);
        if (watch->work->action.id && !action_has_left(watch->work->action_until))
                take_step(watch, &(struct ActionSeen) {.given_up = reason}, now);
}

/* What was being decided is not any more. */
static void stop_deciding(struct Watch *watch) {
        if (watch->work->deciding == DECIDES_TOLD)
                watch_put_deferred(watch, false);
        watch->work->deciding = DECIDES_NOTHING;
        watch_forget_looks(watch);
}

void watch_primary_changed(struct Watch *watch, usec_t now) {
        struct ActionSeen seen = seen_now(watch);

        stop_deciding(watch);
        seen.given_up = NULL;
        if (watch->work->action.id)
                take_step(watch, &seen, now);
}

void watch_rollout_over(struct Watch *watch, usec_t now, const char *reason) {
        stop_deciding(watch);
        if (watch->work->action.id)
                take_step(watch, &(struct ActionSeen) {.over = reason}, now);
}

void watch_restore_action(struct Watch *watch, const struct ActionRecord *action) {
        watch->work->action = *action;
        snprintf(watch->work->action_target, sizeof(watch->work->action_target), "%s",
                 text_or_empty(action->target));
        watch->work->action.target = action->target ? watch->work->action_target : NULL;
        snprintf(watch->work->action_handle, sizeof(watch->work->action_handle), "%s",
                 text_or_empty(action->handle));
        watch->work->action.handle = watch->work->action_handle;
        watch->work->action.reason = NULL;
        watch->work->action.resulting_deployment = NULL;
        watch->work->action_until = action_restored(action);
        watch->work->decision = (struct Decision) {.kind = DECISION_ACT,
                                                   .action = action->kind,
                                                   .method = action->method,
                                                   .amount = action->amount};
        snprintf(watch->work->decision.target, sizeof(watch->work->decision.target), "%s",
                 watch->work->action_target);
}
