/* SPDX-License-Identifier: Apache-2.0 */
/* The API's enumerations, and what the control plane refuses: numbers here, AWS's spelling by
 * table. */
#pragma once

enum SimLaunch { SIM_FARGATE, SIM_EC2 };
enum SimController { SIM_CONTROLLER_ECS, SIM_CONTROLLER_CODE_DEPLOY, SIM_CONTROLLER_EXTERNAL };
enum SimStrategyKind { SIM_ROLLING, SIM_BLUE_GREEN, SIM_LINEAR, SIM_CANARY };
enum SimStage {
        SIM_STAGE_SCALE_UP,
        SIM_STAGE_POST_SCALE_UP,
        SIM_STAGE_PRODUCTION_TRAFFIC_SHIFT,
        SIM_STAGE_BAKE_TIME,
        SIM_STAGE_CLEAN_UP,
};
enum SimScheduling { SIM_REPLICA, SIM_DAEMON };
enum SimInstanceStatus { SIM_INSTANCE_ACTIVE, SIM_INSTANCE_DRAINING, SIM_INSTANCE_INACTIVE };
enum SimServiceStatus { SIM_SERVICE_ACTIVE, SIM_SERVICE_DRAINING, SIM_SERVICE_INACTIVE };
enum SimDeploymentStatus { SIM_PRIMARY, SIM_ACTIVE, SIM_INACTIVE };
enum SimRollout { SIM_IN_PROGRESS, SIM_COMPLETED, SIM_FAILED };
enum SimHealth { SIM_UNKNOWN, SIM_HEALTHY, SIM_UNHEALTHY };
enum SimThreshold { SIM_BOUNDED_PERCENT, SIM_UNBOUNDED_PERCENT, SIM_COUNT };

enum SimTaskStatus {
        SIM_PROVISIONING,
        SIM_PENDING,
        SIM_ACTIVATING,
        SIM_RUNNING,
        SIM_DEACTIVATING,
        SIM_STOPPING,
        SIM_DEPROVISIONING,
        SIM_STOPPED,
};

enum SimStopCode {
        SIM_STOP_NONE,
        SIM_TASK_FAILED_TO_START,
        SIM_ESSENTIAL_CONTAINER_EXITED,
        SIM_USER_INITIATED,
        SIM_SERVICE_SCHEDULER_INITIATED,
        SIM_SPOT_INTERRUPTION,
        SIM_TERMINATION_NOTICE,
};

enum SimServiceDeploymentStatus {
        SIM_SD_PENDING,
        SIM_SD_IN_PROGRESS,
        SIM_SD_SUCCESSFUL,
        SIM_SD_STOPPED,
        SIM_SD_ROLLBACK_REQUESTED,
        SIM_SD_ROLLBACK_IN_PROGRESS,
        SIM_SD_ROLLBACK_SUCCESSFUL,
        SIM_SD_ROLLBACK_FAILED,
};

enum SimBreakerStatus {
        SIM_BREAKER_DISABLED,
        SIM_BREAKER_MONITORING,
        SIM_BREAKER_MONITORING_COMPLETE,
        SIM_BREAKER_TRIGGERED,
};

/* Whether Fargate has room. */
enum SimCapacity {
        SIM_CAPACITY_AVAILABLE,
        SIM_CAPACITY_UNAVAILABLE,
        SIM_CAPACITY_TASK_LIMIT,
        SIM_CAPACITY_VCPU_LIMIT,
        SIM_CAPACITY_INTERNAL_ERROR,
};

const char *sim_launch_name(enum SimLaunch launch);
const char *sim_controller_name(enum SimController controller);
const char *sim_strategy_name(enum SimStrategyKind kind);
const char *sim_stage_name(enum SimStage stage);
const char *sim_scheduling_name(enum SimScheduling scheduling);
const char *sim_instance_status_name(enum SimInstanceStatus status);
const char *sim_service_status_name(enum SimServiceStatus status);
const char *sim_deployment_status_name(enum SimDeploymentStatus status);
const char *sim_rollout_name(enum SimRollout rollout);
const char *sim_health_name(enum SimHealth health);
const char *sim_threshold_name(enum SimThreshold threshold);
const char *sim_task_status_name(enum SimTaskStatus status);
const char *sim_stop_code_name(enum SimStopCode code); /* NULL for NONE */
const char *sim_service_deployment_status_name(enum SimServiceDeploymentStatus status);
const char *sim_breaker_status_name(enum SimBreakerStatus status);

/* Outcomes of operations besides 0 and a negative errno: what ECS would refuse. */
enum SimRefusal {
        SIM_REFUSED_CLUSTER_NOT_FOUND = 1,
        SIM_REFUSED_SERVICE_NOT_FOUND,
        SIM_REFUSED_SERVICE_NOT_ACTIVE,
        SIM_REFUSED_SERVICE_EXISTS,
        SIM_REFUSED_SERVICE_RUNNING, /* DeleteService without force */
        SIM_REFUSED_DEFINITION_NOT_FOUND,
        SIM_REFUSED_DEFINITION_INACTIVE,
        SIM_REFUSED_DEFINITION_EXISTS,
        SIM_REFUSED_PERCENTS,
        SIM_REFUSED_THRESHOLD,
        SIM_REFUSED_NAME,
        SIM_REFUSED_DAEMON_COUNT,
        SIM_REFUSED_DAEMON_FARGATE,
        SIM_REFUSED_INSTANCE_NOT_FOUND,
        SIM_REFUSED_INSTANCE_INACTIVE,
        SIM_REFUSED_TASK_NOT_FOUND,
        SIM_REFUSED_SERVICE_DEPLOYMENT_NOT_FOUND,
        SIM_REFUSED_NOT_STOPPABLE,
        SIM_REFUSED_NO_SOURCE,
        SIM_REFUSED_CAPACITY_BOUNDS,
        SIM_REFUSED_NO_TASK_SETS,
        SIM_REFUSED_TASK_SET_NOT_FOUND,
        SIM_REFUSED_TASK_SET_PRIMARY,
        SIM_REFUSED_NOT_BY_UPDATE,
        SIM_REFUSED_CODE_OPEN,
        SIM_REFUSED_CODE_COMPLETED,
        SIM_REFUSED_LIMIT,
};

const char *sim_refusal_code(enum SimRefusal refusal); /* "ClusterNotFoundException" */
const char *sim_refusal_text(enum SimRefusal refusal); /* "Cluster not found." */
