/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/objection.h"

#include "base/macros.h"
#include "base/text.h"
#include "words/arn.h"

/* Each states its reason and answers true when it speaks against acting. */
typedef bool (*Objection)(const struct Question *question, char reason[DECISION_REASON_MAX]);

static bool is_rollback(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (question->judged->rollout->kind != ROLLOUT_ROLLBACK)
                return false;
        return decision_object(
                reason,
                "this rollout is itself a rollback, and a rollback is never rolled back: this needs a person");
}

static bool was_acted_on(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (!question->history->already_acted[question->kind])
                return false;
        if (question->kind == ACTION_ROLLBACK)
                return decision_object(reason, "this rollout was rolled back once already");
        return decision_object(reason, "%s was done for this rollout once already",
                               action_kind_name(question->kind));
}

/* What is quiesced serves nobody: it is the service's first deployment, and none of its tasks ever
 * came to stay. That nothing runs is asked at every look besides (lib/act). */
static bool serves_somebody(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct Judged *judged = question->judged;

        if (question->kind != ACTION_QUIESCE)
                return false;
        if (judged->rollout->started_at >
                    usec_add(judged->rollout->service_created_at, SAME_BEGINNING) ||
            judged->rollout->previous_task_definition || question->history->n_candidates > 0)
                return decision_object(
                        reason,
                        "quiesce is for the first deployment of a service, and this is none");
        if (judged->service->n_deployments > 1)
                return decision_object(reason, "the service has another deployment besides");
        if (judged->verdict->counts.survived > 0)
                return decision_object(reason, "tasks of it have survived: it serves somebody");
        return false;
}

static bool began_before_watch(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (!question->judged->rollout->before_watch)
                return false;
        return decision_object(reason, "the rollout began before we watched this service");
}

bool question_tries_stop(const struct Question *question) {
        return question->entry->rollback == ROLLBACK_AUTO ||
               question->entry->rollback == ROLLBACK_STOP_DEPLOYMENT;
}

/* CodeDeploy can be asked to stop what it started, under `auto` and `stop_deployment`; whoever else
 * runs task sets is taken over from by `task_set` alone. */
static bool may_be_rolled_back(const struct Question *question) {
        switch (question->judged->service->controller) {
        case CONTROLLER_ECS: return true;
        case CONTROLLER_CODE_DEPLOY: return question_tries_stop(question);
        case CONTROLLER_EXTERNAL: return question->entry->rollback == ROLLBACK_TASK_SET;
        }
        return false;
}

static bool has_other_owner(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct ServiceFacts *service = question->judged->service;
        const char *what = action_kind_name(question->kind);
        bool may = question->kind == ACTION_ROLLBACK ? may_be_rolled_back(question)
                                                     : service->controller == CONTROLLER_ECS;

        if (action_has_subject(question->kind))
                return false; /* it is not the service that is changed */
        if (service->managed_by_ecs)
                return decision_object(reason,
                                       "the service is managed by ECS: its controller owns the %s",
                                       what);
        if (may)
                return false;
        return decision_object(
                reason, "the service's deployment controller is %s: its controller owns the %s%s",
                controller_name(service->controller), what,
                question->kind == ACTION_ROLLBACK && service->controller == CONTROLLER_EXTERNAL
                        ? ", unless the policy says `rollback: task_set`"
                        : "");
}

static bool is_too_old(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct Judged *judged = question->judged;
        usec_t age = usec_sub(judged->verdict_at, judged->rollout->started_at);
        usec_t within = usec_add(question->policy->judge.act_within,
                                 service_waits_by_itself(judged->service));
        char was[TIME_TEXT_MAX], limit[TIME_TEXT_MAX];

        if (age <= within)
                return false;
        return decision_object(
                reason, "the rollout was %s old when it was judged, older than act_within (%s%s)",
                duration_format(age, was), duration_format(within, limit),
                within > question->policy->judge.act_within ? " with its bake times and hooks"
                                                            : "");
}

bool native_rollback_is_armed(const struct ServiceFacts *service) {
        return (service->breaker_enabled && service->breaker_rollback) ||
               (service->alarms_enabled && service->alarms_rollback);
}

/* What answers the cause unless the entry's `when` says so itself. */
static bool is_meant_for(const struct Question *question, enum Cause cause) {
        switch (question->kind) {
        case ACTION_DRAIN_HOST: return cause == CAUSE_DISK_FULL || cause == CAUSE_HOST_BAD;
        case ACTION_SCALE_OUT: return cause == CAUSE_CAPACITY;
        case ACTION_QUIESCE:
        case ACTION_ROLLBACK:
        case _ACTION_KIND_COUNT: break;
        }
        return cause_rolls_back_by_default(cause);
}

