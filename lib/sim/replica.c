/* SPDX-License-Identifier: Apache-2.0 */
/* The REPLICA strategy: so many tasks, and a rolling deployment between the two percentages. */
#include <errno.h>
#include <stdlib.h>

#include "sim/core.h"

static const char STUCK[] = "was unable to stop or start tasks during a deployment because of the "
                            "service deployment configuration. Update the minimumHealthyPercent or "
                            "maximumPercent value and try again.";

/* One look's reckoning. */
struct Census {
        unsigned total;   /* all that are wanted */
        unsigned primary; /* of the PRIMARY, where they may stay */
        unsigned healthy;
};

static bool must_leave(const struct SimTask *task) {
        return task->instance && task->instance->status == SIM_INSTANCE_DRAINING;
}

static bool may_stay(const struct SimTask *task) {
        return task->deployment->status == SIM_PRIMARY && !must_leave(task);
}

static struct Census take_census(const struct Sim *sim, const struct SimService *service) {
        struct Census census = {};

        for (size_t i = 0; i < service->n_tasks; i++) {
                const struct SimTask *task = service->tasks[i];

                if (!task->wanted)
                        continue;
                census.total++;
                census.primary += may_stay(task);
                census.healthy += sim_task_is_healthy(sim, task);
        }
        return census;
}

static int start_missing(struct Sim *sim, struct SimService *service, struct SimDeployment *primary,
                         struct Census *census) {
        struct StartedTasks started = {};
        unsigned ceiling = service_ceiling(service);
        int r;

        if (primary->rollout == SIM_FAILED || census->primary >= service->desired ||
            census->total >= ceiling)
                return 0;
        r = balance_throttle(sim, primary);
        if (r < 0)
                return r == -EAGAIN ? 0 : r;

        while (census->primary < service->desired && census->total < ceiling &&
               started.count < STARTS_PER_LOOK) {
                r = balance_start(sim, primary, NULL, &started);
                if (r < 0)
                        break;
                census->primary++;
                census->total++;
        }
        if (r < 0 && r != -ENOSPC)
                return r;
        return event_started(sim, service, &started);
}

/* Those of older deployments and on draining instances, then what the PRIMARY has too many of,
 * youngest first; each time the unhealthy before the healthy, as they cost nothing. */
static size_t superfluous(const struct Sim *sim, const struct SimService *service,
                          struct Census census, struct SimTask **tasks) {
        unsigned surplus =
                census.primary > service->desired ? census.primary - service->desired : 0;
        bool lets_go = stage_lets_go(service);
        size_t count = 0;

        for (int healthy = 0; healthy < 2; healthy++)
                for (size_t i = 0; i < service->n_tasks; i++) {
                        struct SimTask *task = service->tasks[i];

                        if (task->wanted && !may_stay(task) && (lets_go || must_leave(task)) &&
                            sim_task_is_healthy(sim, task) == healthy)
                                tasks[count++] = task;
                }
        for (int healthy = 0; healthy < 2; healthy++)
                for (size_t i = service->n_tasks; i-- > 0 && surplus > 0;) {
                        struct SimTask *task = service->tasks[i];

                        if (!task->wanted || !may_stay(task) ||
                            sim_task_is_healthy(sim, task) != healthy)
                                continue;
                        tasks[count++] = task;
                        surplus--;
                }
        return count;
}

/* Keeps those whose stop leaves enough healthy ones; returns how many. */
static size_t spare_the_floor(const struct Sim *sim, const struct SimService *service,
                              unsigned healthy, struct SimTask **tasks, size_t count) {
        unsigned floor = service_floor(service);
        size_t kept = 0;

        for (size_t i = 0; i < count; i++) {
                if (sim_task_is_healthy(sim, tasks[i])) {
                        if (healthy <= floor)
                                continue;
                        healthy--;
                }
                tasks[kept++] = tasks[i];
        }
        return kept;
}

static int stop_superfluous(struct Sim *sim, struct SimService *service,
                            const struct SimDeployment *primary, struct Census census) {
        _cleanup_free_ struct SimTask **tasks = NULL;
        size_t count, stopped;

        /* A deployment that ECS gave up on neither starts nor replaces anything. */
        if (primary->rollout == SIM_FAILED)
                return 0;
        tasks = malloc((service->n_tasks + 1) * sizeof(struct SimTask *));
        if (!tasks)
                return -ENOMEM;

        count = superfluous(sim, service, census, tasks);
        stopped = spare_the_floor(sim, service, census.healthy, tasks, count);
        if (count > 0 && stopped == 0 && census.primary < service->desired &&
            service_floor(service) >= service->desired &&
            service_ceiling(service) <= service->desired)
                return event_placement(sim, service, STUCK, false);
        return balance_scale_in(sim, tasks, stopped);
}

int replica_balance(struct Sim *sim, struct SimService *service) {
        struct SimDeployment *primary = sim_primary(service);
        struct Census census = take_census(sim, service);
        int r;

        r = start_missing(sim, service, primary, &census);
        if (r < 0)
                return r;
        return stop_superfluous(sim, service, primary, census);
}
