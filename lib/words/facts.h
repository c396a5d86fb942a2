/* SPDX-License-Identifier: Apache-2.0 */
/* What ECS said about one service in one round of API calls: dated, immutable, spelled as AWS
 * spells it. Source of the members: the ECS API reference (Service, Deployment, Task,
 * TaskDefinition). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"

/* Texts are NULL where ECS gave none; instants USEC_UNKNOWN. Everything lives in the Facts' arena.
 */

enum RolloutState { ROLLOUT_STATE_ABSENT, ROLLOUT_IN_PROGRESS, ROLLOUT_COMPLETED, ROLLOUT_FAILED };
enum DeploymentStatus { DEPLOYMENT_INACTIVE, DEPLOYMENT_ACTIVE, DEPLOYMENT_PRIMARY };
enum Controller { CONTROLLER_ECS, CONTROLLER_CODE_DEPLOY, CONTROLLER_EXTERNAL };
enum HealthStatus { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

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

struct ContainerFacts {
        const char *name, *last_status, *reason;
        bool has_exit_code;
        int64_t exit_code;
        enum HealthStatus health_status;
};

struct TaskFacts {
        const char *arn, *id;   /* id: what follows the last slash of the ARN */
        const char *started_by; /* the deployment's or task set's id */
        const char *task_definition;
        const char *last_status, *desired_status;
        enum HealthStatus health_status;
        const char *stop_code, *stopped_reason;
        usec_t created_at, started_at, stopping_at, stopped_at;
        const char *container_instance_arn, *availability_zone;
        const struct ContainerFacts *containers;
        size_t n_containers;
};

/* Where a container writes to: its logConfiguration. */
struct ContainerLogFacts {
        const char *container;
        const char *driver;                         /* awslogs, awsfirelens, … */
        const char *group, *region, *stream_prefix; /* of awslogs: its options */
};

/* Immutable in ECS but for its status; asked once a rollout. */
struct TaskDefinitionFacts {
        const char *arn;
        const char *status;              /* ACTIVE, INACTIVE, DELETE_IN_PROGRESS */
        bool has_container_health_check; /* an essential container defines healthCheck */
        const char *const *essential_containers;
        size_t n_essential_containers;
        const struct ContainerLogFacts *logs; /* of the containers that have one */
        size_t n_logs;
};

/* How much one source told in this round. */
enum Completeness { SOURCE_NOT_ASKED, SOURCE_COMPLETE, SOURCE_PARTIAL };

struct SourceFacts {
        enum Completeness completeness;
        usec_t asked_at;     /* AWS's time when the first call of the source left */
        usec_t answered_at;  /* AWS's time of the last answer */
        bool denied;         /* partial because a permission is missing */
        const char *problem; /* why partial, for people; else NULL */
};

struct Facts {
        struct Arena *arena;  /* owns the facts themselves and the tasks */
        struct Arena *answer; /* one reference on what `service` lives in, which a round's services
                                 share; or NULL */
        struct ServiceFacts service;
        struct SourceFacts service_source;
        /* Tasks whose startedBy is the watched rollout's id; both lists in one array, told apart by
         * desired_status. */
        const struct TaskFacts *tasks;
        size_t n_tasks;
        struct SourceFacts stopped_source, running_source;
        /* Ids of all tasks that ListTasks(RUNNING) named, so that one that vanished can be noticed.
         */
        const char *const *running_ids;
        size_t n_running_ids;
        const struct TaskDefinitionFacts *task_definition; /* NULL: not asked or not told */
};

void facts_free(struct Facts *facts); /* NULL is fine; drops both arenas */
DEFINE_FREEP(struct Facts, facts_free)

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
const char *health_status_name(enum HealthStatus status);
