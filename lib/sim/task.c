/* SPDX-License-Identifier: Apache-2.0 */
/* A task's life, from PROVISIONING to RUNNING and healthy. Its end is in stop.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "sim/core.h"

static const char NO_SPACE[] =
        "CannotPullContainerError: failed to register layer: write /var/lib/docker/overlay2: no space "
        "left on device";

/* What share of the start each status takes, in hundredths; the rest is pulling (PENDING). */
enum {
        PROVISIONING_SHARE = 35, /* Fargate: the network interface */
        ACTIVATING_SHARE = 10,   /* with a load balancer: registering the target */
};

bool task_needs_target(const struct SimTask *task) {
        return task->service->load_balancer.target_group;
}

bool task_needs_check(const struct SimTask *task) {
        for (size_t i = 0; i < task->definition->n_containers; i++)
                if (task->definition->containers[i].health_check)
                        return true;
        return false;
}

bool sim_task_is_healthy(const struct Sim *sim, const struct SimTask *task) {
        bool check = task_needs_check(task), target = task_needs_target(task);

        if (!task->wanted || task->status != SIM_RUNNING)
                return false;
        if (!check && !target)
                return sim->now >= usec_add(task->started_at, sim->options.healthy_wait);
        return (!check || task->health == SIM_HEALTHY) && (!target || task->target == SIM_HEALTHY);
}

static int schedule(struct Sim *sim, const struct SimTask *task, enum SimOccasion occasion,
                    usec_t delay) {
        return sim_schedule(sim, usec_add(sim->now, delay),
                            (struct SimOccurrence) {
                                    .occasion = occasion,
                                    .slot = task->slot,
                                    .epoch = task->epoch,
                            });
}

static int take_slot(struct Sim *sim, struct SimTask *task) {
        int r;

        if (sim->n_free_slots > 0) {
                task->slot = sim->free_slots[--sim->n_free_slots];
        } else {
                r = array_reserve(&sim->tasks, &sim->slots_allocated, sim->n_slots + 1,
                                  sizeof(*sim->tasks), SIM_TASKS_MAX);
                if (r < 0)
                        return r;
                /* So that giving the slot back cannot fail. */
                r = array_reserve(&sim->free_slots, &sim->free_slots_allocated, sim->n_slots + 1,
                                  sizeof(*sim->free_slots), SIM_TASKS_MAX);
                if (r < 0)
                        return r;
                task->slot = sim->n_slots++;
        }
        sim->tasks[task->slot] = task;
        return 0;
}

static bool fault_strikes(struct Sim *sim, const struct SimTask *task) {
        const struct SimBehaviour *behaviour = &task->behaviour;
        bool drawn = random_unit(&sim->random) < behaviour->share;

        if (behaviour->fault == SIM_FAULT_NONE)
                return false;
        if (behaviour->instance[0] &&
            !(task->instance && text_equal(task->instance->name, behaviour->instance)))
                return false;
        if (behaviour->availability_zone[0] &&
            !text_equal(task->availability_zone, behaviour->availability_zone))
                return false;
        return drawn;
}

/* A dependency that has come back in the meantime spares the task. */
static bool fault_shows(const struct Sim *sim, const struct SimTask *task) {
        const struct SimBehaviour *behaviour = &task->behaviour;

        return task->struck && sim->now < behaviour->until &&
               sim->now < usec_add(task->deployment->created_at, behaviour->until_age);
}

/* Fargate spreads over three zones. */
static void set_zone(const struct Sim *sim, struct SimTask *task) {
        char letter = (char) ('a' + task->service->n_tasks % 3);

        if (task->instance)
                snprintf(task->availability_zone, sizeof(task->availability_zone), "%s",
                         task->instance->availability_zone);
        else
                snprintf(task->availability_zone, sizeof(task->availability_zone), "%.32s%c",
                         sim->region, letter);
}

static usec_t share_of(usec_t duration, unsigned hundredths) {
        return duration / 100 * hundredths;
}

