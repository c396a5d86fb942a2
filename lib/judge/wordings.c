/* SPDX-License-Identifier: Apache-2.0 */
/* What ECS says and what it means. Sources: the ECS developer guide (service event messages,
 * stopped task error messages) and API reference (TaskStopCode), the errors of amazon-ecs-agent,
 * and recorded answers of the API. */
#include "judge/wordings.h"

#include "base/macros.h"
#include "judge/classify.h"

enum {
        EVENT = 1 << TEXT_EVENT,
        STOPPED = 1 << TEXT_STOPPED_REASON,
        CONTAINER = 1 << TEXT_CONTAINER_REASON,
        STATUS = 1 << TEXT_STATUS_REASON,
        TASK = STOPPED | CONTAINER,
        SERVICE = EVENT | STATUS,
        EVERY = TASK | SERVICE,
};

const struct Wording WORDINGS[] = {
        /* ECS or a person ended it: whatever else the text says, nobody is to blame. */
        {"scaling activity initiated by", STOPPED, CAUSE_SCALE_IN},
        {"availability zone rebalanc", STOPPED, CAUSE_SCALE_IN},
        {"task stopped by user", STOPPED, CAUSE_USER_STOP},
        {"deregistration forced by user", STOPPED, CAUSE_USER_STOP},
        {"underlying cloudformation stack was deleted", STOPPED, CAUSE_USER_STOP},
        {"maintenance on the underlying infrastructure", STOPPED, CAUSE_HOST_LOST},
        {"container instance is in draining state", STOPPED, CAUSE_HOST_LOST},
        {"spot task was interrupted", STOPPED, CAUSE_HOST_LOST},
        {"host ec2 (instance", STOPPED, CAUSE_HOST_LOST},
        {"^agent$", STOPPED, CAUSE_HOST_LOST},

        /* ECS declares the deployment failed or undoes it. */
        {"deployment failed:", SERVICE, CAUSE_NATIVE_FAILURE},
        {"rolling back to deployment", SERVICE, CAUSE_NATIVE_FAILURE},
        {"deployment circuit breaker:", SERVICE, CAUSE_NATIVE_FAILURE},
        {"service deployment rolled back", SERVICE, CAUSE_NATIVE_FAILURE},
        {"lifecycle hook*failed", SERVICE, CAUSE_NATIVE_FAILURE},
        {"alarm detected", SERVICE, CAUSE_NATIVE_FAILURE},

        /* AWS slows ECS down. */
        {"operations are being throttled", EVENT, CAUSE_THROTTLED},
        {"operation_throttled", SERVICE, CAUSE_THROTTLED},
        {"throttlingexception", SERVICE, CAUSE_THROTTLED},
        {"resourceinitializationerror*throttlingexception", TASK, CAUSE_THROTTLED},

        /* Disks and memory hide behind other errors' names. */
        {"no space left on device", EVERY, CAUSE_DISK_FULL},
        {"thin pool has*free data blocks", EVERY, CAUSE_DISK_FULL},
        {"outofmemoryerror", TASK, CAUSE_OOM},
        {"container killed due to memory usage", TASK, CAUSE_OOM},

        /* Health checks. */
        {"failed container health checks", EVENT | STOPPED, CAUSE_CONTAINER_HEALTH},
        {"failed elb health checks", EVENT | STOPPED, CAUSE_LB_HEALTH},
        {"target group is not found", EVENT | STOPPED, CAUSE_CONFIG},
        {"is not healthy in target", EVENT, CAUSE_LB_HEALTH},
        {"is unhealthy in (service registry", EVENT, CAUSE_OTHER},
        {"is unhealthy in", EVENT, CAUSE_LB_HEALTH},

        /* Nowhere to run. */
        {"unable to launch instance(s) for capacity provider", EVERY, CAUSE_CAPACITY},
        {"unfulfillablecapacity", EVERY, CAUSE_CAPACITY},
        {"no container instance met all of its requirements", EVENT, CAUSE_CAPACITY},
        {"no container instances were found in your", EVENT, CAUSE_CAPACITY},
        {"closest matching*container-instance", EVENT, CAUSE_CAPACITY},
        {"reached the limit on the number of", EVERY, CAUSE_CAPACITY},
        {"configuration is above your limit", EVERY, CAUSE_CAPACITY},
        {"capacity is unavailable", EVERY, CAUSE_CAPACITY},
        {"provisioning capacity limit was exceeded", EVENT, CAUSE_CAPACITY},
        {"could not launch*for deployment", EVENT, CAUSE_CAPACITY},
        {"unable to place a task because the resources could not be found", EVENT, CAUSE_CAPACITY},
        {"^resource:", SERVICE, CAUSE_CAPACITY},
        {"insufficientfreeaddressesinsubnet", EVERY, CAUSE_CAPACITY},
        {"unable to attach network interface to unused device index", STOPPED, CAUSE_CAPACITY},

        /* Images. */
        {"cannotpull", EVERY, CAUSE_IMAGE_PULL},
        {"pull rate limit", EVERY, CAUSE_IMAGE_PULL},
        {"toomanyrequests:", TASK, CAUSE_IMAGE_PULL},
        {"pull access denied", TASK, CAUSE_IMAGE_PULL},

        /* What a task needs besides its image. */
        {"resourceinitializationerror", EVERY, CAUSE_RESOURCE_INIT},
        {"failed to initialize logging driver", TASK, CAUSE_RESOURCE_INIT},
        {"fetching secret data from", TASK, CAUSE_RESOURCE_INIT},
        {"unable to pull secrets or registry auth", TASK, CAUSE_RESOURCE_INIT},
        {"unable to assume the role", STOPPED, CAUSE_RESOURCE_INIT},
        {"unexpected ec2 error while attempting to create network interface", STOPPED,
         CAUSE_RESOURCE_INIT},
        {"could not transition to started", TASK, CAUSE_RESOURCE_INIT},
        {"cannotcreatevolumeerror", TASK, CAUSE_RESOURCE_INIT},
        {"cannotcreatecontainererror", TASK, CAUSE_RESOURCE_INIT},
        {"cgrouperror", TASK, CAUSE_RESOURCE_INIT},
        {"hostconfigerror", TASK, CAUSE_RESOURCE_INIT},

        /* The service as it is configured cannot work. */
        {"because of the service deployment configuration", EVENT, CAUSE_CONFIG},
        {"ecs can no longer maintain your service", EVENT, CAUSE_CONFIG},
        {"is not compatible with the selected compute", EVENT | STOPPED, CAUSE_CONFIG},
        {"failed to register targets in", EVENT, CAUSE_CONFIG},

        /* AWS's own trouble. */
        {"timeout waiting for*provisioning", STOPPED, CAUSE_AWS_INTERNAL},
        {"dockertimeouterror", TASK, CAUSE_AWS_INTERNAL},
        {"containerruntimetimeouterror", TASK, CAUSE_AWS_INTERNAL},
        {"taskstateerror", TASK, CAUSE_AWS_INTERNAL},
        {"internalerror", TASK, CAUSE_AWS_INTERNAL},
        {"unable to place a task*internal error", EVENT, CAUSE_AWS_INTERNAL},
        {"waiting for amazon ecs agent to start", EVENT, CAUSE_AWS_INTERNAL},
        {"was unable to place a task", EVENT, CAUSE_CAPACITY},

        /* The program itself. */
        {"cannotstartcontainererror", TASK, CAUSE_APP_EXIT},
        {"essential container in task exited", STOPPED, CAUSE_APP_EXIT},
        {"task failed to start", STOPPED, CAUSE_UNKNOWN},
        {"taskfailedtostart", STOPPED, CAUSE_UNKNOWN},

        /* Routine. */
        {"is unable to consistently start tasks successfully", EVENT, CAUSE_OTHER},
        {"was unable to reach steady state", EVENT, CAUSE_OTHER},
        {"has reached a steady state", EVENT, CAUSE_STEADY},
        {"deployment completed", EVENT, CAUSE_STEADY},
        {"updated state to steady_state", EVENT, CAUSE_STEADY},
        {"ecs deployment*completed", STATUS, CAUSE_STEADY},
        {"ecs deployment*in progress", STATUS, CAUSE_PROGRESS},
        {"has started*task", EVENT, CAUSE_PROGRESS},
        {"has stopped*running task", EVENT, CAUSE_PROGRESS},
        {"stopped*pending task", EVENT, CAUSE_PROGRESS},
        {"registered*target", EVENT, CAUSE_PROGRESS},
        {"has begun draining connections", EVENT, CAUSE_PROGRESS},
        {"az balanced", EVENT, CAUSE_PROGRESS},
};
const size_t N_WORDINGS = ARRAY_SIZE(WORDINGS);

const struct StopCode STOP_CODES[] = {
        {"EssentialContainerExited", CAUSE_APP_EXIT}, {"ServiceSchedulerInitiated", CAUSE_SCALE_IN},
        {"UserInitiated", CAUSE_USER_STOP},           {"SpotInterruption", CAUSE_HOST_LOST},
        {"TerminationNotice", CAUSE_HOST_LOST},       {"InfrastructureHealth", CAUSE_HOST_LOST},
        {"TaskFailedToStart", CAUSE_UNKNOWN},
};
const size_t N_STOP_CODES = ARRAY_SIZE(STOP_CODES);
