/* SPDX-License-Identifier: Apache-2.0 */
/* Intent, look, call, outcome.
 *
 * Every step but the call itself happens in the turn of an observation, and is durable before the
 * next one begins: the intent is committed before the look, the look precedes the call, and the
 * call is counted in the ledger before it leaves. So whatever is found after a crash says whether a
 * call can have gone out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/watch/internal.h"
#include "words/arn.h"

/* Calls that ECS did not take are repeated for so long, each after a new look; and what remains
 * uncertain for so long is told. */
#define TRIED_FOR (10 * USEC_PER_MINUTE)

void watch_stop_acting(struct Watch *watch) {
        watch->look = task_definition_look_free(watch->look);
        watch->update = update_service_free(watch->update);
}

static void finish_action(struct Watch *watch, enum ActionState state, const char *reason,
                          usec_t now) {
        watch->action.state = state;
        watch->action.reason = reason;
        watch->action.finished_at = now;
        watch_put_action(watch, &watch->action);
        watch->action = (struct ActionRecord) {};
        watch->may_call = false;
        log_repeat_end(&watch->hindered);
}

static void action_failed(struct Watch *watch, const char *reason, usec_t now) {
        struct EventAction action =
                watch_event_action(watch, action_state_name(ACTION_FAILED), reason);

        finish_action(watch, ACTION_FAILED, reason, now);
        watch_tell_step(watch, EVENT_ROLLBACK_FAILED, now, &action, reason);
}

static void action_done(struct Watch *watch, const char *resulting, usec_t now) {
        watch->action.accepted_at = now;
        watch->action.resulting_deployment = text_is_empty(resulting) ? NULL : resulting;
        finish_action(watch, ACTION_DONE, NULL, now);
        poll_service_make_due(watch->poll);
}

static void action_raced(struct Watch *watch, const struct UpdateAnswer *answer, usec_t now) {
        struct EventAction action = watch_event_action(watch, action_state_name(ACTION_DONE), NULL);
        char reason[DECISION_REASON_MAX];

        snprintf(
                reason, sizeof(reason),
                "raced: deployment %.200s began between our last look and our call, and the rollback took over from it; deploy it again if it is wanted",
                answer->overtaken);
        action.deployment = answer->overtaken;
        watch_tell_step(watch, EVENT_ROLLBACK_FAILED, now, &action, reason);
        action_done(watch, answer->deployment, now);
}

static void on_updated(void *userdata, const struct UpdateAnswer *answer) {
        struct Watch *watch = userdata;
        usec_t now = poll_cluster_now(watch->cluster->poll);
        struct UpdateService *update = TAKE_PTR(watch->update); /* the answer's texts live in it */

        switch (answer->outcome) {
        case UPDATE_ACCEPTED: action_done(watch, answer->deployment, now); break;
        case UPDATE_RACED: action_raced(watch, answer, now); break;
        case UPDATE_REFUSED: action_failed(watch, answer->text, now); break;
        case UPDATE_NOT_TAKEN:
                log_repeat(&watch->hindered, LOG_WARNING,
                           "%s/%s: the rollback was not taken (%s); looking again and repeating it",
                           watch->cluster->name, watch->name, answer->text);
                watch->may_call = true;
                break;
        case UPDATE_UNCERTAIN:
                log_warning("%s/%s: whether ECS took the rollback is not known (%s); looking",
                            watch->cluster->name, watch->name, answer->text);
                watch->action.state = ACTION_UNCERTAIN;
                watch_put_action(watch, &watch->action);
                break;
        }
        update_service_free(update);
        (void) watch_commit(watch);
}

/* Counted in the ledger before it leaves. */
static void watch_call(struct Watch *watch, usec_t now) {
        const struct UpdateRequest request = {
                .cluster = watch->facts->service.cluster_arn,
                .service = watch->facts->service.arn,
                .task_definition = watch->decision.target,
                .judged_deployment = watch->record.rollout.deployment,
                .judged_created_at = watch->record.rollout.started_at,
        };
        int r;

        if (watch->world->draining)
                return;
        watch->may_call = false;
        watch->action.calls++;
        watch->action.call_deadline = usec_add(now, UPDATE_SERVICE_DEADLINE);
        watch_put_action(watch, &watch->action);
        if (watch_commit(watch) < 0)
                return;
        r = update_service_start(watch->cluster->client, &request, on_updated, watch,
                                 &watch->update);
        if (r < 0) {
                log_repeat(
                        &watch->hindered, LOG_ERR,
                        "%s/%s: the rollback cannot be sent (%s); trying again at the next observation",
                        watch->cluster->name, watch->name, strerror(-r));
                watch->may_call = true;
        }
}

static void action_skipped(struct Watch *watch, const char *reason, usec_t now) {
        struct EventAction action =
                watch_event_action(watch, action_state_name(ACTION_SKIPPED), reason);

        finish_action(watch, ACTION_SKIPPED, reason, now);
        watch_tell_step(watch, EVENT_ROLLBACK_SKIPPED, now, &action, reason);
}

