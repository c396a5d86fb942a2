/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/way.h"

#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"
#include "judge/objection.h"
#include "judge/remedy.h"
#include "judge/target.h"
#include "words/arn.h"

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

/* The way to `ret->target`. False: there is none, and why. */
static bool choose_way(const struct Question *question, bool stop_is_open, struct Decision *ret) {
        bool stops = stop_is_open && !stop_leads_elsewhere(question, ret->target, ret->reason);

        ret->method = stops ? ROLLBACK_STOP_DEPLOYMENT : ROLLBACK_UPDATE_SERVICE;
        ret->falls_back = stops && question->entry->rollback == ROLLBACK_AUTO &&
                          !has_same_task_definition(question->judged->deployment);
        if (stops)
                snprintf(ret->handle, sizeof(ret->handle), "%s", question->judged->deployment->arn);
        if (stops || question->entry->rollback != ROLLBACK_STOP_DEPLOYMENT)
                return true;
        ret->method = ROLLBACK_STOP_DEPLOYMENT;
        return false;
}

/* ---- to what ---- */

static enum TargetOutcome find_target(const struct Question *question, bool same_will_do,
                                      struct Decision *ret) {
        const struct History *history = question->history;
        struct TargetChoice choice;
        enum TargetOutcome outcome =
                target_choose(history->candidates, history->n_candidates, question->judged->rollout,
                              same_will_do, history->max_age, question->now, &choice);

        if (outcome == TARGET_NONE) {
                ret->kind = DECISION_SKIP;
                decision_object(ret->reason, "there is nothing to go back to%s%s%s%s",
                                choice.refusals[0] ? ": " : "", choice.refusals,
                                history->past_problem
                                        ? "; what ECS completed before cannot be seen: "
                                        : "",
                                text_or_empty(history->past_problem));
        } else
                snprintf(ret->target, sizeof(ret->target), "%s", choice.candidate->task_definition);
        return outcome;
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
        else if (what == DECIDE_ASK_PAST)
                decision_object(ret->reason, "asking ECS what it has completed before");
        else if (what == DECIDE_ASK_TASK_DEFINITION)
                decision_object(ret->reason, "asking ECS whether %s is still there",
                                arn_short_name(ret->target));
        else
                decision_object(ret->reason, "asking ECS for its service deployment");
        return what;
}

/* ---- task sets ---- */

/* Where the service goes when the judged one gives way: PRIMARY, unless it is the judged one, else
 * the newest older one. NULL: none is left. */
static const struct TaskSetFacts *set_before(const struct Question *question) {
        const struct ServiceFacts *service = question->judged->service;
        const struct Rollout *rollout = question->judged->rollout;
        const struct TaskSetFacts *before = NULL;

        for (size_t i = 0; i < service->n_task_sets; i++) {
                const struct TaskSetFacts *set = service->task_sets + i;

                if (text_equal(set->id, rollout->deployment) ||
                    text_equal(set->status, "DRAINING") || set->created_at > rollout->started_at)
                        continue;
                if (text_equal(set->status, "PRIMARY"))
                        return set;
                if (!before || set->created_at > before->created_at)
                        before = set;
        }
        return before;
}

static const struct TaskSetFacts *judged_set(const struct Question *question) {
        const struct ServiceFacts *service = question->judged->service;

        for (size_t i = 0; i < service->n_task_sets; i++)
                if (text_equal(service->task_sets[i].id, question->judged->rollout->deployment))
                        return service->task_sets + i;
        return NULL;
}

/* What the call names; "": there is nothing that it could name. */
static const char *set_handle(const struct Question *question, const struct TaskSetFacts *before) {
        const struct TaskSetFacts *judged = judged_set(question);

        if (question->judged->service->controller == CONTROLLER_EXTERNAL)
                return before->id;
        return judged && text_equal(judged->started_by, "CODE_DEPLOY")
                       ? text_or_empty(judged->external_id)
                       : "";
}

/* True: something speaks against it, with the reason. */
static bool sets_refuse(const struct Question *question, struct Decision *ret) {
        const struct TaskSetFacts *before = set_before(question);

        if (!before)
                return decision_object(
                        ret->reason,
                        "the task set before it is gone: deploy the revision before it again");
        if (!text_equal(before->task_definition, ret->target))
                return decision_object(ret->reason,
                                       "the task set before it runs %s, and it would go back to %s",
                                       arn_short_name(before->task_definition),
                                       arn_short_name(ret->target));
        snprintf(ret->handle, sizeof(ret->handle), "%s", set_handle(question, before));
        if (ret->handle[0] == '\0')
                return decision_object(ret->reason,
                                       "CodeDeploy did not start its task set, so it is not asked");
        return false;
}

static bool is_same_again(const struct Question *question) {
        const struct TaskSetFacts *before = set_before(question);

        return before &&
               text_equal(before->task_definition, question->judged->rollout->task_definition);
}

static enum DecideOutcome choose_sets(const struct Question *question, struct Decision *ret) {
        ret->method = question->judged->service->controller == CONTROLLER_EXTERNAL
                              ? ROLLBACK_TASK_SET
                              : ROLLBACK_CODE_DEPLOY;
        switch (find_target(question, is_same_again(question), ret)) {
        case TARGET_NONE: return DECIDED;
        case TARGET_ASK: return ask(question, DECIDE_ASK_TASK_DEFINITION, ret);
        case TARGET_CHOSEN: break;
        }
        ret->kind = DECISION_SKIP;
        if (!sets_refuse(question, ret))
                ret->kind = DECISION_ACT;
        return DECIDED;
}

/* Before it is said that there is nothing: what has ECS completed? */
static enum DecideOutcome nothing_known(const struct Question *question, struct Decision *ret) {
        return question->history->past_asked ? DECIDED : ask(question, DECIDE_ASK_PAST, ret);
}

static enum DecideOutcome choose_rollback(const struct Question *question, struct Decision *ret) {
        char closed[DECISION_REASON_MAX] = "";
        bool stop_is_open;

        if (question_tries_stop(question) && !question->judged->deployment_asked)
                return ask(question, DECIDE_ASK_SERVICE_DEPLOYMENT, ret);
        stop_is_open = question_tries_stop(question) && !stop_is_closed(question, closed);

        switch (find_target(question,
                            stop_is_open && has_same_task_definition(question->judged->deployment),
                            ret)) {
        case TARGET_NONE: return nothing_known(question, ret);
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
        ret->kind = DECISION_ACT;
        return DECIDED;
}

static enum DecideOutcome choose_remedy(const struct Question *question, struct Decision *ret) {
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
        ret->kind = DECISION_ACT;
        return DECIDED;
}

enum DecideOutcome way_choose(const struct Question *question, struct Decision *ret) {
        if (question->kind != ACTION_ROLLBACK)
                return choose_remedy(question, ret);
        return question->judged->service->controller == CONTROLLER_ECS
                       ? choose_rollback(question, ret)
                       : choose_sets(question, ret);
}
