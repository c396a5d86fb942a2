/* SPDX-License-Identifier: Apache-2.0 */
/* The members that the judge reads, spelled as ECS spells them. Texts are the simulator's own; they
 * live until it goes on. */
#include "eyes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macros.h"
#include "base/text.h"

#define ACCOUNT "arn:aws:ecs:us-east-1:123456789012:"

enum { ARN_MAX = 128, DEPLOYMENTS_MAX = 8, TASKS_MAX = 500000 };

/* An answer of DescribeServices. */
struct Answer {
        struct ServiceFacts service;
        struct DeploymentFacts deployments[DEPLOYMENTS_MAX];
        char definitions[DEPLOYMENTS_MAX][ARN_MAX];
        struct ServiceEvent events[SIM_EVENTS_KEPT];
        char messages[SIM_EVENTS_KEPT][SIM_TEXT_MAX];
        char ids[SIM_EVENTS_KEPT][SIM_ID_MAX];
};

struct Seen { /* one task */
        struct TaskFacts facts;
        struct ContainerFacts container;
        char arn[ARN_MAX], instance[ARN_MAX];
};

struct Eyes {
        struct Answer answers[2]; /* the newest one is at `newest` */
        unsigned newest, n_answers;
        struct Seen *seen;
        size_t n_seen, seen_allocated;
        struct TaskFacts *tasks;
        size_t tasks_allocated;
        const char **running;
        size_t n_running, running_allocated;
        struct TaskDefinitionFacts definition;
        struct Facts facts;
};

static void *must(void *memory) {
        if (!memory) {
                fprintf(stderr, "out of memory\n");
                exit(EXIT_FAILURE);
        }
        return memory;
}

struct Eyes *eyes_new(void) {
        return must(calloc(1, sizeof(struct Eyes)));
}

void eyes_free(struct Eyes *eyes) {
        free(eyes->seen);
        free(eyes->tasks);
        free(eyes->running);
        free(eyes);
}

/* ---- DescribeServices ---- */

static enum RolloutState rollout_state(const struct World *world,
                                       const struct SimDeployment *deployment) {
        if (world->cell->no_rollout_state)
                return ROLLOUT_STATE_ABSENT;
        switch (deployment->rollout) {
        case SIM_IN_PROGRESS: return ROLLOUT_IN_PROGRESS;
        case SIM_COMPLETED: return ROLLOUT_COMPLETED;
        case SIM_FAILED: return ROLLOUT_FAILED;
        }
        return ROLLOUT_STATE_ABSENT;
}

static void answer_deployment(struct Answer *answer, const struct World *world,
                              const struct SimDeployment *deployment) {
        struct SimCounts counts = sim_count(world->sim, world->service, deployment);
        size_t i = answer->service.n_deployments++;

        snprintf(answer->definitions[i], ARN_MAX, ACCOUNT "task-definition/%s",
                 deployment->revision->definition->name);
        answer->deployments[i] = (struct DeploymentFacts) {
                .id = deployment->id,
                .status =
                        deployment->status == SIM_PRIMARY ? DEPLOYMENT_PRIMARY : DEPLOYMENT_ACTIVE,
                .task_definition = answer->definitions[i],
                .created_at = deployment->created_at,
                .updated_at = deployment->updated_at,
                .desired_count = deployment->desired,
                .running_count = counts.running,
                .pending_count = counts.pending,
                .failed_tasks = deployment->failed_tasks,
                .rollout_state = rollout_state(world, deployment),
        };
}

/* Copied: a stale answer outlives what it was made of. */
static void answer_events(struct Answer *answer, const struct SimService *service) {
        answer->service.n_events = service->n_events;
        for (size_t i = 0; i < service->n_events; i++) {
                const struct SimEvent *event = &service->events[i];

                snprintf(answer->messages[i], SIM_TEXT_MAX, "%s", event->message);
                memcpy(answer->ids[i], event->id, SIM_ID_MAX);
                answer->events[i] = (struct ServiceEvent) {answer->ids[i], event->created_at,
                                                           answer->messages[i]};
        }
}

static const struct ServiceFacts *answer_service(struct Answer *answer, const struct World *world) {
        const struct SimService *service = world->service;
        struct SimCounts counts = sim_count(world->sim, service, NULL);

        answer->service = (struct ServiceFacts) {
                .arn = ACCOUNT "service/prod/web",
                .name = service->name,
                .cluster_arn = ACCOUNT "cluster/prod",
                .status = "ACTIVE",
                .created_at = service->created_at,
                .desired_count = service->desired,
                .running_count = counts.running,
                .pending_count = counts.pending,
                .has_load_balancer = service->load_balancer.target_group,
                .deployments = answer->deployments,
                .events = answer->events,
        };
        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status != SIM_INACTIVE &&
                    answer->service.n_deployments < DEPLOYMENTS_MAX)
                        answer_deployment(answer, world, service->deployments[i]);
        answer_events(answer, service);
        return &answer->service;
}

/* ---- ListTasks, DescribeTasks ---- */

