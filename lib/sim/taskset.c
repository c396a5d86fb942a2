/* SPDX-License-Identifier: Apache-2.0 */
/* Task sets, and CodeDeploy which moves a service from one to the next. */
#include "sim/taskset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "sim/core.h"

/* CodeDeploy's terminationWaitTimeInMinutes. */
static const usec_t OLD_SET_KEPT = 5 * USEC_PER_MINUTE;

enum { CODE_LETTERS = 9, HUNDRED = 100 };

/* ---- one set ---- */

static unsigned wanted_of(const struct SimDeployment *set) {
        return (set->service->desired * set->scale + HUNDRED - 1) / HUNDRED;
}

bool sim_task_set_is_steady(const struct Sim *sim, const struct SimDeployment *set) {
        struct SimCounts counts = sim_count(sim, set->service, set);

        return counts.pending == 0 && counts.running == set->desired &&
               counts.healthy == set->desired;
}

struct SimDeployment *sim_find_task_set(const struct SimService *service, const char *id) {
        const char *digits = text_after_last(text_or_empty(id), '/');

        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status != SIM_INACTIVE &&
                    text_equal(text_after_last(service->deployments[i]->id, '/'), digits))
                        return service->deployments[i];
        return NULL;
}

static int start_missing(struct Sim *sim, struct SimDeployment *set) {
        struct StartedTasks started = {};
        struct SimCounts counts = sim_count(sim, set->service, set);
        unsigned there = counts.running + counts.pending;
        int r;

        if (there >= set->desired)
                return 0;
        r = balance_throttle(sim, set);
        if (r < 0)
                return r == -EAGAIN ? 0 : r;
        for (; there < set->desired && started.count < STARTS_PER_LOOK; there++) {
                r = balance_start(sim, set, NULL, &started);
                if (r < 0)
                        break;
        }
        if (r < 0 && r != -ENOSPC)
                return r;
        return event_started(sim, set->service, &started);
}

/* The youngest go first; on a host that drains all. */
static int stop_surplus(struct Sim *sim, struct SimDeployment *set) {
        struct SimService *service = set->service;
        unsigned there = 0;
        int r = 0;

        for (size_t i = 0; i < service->n_tasks; i++)
                there += service->tasks[i]->deployment == set && service->tasks[i]->wanted;
        for (size_t i = service->n_tasks; i-- > 0 && r == 0;) {
                struct SimTask *task = service->tasks[i];
                bool must_leave = task->instance && task->instance->status == SIM_INSTANCE_DRAINING;

                if (task->deployment != set || !task->wanted ||
                    (there <= set->desired && !must_leave))
                        continue;
                there--;
                r = balance_scale_in(sim, &task, 1);
        }
        return r;
}

static bool has_tasks(const struct SimDeployment *set) {
        const struct SimService *service = set->service;

        for (size_t i = 0; i < service->n_tasks; i++)
                if (service->tasks[i]->deployment == set &&
                    service->tasks[i]->status != SIM_STOPPED)
                        return true;
        return false;
}

static int look_at_set(struct Sim *sim, struct SimDeployment *set) {
        bool steady;
        int r;

        if (set->desired != wanted_of(set)) {
                set->desired = wanted_of(set);
                set->updated_at = sim->now;
                set->is_steady = false;
        }
        r = start_missing(sim, set);
        if (r == 0)
                r = stop_surplus(sim, set);
        if (r < 0)
                return r;
        if (set->is_leaving && !has_tasks(set)) {
                set->status = SIM_INACTIVE;
                return 0;
        }
        steady = sim_task_set_is_steady(sim, set);
        if (steady == set->is_steady)
                return 0;
        set->is_steady = steady;
        set->updated_at = sim->now;
        return steady ? event_say_of(sim, set, "updated state to STEADY_STATE.") : 0;
}

/* ---- CodeDeploy ---- */

static void leave(struct Sim *sim, struct SimDeployment *set) {
        if (!set || set->status == SIM_INACTIVE)
                return;
        set->scale = 0;
        set->is_leaving = true;
        set->updated_at = sim->now;
}

static void make_primary(struct Sim *sim, struct SimDeployment *set) {
        struct SimDeployment *before = sim_primary(set->service);

        if (before == set)
                return;
        if (before) {
                before->status = SIM_ACTIVE;
                before->updated_at = sim->now;
        }
        set->status = SIM_PRIMARY;
        set->updated_at = sim->now;
}

static void look_at_code_deployment(struct Sim *sim, struct SimCodeDeployment *deployment) {
        if (deployment->shifted_at == USEC_UNKNOWN) {
                if (!deployment->target->is_steady)
                        return;
                make_primary(sim, deployment->target);
                deployment->shifted_at = sim->now;
        } else if (sim->now >= usec_add(deployment->shifted_at, OLD_SET_KEPT)) {
                leave(sim, deployment->source);
                deployment->status = SIM_CODE_SUCCEEDED;
        }
}

