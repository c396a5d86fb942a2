/* SPDX-License-Identifier: Apache-2.0 */
/* Every parser of an ECS answer, on the same bytes. */
#include <errno.h>
#include <string.h>

#include "aws/auto_scaling.h"
#include "aws/response_deployments.h"
#include "aws/response_subject.h"
#include "fuzz.h"

union Response {
        struct DescribeServicesResponse services;
        struct ServiceFacts service;
        struct DescribeTasksResponse tasks;
        struct TaskDefinitionFacts task_definition;
        struct ListResponse list;
        struct ServiceDeploymentsResponse deployments;
        struct ServiceRevisionsResponse revisions;
        struct ContainerInstancesResponse instances;
        const char *arn;
};

/* They differ only in the type of their last parameter. */
typedef int (*Parser)(const struct EcsBody *body, struct Arena *arena,
                      struct EcsProblem *ret_problem, union Response *ret);

#define PARSER(function, member)                                                           \
        static int parse_##function(const struct EcsBody *body, struct Arena *arena,       \
                                    struct EcsProblem *ret_problem, union Response *ret) { \
                return ecs_##function##_response(body, arena, ret_problem, &ret->member);  \
        }

PARSER(describe_services, services)
PARSER(update_service, service)
PARSER(describe_tasks, tasks)
PARSER(describe_task_definition, task_definition)
PARSER(list_services, list)
PARSER(list_tasks, list)
PARSER(list_service_deployments, deployments)
PARSER(describe_service_deployments, deployments)
PARSER(describe_service_revisions, revisions)
PARSER(stop_service_deployment, arn)
PARSER(list_container_instances, list)
PARSER(container_instances, instances)

static const Parser PARSERS[] = {
        parse_describe_services,
        parse_update_service,
        parse_describe_tasks,
        parse_describe_task_definition,
        parse_list_services,
        parse_list_tasks,
        parse_list_service_deployments,
        parse_describe_service_deployments,
        parse_describe_service_revisions,
        parse_stop_service_deployment,
        parse_list_container_instances,
        parse_container_instances,
};

/* Reads what a parser of services promised, so that a wild pointer is noticed. */
static void services_check(const struct DescribeServicesResponse *services) {
        size_t total = 0;

        for (size_t i = 0; i < services->n_services; i++) {
                const struct ServiceFacts *service = &services->services[i];

                total += strlen(service->arn) + strlen(service->name) + services->tags[i].n_tags;
                FUZZ_CHECK(service->desired_count >= 0 && service->running_count >= 0);
                for (size_t j = 0; j < service->n_events; j++)
                        total += strlen(service->events[j].message);
                for (size_t j = 0; j < service->n_current_service_revisions; j++)
                        total += strlen(service->current_service_revisions[j]);
        }
        FUZZ_CHECK(total < 3 * ECS_RESPONSE_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const struct EcsBody body = {(const char *) data, size};
        struct GroupFacts group;

        FUZZ_CHECK(auto_scaling_group_response(body.data, body.size, &group) <= 0);

        for (size_t i = 0; i < ARRAY_SIZE(PARSERS); i++) {
                _cleanup_(arena_freep) struct Arena *arena = arena_new(ECS_RESPONSE_BYTES_MAX);
                struct EcsProblem problem = {""};
                union Response response, before;
                int r;

                FUZZ_CHECK(arena);
                memset(&before, 0xA5, sizeof(before));
                response = before;
                r = PARSERS[i](&body, arena, &problem, &response);
                FUZZ_CHECK(r <= 0);
                FUZZ_CHECK((r == -EINVAL || r == -E2BIG) == (problem.text[0] != '\0'));
                if (r < 0)
                        FUZZ_CHECK(memcmp(&response, &before, sizeof(before)) == 0);
                else if (i == 0)
                        services_check(&response.services);
        }
        return 0;
}
