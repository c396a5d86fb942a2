/* SPDX-License-Identifier: Apache-2.0 */
/* ECS's answers -> facts. Members that we don't know are ignored, null is absent; what the judge
 * cannot do without must be there and have its type. */
#pragma once

#include <stddef.h>

#include "words/facts.h"

enum {
        ECS_RESPONSE_BYTES_MAX =
                16 * 1024 * 1024,      /* ten services with 100 long events: under 1 MiB */
        ECS_RESPONSE_ITEMS_MAX = 2000, /* of one list; ECS's own limits are 100 and less */
        ECS_PROBLEM_MAX = 256,         /* bytes with the NUL */
};

/* What is wrong with an answer: "services[0].deployments[1].id: expected a string, got an integer".
 * Never holds values of the answer, only its paths and types. */
struct EcsProblem {
        char text[ECS_PROBLEM_MAX];
};

struct EcsFailure {
        const char *arn, *reason, *detail; /* reason MISSING: ECS has no such service or task */
};

struct EcsTag {
        const char *key, *value;
};

struct EcsTags {
        const struct EcsTag *tags;
        size_t n_tags;
};

struct DescribeServicesResponse {
        const struct ServiceFacts *services;
        size_t n_services;
        const struct EcsTags *tags; /* one for each service; empty unless asked for */
        const struct EcsFailure *failures;
        size_t n_failures;
};

struct DescribeTasksResponse {
        const struct TaskFacts *tasks;
        size_t n_tasks;
        const struct EcsFailure *failures;
        size_t n_failures;
};

struct ListResponse {
        const char *const *arns;
        size_t n_arns;
        const char *next_token; /* NULL: this was the last page */
};

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

/* An answer's bytes. */
struct EcsBody {
        const char *data;
        size_t size;
};

/* All: everything in `*ret` lives in `arena`. 0; -EINVAL (not JSON, or not such an answer) and
 * -E2BIG, both with `*ret_problem`; -ENOMEM (the arena's ceiling too). After a failure the arena
 * holds garbage. */
int ecs_describe_services_response(const struct EcsBody *body, struct Arena *arena,
                                   struct EcsProblem *ret_problem,
                                   struct DescribeServicesResponse *ret);
int ecs_update_service_response(const struct EcsBody *body, struct Arena *arena,
                                struct EcsProblem *ret_problem, struct ServiceFacts *ret);
int ecs_describe_tasks_response(const struct EcsBody *body, struct Arena *arena,
                                struct EcsProblem *ret_problem, struct DescribeTasksResponse *ret);
int ecs_describe_task_definition_response(const struct EcsBody *body, struct Arena *arena,
                                          struct EcsProblem *ret_problem,
                                          struct TaskDefinitionFacts *ret);
int ecs_list_services_response(const struct EcsBody *body, struct Arena *arena,
                               struct EcsProblem *ret_problem, struct ListResponse *ret);
int ecs_list_tasks_response(const struct EcsBody *body, struct Arena *arena,
                            struct EcsProblem *ret_problem, struct ListResponse *ret);
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
