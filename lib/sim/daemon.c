/* SPDX-License-Identifier: Apache-2.0 */
/* The DAEMON strategy: one task on every container instance, replaced in place. */
#include <errno.h>
#include <stddef.h>

#include "sim/core.h"

static struct SimTask *task_on(const struct SimService *service, const struct SimInstance *instance,
                               bool primary) {
        for (size_t i = 0; i < service->n_tasks; i++) {
                struct SimTask *task = service->tasks[i];

                if (task->wanted && task->instance == instance &&
                    (task->deployment->status == SIM_PRIMARY) == primary)
                        return task;
        }
        return NULL;
}

static unsigned count_healthy(const struct Sim *sim, const struct SimService *service) {
        return sim_count(sim, service, NULL).healthy;
}

static int leave_instance(struct Sim *sim, struct SimService *service,
                          const struct SimInstance *instance) {
        struct SimTask *tasks[2];
        size_t count = 0;

        for (int primary = 0; primary < 2; primary++) {
                struct SimTask *task = task_on(service, instance, primary);

                if (task)
                        tasks[count++] = task;
        }
        return balance_scale_in(sim, tasks, count);
}

static int stop_old(struct Sim *sim, struct SimService *service, struct SimTask *old,
                    unsigned *healthy) {
        bool is_healthy = sim_task_is_healthy(sim, old);

        if (is_healthy && *healthy <= service_floor(service))
                return 0;
        *healthy -= is_healthy;
        return balance_scale_in(sim, &old, 1);
}

int daemon_balance(struct Sim *sim, struct SimService *service) {
        const struct SimCluster *cluster = service->cluster;
        struct SimDeployment *primary = sim_primary(service);
        struct StartedTasks started = {};
        unsigned healthy = count_healthy(sim, service);
        int r, may_start;

        if (primary->rollout == SIM_FAILED)
                return 0;
        may_start = balance_throttle(sim, primary);
        if (may_start < 0 && may_start != -EAGAIN)
                return may_start;

        for (size_t i = 0; i < cluster->n_instances; i++) {
                struct SimInstance *instance = cluster->instances[i];
                struct SimTask *old;

                r = 0;
                if (instance->status == SIM_INSTANCE_DRAINING) {
                        r = leave_instance(sim, service, instance);
                } else if (instance_can_run(instance) && !task_on(service, instance, true)) {
                        old = task_on(service, instance, false);
                        if (old)
                                r = stop_old(sim, service, old, &healthy);
                        else if (may_start == 0 && started.count < STARTS_PER_LOOK)
                                r = balance_start(sim, primary, instance, &started);
                }
                if (r < 0)
                        return r;
        }
        return event_started(sim, service, &started);
}
