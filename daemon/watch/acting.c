/* SPDX-License-Identifier: Apache-2.0 */
/* Decision, intent, look, call, outcome.
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

enum { HISTORY_ARENA_BYTES = 1024 * 1024 };

static void watch_look_at_target(struct Watch *watch, usec_t now);

void watch_stop_acting(struct Watch *watch) {
        watch->look = task_definition_look_free(watch->look);
        watch->update = update_service_free(watch->update);
}

/* ---- telling ---- */

static struct EventAction event_action(const struct Watch *watch, const char *state,
                                       const char *reason) {
        return (struct EventAction) {
                .action = "rollback",
                .method = rollback_method_name(watch->decision.method),
                .to = watch->decision.target[0] != '\0' ? watch->decision.target : NULL,
                .state = state,
                .reason = reason,
        };
}

static void tell_step(struct Watch *watch, enum EventType type, usec_t now,
                      const struct EventAction *action, const char *detail) {
        watch_tell(watch, type, now, &watch->decided_verdict, action, detail);
}

/* The verdict and what is done about it are one event, and one row of the ledger. */
static void record_decided(struct Watch *watch, usec_t now, const struct EventAction *action) {
        bool stalled = watch->decided_verdict.kind == VERDICT_STALLED;

        if (watch->verdict_told)
                return;
        watch_put_verdict(watch, &watch->decided_verdict, now);
        tell_step(watch, stalled ? EVENT_DEPLOYMENT_STALLED : EVENT_DEPLOYMENT_FAILED, now, action,
                  NULL);
        watch->verdict_told = true;
}

/* Decided about later, also by the next start. */
static void put_deferred(struct Watch *watch, bool deferred) {
        char id[32];

        snprintf(id, sizeof(id), "%lld", (long long) watch->record.id);
        (void) ledger_put_meta(watch->world->ledger, watch->record.rollout.service_arn, "deferred",
                               deferred ? id : NULL);
}

/* ---- the decision ---- */

/* But for the one that is open: it is what is decided or called about. */
static int load_already_acted(const struct Watch *watch, struct Arena *arena, bool *ret) {
        struct ActionRecord *actions;
        size_t n;
        int r;

        r = ledger_load_actions(watch->world->ledger,
                                &(struct ActionQuery) {.rollout_id = watch->record.id}, arena,
                                &actions, &n);
        if (r < 0)
                return r;
        *ret = false;
        for (size_t i = 0; i < n; i++)
                if (actions[i].id != watch->action.id &&
                    (actions[i].accepted_at != USEC_UNKNOWN || actions[i].state == ACTION_DONE ||
                     actions[i].state == ACTION_INTENDED || actions[i].state == ACTION_UNCERTAIN))
                        *ret = true;
        return 0;
}

/* The open action is counted in the ledger: it does not stand in its own way. */
static void leave_out_own_action(const struct Watch *watch, struct History *history) {
        if (!watch->action.id)
                return;
        history->accepted_rollbacks_of_service -= history->accepted_rollbacks_of_service > 0;
        history->accepted_rollbacks_of_fleet -= history->accepted_rollbacks_of_fleet > 0;
}

static int history_load(struct Watch *watch, struct Arena *arena, usec_t now, struct History *ret) {
        const struct Config *config = watch->world->config;
        usec_t since = usec_sub(now, config->rollback.within);
        struct TargetCandidate *candidates;
        int r;

        *ret = (struct History) {
                .per_service = config->rollback.per_service,
                .per_fleet = config->rollback.per_fleet,
                .within = config->rollback.within,
                .max_age = config->rollback.max_age,
                .dry_run = watch->world->dry_run,
        };
        r = load_already_acted(watch, arena, &ret->already_acted);
        if (r >= 0)
                r = ledger_load_candidates(watch->world->ledger, watch->record.id, arena,
                                           &candidates, &ret->n_candidates);
        if (r >= 0)
                r = ledger_count_rollbacks(watch->world->ledger, watch->record.rollout.service_arn,
                                           since, &ret->accepted_rollbacks_of_service);
        if (r >= 0)
                r = ledger_count_rollbacks(watch->world->ledger, NULL, since,
                                           &ret->accepted_rollbacks_of_fleet);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ret->n_candidates; i++)
                for (size_t k = 0; k < watch->n_statuses; k++)
                        if (text_equal(candidates[i].task_definition,
                                       watch->statuses[k].task_definition))
                                candidates[i].status = watch->statuses[k].status;
        ret->candidates = candidates;
        leave_out_own_action(watch, ret);
        return 0;
}

static struct Policy policy_in_force(const struct Watch *watch) {
        struct Policy policy = *watch->settings.policy;

        policy.mode = watch->settings.mode;
        return policy;
}

