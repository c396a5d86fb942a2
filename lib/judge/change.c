/* SPDX-License-Identifier: Apache-2.0 */
/* The table of PRIMARY changes. Each answer is read as one of its rows, in the table's order; a row
 * that goes backwards in time, or ends the service, counts only once it is proven, because
 * DescribeServices may answer from before. */
#include "judge/change.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "words/arn.h"

#define ROLLING_BACK_TO "rolling back to deployment"

/* Stand-ins for an id in PendingChange; no id of ECS has parentheses. */
#define PENDING_GONE "(gone)"
#define PENDING_OTHER_SERVICE "(another service)"

/* A deployment or a task set: what both have. */
struct Unit {
        const char *id, *task_definition;
        usec_t created_at, updated_at;
        int64_t desired, running;
        bool completed;
};

static bool has_task_sets(const struct ServiceFacts *service) {
        return service->controller != CONTROLLER_ECS;
}

/* Classic answers have no rolloutState; one deployment that has what it wants is then complete. */
static bool deployment_is_completed(const struct ServiceFacts *service,
                                    const struct DeploymentFacts *primary) {
        if (primary->rollout_state != ROLLOUT_STATE_ABSENT)
                return primary->rollout_state == ROLLOUT_COMPLETED;

        return service->n_deployments == 1 && primary->running_count >= service->desired_count;
}

static bool service_unit(const struct ServiceFacts *service, struct Unit *ret) {
        const struct DeploymentFacts *primary;
        const struct TaskSetFacts *set;

        if (has_task_sets(service)) {
                set = service_newest_task_set(service);
                if (!set || !set->id)
                        return false;

                *ret = (struct Unit) {
                        .id = set->id,
                        .task_definition = set->task_definition,
                        .created_at = set->created_at,
                        .desired = set->computed_desired_count,
                        .running = set->running_count,
                        .completed = text_equal(set->stability_status, "STEADY_STATE"),
                };
                return true;
        }

        primary = service_primary(service);
        if (!primary || !primary->id)
                return false;

        *ret = (struct Unit) {
                .id = primary->id,
                .task_definition = primary->task_definition,
                .created_at = primary->created_at,
                .updated_at = primary->updated_at,
                .desired = service->desired_count,
                .running = primary->running_count,
                .completed = deployment_is_completed(service, primary),
        };
        return true;
}

const char *change_primary_id(const struct ServiceFacts *service) {
        struct Unit unit;

        return service_unit(service, &unit) ? unit.id : NULL;
}

/* The whole id: "ecs-svc/12" is not in "… ecs-svc/123.". */
static bool message_names(const char *message, const char *id) {
        size_t size = strlen(id);

        for (const char *at = strstr(message, id); at; at = strstr(at + 1, id))
                if (at[size] < '0' || at[size] > '9')
                        return true;
        return false;
}

/* When ECS told since `since` that it rolls back, to `id` (NULL: to whichever). USEC_UNKNOWN: it
 * did not. */
static usec_t told_rolling_back(const struct ServiceFacts *service, const char *id, usec_t since) {
        for (size_t i = 0; i < service->n_events; i++) {
                const struct ServiceEvent *event = service->events + i;

                if (event->message && event->created_at >= since &&
                    text_contains_ignoring_case(event->message, ROLLING_BACK_TO) &&
                    (!id || message_names(event->message, id)))
                        return event->created_at;
        }
        return USEC_UNKNOWN;
}

bool change_ecs_rolls_back(const struct ServiceFacts *service, const struct Rollout *rollout) {
        const struct DeploymentFacts *judged =
                service_deployment_by_id(service, rollout->deployment);

        if (judged && judged->rollout_state_reason &&
            text_contains_ignoring_case(judged->rollout_state_reason, "rolling back"))
                return true;
        return told_rolling_back(service, NULL, rollout->started_at) != USEC_UNKNOWN;
}

/* Reads the events: only once PRIMARY is another. */
static bool ecs_rolls_back(const struct ChangeInput *input) {
        return input->rolls_back_status ||
               (input->watched && change_ecs_rolls_back(input->service, input->watched));
}

