/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's spelling, one table an enumeration. */
#include "sim/words.h"

#include <stddef.h>

const char *sim_launch_name(enum SimLaunch launch) {
        static const char *const NAMES[] = {[SIM_FARGATE] = "FARGATE", [SIM_EC2] = "EC2"};

        return NAMES[launch];
}

const char *sim_scheduling_name(enum SimScheduling scheduling) {
        static const char *const NAMES[] = {[SIM_REPLICA] = "REPLICA", [SIM_DAEMON] = "DAEMON"};

        return NAMES[scheduling];
}

const char *sim_instance_status_name(enum SimInstanceStatus status) {
        static const char *const NAMES[] = {
                [SIM_INSTANCE_ACTIVE] = "ACTIVE",
                [SIM_INSTANCE_DRAINING] = "DRAINING",
                [SIM_INSTANCE_INACTIVE] = "INACTIVE",
        };

        return NAMES[status];
}

const char *sim_service_status_name(enum SimServiceStatus status) {
        static const char *const NAMES[] = {
                [SIM_SERVICE_ACTIVE] = "ACTIVE",
                [SIM_SERVICE_DRAINING] = "DRAINING",
                [SIM_SERVICE_INACTIVE] = "INACTIVE",
        };

        return NAMES[status];
}

const char *sim_deployment_status_name(enum SimDeploymentStatus status) {
        static const char *const NAMES[] = {
                [SIM_PRIMARY] = "PRIMARY",
                [SIM_ACTIVE] = "ACTIVE",
                [SIM_INACTIVE] = "INACTIVE",
        };

        return NAMES[status];
}

const char *sim_rollout_name(enum SimRollout rollout) {
        static const char *const NAMES[] = {
                [SIM_IN_PROGRESS] = "IN_PROGRESS",
                [SIM_COMPLETED] = "COMPLETED",
                [SIM_FAILED] = "FAILED",
        };

        return NAMES[rollout];
}

const char *sim_health_name(enum SimHealth health) {
        static const char *const NAMES[] = {
                [SIM_UNKNOWN] = "UNKNOWN",
                [SIM_HEALTHY] = "HEALTHY",
                [SIM_UNHEALTHY] = "UNHEALTHY",
        };

        return NAMES[health];
}

const char *sim_controller_name(enum SimController controller) {
        static const char *const NAMES[] = {
                [SIM_CONTROLLER_ECS] = "ECS",
                [SIM_CONTROLLER_CODE_DEPLOY] = "CODE_DEPLOY",
                [SIM_CONTROLLER_EXTERNAL] = "EXTERNAL",
        };

        return NAMES[controller];
}

const char *sim_strategy_name(enum SimStrategyKind kind) {
        static const char *const NAMES[] = {
                [SIM_ROLLING] = "ROLLING",
                [SIM_BLUE_GREEN] = "BLUE_GREEN",
                [SIM_LINEAR] = "LINEAR",
                [SIM_CANARY] = "CANARY",
        };

        return NAMES[kind];
}

const char *sim_stage_name(enum SimStage stage) {
        static const char *const NAMES[] = {
                [SIM_STAGE_SCALE_UP] = "SCALE_UP",
                [SIM_STAGE_POST_SCALE_UP] = "POST_SCALE_UP",
                [SIM_STAGE_PRODUCTION_TRAFFIC_SHIFT] = "PRODUCTION_TRAFFIC_SHIFT",
                [SIM_STAGE_BAKE_TIME] = "BAKE_TIME",
                [SIM_STAGE_CLEAN_UP] = "CLEAN_UP",
        };

        return NAMES[stage];
}

const char *sim_threshold_name(enum SimThreshold threshold) {
        static const char *const NAMES[] = {
                [SIM_BOUNDED_PERCENT] = "BOUNDED_PERCENT",
                [SIM_UNBOUNDED_PERCENT] = "UNBOUNDED_PERCENT",
                [SIM_COUNT] = "COUNT",
        };

        return NAMES[threshold];
}

const char *sim_task_status_name(enum SimTaskStatus status) {
        static const char *const NAMES[] = {
                [SIM_PROVISIONING] = "PROVISIONING",     [SIM_PENDING] = "PENDING",
                [SIM_ACTIVATING] = "ACTIVATING",         [SIM_RUNNING] = "RUNNING",
                [SIM_DEACTIVATING] = "DEACTIVATING",     [SIM_STOPPING] = "STOPPING",
                [SIM_DEPROVISIONING] = "DEPROVISIONING", [SIM_STOPPED] = "STOPPED",
        };

        return NAMES[status];
}

const char *sim_stop_code_name(enum SimStopCode code) {
        static const char *const NAMES[] = {
                [SIM_STOP_NONE] = NULL,
                [SIM_TASK_FAILED_TO_START] = "TaskFailedToStart",
                [SIM_ESSENTIAL_CONTAINER_EXITED] = "EssentialContainerExited",
                [SIM_USER_INITIATED] = "UserInitiated",
                [SIM_SERVICE_SCHEDULER_INITIATED] = "ServiceSchedulerInitiated",
                [SIM_SPOT_INTERRUPTION] = "SpotInterruption",
                [SIM_TERMINATION_NOTICE] = "TerminationNotice",
        };

        return NAMES[code];
}