static bool disk_was_filled_by_others(const struct Question *question,
                                      char reason[DECISION_REASON_MAX]) {
        const struct Verdict *verdict = question->judged->verdict;

        if (question->judged->host_filled_by_rollout)
                return false;
        return decision_object(
                reason,
                "the disk of %s is full and this rollout's own tasks did not fill it: a %s would not free it",
                verdict->instance[0] ? arn_short_name(verdict->instance) : "a host",
                action_kind_name(question->kind));
}

static bool is_native_affair(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (question->kind != ACTION_ROLLBACK ||
            !native_rollback_is_armed(question->judged->service))
                return false;
        return decision_object(
                reason, "ECS declared the failure and its own rollback is armed: ECS rolls back");
}

/* An entry that names the cause overrides the table of causes. */
static bool cause_says_no(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        enum Cause cause = question->judged->verdict->cause;

        if (cause == CAUSE_NONE || policy_entry_names_cause(question->entry, cause))
                return false;

        if (cause == CAUSE_DISK_FULL && !action_has_subject(question->kind))
                return disk_was_filled_by_others(question, reason);
        if (cause == CAUSE_NATIVE_FAILURE && !action_has_subject(question->kind))
                return is_native_affair(question, reason);
        if (is_meant_for(question, cause))
                return false;
        return decision_object(reason,
                               "cause %s is not %s unless the policy's entry names it in `when`",
                               cause_name(cause),
                               question->kind == ACTION_ROLLBACK  ? "rolled back"
                               : question->kind == ACTION_QUIESCE ? "what a service is quiesced for"
                                                                  : "what the remedy is for");
}

static bool is_held(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (!question->history->held)
                return false;
        return decision_object(reason, "%s", question->history->held);
}

/* That the platform is short of room is what scale_out is for. */
static bool is_inhibited(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (!question->history->inhibited || question->kind == ACTION_SCALE_OUT)
                return false;
        return decision_object(reason, "%s", question->history->inhibited);
}

static bool is_out_of_budget(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct History *history = question->history;
        char within[TIME_TEXT_MAX];

        duration_format(history->within, within);
        if (history->accepted_of_service >= history->per_service)
                return decision_object(
                        reason,
                        "the budget is used up: %llu of %llu actions on this service within %s",
                        (unsigned long long) history->accepted_of_service,
                        (unsigned long long) history->per_service, within);
        if (history->accepted_of_fleet >= history->per_fleet)
                return decision_object(
                        reason,
                        "the budget is used up: %llu of %llu actions on all services within %s",
                        (unsigned long long) history->accepted_of_fleet,
                        (unsigned long long) history->per_fleet, within);
        return false;
}

static bool is_unsupported(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        if (question->kind != ACTION_ROLLBACK || question->entry->rollback != ROLLBACK_TASK_SET ||
            question->judged->service->controller == CONTROLLER_EXTERNAL)
                return false;
        return decision_object(
                reason,
                "the policy says `rollback: task_set`, which is for services whose deployment controller is EXTERNAL, and it falls back to no other way");
}

/* ECS has begun: two rollbacks at once would undo each other. */
static bool ecs_is_at_it(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct Judged *judged = question->judged;

        if (!change_ecs_rolls_back(judged->service, judged->rollout))
                return false;
        return decision_object(reason, "ECS itself has begun to roll it back");
}

/* The most permanent first: the reason told is the one that no waiting would have cured. */
static const Objection OBJECTIONS[] = {
        is_rollback,     was_acted_on, began_before_watch, has_other_owner,
        is_unsupported,  is_too_old,   ecs_is_at_it,       cause_says_no,
        serves_somebody, is_held,      is_inhibited,       is_out_of_budget,
};

bool objection_found(const struct Question *question, char ret_reason[DECISION_REASON_MAX]) {
        for (size_t i = 0; i < ARRAY_SIZE(OBJECTIONS); i++)
                if (OBJECTIONS[i](question, ret_reason))
                        return true;
        return false;
}

bool objection_of_the_moment(const struct Question *question,
                             char ret_reason[DECISION_REASON_MAX]) {
        return is_held(question, ret_reason) || is_inhibited(question, ret_reason) ||
               is_out_of_budget(question, ret_reason);
}