static void decided_act(struct Watch *watch, usec_t now) {
        struct EventAction action = event_action(watch, action_state_name(ACTION_INTENDED), NULL);
        int r;

        snprintf(watch->action_target, sizeof(watch->action_target), "%s", watch->decision.target);
        watch->action = (struct ActionRecord) {
                .rollout_id = watch->record.id,
                .kind = ACTION_ROLLBACK,
                .method = watch->decision.method,
                .target = watch->action_target,
                .state = ACTION_INTENDED,
                .intended_at = now,
        };
        r = ledger_put_action(watch->world->ledger, &watch->action);
        if (r < 0)
                watch->action = (struct ActionRecord) {};
        record_decided(watch, now, &action);
        watch->may_call = true;
        watch->intent_fresh = true;
        poll_service_make_due(watch->poll);
}

/* A decision that is final and leads to no call is recorded too: it is never decided again. */
static void decided_not(struct Watch *watch, usec_t now, enum ActionState state) {
        struct EventAction action =
                event_action(watch, action_state_name(state), watch->decision.reason);
        bool deferred = watch->verdict_told;
        struct ActionRecord record = {
                .rollout_id = watch->record.id,
                .kind = ACTION_ROLLBACK,
                .method = watch->decision.method,
                .target = action.to,
                .state = state,
                .reason = watch->decision.reason,
                .intended_at = now,
                .finished_at = now,
        };

        (void) ledger_put_action(watch->world->ledger, &record);
        record_decided(watch, now, &action);
        if (state == ACTION_SKIPPED || deferred)
                tell_step(watch, EVENT_ROLLBACK_SKIPPED, now, &action, watch->decision.reason);
}

static void watch_apply_decision(struct Watch *watch, usec_t now) {
        bool was_deferred = watch->verdict_told;

        switch (watch->decision.kind) {
        case DECISION_WAIT:
                record_decided(watch, now, NULL);
                if (!was_deferred)
                        put_deferred(watch, true);
                return;
        case DECISION_ACT: decided_act(watch, now); break;
        case DECISION_WOULD: decided_not(watch, now, ACTION_WOULD); break;
        case DECISION_SKIP: decided_not(watch, now, ACTION_SKIPPED); break;
        case DECISION_NOTHING: record_decided(watch, now, NULL); break;
        }
        watch->deciding = false;
        if (was_deferred)
                put_deferred(watch, false);
}

/* The verdict is told; what is done about it waits until it can be recorded. */
static void wait_for_ledger(struct Watch *watch, usec_t now) {
        watch->decision = (struct Decision) {.kind = DECISION_WAIT, .wait_until = now};
        snprintf(watch->decision.reason, sizeof(watch->decision.reason),
                 "the ledger cannot record: nothing is changed in AWS until it can");
        watch_apply_decision(watch, now);
}

void watch_decide(struct Watch *watch, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HISTORY_ARENA_BYTES);
        const struct Policy policy = policy_in_force(watch);
        const struct Judged judged = {
                .rollout = &watch->record.rollout,
                .verdict = &watch->decided_verdict,
                .verdict_at = watch->verdict_told ? watch->record.verdict_at : now,
                .service = &watch->facts->service,
                .native_failed_since = watch->native_failed_since,
                .host_filled_by_rollout =
                        watch->evidence &&
                        evidence_host_filled_by_rollout(watch->evidence,
                                                        watch->decided_verdict.instance),
        };
        struct History history;
        int r;

        if (world_is_degraded(watch->world) || ledger_is_spoilt(watch->world->ledger)) {
                wait_for_ledger(watch, now);
                return;
        }
        r = arena ? history_load(watch, arena, now, &history) : -ENOMEM;
        if (r < 0) {
                log_error("%s/%s: cannot decide about its failed deployment (%s); trying again at "
                          "the next observation",
                          watch->cluster->name, watch->name, strerror(-r));
                return;
        }
        if (policy_decide(&policy, &judged, &history, now, &watch->decision) ==
            DECIDE_ASK_TASK_DEFINITION)
                watch_look_at_target(watch, now);
        else
                watch_apply_decision(watch, now);
}

static void on_target_looked_at(void *userdata, const char *status, const char *problem) {
        struct Watch *watch = userdata;
        struct TargetStatus *slot = watch->statuses + watch->n_statuses;

        watch->look = task_definition_look_free(watch->look);
        if (!status) {
                log_warning("%s/%s: %s cannot be described (%s); deciding again at the next "
                            "observation",
                            watch->cluster->name, watch->name, watch->decision.target, problem);
                return;
        }
        snprintf(slot->task_definition, sizeof(slot->task_definition), "%s",
                 watch->decision.target);
        snprintf(slot->status, sizeof(slot->status), "%s", status);
        watch->n_statuses++;
        watch_decide(watch, poll_cluster_now(watch->cluster->poll));
        (void) watch_commit(watch);
}

static void watch_look_at_target(struct Watch *watch, usec_t now) {
        int r;

        (void) now;
        if (watch->look)
                return;
        if (watch->n_statuses == WATCH_STATUSES_MAX)
                watch->n_statuses = 0;
        r = task_definition_look_start(watch->cluster->client, watch->decision.target,
                                       on_target_looked_at, watch, &watch->look);
        if (r < 0)
                log_error("%s/%s: cannot ask for %s (%s); trying again at the next observation",
                          watch->cluster->name, watch->name, watch->decision.target, strerror(-r));
}

