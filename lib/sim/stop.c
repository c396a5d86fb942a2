/* SPDX-License-Identifier: Apache-2.0 */
/* How tasks end: who decided it, what is told of it, and how long it takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sim/core.h"

static const usec_t SIGTERM_PATIENCE = 30 * USEC_PER_SEC;
static const usec_t FARGATE_DEPROVISIONING = 8 * USEC_PER_SEC;
static const usec_t AGENT_REPORT = USEC_PER_SEC; /* EC2: the agent tells of an exit */

enum {
        EXIT_SIGKILL = 137,
        EXIT_SIGTERM = 143,
};

static int next_step(struct Sim *sim, const struct SimTask *task, usec_t delay) {
        return sim_schedule(sim, usec_add(sim->now, delay),
                            (struct SimOccurrence) {
                                    .occasion = SIM_TASK_STEP,
                                    .slot = task->slot,
                                    .epoch = task->epoch,
                            });
}

static int set_reason(char **reason, const char *text) {
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*reason);
        *reason = copy;
        return 0;
}

/* What everybody may know at once; exit codes come at the end. */
static int begin_stop(struct Sim *sim, struct SimTask *task, enum SimStopCode code,
                      const char *reason) {
        int r;

        r = set_reason(&task->stopped_reason, reason);
        if (r < 0)
                return r;
        task->wanted = false;
        task->stop_code = code;
        task->stopping_at = sim->now;
        task->epoch = ++sim->epoch; /* whatever was to happen to it will not */
        task->version++;
        return service_wake(sim, task->service);
}

/* Applications differ: some end cleanly, some with the signal, some are killed. */
static usec_t plan_exit_codes(struct Sim *sim, struct SimTask *task) {
        const struct SimBehaviour *behaviour = &task->behaviour;
        int code = behaviour->stop_code;
        usec_t takes = behaviour->stop_takes;

        if (code < 0) {
                static const int CODES[] = {0, 0, 0, EXIT_SIGTERM, EXIT_SIGKILL};

                code = CODES[random_below(&sim->random, ARRAY_SIZE(CODES))];
                if (code == EXIT_SIGKILL)
                        takes = SIGTERM_PATIENCE;
        }
        if (takes >= SIGTERM_PATIENCE) {
                takes = SIGTERM_PATIENCE;
                code = EXIT_SIGKILL;
        }
        for (size_t i = 0; i < task->definition->n_containers; i++)
                task->containers[i].exit_code = code;
        return takes;
}

static int finish(struct Sim *sim, struct SimTask *task) {
        int r;

        task->status = SIM_STOPPED;
        task->stopped_at = sim->now;
        if (task->started_at != USEC_UNKNOWN && task->execution_stopped_at == USEC_UNKNOWN)
                task->execution_stopped_at = sim->now;
        for (size_t i = 0; i < task->definition->n_containers; i++)
                task->containers[i].has_exit_code = task->containers[i].ran;
        placement_release(task);
        r = disk_release_later(sim, task);
        if (r < 0)
                return r;
        return sim_schedule(sim, usec_add(sim->now, sim->options.stopped_tasks_kept),
                            (struct SimOccurrence) {
                                    .occasion = SIM_TASK_FORGET,
                                    .slot = task->slot,
                                    .epoch = task->epoch,
                            });
}

int task_stop_step(struct Sim *sim, struct SimTask *task) {
        if (task->status == SIM_DEACTIVATING) {
                task->status = SIM_STOPPING;
                return next_step(sim, task, plan_exit_codes(sim, task));
        }
        if (task->status == SIM_STOPPING) {
                task->execution_stopped_at = sim->now;
                if (!task->instance) {
                        task->status = SIM_DEPROVISIONING;
                        return next_step(sim, task, sim_jitter(sim, FARGATE_DEPROVISIONING));
                }
        }
        return finish(sim, task);
}

int task_stop(struct Sim *sim, struct SimTask *task, enum SimStopCode code, const char *reason) {
        bool runs = task->status == SIM_RUNNING;
        int r;

        if (!task->wanted)
                return 0;
        r = begin_stop(sim, task, code, reason);
        if (r < 0)
                return r;

        if (runs && task->registered) {
                task->status = SIM_DEACTIVATING;
                return next_step(sim, task, task->service->load_balancer.deregistration_delay);
        }
        task->status = SIM_STOPPING;
        return next_step(sim, task, runs ? plan_exit_codes(sim, task) : AGENT_REPORT);
}

