/* SPDX-License-Identifier: Apache-2.0 */
/* What REPLICA and DAEMON have in common: limits, starting, stopping. */
#include <errno.h>
#include <stdio.h>

#include "sim/core.h"

/* Placement trouble counts as a failed task this often. Measured by others: a breaker of three
 * trips after some 47 minutes. */
static const usec_t PLACEMENT_COUNTS_EVERY = 15 * USEC_PER_MINUTE;

static const usec_t FIRST_BACK_OFF = 30 * USEC_PER_SEC;
static const usec_t LONGEST_BACK_OFF = 15 * USEC_PER_MINUTE;

enum { WAVES_BEFORE_BACK_OFF = 3 };

/* ECS rounds the minimum up and the maximum down. */
unsigned service_floor(const struct SimService *service) {
        return (service->desired * service->minimum_healthy_percent + 99) / 100;
}

unsigned service_ceiling(const struct SimService *service) {
        return service->desired * service->maximum_percent / 100;
}

static int tell_placement(struct Sim *sim, struct SimDeployment *deployment, const char *why) {
        struct SimService *service = deployment->service;

        if (service->placement_count_at == USEC_UNKNOWN)
                service->placement_count_at = usec_add(sim->now, PLACEMENT_COUNTS_EVERY);
        if (sim->now >= service->placement_count_at) {
                breaker_count(sim, deployment);
                service->placement_count_at = usec_add(sim->now, PLACEMENT_COUNTS_EVERY);
        }
        return event_placement(sim, service, why, true);
}

int balance_start(struct Sim *sim, struct SimDeployment *deployment, struct SimInstance *instance,
                  struct StartedTasks *started) {
        struct SimService *service = deployment->service;
        struct SimInstance *place = instance;
        char why[SIM_TEXT_MAX];
        struct SimTask *task;
        int r;

        if (!instance) {
                r = placement_find(sim, deployment, &place, why);
                if (r == -ENOSPC) {
                        r = tell_placement(sim, deployment, why);
                        return r < 0 ? r : -ENOSPC;
                }
                if (r < 0)
                        return r;
        }
        r = task_start(sim, deployment, place, &task);
        if (r < 0)
                return r;

        service->placement_count_at = USEC_UNKNOWN;
        if (service->placement_is_capacity)
                event_placement_resolved(service);
        started->tasks[started->count++] = task;
        return 0;
}

int balance_scale_in(struct Sim *sim, struct SimTask **tasks, size_t count) {
        struct SimService *service;
        char reason[SIM_NAME_MAX];
        size_t n_running = 0, n_pending = 0, n_targets = 0;
        int r;

        if (count == 0)
                return 0;
        service = tasks[0]->service;
        for (size_t i = 0; i < count; i++) {
                struct SimTask *task = tasks[i];
                bool drained = task->instance && task->instance->status == SIM_INSTANCE_DRAINING;

                /* The deployment named is the one that made it superfluous. */
                snprintf(reason, sizeof(reason), "Scaling activity initiated by (deployment %s)",
                         (sim_primary(service) ?: task->deployment)->id);
                n_targets += task->registered;
                if (task->status != SIM_RUNNING) {
                        n_pending++;
                } else {
                        /* The running ones move to the front, for the event. */
                        tasks[i] = tasks[n_running];
                        tasks[n_running++] = task;
                }
                r = task_stop(sim, task, SIM_SERVICE_SCHEDULER_INITIATED,
                              drained ? "Task stopped because its container instance is in "
                                        "DRAINING state"
                                      : reason);
                if (r < 0)
                        return r;
        }

        r = event_stopped(sim, service, tasks, n_running);
        if (r == 0 && n_pending > 0)
                r = event_say(sim, service, "stopped %zu pending tasks.", n_pending);
        if (r == 0 && n_targets > 0)
                r = event_say(sim, service, "deregistered %zu targets in (target-group %s)",
                              n_targets, service->load_balancer.target_group);
        if (r == 0 && n_targets > 0)
                r = event_say(sim, service, "has begun draining connections on %zu tasks.",
                              n_targets);
        return r;
}

int balance_throttle(struct Sim *sim, struct SimDeployment *deployment) {
        usec_t wait = FIRST_BACK_OFF;

        if (sim->now < deployment->not_before)
                return -EAGAIN;
        if (deployment->wave_failures == 0)
                return 0;
        if (sim_count(sim, deployment->service, deployment).pending > 0)
                return -EAGAIN; /* the wave is not over */

        deployment->wave_failures = 0;
        deployment->failed_waves++;
        if (!sim->options.start_throttle || deployment->failed_waves < WAVES_BEFORE_BACK_OFF)
                return 0;

        for (unsigned i = WAVES_BEFORE_BACK_OFF; i < deployment->failed_waves; i++)
                wait = MIN(2 * wait, LONGEST_BACK_OFF);
        deployment->not_before = usec_add(sim->now, wait);
        return event_say(sim, deployment->service,
                         "is unable to consistently start tasks successfully. For more "
                         "information, see the Troubleshooting section of the Amazon ECS Developer "
                         "Guide.")
                       ?: -EAGAIN;
}
