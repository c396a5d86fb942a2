/* SPDX-License-Identifier: Apache-2.0 */
/* A service as DescribeServices shows it, spelled as AWS spells it. Source of the members: the ECS
 * API reference (Service, Deployment, TaskSet, ServiceEvent). Texts are NULL where ECS gave none;
 * instants USEC_UNKNOWN; all borrowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum RolloutState { ROLLOUT_STATE_ABSENT, ROLLOUT_IN_PROGRESS, ROLLOUT_COMPLETED, ROLLOUT_FAILED };
enum DeploymentStatus { DEPLOYMENT_INACTIVE, DEPLOYMENT_ACTIVE, DEPLOYMENT_PRIMARY };
enum Controller { CONTROLLER_ECS, CONTROLLER_CODE_DEPLOY, CONTROLLER_EXTERNAL };

struct DeploymentFacts {
        const char *id; /* ecs-svc/… */
        enum DeploymentStatus status;
        const char *task_definition; /* ARN */
        usec_t created_at, updated_at;
        int64_t desired_count, running_count, pending_count, failed_tasks;
        enum RolloutState rollout_state;
        const char *rollout_state_reason;
};

struct TaskSetFacts {
        const char *id;     /* ecs-svc/… */
        const char *status; /* PRIMARY, ACTIVE, DRAINING */
        const char *task_definition;
        usec_t created_at;
        int64_t computed_desired_count, running_count, pending_count;
        const char *stability_status; /* STEADY_STATE, STABILIZING */
        const char *started_by, *external_id;
};

struct ServiceEvent {
        const char *id;
        usec_t created_at;
        const char *message;
};

struct ServiceFacts {
        const char *arn, *name, *cluster_arn;
        const char *status; /* ACTIVE, DRAINING, INACTIVE */
        const char *task_definition;
        usec_t created_at;
        int64_t desired_count, running_count, pending_count;
        enum Controller controller;
        bool daemon_strategy;                   /* schedulingStrategy DAEMON */
        bool managed_by_ecs;                    /* resourceManagementType ECS */
        bool has_load_balancer;                 /* loadBalancers[] not empty */
        bool breaker_enabled, breaker_rollback; /* deploymentCircuitBreaker */
        bool alarms_enabled, alarms_rollback;
        bool early_success_enabled;
        int64_t health_check_grace_period_seconds;
        const char *strategy; /* ROLLING, BLUE_GREEN, LINEAR, CANARY; NULL reads as ROLLING */
        int64_t bake_time_minutes;
        int64_t step_bake_minutes; /* LINEAR, CANARY; 0: ECS's default */
        bool has_lifecycle_hooks;
        const char *current_service_deployment; /* ARN */
        const char *const *current_service_revisions;
        size_t n_current_service_revisions;
        const struct DeploymentFacts *deployments;
        size_t n_deployments;
        const struct TaskSetFacts *task_sets;
        size_t n_task_sets;
        const struct ServiceEvent *events;
        size_t n_events;
};

/* For how long at most a deployment of it stands still by its own configuration: bake times, and
 * what a lifecycle hook may wait for. */
usec_t service_waits_by_itself(const struct ServiceFacts *service);

/* The PRIMARY deployment, wherever it stands in the array; NULL if there is none. */
const struct DeploymentFacts *service_primary(const struct ServiceFacts *service);
const struct DeploymentFacts *service_deployment_by_id(const struct ServiceFacts *service,
                                                       const char *id);

/* With CODE_DEPLOY and EXTERNAL: the newest task set that is not DRAINING and has a share of the
 * desired count, else the newest that is not DRAINING; NULL if there is none. */
const struct TaskSetFacts *service_newest_task_set(const struct ServiceFacts *service);

/* The service's names as ECS returns them in API texts. */
const char *rollout_state_name(enum RolloutState state); /* "" for absent */
const char *controller_name(enum Controller controller);