static enum HealthStatus health(enum SimHealth health) {
        switch (health) {
        case SIM_UNKNOWN: return HEALTH_UNKNOWN;
        case SIM_HEALTHY: return HEALTH_HEALTHY;
        case SIM_UNHEALTHY: return HEALTH_UNHEALTHY;
        }
        return HEALTH_UNKNOWN;
}

static void describe(struct Seen *seen, const struct SimTask *task) {
        const struct SimContainer *container = &task->containers[0];

        if (task->instance)
                snprintf(seen->instance, ARN_MAX, ACCOUNT "container-instance/prod/%s",
                         task->instance->id);
        seen->container = (struct ContainerFacts) {
                .name = task->definition->containers[0].name,
                .reason = container->reason,
                .has_exit_code = container->has_exit_code,
                .exit_code = container->exit_code,
                .health_status = health(container->health),
        };
        seen->facts = (struct TaskFacts) {
                .arn = seen->arn,
                .id = task->id,
                .started_by = task->deployment->id,
                .last_status = sim_task_status_name(task->status),
                .desired_status = task->wanted ? "RUNNING" : "STOPPED",
                .health_status = health(task->health),
                .stop_code = sim_stop_code_name(task->stop_code),
                .stopped_reason = task->stopped_reason,
                .created_at = task->created_at,
                .started_at = task->started_at,
                .stopping_at = task->stopping_at,
                .stopped_at = task->stopped_at,
                .container_instance_arn = task->instance ? seen->instance : NULL,
                .availability_zone = task->availability_zone,
                .containers = &seen->container,
                .n_containers = 1,
        };
}

static void look_at_task(struct Eyes *eyes, const struct SimTask *task,
                         const struct Evidence *evidence) {
        struct Seen *seen = &eyes->seen[eyes->n_seen];

        snprintf(seen->arn, ARN_MAX, ACCOUNT "task/prod/%s", task->id);
        if (task->wanted)
                eyes->running[eyes->n_running++] = seen->arn;
        /* What only has its ARN in the list needs its place too. */
        eyes->n_seen++;
        seen->facts.arn = NULL;
        if (evidence_task_interest(evidence, seen->arn, !task->wanted, USEC_INFINITY) != TASK_KNOWN)
                describe(seen, task);
}

static void reserve(struct Eyes *eyes, size_t n) {
        if (array_reserve(&eyes->seen, &eyes->seen_allocated, n, sizeof(*eyes->seen), TASKS_MAX) <
                    0 ||
            array_reserve(&eyes->tasks, &eyes->tasks_allocated, n, sizeof(*eyes->tasks),
                          TASKS_MAX) < 0 ||
            array_reserve(&eyes->running, &eyes->running_allocated, n, sizeof(*eyes->running),
                          TASKS_MAX) < 0)
                must(NULL);
}

static void look_at_tasks(struct Eyes *eyes, const struct World *world,
                          const struct Evidence *evidence) {
        const struct SimService *service = world->service;

        reserve(eyes, service->n_tasks + 1);
        eyes->n_seen = eyes->n_running = 0;
        eyes->facts.n_tasks = 0;
        for (size_t i = 0; i < service->n_tasks; i++)
                if (service->tasks[i]->deployment == world->deployment)
                        look_at_task(eyes, service->tasks[i], evidence);
        for (size_t i = 0; i < eyes->n_seen; i++)
                if (eyes->seen[i].facts.arn)
                        eyes->tasks[eyes->facts.n_tasks++] = eyes->seen[i].facts;
}

const struct ServiceFacts *eyes_glance(struct Eyes *eyes, const struct World *world) {
        eyes->newest = !eyes->newest;
        eyes->n_answers++;
        return answer_service(&eyes->answers[eyes->newest], world);
}

const struct Facts *eyes_look(struct Eyes *eyes, const struct World *world,
                              const struct Evidence *evidence, usec_t now, bool stale,
                              bool refused) {
        struct SourceFacts whole = {SOURCE_COMPLETE, now, now, false, NULL};
        struct SourceFacts none = {SOURCE_PARTIAL, now, now, false, "refused"};
        const struct ServiceFacts *service;

        if (stale && eyes->n_answers > 0)
                service = &eyes->answers[eyes->newest].service;
        else
                service = eyes_glance(eyes, world);
        look_at_tasks(eyes, world, evidence);
        eyes->definition =
                (struct TaskDefinitionFacts) {.status = "ACTIVE",
                                              .has_container_health_check = world->cell->check};
        eyes->facts.service = *service;
        eyes->facts.service_source = whole;
        eyes->facts.stopped_source = eyes->facts.running_source = refused ? none : whole;
        eyes->facts.task_definition = &eyes->definition;
        eyes->facts.tasks = eyes->tasks;
        if (refused)
                eyes->facts.n_tasks = 0;
        eyes->facts.running_ids = eyes->running;
        eyes->facts.n_running_ids = refused ? 0 : eyes->n_running;
        return &eyes->facts;
}
