/* SPDX-License-Identifier: Apache-2.0 */
/* From timelines to facts. */
#include "timeline.h"

#include <stdlib.h>

#include "base/macros.h"

static usec_t instant(double second, double now) {
        return second == NEVER || second > now ? USEC_UNKNOWN : timeline_at(second);
}

struct Rollout timeline_rollout(void) {
        return (struct Rollout) {
                .service_arn = "arn:aws:ecs:eu-west-1:123456789012:service/c/s",
                .service_created_at = timeline_at(-86400),
                .deployment = TIMELINE_DEPLOYMENT,
                .ordinal = 1,
                .task_definition = "arn:aws:ecs:eu-west-1:123456789012:task-definition/app:2",
                .started_at = TIMELINE_START,
        };
}

static void add_task(struct Facts *facts, struct TaskFacts *ret, const struct TimelineTask *task,
                     size_t i, double now, bool checked) {
        struct ContainerFacts *container =
                arena_alloc_array(facts->arena, 1, sizeof(struct ContainerFacts));
        bool stopped = task->stopped != NEVER && task->stopped <= now;
        bool started = task->started != NEVER && task->started <= now;

        *container = (struct ContainerFacts) {.name = "app"};
        *ret = (struct TaskFacts) {
                .arn = arena_format(facts->arena,
                                    "arn:aws:ecs:eu-west-1:123456789012:task/c/%032zx", i),
                .started_by = TIMELINE_DEPLOYMENT,
                .last_status = stopped   ? "STOPPED"
                               : started ? "RUNNING"
                                         : "PENDING",
                .desired_status = stopped ? "STOPPED" : "RUNNING",
                .created_at = timeline_at(task->created),
                .started_at = instant(task->started, now),
                .container_instance_arn = task->instance,
                .containers = container,
                .n_containers = 1,
        };
        if (checked && started && !stopped)
                ret->health_status = task->healthy != NEVER && task->healthy <= now
                                             ? HEALTH_HEALTHY
                                             : HEALTH_UNKNOWN;
        if (!stopped)
                return;
        ret->stopping_at = timeline_at(task->stopped);
        ret->stopped_at = timeline_at(task->stopped) + USEC_PER_SEC;
        ret->stop_code = task->stop_code;
        ret->stopped_reason = task->stopped_reason;
        container->reason = task->container_reason;
        container->has_exit_code = task->exit_code != NEVER;
        container->exit_code = task->exit_code;
}

static void add_events(struct Facts *facts, const struct Timeline *timeline, double now) {
        struct ServiceEvent *events =
                arena_alloc_array(facts->arena, timeline->n_events, sizeof(struct ServiceEvent));

        facts->service.events = events;
        for (size_t i = timeline->n_events; i > 0; i--) {
                const struct TimelineEvent *event = &timeline->event[i - 1];

                if (event->at <= now)
                        events[facts->service.n_events++] = (struct ServiceEvent) {
                                .id = arena_format(facts->arena, "event-%03zu", i),
                                .created_at = timeline_at(event->at),
                                .message = event->message,
                        };
        }
}

static void add_service(struct Facts *facts, const struct Timeline *timeline, double now,
                        int running, int pending) {
        struct DeploymentFacts *deployment =
                arena_alloc_array(facts->arena, 1, sizeof(struct DeploymentFacts));
        bool primary = timeline->primary_until == NEVER || now < timeline->primary_until;

        *deployment = (struct DeploymentFacts) {
                .id = TIMELINE_DEPLOYMENT,
                .status = primary ? DEPLOYMENT_PRIMARY : DEPLOYMENT_ACTIVE,
                .created_at = TIMELINE_START,
                .desired_count = timeline->desired,
                .running_count = running,
                .pending_count = pending,
                .rollout_state = ROLLOUT_IN_PROGRESS,
        };
        if (timeline->failed != NEVER && now >= timeline->failed) {
                deployment->rollout_state = ROLLOUT_FAILED;
                deployment->rollout_state_reason = timeline->state_reason;
        } else if (timeline->completed != NEVER && now >= timeline->completed)
                deployment->rollout_state = ROLLOUT_COMPLETED;
        if (timeline->classic)
                deployment->rollout_state = ROLLOUT_STATE_ABSENT;

        facts->service.deployments = deployment;
        facts->service.n_deployments = 1;
        facts->service.desired_count = timeline->desired;
        facts->service.running_count = running;
        facts->service.pending_count = pending;
        facts->service.daemon_strategy = timeline->daemon;
        facts->service.early_success_enabled = timeline->early_success;
        facts->service.has_load_balancer = timeline->load_balancer;
        facts->service.health_check_grace_period_seconds = timeline->grace;
}