static int first_step(struct Sim *sim, struct SimTask *task) {
        unsigned activating = task_needs_target(task) ? ACTIVATING_SHARE : 0;

        if (!task->instance) {
                task->status = SIM_PROVISIONING;
                return schedule(sim, task, SIM_TASK_STEP,
                                share_of(task->behaviour.start, PROVISIONING_SHARE));
        }
        task->status = SIM_PENDING;
        task->pull_started_at = sim->now;
        return schedule(sim, task, SIM_TASK_STEP,
                        share_of(task->behaviour.start, 100 - activating));
}

static usec_t start_takes(struct Sim *sim, const struct SimBehaviour *behaviour) {
        if (behaviour->start_at_most <= behaviour->start)
                return sim_jitter(sim, behaviour->start);
        return behaviour->start +
               random_below(&sim->random, behaviour->start_at_most - behaviour->start + 1);
}

int task_start(struct Sim *sim, struct SimDeployment *deployment, struct SimInstance *instance,
               struct SimTask **ret) {
        struct SimService *service = deployment->service;
        struct SimTask *task;
        int r;

        r = array_reserve(&service->tasks, &service->tasks_allocated, service->n_tasks + 1,
                          sizeof(*service->tasks), SIM_TASKS_MAX);
        if (r < 0)
                return r;
        task = calloc(1, sizeof(*task));
        if (!task)
                return -ENOMEM;
        r = take_slot(sim, task);
        if (r < 0) {
                free(task);
                return r;
        }

        sim_hex(sim, task->id, 32);
        task->service = service;
        task->deployment = deployment;
        task->definition = deployment->revision->definition;
        task->instance = instance;
        set_zone(sim, task);
        task->wanted = true;
        task->created_at = sim->now;
        task->version = 1;
        task->behaviour = task->definition->behaviour;
        task->behaviour.start = start_takes(sim, &task->behaviour);
        task->struck = fault_strikes(sim, task);
        task->epoch = ++sim->epoch;
        for (size_t i = 0; i < task->definition->n_containers; i++)
                sim_uuid(sim, task->containers[i].id);
        placement_take(task);
        service->tasks[service->n_tasks++] = task;
        *ret = task;
        return first_step(sim, task);
}

static int run(struct Sim *sim, struct SimTask *task) {
        const struct SimBehaviour *behaviour = &task->behaviour;
        bool check = task_needs_check(task), target = task_needs_target(task), strikes;
        int r;

        task->status = SIM_RUNNING;
        task->started_at = sim->now;
        task->deployment->wave_failures = 0;
        task->deployment->failed_waves = 0;
        event_placement_resolved(task->service);
        for (size_t i = 0; i < task->definition->n_containers; i++)
                task->containers[i].ran = true;

        /* A check that nothing defines cannot fail. */
        strikes = task->struck && (behaviour->fault == SIM_FAULT_HEALTH ? check
                                   : behaviour->fault == SIM_FAULT_LB   ? target
                                                                        : true);
        if (strikes) {
                r = schedule(sim, task, SIM_TASK_FAULT, behaviour->after);
                if (r < 0)
                        return r;
        }
        return schedule(sim, task, SIM_TASK_READY,
                        check || target ? behaviour->ready : sim->options.healthy_wait);
}

static int leave_provisioning(struct Sim *sim, struct SimTask *task) {
        if (task->behaviour.fault == SIM_FAULT_INIT && fault_shows(sim, task))
                return task_fail_to_start(sim, task, task->behaviour.reason);

        task->status = SIM_PENDING;
        task->pull_started_at = sim->now;
        return schedule(sim, task, SIM_TASK_STEP,
                        share_of(task->behaviour.start,
                                 100 - PROVISIONING_SHARE -
                                         (task_needs_target(task) ? ACTIVATING_SHARE : 0)));
}

static bool never_runs(enum SimFault fault) {
        return fault == SIM_FAULT_PULL || fault == SIM_FAULT_INIT || fault == SIM_FAULT_START;
}

