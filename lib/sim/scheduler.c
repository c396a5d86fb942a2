/* SPDX-License-Identifier: Apache-2.0 */
/* One look of the service scheduler: what it sees, replaces, starts, stops and declares. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/core.h"

int service_wake_at(struct Sim *sim, struct SimService *service, usec_t at) {
        if (at >= service->next_look)
                return 0;
        service->next_look = at;
        return sim_schedule(sim, at,
                            (struct SimOccurrence) {
                                    .occasion = SIM_SERVICE_LOOK,
                                    .slot = SIZE_MAX,
                                    .subject = service,
                            });
}

/* Services are looked at out of step with each other, as in the real thing. */
int service_wake(struct Sim *sim, struct SimService *service) {
        usec_t tick = sim->options.tick;

        return service_wake_at(sim, service, sim->now - (sim->now - service->phase) % tick + tick);
}

static int register_targets(struct Sim *sim, struct SimService *service) {
        unsigned count = 0;

        if (!service->load_balancer.target_group)
                return 0;
        for (size_t i = 0; i < service->n_tasks; i++) {
                struct SimTask *task = service->tasks[i];

                if (task->status != SIM_RUNNING || task->registered || !task->wanted)
                        continue;
                task->registered = true;
                count++;
        }
        if (count == 0)
                return 0;
        return event_say(sim, service, "registered %u targets in (target-group %s)", count,
                         service->load_balancer.target_group);
}

static int tell_unhealthy_target(struct Sim *sim, const struct SimTask *task) {
        struct SimService *service = task->service;
        const char *reason = task->behaviour.reason[0]
                                     ? task->behaviour.reason
                                     : "Health checks failed with these codes: [503]";
        char instance[SIM_NAME_MAX] = "";

        if (task->instance)
                snprintf(instance, sizeof(instance), "(instance %s) ", task->instance->ec2_id);
        return event_say(sim, service,
                         "(task %s) %s(port %u) is unhealthy in (target-group %s) due to (reason "
                         "%s).",
                         task->id, instance, service->load_balancer.port,
                         service->load_balancer.target_group, reason);
}

static int replace_unhealthy(struct Sim *sim, struct SimTask *task) {
        struct SimService *service = task->service;
        char reason[SIM_TEXT_MAX + SIM_SHORT_NAME_MAX] = "Task failed container health checks";
        int r;

        if (task->health == SIM_UNHEALTHY) {
                r = event_say(sim, service, "(task %s) failed container health checks.", task->id);
        } else {
                snprintf(reason, sizeof(reason),
                         "Task failed ELB health checks in (target-group %s)",
                         service->load_balancer.target_group);
                r = tell_unhealthy_target(sim, task);
        }
        if (r < 0)
                return r;

        service->replaced++;
        breaker_count(sim, task->deployment);
        return task_stop(sim, task, SIM_SERVICE_SCHEDULER_INITIATED, reason);
}

/* During the grace period bad health is no reason. */
static int check_health(struct Sim *sim, struct SimService *service) {
        int r;

        for (size_t i = 0; i < service->n_tasks; i++) {
                struct SimTask *task = service->tasks[i];

                if (!task->wanted || task->status != SIM_RUNNING ||
                    (task->health != SIM_UNHEALTHY && task->target != SIM_UNHEALTHY) ||
                    sim->now < usec_add(task->started_at, service->grace))
                        continue;
                r = replace_unhealthy(sim, task);
                if (r < 0)
                        return r;
        }
        return 0;
}

static unsigned daemon_desired(const struct SimService *service) {
        unsigned count = 0;

        for (size_t i = 0; i < service->cluster->n_instances; i++)
                count += service->cluster->instances[i]->status == SIM_INSTANCE_ACTIVE;
        return count;
}

static int drain(struct Sim *sim, struct SimService *service) {
        size_t left = 0;
        int r;

        for (size_t i = 0; i < service->n_tasks; i++) {
                struct SimTask *task = service->tasks[i];

                r = balance_scale_in(sim, &task, task->wanted);
                if (r < 0)
                        return r;
                left += task->status != SIM_STOPPED;
        }
        if (left > 0)
                return service_wake(sim, service);

        service->status = SIM_SERVICE_INACTIVE;
        for (size_t i = 0; i < service->n_deployments; i++)
                service->deployments[i]->status = SIM_INACTIVE;
        return 0;
}

static int roll_back_on_request(struct Sim *sim, struct SimService *service) {
        struct SimServiceDeployment *told = sim_current_service_deployment(service);

        if (told->status != SIM_SD_ROLLBACK_REQUESTED)
                return 0;
        return deployment_roll_back(sim, told,
                                    "Service deployment rolled back because a user requested it.");
}

/* At rest until a task moves or somebody asks for something. */
static bool at_rest(const struct SimService *service) {
        if (service->controller != SIM_CONTROLLER_ECS)
                return service->steady;
        return service->steady && sim_primary(service)->rollout != SIM_IN_PROGRESS;
}

static int steady_again(struct Sim *sim, struct SimService *service) {
        usec_t due = usec_add(service->last_steady_at, sim->options.steady_state_every);
        int r;

        if (sim->now >= due) {
                service->last_steady_at = sim->now;
                r = event_say(sim, service, "has reached a steady state.");
                if (r < 0)
                        return r;
                due = usec_add(sim->now, sim->options.steady_state_every);
        }
        return service_wake_at(sim, service, due);
}

/* ECS's own deployments. */
static int roll(struct Sim *sim, struct SimService *service) {
        int r;

        stage_look(sim, service);
        r = roll_back_on_request(sim, service);
        if (r == 0)
                r = breaker_check(sim, service);
        if (r == 0)
                r = service->scheduling == SIM_DAEMON ? daemon_balance(sim, service)
                                                      : replica_balance(sim, service);
        return r < 0 ? r : deployment_reconcile(sim, service);
}

int service_look(struct Sim *sim, struct SimService *service) {
        int r;

        switch (service->status) {
        case SIM_SERVICE_ACTIVE: break;
        case SIM_SERVICE_DRAINING: return drain(sim, service);
        case SIM_SERVICE_INACTIVE: return 0;
        }

        if (service->scheduling == SIM_DAEMON)
                service->desired = daemon_desired(service);
        r = register_targets(sim, service);
        if (r == 0)
                r = check_health(sim, service);
        if (r == 0)
                r = service->controller == SIM_CONTROLLER_ECS ? roll(sim, service)
                                                              : taskset_look(sim, service);
        if (r < 0)
                return r;
        return at_rest(service) ? steady_again(sim, service) : service_wake(sim, service);
}
