/* SPDX-License-Identifier: Apache-2.0 */
/* The answers about service deployments and revisions. As in response.h: everything lives in
 * `arena`, same outcomes. */
#pragma once

#include "aws/response.h"

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

const char *service_deployment_status_name(
        enum ServiceDeploymentStatus status); /* "" for UNKNOWN */

/* Of DescribeServiceDeployments; ListServiceDeployments gives the members above the line. */
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
        const char *breaker_status, *alarms_status; /* TRIGGERED, MONITORING, … */
        int64_t breaker_failures, breaker_threshold;
};

struct ServiceDeploymentsResponse {
        const struct ServiceDeploymentFacts *deployments;
        size_t n_deployments;
        const struct EcsFailure *failures;
        size_t n_failures;
        const char *next_token; /* of the List call */
};

struct ServiceRevisionFacts {
        const char *arn, *service_arn, *cluster_arn;
        const char *task_definition;
        usec_t created_at;
};

struct ServiceRevisionsResponse {
        const struct ServiceRevisionFacts *revisions;
        size_t n_revisions;
        const struct EcsFailure *failures;
        size_t n_failures;
};

/* Newest first is ECS's habit, not its promise. */
int ecs_list_service_deployments_response(const struct EcsBody *body, struct Arena *arena,
                                          struct EcsProblem *ret_problem,
                                          struct ServiceDeploymentsResponse *ret);
int ecs_describe_service_deployments_response(const struct EcsBody *body, struct Arena *arena,
                                              struct EcsProblem *ret_problem,
                                              struct ServiceDeploymentsResponse *ret);
int ecs_describe_service_revisions_response(const struct EcsBody *body, struct Arena *arena,
                                            struct EcsProblem *ret_problem,
                                            struct ServiceRevisionsResponse *ret);
/* The stopped service deployment's ARN. */
int ecs_stop_service_deployment_response(const struct EcsBody *body, struct Arena *arena,
                                         struct EcsProblem *ret_problem, const char **ret);