/* Nothing runs in it any more. */
static int end_dead(struct Sim *sim, struct SimTask *task) {
        if (task->instance) {
                task->status = SIM_STOPPING;
                return next_step(sim, task, AGENT_REPORT);
        }
        task->status = SIM_DEPROVISIONING;
        return next_step(sim, task, sim_jitter(sim, FARGATE_DEPROVISIONING));
}

int task_fail_to_start(struct Sim *sim, struct SimTask *task, const char *text) {
        /* The agent of an instance tells of the container, Fargate of the task. */
        bool of_container = task->behaviour.fault == SIM_FAULT_START ||
                            (task->instance && task->behaviour.fault == SIM_FAULT_PULL);
        int r;

        r = begin_stop(sim, task, SIM_TASK_FAILED_TO_START,
                       of_container ? "Task failed to start" : text);
        if (r < 0)
                return r;
        if (of_container) {
                r = set_reason(&task->containers[0].reason, text);
                if (r < 0)
                        return r;
        }
        task->deployment->wave_failures++;
        breaker_count(sim, task->deployment);
        if (!task->instance && !of_container) {
                char told[SIM_TEXT_MAX + SIM_SHORT_NAME_MAX];

                snprintf(told, sizeof(told), "was unable to place a task. Reason: %s", text);
                r = event_placement(sim, task->service, told, false);
                if (r < 0)
                        return r;
        }
        return end_dead(sim, task);
}

/* The container meant by the fault, else the first essential one. */
static size_t exiting_container(const struct SimTask *task) {
        const struct SimTaskDefinition *definition = task->definition;
        size_t essential = 0;

        for (size_t i = definition->n_containers; i-- > 0;) {
                if (text_equal(definition->containers[i].name, task->behaviour.container))
                        return i;
                if (definition->containers[i].essential)
                        essential = i;
        }
        return essential;
}

int task_exit(struct Sim *sim, struct SimTask *task) {
        const struct SimBehaviour *behaviour = &task->behaviour;
        struct SimContainer *container = &task->containers[exiting_container(task)];
        const char *reason = behaviour->fault == SIM_FAULT_OOM
                                     ? "OutOfMemoryError: Container killed due to memory usage"
                                     : behaviour->reason;
        int r;

        r = begin_stop(sim, task, SIM_ESSENTIAL_CONTAINER_EXITED,
                       "Essential container in task exited");
        if (r < 0)
                return r;
        if (!text_is_empty(reason)) {
                r = set_reason(&container->reason, reason);
                if (r < 0)
                        return r;
        }
        plan_exit_codes(sim, task); /* the others are sent SIGTERM */
        container->exit_code =
                behaviour->fault == SIM_FAULT_OOM ? EXIT_SIGKILL : behaviour->exit_code;
        task->execution_stopped_at = sim->now;
        if (sim->options.breaker_counts_exits)
                breaker_count(sim, task->deployment);
        return end_dead(sim, task);
}

int task_lose_host(struct Sim *sim, struct SimTask *task) {
        char reason[SIM_NAME_MAX];
        int r;

        if (task->status == SIM_STOPPED)
                return 0;
        snprintf(reason, sizeof(reason), "Host EC2 (instance %s) terminated.",
                 task->instance->ec2_id);
        if (task->wanted)
                r = begin_stop(sim, task, SIM_TERMINATION_NOTICE, reason);
        else
                r = service_wake(sim, task->service); /* it keeps the reason it had */
        if (r < 0)
                return r;

        task->epoch = ++sim->epoch;
        for (size_t i = 0; i < task->definition->n_containers; i++)
                task->containers[i].ran = false; /* nobody saw its exit code */
        return finish(sim, task);
}

int sim_stop_task(struct Sim *sim, struct SimTask *task, const char *reason) {
        return task_stop(sim, task, SIM_USER_INITIATED, reason ? reason : "Task stopped by user");
}

int sim_interrupt_task(struct Sim *sim, struct SimTask *task) {
        return task_stop(sim, task, SIM_SPOT_INTERRUPTION, "Your Spot Task was interrupted.");
}
