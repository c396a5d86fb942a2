/* SPDX-License-Identifier: Apache-2.0 */
/* Whether to act: what refuses for good is asked first, then what makes us wait, then by which way
 * and to what, and last whether we only say so. */
#include "judge/decide.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "judge/remedy.h"
#include "judge/target.h"
#include "words/arn.h"

struct Question { /* all that one decision looks at */
        const struct Policy *policy;
        const struct PolicyEntry *entry;
        const struct Judged *judged;
        const struct History *history;
        enum ActionKind kind; /* the entry's */
        usec_t now;
};

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

static bool has_other_owner(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct ServiceFacts *service = question->judged->service;
        const char *what = action_kind_name(question->kind);

        if (action_has_subject(question->kind))
                return false; /* it is not the service that is changed */

        if (service->controller != CONTROLLER_ECS)
                return decision_object(
                        reason,
                        "the service's deployment controller is %s: its controller owns the %s",
                        controller_name(service->controller), what);
        if (service->managed_by_ecs)
                return decision_object(reason,
                                       "the service is managed by ECS: its controller owns the %s",
                                       what);
        return false;
}

static bool is_too_old(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct Judged *judged = question->judged;
        usec_t age = usec_sub(judged->verdict_at, judged->rollout->started_at);
        char was[TIME_TEXT_MAX], limit[TIME_TEXT_MAX];

        if (age <= question->policy->judge.act_within)
                return false;
        return decision_object(
                reason, "the rollout was %s old when it was judged, older than act_within (%s)",
                duration_format(age, was),
                duration_format(question->policy->judge.act_within, limit));
}

static bool native_rollback_is_armed(const struct ServiceFacts *service) {
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
        if (history->accepted_rollbacks_of_service >= history->per_service)
                return decision_object(
                        reason,
                        "the budget is used up: %llu of %llu actions on this service within %s",
                        (unsigned long long) history->accepted_rollbacks_of_service,
                        (unsigned long long) history->per_service, within);
        if (history->accepted_rollbacks_of_fleet >= history->per_fleet)
                return decision_object(
                        reason,
                        "the budget is used up: %llu of %llu actions on all services within %s",
                        (unsigned long long) history->accepted_rollbacks_of_fleet,
                        (unsigned long long) history->per_fleet, within);
        return false;
}

static bool is_unsupported(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        switch (question->entry->rollback) {
        case ROLLBACK_NEVER:
        case ROLLBACK_AUTO:
        case ROLLBACK_STOP_DEPLOYMENT:
        case ROLLBACK_UPDATE_SERVICE: return false;
        case ROLLBACK_TASK_SET: break;
        }
        return decision_object(
                reason,
                "the policy says `rollback: %s`, which is not supported yet, and it falls back to no other way",
                rollback_method_name(question->entry->rollback));
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

static usec_t native_turn_ends(const struct Question *question) {
        const struct Judged *judged = question->judged;
        usec_t end = usec_add(judged->verdict_at, question->policy->judge.native_grace);

        if (judged->native_failed_since != USEC_UNKNOWN)
                end = MIN(end, usec_add(judged->native_failed_since, NATIVE_STANDSTILL));
        return end;
}

static bool ecs_goes_first(const struct Question *question, struct Decision *ret) {
        usec_t end = native_turn_ends(question);

        if (action_has_subject(question->kind) || question->policy->native == NATIVE_RACE ||
            !native_rollback_is_armed(question->judged->service) || question->now >= end)
                return false;

        ret->kind = DECISION_WAIT;
        ret->wait_until = end;
        return decision_object(
                ret->reason,
                "ECS's own rollback is configured and goes first; ours follows if nothing has happened by then");
}

/* Asked at once, so that a yes can be given while ECS goes first. */
static bool waits_for_approval(const struct Question *question, struct Decision *ret) {
        const struct Policy *policy = question->policy;
        usec_t end = usec_add(question->judged->verdict_at, policy->confirm_within);
        char text[TIME_TEXT_MAX];

        if (policy->mode != MODE_CONFIRM || question->history->approved_by)
                return false;
        if (question->now >= end) {
                ret->kind = DECISION_SKIP;
                return decision_object(
                        ret->reason,
                        "the policy's mode is confirm, and nobody approved it within %s",
                        duration_format(policy->confirm_within, text));
        }
        ret->kind = DECISION_WAIT;
        ret->wait_until = end;
        ret->wants_approval = true;
        return decision_object(
                ret->reason,
                "the policy's mode is confirm: it waits for `ecswatchctl approve` until %s",
                time_format_rfc3339(end, text));
}

/* When the platform fails, others follow: the first ones must not slip through the brake. */
static bool waits_for_others(const struct Question *question, struct Decision *ret) {
        const struct InhibitRule *rule = &question->history->inhibit;
        usec_t end = usec_add(question->judged->verdict_at, rule->hold);

        if (question->kind == ACTION_SCALE_OUT || rule->services == 0 ||
            !inhibit_rule_has(rule, question->judged->verdict->cause) || question->now >= end)
                return false;
        ret->kind = DECISION_WAIT;
        ret->wait_until = end;
        return decision_object(
                ret->reason,
                "cause %s may be the platform's: it waits whether other services fail like it (safety.inhibit.hold)",
                cause_name(question->judged->verdict->cause));
}

static bool only_tells(const struct Question *question, struct Decision *ret) {
        if (question->history->dry_run)
                decision_object(ret->reason, "the daemon runs with --dry-run");
        else if (question->policy->mode == MODE_OBSERVE)
                decision_object(ret->reason, "the policy's mode is observe");
        else
                return false;

        ret->kind = DECISION_WOULD;
        return true;
}

static bool is_objected(const struct Question *question, struct Decision *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(OBJECTIONS); i++)
                if (OBJECTIONS[i](question, ret->reason)) {
                        ret->kind = DECISION_SKIP;
                        return true;
                }
        return false;
}