static bool is_known(const struct ChangeInput *input, const char *id) {
        if (input->watched && text_equal(input->watched->deployment, id))
                return true;
        for (size_t i = 0; i < input->n_known; i++)
                if (text_equal(input->known[i].id, id))
                        return true;
        return false;
}

/* Whether the answer itself shows that the watched one gave way: it is listed beside PRIMARY, so
 * the answer is not from before it began. Of an id that was PRIMARY more than once it shows
 * nothing: the answer may be from between its turns. */
static bool watched_is_listed(const struct ChangeInput *input) {
        const struct ServiceFacts *service = input->service;
        const struct DeploymentFacts *deployment;

        if (input->watched->ordinal > 1)
                return false;
        if (has_task_sets(service)) {
                for (size_t i = 0; i < service->n_task_sets; i++)
                        if (text_equal(service->task_sets[i].id, input->watched->deployment))
                                return true;
                return false;
        }

        deployment = service_deployment_by_id(service, input->watched->deployment);
        return deployment && deployment->status == DEPLOYMENT_ACTIVE;
}

/* True once the same has been seen before, `confirm_after` ago or more. */
static bool is_confirmed(struct PendingChange *pending, const char *id,
                         const struct ChangeInput *input) {
        if (text_equal(pending->id, id))
                return input->now >= usec_add(pending->first_seen_at, input->confirm_after);

        snprintf(pending->id, sizeof(pending->id), "%s", id);
        pending->first_seen_at = input->now;
        return false;
}

static bool is_proven_return(const struct ChangeInput *input, const struct Unit *unit,
                             struct PendingChange *pending) {
        if (watched_is_listed(input) || input->rolls_back_status ||
            told_rolling_back(input->service, unit->id, input->watched->started_at) != USEC_UNKNOWN)
                return true;
        return is_confirmed(pending, unit->id, input);
}

/* The action may have led to `unit`: it has left, and its answer did not name another. */
static bool leads_to(const struct ActionRecord *action, const struct Unit *unit, bool backwards) {
        if (action->resulting_deployment)
                return text_equal(action->resulting_deployment, unit->id);
        if (action->calls == 0 || !(action_is_open(action) || action->state == ACTION_DONE))
                return false;
        if (action->method != ROLLBACK_UPDATE_SERVICE && backwards)
                return true;
        return !backwards && unit->created_at >= action->intended_at &&
               text_equal(action->target, unit->task_definition);
}

/* The action of ours that led to `unit`, if one did. */
static const struct OurAction *action_behind(const struct ChangeInput *input,
                                             const struct Unit *unit, bool backwards) {
        for (size_t i = input->n_actions; i-- > 0;)
                if (text_equal(input->actions[i].judged_deployment, input->watched->deployment) &&
                    leads_to(input->actions[i].record, unit, backwards))
                        return input->actions + i;
        return NULL;
}

/* Back to what served before, by a new deployment. Where the watched one has the same task
 * definition as what was before it, the task definition tells nothing; and what replaces a rollback
 * is a new try, not a way back. */
static bool is_source(const struct ChangeInput *input, const struct Unit *unit) {
        const char *before = input->watched->previous_task_definition;

        if (input->watched->kind == ROLLOUT_ROLLBACK)
                return false;
        return before && text_equal(before, unit->task_definition) &&
               !text_equal(before, input->watched->task_definition);
}

static enum RollbackBy returned_by(const struct ChangeInput *input, const struct Unit *unit) {
        const struct DeploymentFacts *watched =
                service_deployment_by_id(input->service, input->watched->deployment);

        if ((watched && watched->rollout_state == ROLLOUT_FAILED) || ecs_rolls_back(input) ||
            told_rolling_back(input->service, unit->id, input->watched->started_at) != USEC_UNKNOWN)
                return BY_ECS;
        return BY_OTHER;
}

/* When a known id became PRIMARY again. Early rather than late: tasks older than this are no
 * evidence about the rollout. */
