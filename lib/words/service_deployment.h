/* SPDX-License-Identifier: Apache-2.0 */
/* A service deployment: what ECS keeps for 90 days of each move of a service to another revision,
 * whatever became of it. Source of the members: the ECS API reference (ServiceDeployment,
 * ServiceDeploymentBrief, ServiceRevision). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/* UNKNOWN is a status that this program does not know: neither running nor ended. */
enum ServiceDeploymentStatus {
        SERVICE_DEPLOYMENT_UNKNOWN,
        SERVICE_DEPLOYMENT_PENDING,
        SERVICE_DEPLOYMENT_IN_PROGRESS,
        SERVICE_DEPLOYMENT_SUCCESSFUL,
        SERVICE_DEPLOYMENT_STOPPED,
        SERVICE_DEPLOYMENT_STOP_REQUESTED,
        SERVICE_DEPLOYMENT_ROLLBACK_REQUESTED,
        SERVICE_DEPLOYMENT_ROLLBACK_IN_PROGRESS,
        SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL,
        SERVICE_DEPLOYMENT_ROLLBACK_FAILED,
};

struct LifecycleHookFacts {
        const char *target_type; /* AWS_LAMBDA, PAUSE */
        const char *status;      /* AWAITING_ACTION, IN_PROGRESS, SUCCEEDED, FAILED, TIMED_OUT */
};

/* Of DescribeServiceDeployments; ListServiceDeployments gives the members above the line. Texts are
 * NULL where ECS gave none; instants USEC_UNKNOWN. */
struct ServiceDeploymentFacts {
        const char *arn, *service_arn, *cluster_arn;
        enum ServiceDeploymentStatus status;
        const char *status_reason;
        usec_t created_at, started_at, finished_at;
        const char *target_revision; /* ARN */
        /* ---- */
        usec_t stopped_at, updated_at;
        const char *const *source_revisions;
        size_t n_source_revisions;
        const char *lifecycle_stage;
        const char *rollback_reason, *rollback_revision;
        usec_t rollback_started_at;
        const struct LifecycleHookFacts *hooks;
        size_t n_hooks;
        const char *const *alarms; /* names of those in ALARM */
        size_t n_alarms;
        const char *breaker_status, *alarms_status; /* TRIGGERED, MONITORING, … */
        int64_t breaker_failures, breaker_threshold;
        /* ---- by DescribeServiceRevisions: ARNs, where they were asked */
        const char *task_definition;        /* of the target revision */
        const char *source_task_definition; /* of the source revision, if there is just one */
};

const char *service_deployment_status_name(
        enum ServiceDeploymentStatus status); /* "" for UNKNOWN */

/* It stands still on purpose: a lifecycle hook has not answered yet, or it bakes. */
bool service_deployment_waits(const struct ServiceDeploymentFacts *deployment);

/* ECS goes back, or has gone back, to what was there before; also by StopServiceDeployment. */
bool service_deployment_rolls_back(enum ServiceDeploymentStatus status);
