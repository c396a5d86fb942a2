/* SPDX-License-Identifier: Apache-2.0 */
/* The stage's ECS: what its services, deployments and tasks are at this moment. */
#include <stdio.h>

#include "base/text.h"
#include "check_main.h"
#include "fakes.h"
#include "stage.h"

#define CLUSTER_ARN "arn:aws:ecs:us-east-1:123456789012:cluster/c"
enum { TASKS_MAX = 400, ARENA_BYTES = 16 * 1024 * 1024 };

void stage_scale(struct Stage *stage, size_t service, int64_t desired) {
        stage->services[service].desired = desired;
        stage->services[service].scaled_at = stage->now;
}

void stage_deploy(struct Stage *stage, size_t service, unsigned revision,
                  struct Behaviour behaviour) {
        struct StageService *s = stage->services + service;
        struct StageDeployment *d = s->deployments + s->n_deployments;

        ck_assert_uint_lt(s->n_deployments, STAGE_DEPLOYMENTS_MAX);
        *d = (struct StageDeployment) {.created_at = stage->now, .behaviour = behaviour};
        snprintf(d->id, sizeof(d->id), "ecs-svc/%zu%03zu", service + 1, ++s->n_deployments);
        snprintf(d->task_definition, sizeof(d->task_definition),
                 "arn:aws:ecs:us-east-1:123456789012:task-definition/%s:%u", s->name, revision);
}

void stage_create(struct Stage *stage, size_t service, struct Behaviour behaviour) {
        struct StageService *s = stage->services + service;

        *s = (struct StageService) {.name = s->name, .desired = 2, .created_at = stage->now};
        stage_deploy(stage, service, 1, behaviour);
}

void stage_roll_back(struct Stage *stage, size_t service) {
        struct StageService *s = stage->services + service;

        s->deployments[s->n_deployments - 1].rolled_back = true;
}

const struct StageDeployment *stage_primary(const struct StageService *service) {
        const struct StageDeployment *d = service->deployments + service->n_deployments - 1;

        while (d->rolled_back)
                d--;
        return d;
}

void stage_service_deployment(const struct StageService *service, const struct StageDeployment *of,
                              char ret[160]) {
        snprintf(ret, 160, "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/%s/sd%s",
                 service->name, text_after_last(of->id, '/'));
}

/* ECS completes it once its tasks run for two ticks. */
static bool completes(const struct StageDeployment *d) {
        return !d->behaviour.never_starts &&
               (d->behaviour.exits_after == 0 || d->behaviour.exits_after > 2 * STAGE_TICK);
}

static struct TaskFacts task_of(const struct StageDeployment *d, size_t number, usec_t started_at,
                                usec_t now, struct Arena *arena) {
        const struct ContainerFacts dead = {.name = "app",
                                            .last_status = "STOPPED",
                                            .reason = d->behaviour.container_reason,
                                            .has_exit_code = true,
                                            .exit_code = 1};
        struct ContainerFacts *container;
        usec_t ends = usec_add(started_at, d->behaviour.exits_after);
        char arn[160];
        struct TaskFacts task = {
                .started_by = d->id,
                .task_definition = d->task_definition,
                .last_status = "RUNNING",
                .desired_status = "RUNNING",
                .created_at = started_at,
                .started_at = started_at,
                .container_instance_arn = d->behaviour.container_instance_arn,
        };

        snprintf(arn, sizeof(arn), "arn:aws:ecs:us-east-1:123456789012:task/c/%s-%zu",
                 text_after_last(d->id, '/'), number);
        task.arn = arena_copy(arena, arn);
        task.id = text_after_last(task.arn, '/');
        if (d->behaviour.exits_after > 0 && ends <= now) {
                task.last_status = task.desired_status = "STOPPED";
                task.stop_code = "EssentialContainerExited";
                task.stopped_reason = "Essential container in task exited";
                task.stopping_at = task.stopped_at = ends;
                container = arena_alloc(arena, sizeof(*container));
                *container = dead;
                task.containers = container;
                task.n_containers = 1;
        }
        return task;
}

/* As many as are desired; one that exits is replaced 5 s later. */
static size_t fill_tasks(const struct Stage *stage, const struct StageService *s,
                         struct TaskFacts *tasks, struct Arena *arena) {
        const struct StageDeployment *d = stage_primary(s);
        usec_t began = MAX(d->created_at, s->scaled_at);
        size_t n = 0;

        bool has_well = d->behaviour.well_on != NULL;

        if (d->behaviour.never_starts)
                return 0;
        if (has_well) {
                struct StageDeployment well = *d;

                well.behaviour =
                        (struct Behaviour) {.container_instance_arn = d->behaviour.well_on};
                tasks[n] = task_of(&well, n, began, stage->now, arena);
                tasks[n].started_by = d->id;
                tasks[n++].task_definition = d->task_definition;
        }
        for (usec_t at = began; at <= stage->now && n + (size_t) s->desired <= TASKS_MAX;
             at += d->behaviour.exits_after + STAGE_TICK) {
                for (int64_t i = has_well; i < s->desired; i++, n++)
                        tasks[n] = task_of(d, n, at, stage->now, arena);
                if (d->behaviour.exits_after == 0)
                        break;
        }
        return n;
}