/* ---- which way ---- */

static bool began_with(const struct ServiceDeploymentFacts *deployment,
                       const struct Rollout *rollout) {
        usec_t from = usec_sub(deployment->created_at, SAME_BEGINNING);
        usec_t to = usec_add(MAX(deployment->created_at, deployment->started_at), SAME_BEGINNING);

        return rollout->started_at >= from && rollout->started_at <= to;
}

/* What speaks against StopServiceDeployment, whatever the target: it is open, it is the judged
 * one's own, and it has one revision to go back to. */
static bool stop_is_closed(const struct Question *question, char reason[DECISION_REASON_MAX]) {
        const struct Judged *judged = question->judged;
        const struct ServiceDeploymentFacts *deployment = judged->deployment;

        if (!deployment)
                return decision_object(reason, "the service deployment is not known: %s",
                                       judged->deployment_problem ? judged->deployment_problem
                                                                  : "ECS names none");
        if (deployment->status != SERVICE_DEPLOYMENT_PENDING &&
            deployment->status != SERVICE_DEPLOYMENT_IN_PROGRESS)
                return decision_object(
                        reason, "the service deployment is %s: it cannot be stopped any more",
                        service_deployment_status_name(deployment->status));
        if (!text_equal(deployment->task_definition, judged->rollout->task_definition) ||
            !began_with(deployment, judged->rollout))
                return decision_object(reason, "the current service deployment is another one");
        if (deployment->n_source_revisions != 1 || !deployment->source_task_definition)
                return decision_object(
                        reason, "the service deployment has no single revision to go back to");
        return false;
}

static bool stop_leads_elsewhere(const struct Question *question, const char *target,
                                 char reason[DECISION_REASON_MAX]) {
        const char *source = question->judged->deployment->source_task_definition;

        if (text_equal(source, target))
                return false;
        return decision_object(reason, "StopServiceDeployment would lead to %s, not to %s",
                               arn_short_name(source), arn_short_name(target));
}

/* Another revision of the service has the same task definition: UpdateService cannot lead there. */
static bool has_same_task_definition(const struct ServiceDeploymentFacts *deployment) {
        return text_equal(deployment->task_definition, deployment->source_task_definition) &&
               !text_equal(deployment->target_revision, deployment->source_revisions[0]);
}

static bool tries_stop(const struct Question *question) {
        return question->entry->rollback == ROLLBACK_AUTO ||
               question->entry->rollback == ROLLBACK_STOP_DEPLOYMENT;
}