static int leave_pending(struct Sim *sim, struct SimTask *task) {
        if (never_runs(task->behaviour.fault) && fault_shows(sim, task))
                return task_fail_to_start(sim, task, task->behaviour.reason);
        if (!disk_take(task)) {
                task->behaviour.fault = SIM_FAULT_PULL; /* it is the agent that tells of it */
                return task_fail_to_start(sim, task, NO_SPACE);
        }

        task->pull_stopped_at = sim->now;
        if (!task_needs_target(task))
                return run(sim, task);
        task->status = SIM_ACTIVATING;
        return schedule(sim, task, SIM_TASK_STEP,
                        share_of(task->behaviour.start, ACTIVATING_SHARE));
}

int task_step(struct Sim *sim, struct SimTask *task) {
        int r = 0;

        task->version++;
        switch (task->status) {
        case SIM_PROVISIONING: r = leave_provisioning(sim, task); break;
        case SIM_PENDING: r = leave_pending(sim, task); break;
        case SIM_ACTIVATING: r = run(sim, task); break;
        case SIM_DEACTIVATING:
        case SIM_STOPPING:
        case SIM_DEPROVISIONING: r = task_stop_step(sim, task); break;
        case SIM_RUNNING:
        case SIM_STOPPED: break; /* nothing takes a task on from here but a decision */
        }
        return r < 0 ? r : service_wake(sim, task->service);
}

static void set_health(struct SimTask *task, enum SimHealth health) {
        task->health = health;
        for (size_t i = 0; i < task->definition->n_containers; i++)
                if (task->definition->containers[i].health_check)
                        task->containers[i].health = health;
}

int task_ready(struct Sim *sim, struct SimTask *task) {
        const struct SimBehaviour *behaviour = &task->behaviour;
        bool shows = fault_shows(sim, task) && !behaviour->passes_first;

        if (task_needs_check(task) && !(shows && behaviour->fault == SIM_FAULT_HEALTH))
                set_health(task, SIM_HEALTHY);
        if (task_needs_target(task) && !(shows && behaviour->fault == SIM_FAULT_LB))
                task->target = SIM_HEALTHY;
        task->version++;
        if (sim_task_is_healthy(sim, task))
                breaker_reset(task->deployment);
        return service_wake(sim, task->service);
}

int task_fault(struct Sim *sim, struct SimTask *task) {
        bool shows = fault_shows(sim, task);

        switch (task->behaviour.fault) {
        case SIM_FAULT_EXIT:
        case SIM_FAULT_OOM:
                if (!shows)
                        return 0;
                return task_exit(sim, task);
        case SIM_FAULT_HEALTH: set_health(task, shows ? SIM_UNHEALTHY : SIM_HEALTHY); break;
        case SIM_FAULT_LB: task->target = shows ? SIM_UNHEALTHY : SIM_HEALTHY; break;
        case SIM_FAULT_NONE:
        case SIM_FAULT_PULL:
        case SIM_FAULT_INIT:
        case SIM_FAULT_START: return 0; /* none of these waits for RUNNING */
        }
        task->version++;
        if (sim_task_is_healthy(sim, task))
                breaker_reset(task->deployment);
        return service_wake(sim, task->service);
}

void task_free(struct SimTask *task) {
        if (!task)
                return;

        for (size_t i = 0; i < SIM_CONTAINERS_MAX; i++)
                free(task->containers[i].reason);
        free(task->stopped_reason);
        free(task);
}

void task_forget(struct Sim *sim, struct SimTask *task) {
        struct SimService *service = task->service;

        for (size_t i = 0; i < service->n_tasks; i++) {
                if (service->tasks[i] != task)
                        continue;
                memmove(&service->tasks[i], &service->tasks[i + 1],
                        (service->n_tasks - i - 1) * sizeof(*service->tasks));
                service->n_tasks--;
                break;
        }
        sim->tasks[task->slot] = NULL;
        sim->free_slots[sim->n_free_slots++] = task->slot;
        task_free(task);
}