static struct SimCodeDeployment *open_code_deployment(const struct Sim *sim,
                                                      const struct SimService *service) {
        for (size_t i = sim->n_code_deployments; i-- > 0;)
                if (sim->code_deployments[i]->service == service &&
                    sim->code_deployments[i]->status == SIM_CODE_IN_PROGRESS)
                        return sim->code_deployments[i];
        return NULL;
}

struct SimCodeDeployment *sim_find_code_deployment(const struct Sim *sim, const char *id) {
        for (size_t i = 0; i < sim->n_code_deployments; i++)
                if (text_equal(sim->code_deployments[i]->id, id))
                        return sim->code_deployments[i];
        return NULL;
}

int sim_code_deploy(struct Sim *sim, struct SimService *service,
                    struct SimTaskDefinition *definition, struct SimCodeDeployment **ret) {
        static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        struct SimCodeDeployment *deployment;
        int r;

        if (open_code_deployment(sim, service))
                return SIM_REFUSED_CODE_OPEN;
        r = array_reserve(&sim->code_deployments, &sim->code_deployments_allocated,
                          sim->n_code_deployments + 1, sizeof(*sim->code_deployments),
                          SIM_DEPLOYMENTS_MAX);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;
        deployment = calloc(1, sizeof(*deployment));
        if (!deployment)
                return -ENOMEM;
        deployment->id[0] = 'd';
        deployment->id[1] = '-';
        for (size_t i = 0; i < CODE_LETTERS; i++)
                deployment->id[2 + i] = LETTERS[random_below(&sim->random, sizeof(LETTERS) - 1)];
        deployment->service = service;
        deployment->source = sim_primary(service);
        deployment->shifted_at = USEC_UNKNOWN;
        r = sim_create_task_set(sim, service, definition, HUNDRED, deployment->id,
                                &deployment->target);
        if (r != 0) {
                free(deployment);
                return r;
        }
        *ret = sim->code_deployments[sim->n_code_deployments++] = deployment;
        return 0;
}

int sim_stop_code_deployment(struct Sim *sim, struct SimCodeDeployment *deployment,
                             bool rolls_back) {
        if (deployment->status != SIM_CODE_IN_PROGRESS)
                return SIM_REFUSED_CODE_COMPLETED;
        deployment->status = SIM_CODE_STOPPED;
        if (!rolls_back || !deployment->source)
                return 0;
        make_primary(sim, deployment->source);
        leave(sim, deployment->target);
        return service_wake(sim, deployment->service);
}

/* ---- all sets of a service ---- */

int taskset_look(struct Sim *sim, struct SimService *service) {
        struct SimCodeDeployment *deployment = open_code_deployment(sim, service);
        bool steady = true;
        int r = 0;

        for (size_t i = 0; i < service->n_deployments && r == 0; i++) {
                struct SimDeployment *set = service->deployments[i];

                if (set->status == SIM_INACTIVE)
                        continue;
                r = look_at_set(sim, set);
                steady &= set->is_steady;
        }
        if (r < 0)
                return r;
        if (deployment)
                look_at_code_deployment(sim, deployment);
        if (deployment || !steady) {
                service->steady = false;
                return 0;
        }
        if (service->steady)
                return 0;
        service->steady = true;
        service->last_steady_at = sim->now;
        return event_say(sim, service, "has reached a steady state.");
}

int sim_create_task_set(struct Sim *sim, struct SimService *service,
                        struct SimTaskDefinition *definition, unsigned scale,
                        const char *external_id, struct SimDeployment **ret) {
        struct SimRevision *revision;
        struct SimDeployment *set;
        bool first = !sim_primary(service);
        int r;

        if (service->controller == SIM_CONTROLLER_ECS)
                return SIM_REFUSED_NO_TASK_SETS;
        if (service->status != SIM_SERVICE_ACTIVE)
                return SIM_REFUSED_SERVICE_NOT_ACTIVE;
        if (!definition->active)
                return SIM_REFUSED_DEFINITION_INACTIVE;
        r = revision_add(sim, service, definition, NULL, &revision);
        if (r == 0)
                r = deployment_add(sim, service, revision, &set);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;
        set->status = first ? SIM_PRIMARY : SIM_ACTIVE;
        set->scale = scale;
        set->desired = wanted_of(set);
        snprintf(set->external_id, sizeof(set->external_id), "%s", text_or_empty(external_id));
        service->steady = false;
        *ret = set;
        return service_wake(sim, service);
}

int sim_scale_task_set(struct Sim *sim, struct SimDeployment *set, unsigned scale) {
        set->scale = scale;
        set->updated_at = sim->now;
        set->service->steady = false;
        return service_wake(sim, set->service);
}

int sim_promote_task_set(struct Sim *sim, struct SimDeployment *set) {
        make_primary(sim, set);
        set->service->steady = false;
        return service_wake(sim, set->service);
}

int sim_delete_task_set(struct Sim *sim, struct SimDeployment *set, bool force) {
        if (set->status == SIM_PRIMARY && !force)
                return SIM_REFUSED_TASK_SET_PRIMARY;
        leave(sim, set);
        set->service->steady = false;
        return service_wake(sim, set->service);
}
