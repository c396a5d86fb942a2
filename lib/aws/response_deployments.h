/* SPDX-License-Identifier: Apache-2.0 */
/* The answers about service deployments and revisions. As in response.h: everything lives in
 * `arena`, same outcomes. */
#pragma once

#include "aws/response.h"
#include "words/service_deployment.h"

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
