/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeTasks -> TaskFacts; DescribeTaskDefinition; ListTasks. */
#include <errno.h>

#include "aws/decode.h"
#include "aws/response.h"
#include "base/text.h"

static const struct EnumName HEALTH_STATUSES[] = {
        {"HEALTHY", HEALTH_HEALTHY},
        {"UNHEALTHY", HEALTH_UNHEALTHY},
        {NULL, HEALTH_UNKNOWN},
};

#define AT(member) offsetof(struct ContainerFacts, member)
static const struct Member CONTAINER_MEMBERS[] = {
        {"name", MEMBER_TEXT, AT(name), .required = true},
        {"lastStatus", MEMBER_TEXT, AT(last_status)},
        {"reason", MEMBER_TEXT, AT(reason)},
        {"exitCode", MEMBER_EXIT_CODE, AT(exit_code), .second = AT(has_exit_code)},
        {"healthStatus", MEMBER_ENUM, AT(health_status), .names = HEALTH_STATUSES},
};
#undef AT
static const struct Shape CONTAINER = {SHAPE(struct ContainerFacts, CONTAINER_MEMBERS)};

#define AT(member) offsetof(struct TaskFacts, member)
static const struct Member TASK_MEMBERS[] = {
        {"taskArn", MEMBER_TEXT, AT(arn), .required = true},
        {"startedBy", MEMBER_TEXT, AT(started_by)},
        {"taskDefinitionArn", MEMBER_TEXT, AT(task_definition)},
        {"lastStatus", MEMBER_TEXT, AT(last_status), .required = true},
        {"desiredStatus", MEMBER_TEXT, AT(desired_status), .required = true},
        {"healthStatus", MEMBER_ENUM, AT(health_status), .names = HEALTH_STATUSES},
        {"stopCode", MEMBER_TEXT, AT(stop_code)},
        {"stoppedReason", MEMBER_TEXT, AT(stopped_reason)},
        {"createdAt", MEMBER_INSTANT, AT(created_at), .required = true},
        {"startedAt", MEMBER_INSTANT, AT(started_at)},
        {"stoppingAt", MEMBER_INSTANT, AT(stopping_at)},
        {"stoppedAt", MEMBER_INSTANT, AT(stopped_at)},
        {"containerInstanceArn", MEMBER_TEXT, AT(container_instance_arn)},
        {"availabilityZone", MEMBER_TEXT, AT(availability_zone)},
        {"containers", MEMBER_STRUCTS, AT(containers), .second = AT(n_containers),
         .shape = &CONTAINER},
};
#undef AT

static int task_finish(struct Decoder *decoder _unused_, void *value) {
        struct TaskFacts *task = value;

        task->id = text_after_last(task->arn, '/');
        return 0;
}

static const struct Shape TASK = {SHAPE(struct TaskFacts, TASK_MEMBERS), .finish = task_finish};

#define AT(member) offsetof(struct DescribeTasksResponse, member)
static const struct Member DESCRIBE_TASKS_MEMBERS[] = {
        {"tasks", MEMBER_STRUCTS, AT(tasks), .required = true, .second = AT(n_tasks),
         .shape = &TASK},
        {"failures", MEMBER_STRUCTS, AT(failures), .second = AT(n_failures),
         .shape = &ECS_FAILURE_SHAPE},
};
#undef AT
static const struct Shape DESCRIBE_TASKS = {
        SHAPE(struct DescribeTasksResponse, DESCRIBE_TASKS_MEMBERS)};

#define AT(member) offsetof(struct ListResponse, member)
static const struct Member LIST_TASKS_MEMBERS[] = {
        {"taskArns", MEMBER_TEXTS, AT(arns), .required = true, .second = AT(n_arns)},
        {"nextToken", MEMBER_TOKEN, AT(next_token)},
};
#undef AT
static const struct Shape LIST_TASKS = {SHAPE(struct ListResponse, LIST_TASKS_MEMBERS)};

/* What of a container definition becomes part of TaskDefinitionFacts. */
struct ContainerDefinition {
        const char *name;
        bool essential_given, essential; /* essential unless it says otherwise */
        bool has_health_check;
        struct ContainerLogFacts log;
};

#define AT(member) offsetof(struct ContainerDefinition, log.member)
static const struct Member LOG_OPTION_MEMBERS[] = {
        {"awslogs-group", MEMBER_TEXT, AT(group)},
        {"awslogs-region", MEMBER_TEXT, AT(region)},
        {"awslogs-stream-prefix", MEMBER_TEXT, AT(stream_prefix)},
};
static const struct Shape LOG_OPTIONS = {SHAPE(struct ContainerDefinition, LOG_OPTION_MEMBERS)};

