/* SPDX-License-Identifier: Apache-2.0 */
/* ECS's answers -> facts (service deployments: response_deployments.h). Members that we don't know
 * are ignored, null is absent; what the judge cannot do without must be there and have its type. */
#pragma once

#include <stddef.h>

#include "words/facts.h"
#include "words/tag.h"

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

struct EcsTags {
        const struct Tag *tags;
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