static void watch_look_and_call(struct Watch *watch, usec_t now) {
        char reason[DECISION_REASON_MAX];
        int r;

        r = watch_is_forbidden(watch, now, reason);
        if (r < 0) {
                log_repeat(
                        &watch->hindered, LOG_ERR,
                        "%s/%s: cannot tell whether it may still be rolled back (%s); asking again at the next observation",
                        watch->cluster->name, watch->name, strerror(-r));
                return;
        }
        if (r > 0) {
                action_skipped(watch, reason, now);
                return;
        }
        if (now > usec_add(watch->action.intended_at, TRIED_FOR)) {
                action_failed(watch, "ECS did not take the call for 10 minutes; roll back by hand",
                              now);
                return;
        }
        if (decision_still_holds(&watch->decision, &watch->record.rollout, &watch->facts->service,
                                 &watch->verdict, reason))
                watch_call(watch, now);
        else
                action_skipped(watch, reason, now);
}

void watch_give_up_acting(struct Watch *watch, usec_t now, const char *reason) {
        watch_skip_decision(watch, now, reason);
        if (watch->action.id && watch->may_call)
                action_skipped(watch, reason, now);
}

static struct OurAction our_action(const struct Watch *watch) {
        return (struct OurAction) {
                .state = watch->action.state == ACTION_UNCERTAIN ? OURS_UNCERTAIN : OURS_INTENDED,
                .method = watch->action.method,
                .target = watch->action.target,
                .judged_deployment = watch->record.rollout.deployment,
                .resulting_deployment = watch->action.resulting_deployment,
                .intended_at = watch->action.intended_at,
                .call_deadline = watch->action.call_deadline,
        };
}

static void tell_uncertain(struct Watch *watch, usec_t now) {
        static const char reason[] =
                "whether ECS took the rollback cannot be found out; look at the service";
        struct EventAction action =
                watch_event_action(watch, action_state_name(ACTION_UNCERTAIN), reason);

        if (watch->uncertain_told || now <= usec_add(watch->action.intended_at, TRIED_FOR))
                return;
        watch->uncertain_told = true;
        watch_tell_step(watch, EVENT_ROLLBACK_FAILED, now, &action, reason);
}

static void watch_reconcile(struct Watch *watch, usec_t now) {
        struct OurAction ours = our_action(watch);
        bool ecs = change_ecs_rolls_back(&watch->facts->service, &watch->record.rollout);

        switch (reconcile_action(&ours, &watch->facts->service, ecs, watch->judged_since, now)) {
        case RECONCILE_DONE:
                action_done(watch, change_primary_id(&watch->facts->service), now);
                break;
        case RECONCILE_FAILED_SUPERSEDED: watch_action_overtaken(watch, false, now, NULL); break;
        case RECONCILE_NOT_TAKEN: watch->may_call = true; break;
        case RECONCILE_WAIT: tell_uncertain(watch, now); break;
        }
}

void watch_advance_action(struct Watch *watch, usec_t now) {
        if (watch->look || watch->update)
                return;
        if (watch->intent_fresh) {
                watch->intent_fresh =
                        false; /* this very observation led to the intent: it is no second look */
                return;
        }
        if (watch->deciding)
                watch_decide(watch, now);
        else if (watch->action.id && watch->may_call && watch->retiring)
                action_skipped(watch, "it is no longer watched", now);
        else if (watch->action.id && watch->may_call)
                watch_look_and_call(watch, now);
        else if (watch->action.id)
                watch_reconcile(watch, now);
}

void watch_action_overtaken(struct Watch *watch, bool ours, usec_t now,
                            const char *resulting_deployment) {
        static const char reason[] = "another deployment took over";
        struct EventAction action;

        if (watch->deciding && watch->verdict_told)
                watch_put_deferred(watch, false);
        watch->deciding = false;
        watch->look = task_definition_look_free(watch->look);
        if (watch->action.id == 0)
                return;
        if (ours) {
                action_done(watch, resulting_deployment, now);
                return;
        }
        action = watch_event_action(watch, action_state_name(ACTION_FAILED), reason);
        finish_action(watch, ACTION_FAILED, reason, now);
        watch_tell_step(watch, EVENT_ROLLBACK_SUPERSEDED, now, &action, reason);
}

/* After a restart: one that was never sent may be sent after a look, any other is found out about.
 */
void watch_restore_action(struct Watch *watch, const struct ActionRecord *action) {
        watch->action = *action;
        snprintf(watch->action_target, sizeof(watch->action_target), "%s",
                 text_or_empty(action->target));
        watch->action.target = watch->action_target;
        watch->action.reason = NULL;
        watch->action.resulting_deployment = NULL;
        watch->may_call = action->calls == 0;
        watch->verdict_told = true;
        watch->decision = (struct Decision) {.kind = DECISION_ACT, .method = action->method};
        snprintf(watch->decision.target, sizeof(watch->decision.target), "%s",
                 watch->action_target);
}