static const struct Member LOG_MEMBERS[] = {
        {"logDriver", MEMBER_TEXT, AT(driver)},
        {"options", MEMBER_INSIDE, 0, .shape = &LOG_OPTIONS},
};
#undef AT
static const struct Shape LOG = {SHAPE(struct ContainerDefinition, LOG_MEMBERS)};

#define AT(member) offsetof(struct ContainerDefinition, member)
static const struct Member CONTAINER_DEFINITION_MEMBERS[] = {
        {"name", MEMBER_TEXT, AT(name), .required = true},
        {"essential", MEMBER_FLAG, AT(essential), .second = AT(essential_given)},
        {"healthCheck", MEMBER_IS_OBJECT, AT(has_health_check)},
        {"logConfiguration", MEMBER_INSIDE, 0, .shape = &LOG},
};
#undef AT
static const struct Shape CONTAINER_DEFINITION = {
        SHAPE(struct ContainerDefinition, CONTAINER_DEFINITION_MEMBERS)};

struct TaskDefinition {
        struct TaskDefinitionFacts facts;
        const struct ContainerDefinition *containers;
        size_t n_containers;
};

#define AT(member) offsetof(struct TaskDefinition, member)
static const struct Member TASK_DEFINITION_MEMBERS[] = {
        {"taskDefinitionArn", MEMBER_TEXT, AT(facts.arn), .required = true},
        {"status", MEMBER_TEXT, AT(facts.status), .required = true},
        {"containerDefinitions", MEMBER_STRUCTS, AT(containers), .required = true,
         .second = AT(n_containers), .shape = &CONTAINER_DEFINITION},
};
#undef AT

static int task_definition_finish(struct Decoder *decoder, void *value) {
        struct TaskDefinition *definition = value;
        struct TaskDefinitionFacts *facts = &definition->facts;
        struct ContainerLogFacts *logs;
        const char **names;

        names = arena_alloc_array(decoder->arena, definition->n_containers, sizeof(names[0]));
        logs = arena_alloc_array(decoder->arena, definition->n_containers, sizeof(logs[0]));
        if (!names || !logs)
                return -ENOMEM;

        for (size_t i = 0; i < definition->n_containers; i++) {
                const struct ContainerDefinition *container = &definition->containers[i];

                if (container->log.driver) {
                        logs[facts->n_logs] = container->log;
                        logs[facts->n_logs++].container = container->name;
                }
                if (container->essential_given && !container->essential)
                        continue;
                names[facts->n_essential_containers++] = container->name;
                facts->has_container_health_check |= container->has_health_check;
        }
        facts->essential_containers = names;
        facts->logs = logs;
        return 0;
}

static const struct Shape TASK_DEFINITION = {SHAPE(struct TaskDefinition, TASK_DEFINITION_MEMBERS),
                                             .finish = task_definition_finish};

static const struct Member DESCRIBE_TASK_DEFINITION_MEMBERS[] = {
        {"taskDefinition", MEMBER_STRUCT, 0, .required = true, .shape = &TASK_DEFINITION},
};
static const struct Shape DESCRIBE_TASK_DEFINITION = {
        SHAPE(struct TaskDefinition, DESCRIBE_TASK_DEFINITION_MEMBERS)};

int ecs_describe_tasks_response(const struct EcsBody *body, struct Arena *arena,
                                struct EcsProblem *ret_problem, struct DescribeTasksResponse *ret) {
        return ecs_decode(body, &DESCRIBE_TASKS, arena, ret_problem, ret);
}

int ecs_list_tasks_response(const struct EcsBody *body, struct Arena *arena,
                            struct EcsProblem *ret_problem, struct ListResponse *ret) {
        return ecs_decode(body, &LIST_TASKS, arena, ret_problem, ret);
}

int ecs_describe_task_definition_response(const struct EcsBody *body, struct Arena *arena,
                                          struct EcsProblem *ret_problem,
                                          struct TaskDefinitionFacts *ret) {
        struct TaskDefinition definition;
        int r;

        r = ecs_decode(body, &DESCRIBE_TASK_DEFINITION, arena, ret_problem, &definition);
        if (r < 0)
                return r;
        *ret = definition.facts;
        return 0;
}
