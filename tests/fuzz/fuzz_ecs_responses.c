/* SPDX-License-Identifier: Apache-2.0 */
/* Every parser of an ECS answer, on the same bytes. */
#include <errno.h>
#include <string.h>

#include "aws/auto_scaling.h"
#include "aws/response_deployments.h"
#include "aws/response_logs.h"
#include "aws/response_queue.h"
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
        struct LogEventsResponse log_events;
        struct ReceiveMessageResponse messages;
        const char *arn;
};

/* They differ only in the type of their last parameter. */
typedef int (*Parser)(const struct EcsBody *body, struct Arena *arena,
                      struct EcsProblem *ret_problem, union Response *ret);

#define PARSER(function, member)                                                           \
        static int parse_##function(const struct EcsBody *body, struct Arena *arena,       \
                                    struct EcsProblem *ret_problem, union Response *ret) { \
                return function##_response(body, arena, ret_problem, &ret->member);        \
        }

PARSER(ecs_describe_services, services)
PARSER(ecs_update_service, service)
PARSER(ecs_describe_tasks, tasks)
PARSER(ecs_describe_task_definition, task_definition)
PARSER(ecs_list_services, list)
PARSER(ecs_list_tasks, list)
PARSER(ecs_list_service_deployments, deployments)
PARSER(ecs_describe_service_deployments, deployments)
PARSER(ecs_describe_service_revisions, revisions)
PARSER(ecs_stop_service_deployment, arn)
PARSER(ecs_list_container_instances, list)
PARSER(ecs_container_instances, instances)
PARSER(cloudwatch_logs_get_log_events, log_events)
PARSER(sqs_receive_message, messages)

static const Parser PARSERS[] = {
        parse_ecs_describe_services,
        parse_ecs_update_service,
        parse_ecs_describe_tasks,
        parse_ecs_describe_task_definition,
        parse_ecs_list_services,
        parse_ecs_list_tasks,
        parse_ecs_list_service_deployments,
        parse_ecs_describe_service_deployments,
        parse_ecs_describe_service_revisions,
        parse_ecs_stop_service_deployment,
        parse_ecs_list_container_instances,
        parse_ecs_container_instances,
        parse_cloudwatch_logs_get_log_events,
        parse_sqs_receive_message,
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

/* A message's body is a text. */
static void event_check(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = strndup((const char *) data, size);
        struct EcsEvent event = {0};
        int r;

        FUZZ_CHECK(text);
        r = ecs_event_read(text, &event);
        FUZZ_CHECK(r <= 0);
        FUZZ_CHECK((event.kind != ECS_EVENT_OTHER) == (event.service[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const struct EcsBody body = {(const char *) data, size};
        struct GroupFacts group;

        event_check(data, size);
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