/* ---- the action ---- */

static void finish_action(struct Watch *watch, enum ActionState state, const char *reason,
                          usec_t now) {
        watch->action.state = state;
        watch->action.reason = reason;
        watch->action.finished_at = now;
        (void) ledger_put_action(watch->world->ledger, &watch->action);
        watch->action = (struct ActionRecord) {};
        watch->may_call = false;
}

static void action_failed(struct Watch *watch, const char *reason, usec_t now) {
        struct EventAction action = event_action(watch, action_state_name(ACTION_FAILED), reason);

        finish_action(watch, ACTION_FAILED, reason, now);
        tell_step(watch, EVENT_ROLLBACK_FAILED, now, &action, reason);
}

static void action_done(struct Watch *watch, const char *resulting, usec_t now) {
        watch->action.accepted_at = now;
        watch->action.resulting_deployment = text_is_empty(resulting) ? NULL : resulting;
        finish_action(watch, ACTION_DONE, NULL, now);
        poll_service_make_due(watch->poll);
}

static void action_raced(struct Watch *watch, const struct UpdateAnswer *answer, usec_t now) {
        struct EventAction action = event_action(watch, action_state_name(ACTION_DONE), NULL);
        char reason[DECISION_REASON_MAX];

        snprintf(reason, sizeof(reason),
                 "raced: deployment %.200s began between our last look and our call, and the "
                 "rollback took over from it; "
                 "deploy it again if it is wanted",
                 answer->overtaken);
        action.deployment = answer->overtaken;
        tell_step(watch, EVENT_ROLLBACK_FAILED, now, &action, reason);
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
                log_warning(
                        "%s/%s: the rollback was not taken (%s); looking again and repeating it",
                        watch->cluster->name, watch->name, answer->text);
                watch->may_call = true;
                break;
        case UPDATE_UNCERTAIN:
                log_warning("%s/%s: whether ECS took the rollback is not known (%s); looking",
                            watch->cluster->name, watch->name, answer->text);
                watch->action.state = ACTION_UNCERTAIN;
                (void) ledger_put_action(watch->world->ledger, &watch->action);
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
        (void) ledger_put_action(watch->world->ledger, &watch->action);
        if (watch_commit(watch) < 0)
                return;
        r = update_service_start(watch->cluster->client, &request, on_updated, watch,
                                 &watch->update);
        if (r < 0) {
                log_error("%s/%s: the rollback cannot be sent (%s); trying again at the next "
                          "observation",
                          watch->cluster->name, watch->name, strerror(-r));
                watch->may_call = true;
        }
}

static void action_skipped(struct Watch *watch, const char *reason, usec_t now) {
        struct EventAction action = event_action(watch, action_state_name(ACTION_SKIPPED), reason);

        finish_action(watch, ACTION_SKIPPED, reason, now);
        tell_step(watch, EVENT_ROLLBACK_SKIPPED, now, &action, reason);
}

/* What forbids acting is asked again before every call: it may have changed since the decision, by
 * a reload or a restart. 1: forbidden, with the reason. */
static int is_forbidden(struct Watch *watch, usec_t now, char reason[DECISION_REASON_MAX]) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HISTORY_ARENA_BYTES);
        const struct Policy policy = policy_in_force(watch);
        struct History history;
        int r;

        r = arena ? history_load(watch, arena, now, &history) : -ENOMEM;
        return r < 0 ? r : decision_is_forbidden(&policy, &history, reason);
}

static void watch_look_and_call(struct Watch *watch, usec_t now) {
        char reason[DECISION_REASON_MAX];
        int r;

        r = is_forbidden(watch, now, reason);
        if (r < 0) {
                log_error("%s/%s: cannot tell whether it may still be rolled back (%s); asking "
                          "again at the next observation",
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
        watch->look = task_definition_look_free(watch->look);
        if (watch->deciding) {
                watch->decision.kind = DECISION_SKIP;
                snprintf(watch->decision.reason, sizeof(watch->decision.reason), "%s", reason);
                watch_apply_decision(watch, now);
        }
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
                event_action(watch, action_state_name(ACTION_UNCERTAIN), reason);

        if (watch->uncertain_told || now <= usec_add(watch->action.intended_at, TRIED_FOR))
                return;
        watch->uncertain_told = true;
        tell_step(watch, EVENT_ROLLBACK_FAILED, now, &action, reason);
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
                put_deferred(watch, false);
        watch->deciding = false;
        watch->look = task_definition_look_free(watch->look);
        if (watch->action.id == 0)
                return;
        if (ours) {
                action_done(watch, resulting_deployment, now);
                return;
        }
        action = event_action(watch, action_state_name(ACTION_FAILED), reason);
        finish_action(watch, ACTION_FAILED, reason, now);
        tell_step(watch, EVENT_ROLLBACK_SUPERSEDED, now, &action, reason);
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
