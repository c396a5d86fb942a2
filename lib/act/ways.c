/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to act, a row a way. */
#include "act/act.h"

#include "base/macros.h"
#include "base/text.h"

/* A new deployment of the target, younger than the intent: or the one that the answer named. */
static bool update_service_took_effect(const struct ActionRecord *action,
                                       const struct Rollout *judged,
                                       const struct ActionSeen *seen) {
        const struct DeploymentFacts *primary = service_primary(seen->service);

        (void) judged;
        if (!primary)
                return false;
        if (action->resulting_deployment)
                return text_equal(action->resulting_deployment, primary->id);
        return text_equal(action->target, primary->task_definition) &&
               primary->created_at >= action->intended_at;
}

/* ECS goes back by itself at our word: it says so while the judged one is still PRIMARY; then the
 * old one is PRIMARY again, or a new one of its task definition. */
static bool stop_deployment_took_effect(const struct ActionRecord *action,
                                        const struct Rollout *judged,
                                        const struct ActionSeen *seen) {
        const struct DeploymentFacts *primary = service_primary(seen->service);

        if (text_equal(seen->primary, judged->deployment))
                return seen->ecs_rolls_back;
        return primary && (primary->created_at < action->intended_at ||
                           text_equal(primary->task_definition, action->target));
}

/* CodeDeploy goes back: what the service moves to is older than the judged one. */
static bool code_deploy_took_effect(const struct ActionRecord *action, const struct Rollout *judged,
                                    const struct ActionSeen *seen) {
        const struct TaskSetFacts *set = service_newest_task_set(seen->service);

        (void) action;
        return set && !text_equal(set->id, judged->deployment) &&
               set->created_at < judged->started_at;
}

/* The one before has it all, and the judged one nothing. */
static bool task_set_took_effect(const struct ActionRecord *action, const struct Rollout *judged,
                                 const struct ActionSeen *seen) {
        (void) judged;
        return text_equal(seen->primary, action->handle);
}

/* It runs no tasks on purpose; desired_count is the service's. */
static bool quiesce_took_effect(const struct ActionRecord *action, const struct Rollout *judged,
                                const struct ActionSeen *seen) {
        (void) action;
        return text_equal(seen->primary, judged->deployment) && seen->service->desired_count == 0;
}

/* It is not ACTIVE any more: DRAINING, or gone. */
static bool drain_took_effect(const struct ActionRecord *action, const struct Rollout *judged,
                              const struct ActionSeen *seen) {
        (void) action;
        (void) judged;
        return !text_equal(seen->subject->host.status, "ACTIVE");
}

static bool scale_took_effect(const struct ActionRecord *action, const struct Rollout *judged,
                              const struct ActionSeen *seen) {
        (void) judged;
        return seen->subject->group.desired >= action->amount;
}

static bool runs_something(const struct ActionSeen *seen) {
        return seen->service->running_count > 0;
}

static const struct Way WAYS[] = {
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_UPDATE_SERVICE,
                .call = "UpdateService",
                .took_effect = update_service_took_effect,
                .left = ROLLBACK_NEVER,
                .success = "a deployment of the target, younger than the intent, is PRIMARY",
                .by_hand = "roll back by hand",
        },
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_STOP_DEPLOYMENT,
                .call = "StopServiceDeployment",
                .took_effect = stop_deployment_took_effect,
                .left = ROLLBACK_UPDATE_SERVICE,
                .success =
                        "ECS says that it rolls back, or the old deployment or its task definition is PRIMARY again",
                .by_hand = "roll back by hand",
        },
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_CODE_DEPLOY,
                .call = "CodeDeploy's StopDeployment",
                .took_effect = code_deploy_took_effect,
                .left = ROLLBACK_NEVER,
                .success = "the task set that the service moves to is older than the judged one",
                .by_hand =
                        "stop the deployment in CodeDeploy, or deploy the revision before it again",
        },
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_TASK_SET,
                .call = "UpdateTaskSet and UpdateServicePrimaryTaskSet",
                .took_effect = task_set_took_effect,
                .left = ROLLBACK_NEVER,
                .success =
                        "the task set before the judged one has the whole share, and the judged one none",
                .by_hand = "make the task set before it primary, and scale this one to zero",
        },
        {
                .kind = ACTION_QUIESCE,
                .method = ROLLBACK_NEVER,
                .call = "UpdateService (desiredCount 0)",
                .took_effect = quiesce_took_effect,
                .left = ROLLBACK_NEVER,
                .success = "the judged deployment is PRIMARY and the service's desired count is 0",
                .is_in_use = runs_something,
                .by_hand = "set the service's desired count to 0 by hand",
                .undo = "its desired count is 0 now; set it again with the deployment that repairs it",
        },
        {
                .kind = ACTION_DRAIN_HOST,
                .method = ROLLBACK_NEVER,
                .call = "UpdateContainerInstancesState (DRAINING)",
                .took_effect = drain_took_effect,
                .left = ROLLBACK_NEVER,
                .success = "the container instance is not ACTIVE",
                .has_subject = true,
                .by_hand = "drain the container instance by hand",
                .undo = "it is DRAINING now; repair or replace it, or set it to ACTIVE again",
        },
        {
                .kind = ACTION_SCALE_OUT,
                .method = ROLLBACK_NEVER,
                .call = "SetDesiredCapacity",
                .took_effect = scale_took_effect,
                .left = ROLLBACK_NEVER,
                .success = "the group's desired capacity is what was to be set, or more",
                .has_subject = true,
                .by_hand = "scale the group out by hand",
                .undo = "scaling in again is up to whoever runs the group",
        },
};

const struct Way *way_of(enum ActionKind kind, enum RollbackMethod method) {
        for (size_t i = 0; i < ARRAY_SIZE(WAYS); i++)
                if (WAYS[i].kind == kind && WAYS[i].method == method)
                        return WAYS + i;
        return NULL;
}

const struct Way *way_row(size_t row) {
        return row < ARRAY_SIZE(WAYS) ? WAYS + row : NULL;
}