/* The way to `ret->target`. False: there is none, and why. */
static bool choose_way(const struct Question *question, bool stop_is_open, struct Decision *ret) {
        bool stops = stop_is_open && !stop_leads_elsewhere(question, ret->target, ret->reason);

        ret->method = stops ? ROLLBACK_STOP_DEPLOYMENT : ROLLBACK_UPDATE_SERVICE;
        ret->falls_back = stops && question->entry->rollback == ROLLBACK_AUTO &&
                          !has_same_task_definition(question->judged->deployment);
        if (stops)
                snprintf(ret->service_deployment, sizeof(ret->service_deployment), "%s",
                         question->judged->deployment->arn);
        if (stops || question->entry->rollback != ROLLBACK_STOP_DEPLOYMENT)
                return true;
        ret->method = ROLLBACK_STOP_DEPLOYMENT;
        return false;
}

/* ---- to what ---- */

static enum TargetOutcome find_target(const struct Question *question, bool stop_is_open,
                                      struct Decision *ret) {
        const struct History *history = question->history;
        struct TargetChoice choice;
        enum TargetOutcome outcome =
                target_choose(history->candidates, history->n_candidates, question->judged->rollout,
                              stop_is_open &&
                                      has_same_task_definition(question->judged->deployment),
                              history->max_age, question->now, &choice);

        if (outcome == TARGET_NONE) {
                ret->kind = DECISION_SKIP;
                decision_object(ret->reason, "there is nothing to go back to%s%s",
                                choice.refusals[0] ? ": " : "", choice.refusals);
        } else
                snprintf(ret->target, sizeof(ret->target), "%s", choice.candidate->task_definition);
        return outcome;
}

static const struct PolicyEntry *entry_for(const struct Policy *policy,
                                           const struct Judged *judged) {
        const struct ServiceFacts *service = judged->service;

        switch (judged->verdict->kind) {
        case VERDICT_FAILED:
                return policy_entry_for(policy, ON_FAILED, judged->verdict->cause,
                                        service->strategy, service->name);
        case VERDICT_STALLED:
                return policy_entry_for(policy, ON_STALLED, judged->verdict->cause,
                                        service->strategy, service->name);
        case VERDICT_PROGRESSING:
        case VERDICT_SUCCEEDED:
        case VERDICT_SUPERSEDED:
        case VERDICT_REVERTED: break;
        }
        return NULL;
}

/* ---- remedies ---- */

/* What the remedy changes, by name; "": there is nothing to change. */
static const char *subject_of(const struct Question *question) {
        switch (question->kind) {
        case ACTION_DRAIN_HOST: return question->judged->verdict->instance;
        case ACTION_SCALE_OUT: return question->entry->scale_out.group;
        case ACTION_ROLLBACK:
        case ACTION_QUIESCE:
        case _ACTION_KIND_COUNT: break;
        }
        return "";
}

static bool subject_refuses(const struct Question *question, struct Decision *ret) {
        const struct Judged *judged = question->judged;
        const struct RemedyQuestion remedy = {
                .entry = question->entry,
                .target = ret->target,
                .subject = judged->subject,
                .history = question->history,
                .now = question->now,
        };

        if (!judged->subject) {
                ret->kind = question->now < usec_add(judged->verdict_at, SUBJECT_AWAITED)
                                    ? DECISION_WAIT
                                    : DECISION_SKIP;
                ret->wait_until = ret->kind == DECISION_WAIT ? question->now : 0;
                return decision_object(ret->reason, "%s cannot be seen: %s",
                                       arn_short_name(ret->target),
                                       text_or_empty(judged->subject_problem));
        }
        ret->kind = DECISION_SKIP;
        return remedy_is_refused(&remedy, &ret->amount, ret->reason);
}

static enum DecideOutcome ask(const struct Question *question, enum DecideOutcome what,
                              struct Decision *ret) {
        ret->kind = DECISION_WAIT;
        ret->wait_until = question->now;
        if (what == DECIDE_ASK_SUBJECT)
                decision_object(ret->reason, "asking how %s stands", arn_short_name(ret->target));
        else if (what == DECIDE_ASK_TASK_DEFINITION)
                decision_object(ret->reason, "asking ECS whether %s is still there",
                                arn_short_name(ret->target));
        else
                decision_object(ret->reason, "asking ECS for its service deployment");
        return what;
}

