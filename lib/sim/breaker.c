/* SPDX-License-Identifier: Apache-2.0 */
/* The deployment circuit breaker. */
#include <stdio.h>

#include "sim/core.h"

enum {
        LEAST_THRESHOLD = 3,
        MOST_THRESHOLD = 200,
};

unsigned sim_breaker_threshold(const struct SimService *service) {
        const struct SimBreaker *breaker = &service->breaker;
        unsigned share = (service->desired * breaker->value + 99) / 100;

        switch (breaker->threshold) {
        case SIM_COUNT: return breaker->value;
        case SIM_UNBOUNDED_PERCENT: return MAX(share, 1U);
        case SIM_BOUNDED_PERCENT: return MIN(MAX(share, LEAST_THRESHOLD), MOST_THRESHOLD);
        }
        return breaker->value;
}

/* failedTasks is told whether or not the breaker is enabled. */
void breaker_count(struct Sim *sim, struct SimDeployment *deployment) {
        struct SimServiceDeployment *told = deployment->service_deployment;

        deployment->failed_tasks++;
        deployment->updated_at = sim->now;
        if (deployment->rollout != SIM_IN_PROGRESS)
                return;
        deployment->failures++;
        if (told && deployment->service->breaker.enable)
                told->failure_count = deployment->failures;
}

void breaker_reset(struct SimDeployment *deployment) {
        struct SimServiceDeployment *told = deployment->service_deployment;

        if (!deployment->service->breaker.reset_on_healthy_task)
                return;
        deployment->failed_tasks = 0;
        if (deployment->breaker_due != USEC_INFINITY)
                return; /* reached is reached */
        deployment->failures = 0;
        if (told && told->breaker == SIM_BREAKER_MONITORING)
                told->failure_count = 0;
}

static int declare_failed(struct Sim *sim, struct SimDeployment *deployment) {
        struct SimService *service = deployment->service;

        deployment->rollout = SIM_FAILED;
        deployment->updated_at = sim->now;
        snprintf(deployment->rollout_reason, sizeof(deployment->rollout_reason),
                 "ECS deployment circuit breaker: tasks failed to start.");
        if (sim->options.events_named)
                return event_say(sim, service,
                                 "(deployment %s) deployment failed: tasks failed to start.",
                                 deployment->id);
        return event_say(sim, service, "deployment failed: tasks failed to start.");
}

static int trip(struct Sim *sim, struct SimDeployment *deployment) {
        struct SimService *service = deployment->service;
        struct SimServiceDeployment *told = deployment->service_deployment;
        struct SimDeployment *target = deployment_last_completed(service);
        int r;

        r = declare_failed(sim, deployment);
        if (r < 0)
                return r;

        told->breaker = SIM_BREAKER_TRIGGERED;
        told->updated_at = sim->now;
        if (target && service->breaker.rollback && !sim->options.breaker_stands_still) {
                told->rollback_to = target;
                return deployment_roll_back(
                        sim, told,
                        "Service deployment rolled back because the circuit breaker threshold was "
                        "exceeded.");
        }
        told->status = told->status == SIM_SD_ROLLBACK_IN_PROGRESS ? SIM_SD_ROLLBACK_FAILED
                                                                   : SIM_SD_STOPPED;
        told->stopped_at = told->finished_at = sim->now;
        snprintf(told->status_reason, sizeof(told->status_reason),
                 "The circuit breaker threshold was exceeded.");
        return 0;
}

int breaker_check(struct Sim *sim, struct SimService *service) {
        struct SimDeployment *primary = sim_primary(service);

        if (!service->breaker.enable || service->strategy.kind != SIM_ROLLING ||
            primary->rollout != SIM_IN_PROGRESS ||
            primary->failures < sim_breaker_threshold(service))
                return 0;
        if (primary->breaker_due == USEC_INFINITY)
                primary->breaker_due = usec_add(sim->now, sim->options.breaker_delay);
        return sim->now >= primary->breaker_due ? trip(sim, primary) : 0;
}