struct Facts *timeline_facts(const struct Timeline *timeline, double now) {
        struct Arena *arena = arena_new((size_t) 64 << 20);
        struct Facts *facts = arena_alloc(arena, sizeof(*facts));
        struct TaskFacts *tasks = arena_alloc_array(arena, timeline->n_tasks, sizeof(*tasks));
        const char **ids = arena_alloc_array(arena, timeline->n_tasks, sizeof(*ids));
        bool troubled = timeline->tasks != TOLD && now >= timeline->from && now < timeline->to;
        struct SourceFacts source = {
                .completeness = troubled ? SOURCE_PARTIAL : SOURCE_COMPLETE,
                .denied = troubled && timeline->tasks == DENIED,
                .asked_at = timeline_at(now),
                .answered_at = timeline_at(now + 0.5),
        };
        int running = 0, pending = 0;

        if (!tasks)
                abort();
        facts->arena = arena;
        facts->service_source = source;
        facts->service_source.completeness = SOURCE_COMPLETE;
        facts->stopped_source = facts->running_source = source;
        facts->tasks = tasks;
        facts->running_ids = ids;
        for (size_t i = 0; i < timeline->n_tasks; i++) {
                const struct TimelineTask *task = &timeline->task[i];

                if (task->created > now)
                        continue;
                if (!(task->stopped != NEVER && task->stopped <= now)) {
                        if (task->started != NEVER && task->started <= now)
                                running++;
                        else
                                pending++;
                        if (!troubled)
                                ids[facts->n_running_ids++] = arena_format(arena, "%032zx", i);
                }
                if (!troubled)
                        add_task(facts, &tasks[facts->n_tasks++], task, i, now,
                                 timeline->container_check);
        }
        if (timeline->container_check) {
                struct TaskDefinitionFacts *definition = arena_alloc(arena, sizeof(*definition));

                definition->has_container_health_check = true;
                facts->task_definition = definition;
        }
        add_service(facts, timeline, now, MAX(running - timeline->running_minus, 0), pending);
        add_events(facts, timeline, now);
        return facts;
}

struct Timeline *timeline_new(int desired) {
        struct Timeline *timeline = calloc(1, sizeof(*timeline));

        if (!timeline)
                abort();
        timeline->desired = desired;
        timeline->completed = timeline->failed = timeline->primary_until = NEVER;
        return timeline;
}

void timeline_observe(struct Evidence *evidence, const struct Timeline *timeline, double second) {
        _cleanup_(facts_freep) struct Facts *facts = timeline_facts(timeline, second);

        if (evidence_add(evidence, facts) < 0)
                abort();
}

void timeline_add(struct Timeline *timeline, size_t n, double first, double every, double startup,
                  double lived, struct TimelineTask like) {
        for (size_t i = 0; i < n; i++) {
                struct TimelineTask *task = &timeline->task[timeline->n_tasks++];

                if (timeline->n_tasks > TIMELINE_TASKS_MAX)
                        abort();
                *task = like;
                task->created = first + every * (double) i;
                task->started = startup == NEVER ? NEVER : task->created + startup;
                task->stopped = lived == NEVER ? NEVER : task->created + MAX(startup, 0) + lived;
        }
}