static usec_t returned_at(const struct ChangeInput *input, const struct Unit *unit,
                          const struct PendingChange *pending) {
        usec_t told = told_rolling_back(input->service, unit->id, input->watched->started_at);

        if (told != USEC_UNKNOWN)
                return told;
        if (unit->updated_at > input->watched->started_at && unit->updated_at <= input->now)
                return unit->updated_at;
        if (text_equal(pending->id, unit->id))
                return pending->first_seen_at;
        return input->now;
}

/* What the service runs when a rollout begins: what the watched one brought if it succeeded or was
 * a way back, else still what was there before it. */
static const char *served_before(const struct ChangeInput *input) {
        const struct Rollout *watched = input->watched;

        if (input->verdict == VERDICT_SUCCEEDED || watched->kind == ROLLOUT_ROLLBACK ||
            !watched->previous_task_definition)
                return watched->task_definition;
        return watched->previous_task_definition;
}

/* Of PRIMARY, once nothing else runs: which of several is whose is not told. */
static const char *only_revision(const struct ServiceFacts *service) {
        return service->n_current_service_revisions == 1 ? service->current_service_revisions[0]
                                                         : NULL;
}

static void begin_rollout(const struct ChangeInput *input, const struct Unit *unit,
                          struct Change *ret) {
        const struct ServiceFacts *service = input->service;

        ret->rollout = (struct Rollout) {
                .service_arn = service->arn,
                .service_created_at = service->created_at,
                .deployment = unit->id,
                .task_definition = unit->task_definition,
                .service_revision = only_revision(service),
                .service_deployment = service->current_service_deployment,
                .started_at = unit->created_at,
        };
        ret->known_id = is_known(input, unit->id);
}