static void fill_service(const struct Stage *stage, const struct StageService *s, size_t running,
                         struct DeploymentFacts *deployments, struct ServiceFacts *ret,
                         struct Arena *arena) {
        const struct StageDeployment *d = stage_primary(s);
        bool done =
                (completes(d) || s->desired == 0) && stage->now >= d->created_at + 2 * STAGE_TICK;
        char arn[160];

        snprintf(arn, sizeof(arn), "arn:aws:ecs:us-east-1:123456789012:service/c/%s", s->name);
        deployments[0] = (struct DeploymentFacts) {
                .id = d->id,
                .status = DEPLOYMENT_PRIMARY,
                .task_definition = d->task_definition,
                .created_at = d->created_at,
                .updated_at = d->created_at,
                .desired_count = s->desired,
                .running_count = (int64_t) running,
                .rollout_state = done ? ROLLOUT_COMPLETED : ROLLOUT_IN_PROGRESS,
        };
        *ret = (struct ServiceFacts) {
                .arn = arena_copy(arena, arn),
                .name = s->name,
                .cluster_arn = CLUSTER_ARN,
                .status = "ACTIVE",
                .task_definition = d->task_definition,
                .created_at = s->created_at != USEC_UNKNOWN ? s->created_at
                                                            : STAGE_EPOCH - 24 * USEC_PER_HOUR,
                .desired_count = s->desired,
                .running_count = (int64_t) running,
                .strategy = stage->strategy,
                .deployments = deployments,
                .n_deployments = 1,
        };
        stage_service_deployment(s, s->deployments + s->n_deployments - 1, arn);
        ret->current_service_deployment = arena_copy(arena, arn);
        if (!done && d > s->deployments) {
                deployments[1] = (struct DeploymentFacts) {
                        .id = d[-1].id,
                        .status = DEPLOYMENT_ACTIVE,
                        .task_definition = d[-1].task_definition,
                        .created_at = d[-1].created_at,
                        .desired_count = s->desired,
                        .running_count = s->desired,
                        .rollout_state = ROLLOUT_COMPLETED,
                };
                ret->n_deployments = 2;
                ret->running_count += s->desired;
        }
}

/* With its log, where it has one. */
static const struct TaskDefinitionFacts *definition_now(const struct StageDeployment *d,
                                                        struct Arena *arena) {
        static const char *const ESSENTIAL[] = {"app"};
        static const struct ContainerLogFacts LOG = {"app", "awslogs", "/ecs/app", "us-east-1",
                                                     "ecs"};
        struct TaskDefinitionFacts *definition = arena_alloc(arena, sizeof(*definition));

        *definition = (struct TaskDefinitionFacts) {.arn = d->task_definition,
                                                    .status = "ACTIVE",
                                                    .essential_containers = ESSENTIAL,
                                                    .n_essential_containers = 1,
                                                    .logs = &LOG,
                                                    .n_logs = 1};
        return definition;
}

size_t stage_service_at(const struct Stage *stage, const char *name) {
        size_t i = 0;

        while (!text_equal(stage->services[i].name, name))
                i++;
        return i;
}

struct Facts *stage_facts(const struct Stage *stage, size_t service) {
        const struct StageService *s = stage->services + service;
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct Facts *facts = arena_alloc(arena, sizeof(*facts));
        struct TaskFacts *tasks = arena_alloc_array(arena, TASKS_MAX, sizeof(*tasks));
        struct DeploymentFacts *deployments = arena_alloc_array(arena, 2, sizeof(*deployments));
        const char **running = arena_alloc_array(arena, TASKS_MAX, sizeof(*running));
        const struct SourceFacts source = {.completeness = SOURCE_COMPLETE,
                                           .asked_at = stage->now,
                                           .answered_at = stage->now};
        struct TaskNeeds needs;
        size_t n, n_running = 0;

        n = fill_tasks(stage, s, tasks, arena);
        for (size_t i = 0; i < n; i++)
                if (text_equal(tasks[i].last_status, "RUNNING"))
                        running[n_running++] = tasks[i].id;
        facts->arena = arena;
        fill_service(stage, s, n_running, deployments, &facts->service, arena);
        facts->service_source = source;
        if (!WATCH_HOOKS.needs_tasks(stage->watches[service], &facts->service, &needs))
                return facts;
        facts->tasks = tasks;
        facts->n_tasks = n;
        facts->running_ids = running;
        facts->n_running_ids = n_running;
        facts->stopped_source = facts->running_source = source;
        if (s->partial)
                facts->stopped_source.completeness = SOURCE_PARTIAL;
        if (stage->logs)
                facts->task_definition = definition_now(stage_primary(s), arena);
        return facts;
}