static void decide_when(const struct Question *question, struct Decision *ret) {
        ret->reason[0] = '\0';
        if (!only_tells(question, ret) && !waits_for_approval(question, ret) &&
            !waits_for_others(question, ret) && !ecs_goes_first(question, ret))
                ret->kind = DECISION_ACT;
}

/* Nothing speaks against it: by which way, to what, and when. */
static enum DecideOutcome decide_rollback(const struct Question *question, struct Decision *ret) {
        char closed[DECISION_REASON_MAX] = "";
        bool stop_is_open;

        if (tries_stop(question) && !question->judged->deployment_asked)
                return ask(question, DECIDE_ASK_SERVICE_DEPLOYMENT, ret);
        stop_is_open = tries_stop(question) && !stop_is_closed(question, closed);

        switch (find_target(question, stop_is_open, ret)) {
        case TARGET_NONE: return DECIDED;
        case TARGET_ASK: return ask(question, DECIDE_ASK_TASK_DEFINITION, ret);
        case TARGET_CHOSEN: break;
        }
        if (!choose_way(question, stop_is_open, ret)) {
                ret->kind = DECISION_SKIP;
                if (!stop_is_open)
                        decision_object(ret->reason, "%s, and the policy allows no other way",
                                        closed);
                return DECIDED;
        }
        decide_when(question, ret);
        return DECIDED;
}

static enum DecideOutcome decide_remedy(const struct Question *question, struct Decision *ret) {
        snprintf(ret->target, sizeof(ret->target), "%s", subject_of(question));
        if (action_has_subject(question->kind)) {
                if (ret->target[0] == '\0') {
                        ret->kind = DECISION_SKIP;
                        decision_object(ret->reason, "the verdict blames no container instance");
                        return DECIDED;
                }
                if (!question->judged->subject_asked)
                        return ask(question, DECIDE_ASK_SUBJECT, ret);
                if (subject_refuses(question, ret))
                        return DECIDED;
        }
        decide_when(question, ret);
        return DECIDED;
}

static bool asks_for_nothing(const struct PolicyEntry *entry) {
        return !entry || !entry->has_action ||
               (entry->action == ACTION_ROLLBACK && entry->rollback == ROLLBACK_NEVER);
}

enum DecideOutcome policy_decide(const struct Policy *policy, const struct Judged *judged,
                                 const struct History *history, usec_t now, struct Decision *ret) {
        const struct PolicyEntry *entry = entry_for(policy, judged);
        const struct Question question = {
                .policy = policy,
                .entry = entry,
                .judged = judged,
                .history = history,
                .kind = entry ? entry->action : ACTION_ROLLBACK,
                .now = now,
        };

        *ret = (struct Decision) {.kind = DECISION_NOTHING, .method = ROLLBACK_NEVER};
        if (asks_for_nothing(question.entry))
                return DECIDED;

        ret->action = question.entry->action;
        if (ret->action == ACTION_ROLLBACK)
                ret->method = question.entry->rollback == ROLLBACK_AUTO ? ROLLBACK_UPDATE_SERVICE
                                                                        : question.entry->rollback;
        if (is_objected(&question, ret))
                return DECIDED;
        return ret->action == ACTION_ROLLBACK ? decide_rollback(&question, ret)
                                              : decide_remedy(&question, ret);
}

const struct PolicyEntry *decision_entry(const struct Policy *policy, const struct Judged *judged,
                                         enum ActionKind kind) {
        const struct PolicyEntry *entry = entry_for(policy, judged);

        return asks_for_nothing(entry) || entry->action != kind ? NULL : entry;
}

bool decision_is_forbidden(const struct Policy *policy, const struct History *history,
                           enum ActionKind kind, char ret_reason[DECISION_REASON_MAX]) {
        const struct Question question = {.policy = policy, .history = history, .kind = kind};
        struct Decision would;

        if (only_tells(&question, &would)) {
                decision_object(ret_reason, "%s", would.reason);
                return true;
        }
        if (policy->mode == MODE_CONFIRM && !history->approved_by)
                return decision_object(
                        ret_reason, "the policy's mode is confirm by now, and nobody approved it");
        return is_held(&question, ret_reason) || is_inhibited(&question, ret_reason) ||
               is_out_of_budget(&question, ret_reason);
}