static void set_verdict(const struct ChangeInput *input, enum VerdictKind verdict,
                        const char *reason, struct Change *ret) {
        if (!input->watched || verdict_kind_is_final(input->verdict))
                return;

        ret->has_verdict = true;
        ret->verdict = verdict;
        snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

static void tell_return(const struct ChangeInput *input, const struct Unit *unit,
                        enum RollbackBy by, struct Change *ret) {
        char reason[CHANGE_REASON_MAX];

        snprintf(reason, sizeof(reason), "%s went back from %.80s to %.80s",
                 by == BY_ECS ? "ECS itself" : "somebody else",
                 text_or_empty(arn_short_name(input->watched->task_definition)),
                 text_or_empty(arn_short_name(unit->task_definition)));
        set_verdict(input, VERDICT_REVERTED, reason, ret);
}

static void tell_next(const struct ChangeInput *input, const struct Unit *unit,
                      struct Change *ret) {
        char reason[CHANGE_REASON_MAX];

        snprintf(reason, sizeof(reason), "a newer deployment of %.80s replaced it",
                 text_or_empty(arn_short_name(unit->task_definition)));
        set_verdict(input, VERDICT_SUPERSEDED, reason, ret);
}

/* The rows of the table, in its order. */
static enum ChangeOutcome primary_changed(const struct ChangeInput *input, const struct Unit *unit,
                                          struct PendingChange *pending, struct Change *ret) {
        const struct Rollout *watched = input->watched;
        bool known = is_known(input, unit->id);
        bool backwards = known || unit->created_at < watched->started_at;

        if (backwards && !is_proven_return(input, unit, pending))
                return CHANGE_WAIT;

        begin_rollout(input, unit, ret);
        ret->action = action_behind(input, unit, backwards);
        if (ret->action || backwards || is_source(input, unit))
                ret->rollout.kind = ROLLOUT_ROLLBACK;

        if (ret->action)
                ret->rollout.by = BY_US;
        else if (backwards)
                ret->rollout.by = returned_by(input, unit);
        else if (ret->rollout.kind == ROLLOUT_ROLLBACK)
                ret->rollout.by = BY_OTHER;

        ret->rollout.previous_task_definition = ret->rollout.kind == ROLLOUT_ROLLBACK
                                                        ? watched->task_definition
                                                        : served_before(input);
        if (backwards)
                ret->rollout.started_at = returned_at(input, unit, pending);

        if (ret->rollout.kind == ROLLOUT_DEPLOY)
                tell_next(input, unit, ret);
        else if (!ret->action)
                tell_return(input, unit, ret->rollout.by, ret);
        *pending = (struct PendingChange) {};
        return CHANGE_NEW_ROLLOUT;
}

/* What else is listed beside PRIMARY: the newest of them; NULL if nothing is, or with task sets. */
static const struct DeploymentFacts *newest_beside(const struct ServiceFacts *service,
                                                   const char *primary) {
        const struct DeploymentFacts *newest = NULL;

        for (size_t i = 0; i < service->n_deployments; i++) {
                const struct DeploymentFacts *other = service->deployments + i;

                if (other->status == DEPLOYMENT_ACTIVE && !text_equal(other->id, primary) &&
                    (!newest || other->created_at > newest->created_at))
                        newest = other;
        }
        return newest;
}

static enum ChangeOutcome first_sight(const struct ChangeInput *input, const struct Unit *unit,
                                      struct Change *ret) {
        const struct DeploymentFacts *beside = newest_beside(input->service, unit->id);
        usec_t told = told_rolling_back(input->service, unit->id, unit->created_at);

        begin_rollout(input, unit, ret);
        if (unit->completed) {
                ret->last_good = unit->desired > 0 && unit->running >= unit->desired;
                return CHANGE_ADOPTED;
        }

        if (beside)
                ret->rollout.previous_task_definition = beside->task_definition;
        if (told != USEC_UNKNOWN || (beside && beside->created_at > unit->created_at)) {
                ret->rollout.kind = ROLLOUT_ROLLBACK;
                ret->rollout.by = told != USEC_UNKNOWN || ecs_rolls_back(input) ? BY_ECS : BY_OTHER;
                if (told != USEC_UNKNOWN)
                        ret->rollout.started_at = told;
        }
        ret->rollout.before_watch = input->last_known_at == USEC_UNKNOWN ||
                                    unit->created_at <= input->last_known_at ||
                                    usec_sub(input->now, unit->created_at) >= input->act_within;
        return CHANGE_NEW_ROLLOUT;
}

static bool is_gone(const struct ServiceFacts *service) {
        return !service || text_equal(service->status, "DRAINING") ||
               text_equal(service->status, "INACTIVE");
}

static enum ChangeOutcome service_ends(const struct ChangeInput *input,
                                       struct PendingChange *pending, struct Change *ret) {
        if (!is_confirmed(pending, PENDING_GONE, input))
                return CHANGE_WAIT;

        set_verdict(input, VERDICT_SUPERSEDED, "deleted", ret);
        *pending = (struct PendingChange) {};
        return CHANGE_GONE;
}

static enum ChangeOutcome service_is_another(const struct ChangeInput *input,
                                             struct PendingChange *pending, struct Change *ret) {
        if (input->service->created_at < input->watched->service_created_at &&
            !is_confirmed(pending, PENDING_OTHER_SERVICE, input))
                return CHANGE_WAIT;

        set_verdict(input, VERDICT_SUPERSEDED, "deleted; another service has its name now", ret);
        *pending = (struct PendingChange) {};
        return CHANGE_OTHER_SERVICE;
}

static enum ChangeOutcome decide(const struct ChangeInput *input, struct PendingChange *pending,
                                 struct Change *ret) {
        struct Unit unit;

        if (input->service && input->watched &&
            input->service->created_at != input->watched->service_created_at)
                return service_is_another(input, pending, ret);
        if (is_gone(input->service))
                return service_ends(input, pending, ret);
        if (!service_unit(input->service, &unit))
                return CHANGE_NONE;

        if (!input->watched)
                return first_sight(input, &unit, ret);
        if (text_equal(unit.id, input->watched->deployment)) {
                *pending = (struct PendingChange) {};
                return CHANGE_NONE;
        }
        return primary_changed(input, &unit, pending, ret);
}

enum ChangeOutcome change_decide(const struct ChangeInput *input, struct PendingChange *pending,
                                 struct Change *ret) {
        *ret = (struct Change) {};
        ret->outcome = decide(input, pending, ret);
        return ret->outcome;
}
