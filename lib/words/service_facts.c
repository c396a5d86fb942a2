/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that every stage asks of a service. */
#include "words/service_facts.h"

#include "base/text.h"

const struct DeploymentFacts *service_primary(const struct ServiceFacts *service) {
        for (size_t i = 0; i < service->n_deployments; i++)
                if (service->deployments[i].status == DEPLOYMENT_PRIMARY)
                        return service->deployments + i;
        return NULL;
}

const struct DeploymentFacts *service_deployment_by_id(const struct ServiceFacts *service,
                                                       const char *id) {
        for (size_t i = 0; i < service->n_deployments; i++)
                if (text_equal(service->deployments[i].id, id))
                        return service->deployments + i;
        return NULL;
}

const struct TaskSetFacts *service_newest_task_set(const struct ServiceFacts *service) {
        const struct TaskSetFacts *newest = NULL;
        bool newest_has_share = false;

        for (size_t i = 0; i < service->n_task_sets; i++) {
                const struct TaskSetFacts *set = service->task_sets + i;

                bool has_share = set->computed_desired_count > 0 || service->desired_count == 0;

                if (text_equal(set->status, "DRAINING"))
                        continue;
                if (!newest || (has_share && !newest_has_share) ||
                    (has_share == newest_has_share && set->created_at > newest->created_at)) {
                        newest = set;
                        newest_has_share = has_share;
                }
        }
        return newest;
}

/* Source: API reference, LinearConfiguration, CanaryConfiguration, DeploymentLifecycleHook. */
enum { LINEAR_STEPS_MAX = 34, LINEAR_MINUTES = 6, CANARY_MINUTES = 10, HOOK_MINUTES = 1440 };

static int64_t given_or(int64_t given, int64_t otherwise) {
        return given > 0 ? given : otherwise;
}

usec_t service_waits_by_itself(const struct ServiceFacts *service) {
        int64_t minutes = service->bake_time_minutes;

        if (text_equal(service->strategy, "LINEAR"))
                minutes += LINEAR_STEPS_MAX * given_or(service->step_bake_minutes, LINEAR_MINUTES);
        if (text_equal(service->strategy, "CANARY"))
                minutes += given_or(service->step_bake_minutes, CANARY_MINUTES);
        if (service->has_lifecycle_hooks)
                minutes += HOOK_MINUTES;
        return (usec_t) minutes * USEC_PER_MINUTE;
}

const char *rollout_state_name(enum RolloutState state) {
        static const char *const names[] = {
                [ROLLOUT_STATE_ABSENT] = "",
                [ROLLOUT_IN_PROGRESS] = "IN_PROGRESS",
                [ROLLOUT_COMPLETED] = "COMPLETED",
                [ROLLOUT_FAILED] = "FAILED",
        };

        return names[state];
}

const char *controller_name(enum Controller controller) {
        static const char *const names[] = {
                [CONTROLLER_ECS] = "ECS",
                [CONTROLLER_CODE_DEPLOY] = "CODE_DEPLOY",
                [CONTROLLER_EXTERNAL] = "EXTERNAL",
        };

        return names[controller];
}