const char *sim_service_deployment_status_name(enum SimServiceDeploymentStatus status) {
        static const char *const NAMES[] = {
                [SIM_SD_PENDING] = "PENDING",
                [SIM_SD_IN_PROGRESS] = "IN_PROGRESS",
                [SIM_SD_SUCCESSFUL] = "SUCCESSFUL",
                [SIM_SD_STOPPED] = "STOPPED",
                [SIM_SD_ROLLBACK_REQUESTED] = "ROLLBACK_REQUESTED",
                [SIM_SD_ROLLBACK_IN_PROGRESS] = "ROLLBACK_IN_PROGRESS",
                [SIM_SD_ROLLBACK_SUCCESSFUL] = "ROLLBACK_SUCCESSFUL",
                [SIM_SD_ROLLBACK_FAILED] = "ROLLBACK_FAILED",
        };

        return NAMES[status];
}

const char *sim_breaker_status_name(enum SimBreakerStatus status) {
        static const char *const NAMES[] = {
                [SIM_BREAKER_DISABLED] = "DISABLED",
                [SIM_BREAKER_MONITORING] = "MONITORING",
                [SIM_BREAKER_MONITORING_COMPLETE] = "MONITORING_COMPLETE",
                [SIM_BREAKER_TRIGGERED] = "TRIGGERED",
        };

        return NAMES[status];
}

static const struct {
        const char *code;
        const char *text;
} REFUSALS[] = {
        [SIM_REFUSED_CLUSTER_NOT_FOUND] = {"ClusterNotFoundException", "Cluster not found."},
        [SIM_REFUSED_SERVICE_NOT_FOUND] = {"ServiceNotFoundException", "Service not found."},
        [SIM_REFUSED_SERVICE_NOT_ACTIVE] = {"ServiceNotActiveException", "Service was not ACTIVE."},
        [SIM_REFUSED_SERVICE_EXISTS] = {"InvalidParameterException",
                                        "Creation of service was not idempotent."},
        [SIM_REFUSED_SERVICE_RUNNING] = {"InvalidParameterException",
                                         "The service cannot be stopped while it is scaled above "
                                         "0."},
        [SIM_REFUSED_DEFINITION_NOT_FOUND] = {"ClientException", "TaskDefinition not found."},
        [SIM_REFUSED_DEFINITION_INACTIVE] = {"ClientException", "TaskDefinition is inactive"},
        [SIM_REFUSED_DEFINITION_EXISTS] = {"ClientException", "The revision exists already."},
        [SIM_REFUSED_PERCENTS] = {"InvalidParameterException",
                                  "Both maximumPercent and minimumHealthyPercent cannot be 100 as "
                                  "this will block deployments."},
        [SIM_REFUSED_THRESHOLD] = {"InvalidParameterException",
                                   "The value of thresholdConfiguration is out of its range."},
        [SIM_REFUSED_NAME] = {"InvalidParameterException", "Invalid identifier: Identifier is for "
                                                           "the wrong type or is malformed."},
        [SIM_REFUSED_DAEMON_COUNT] = {"InvalidParameterException",
                                      "The daemon scheduling strategy does not support a desired "
                                      "count for services."},
        [SIM_REFUSED_DAEMON_FARGATE] = {"InvalidParameterException",
                                        "The daemon scheduling strategy is not supported for "
                                        "Fargate launch type services."},
        [SIM_REFUSED_INSTANCE_NOT_FOUND] = {"InvalidParameterException",
                                            "The container instance was not found."},
        [SIM_REFUSED_INSTANCE_INACTIVE] = {"InvalidParameterException",
                                           "The container instance is not ACTIVE or DRAINING."},
        [SIM_REFUSED_TASK_NOT_FOUND] = {"InvalidParameterException",
                                        "The referenced task was not found."},
        [SIM_REFUSED_SERVICE_DEPLOYMENT_NOT_FOUND] = {"ServiceDeploymentNotFoundException",
                                                      "The service deployment was not found."},
        [SIM_REFUSED_NOT_STOPPABLE] = {"ConflictException",
                                       "The service deployment is not in a state that can be "
                                       "stopped."},
        [SIM_REFUSED_NO_SOURCE] = {"ConflictException",
                                   "There is no service revision to roll back to."},
        [SIM_REFUSED_CAPACITY_BOUNDS] = {"ValidationError",
                                         "New SetDesiredCapacity value is outside the group's "
                                         "minimum and maximum size."},
        [SIM_REFUSED_NO_TASK_SETS] = {"InvalidParameterException",
                                      "Task sets are for services whose deployment controller is "
                                      "EXTERNAL."},
        [SIM_REFUSED_TASK_SET_NOT_FOUND] = {"TaskSetNotFoundException",
                                            "The specified task set wasn't found."},
        [SIM_REFUSED_TASK_SET_PRIMARY] = {"InvalidParameterException",
                                          "The primary task set cannot be deleted unless force is "
                                          "specified."},
        [SIM_REFUSED_NOT_BY_UPDATE] = {"InvalidParameterException",
                                       "Unable to update task definition on services with a "
                                       "CODE_DEPLOY or EXTERNAL deployment controller."},
        [SIM_REFUSED_CODE_OPEN] = {"DeploymentLimitExceededException",
                                   "The deployment group already has an active deployment."},
        [SIM_REFUSED_CODE_COMPLETED] = {"DeploymentAlreadyCompletedException",
                                        "The deployment is already complete."},
        [SIM_REFUSED_LIMIT] = {"LimitExceededException", "The limit for the resource was "
                                                         "exceeded."},
};

const char *sim_refusal_code(enum SimRefusal refusal) {
        return REFUSALS[refusal].code;
}

const char *sim_refusal_text(enum SimRefusal refusal) {
        return REFUSALS[refusal].text;
}
