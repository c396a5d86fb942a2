/* SPDX-License-Identifier: Apache-2.0 */
/* The operations on services that the API offers, and what can be asked about them. */
#include "sim/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "sim/core.h"
#include "sim/taskset.h"

enum { SERVICE_NAME_LETTERS = 255 };

static const struct SimBreaker NO_BREAKER = {
        .reset_on_healthy_task = true,
        .threshold = SIM_BOUNDED_PERCENT,
        .value = 50,
};

void sim_service_spec_default(struct SimServiceSpec *ret, enum SimScheduling scheduling) {
        bool replica = scheduling == SIM_REPLICA;

        *ret = (struct SimServiceSpec) {
                .scheduling = scheduling,
                .desired = replica,
                .minimum_healthy_percent = replica ? 100 : 0,
                .maximum_percent = replica ? 200 : 100,
                .breaker = NO_BREAKER,
                .strategy = {.step_percent = 10, .step_bake = 6 * USEC_PER_MINUTE},
                .load_balancer = {.deregistration_delay = 30 * USEC_PER_SEC},
        };
}

static bool service_name_is_valid(const char *name) {
        size_t length = strlen(name);

        return length > 0 && length <= SERVICE_NAME_LETTERS &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                       length;
}

static int check_percents(unsigned minimum, unsigned maximum) {
        return minimum > 100 || maximum > 200 || maximum == 0 || (minimum == 100 && maximum == 100)
                       ? SIM_REFUSED_PERCENTS
                       : 0;
}

static int check_breaker(const struct SimBreaker *breaker) {
        if (breaker->value == 0)
                return SIM_REFUSED_THRESHOLD;
        return breaker->threshold != SIM_COUNT && breaker->value > 100 ? SIM_REFUSED_THRESHOLD : 0;
}

static int check_spec(const struct SimCluster *cluster, const struct SimServiceSpec *spec) {
        const struct SimService *there;
        int r;

        if (!service_name_is_valid(spec->name))
                return SIM_REFUSED_NAME;
        there = sim_find_service(cluster, spec->name);
        if (there && there->status != SIM_SERVICE_INACTIVE)
                return SIM_REFUSED_SERVICE_EXISTS;
        if (spec->definition && !spec->definition->active)
                return SIM_REFUSED_DEFINITION_INACTIVE;
        if (spec->scheduling == SIM_DAEMON && spec->launch == SIM_FARGATE)
                return SIM_REFUSED_DAEMON_FARGATE;
        r = check_percents(spec->minimum_healthy_percent, spec->maximum_percent);
        return r != 0 ? r : check_breaker(&spec->breaker);
}

/* 0 or -ENOMEM; NULL stays NULL. */
static int copy_text(const char *from, char **to) {
        if (!from)
                return 0;
        *to = strdup(from);
        return *to ? 0 : -ENOMEM;
}

static int service_new(struct Sim *sim, struct SimCluster *cluster,
                       const struct SimServiceSpec *spec, struct SimService **ret) {
        struct SimService *service = calloc(1, sizeof(*service));

        if (!service)
                return -ENOMEM;

        *service = (struct SimService) {
                .cluster = cluster,
                .launch = spec->launch,
                .scheduling = spec->scheduling,
                .controller = spec->controller,
                .spot = spec->spot,
                .desired = spec->scheduling == SIM_DAEMON ? 0 : spec->desired,
                .minimum_healthy_percent = spec->minimum_healthy_percent,
                .maximum_percent = spec->maximum_percent,
                .breaker = spec->breaker,
                .strategy = spec->strategy,
                .alarms = spec->alarms,
                .grace = spec->grace,
                .created_at = sim->now,
                .phase = random_below(&sim->random, sim->options.tick),
                .next_look = USEC_INFINITY,
        };
        service->load_balancer.port = spec->load_balancer.port;
        service->load_balancer.deregistration_delay = spec->load_balancer.deregistration_delay;
        *ret = service; /* the cluster owns it from here, half built or not */
        cluster->services[cluster->n_services++] = service;

        if (copy_text(spec->name, &service->name) < 0 ||
            copy_text(spec->tags, &service->tags) < 0 ||
            copy_text(spec->load_balancer.target_group, &service->load_balancer.target_group) < 0 ||
            copy_text(spec->load_balancer.container, &service->load_balancer.container) < 0)
                return -ENOMEM;
        return 0;
}

int sim_create_service(struct Sim *sim, struct SimCluster *cluster,
                       const struct SimServiceSpec *spec, struct SimService **ret) {
        struct SimRevision *revision;
        struct SimDeployment *set;
        struct SimService *service;
        int r;

        r = check_spec(cluster, spec);
        if (r != 0)
                return r;
        r = array_reserve(&cluster->services, &cluster->services_allocated, cluster->n_services + 1,
                          sizeof(*cluster->services), SIM_SERVICES_MAX);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;
        r = service_new(sim, cluster, spec, &service);
        if (r < 0)
                return r;
        if (service->controller != SIM_CONTROLLER_ECS) {
                *ret = service;
                return spec->definition ? sim_create_task_set(sim, service, spec->definition, 100,
                                                              NULL, &set)
                                        : 0;
        }
        r = revision_add(sim, service, spec->definition, spec->network, &revision);
        if (r < 0)
                return r;
        r = deployment_begin(sim, service, revision);
        if (r < 0)
                return r;

        *ret = service;
        return 0;
}

static int check_change(const struct SimService *service, const struct SimServiceChange *change) {
        unsigned minimum = change->minimum_healthy_percent ? *change->minimum_healthy_percent
                                                           : service->minimum_healthy_percent;
        unsigned maximum =
                change->maximum_percent ? *change->maximum_percent : service->maximum_percent;
        int r;

        if (service->status != SIM_SERVICE_ACTIVE)
                return SIM_REFUSED_SERVICE_NOT_ACTIVE;
        if (service->controller != SIM_CONTROLLER_ECS &&
            (change->definition || change->network || change->force_new_deployment))
                return SIM_REFUSED_NOT_BY_UPDATE;
        if (change->definition && !change->definition->active)
                return SIM_REFUSED_DEFINITION_INACTIVE;
        if (change->desired && service->scheduling == SIM_DAEMON)
                return SIM_REFUSED_DAEMON_COUNT;
        if (change->force_new_deployment && !change->definition &&
            !sim_primary(service)->revision->definition->active)
                return SIM_REFUSED_DEFINITION_INACTIVE;
        r = check_percents(minimum, maximum);
        if (r != 0)
                return r;
        return change->breaker ? check_breaker(change->breaker) : 0;
}

static void apply_settings(struct SimService *service, const struct SimServiceChange *change) {
        if (change->desired && *change->desired != service->desired) {
                service->desired = *change->desired;
                service->steady = false;
        }
        if (change->minimum_healthy_percent)
                service->minimum_healthy_percent = *change->minimum_healthy_percent;
        if (change->maximum_percent)
                service->maximum_percent = *change->maximum_percent;
        if (change->breaker)
                service->breaker = *change->breaker;
        if (change->grace)
                service->grace = *change->grace;
}

int sim_update_service(struct Sim *sim, struct SimService *service,
                       const struct SimServiceChange *change) {
        const struct SimRevision *now;
        struct SimTaskDefinition *definition;
        struct SimRevision *revision;
        const char *network;
        int r;

        r = check_change(service, change);
        if (r != 0)
                return r;

        if (service->controller != SIM_CONTROLLER_ECS) {
                apply_settings(service, change);
                return service_wake(sim, service);
        }
        now = sim_primary(service)->revision;
        definition = change->definition ? change->definition : now->definition;
        network = change->network ? change->network : now->network;
        apply_settings(service, change);
        if (definition == now->definition && text_equal(network, now->network) &&
            !change->force_new_deployment)
                return service_wake(sim, service);

        r = revision_add(sim, service, definition, network, &revision);
        if (r < 0)
                return r;
        return deployment_begin(sim, service, revision);
}

int sim_delete_service(struct Sim *sim, struct SimService *service, bool force) {
        if (service->status != SIM_SERVICE_ACTIVE)
                return SIM_REFUSED_SERVICE_NOT_ACTIVE;
        if (service->desired > 0 && service->scheduling == SIM_REPLICA && !force)
                return SIM_REFUSED_SERVICE_RUNNING;

        service->status = SIM_SERVICE_DRAINING;
        service->desired = 0;
        if (sim_primary(service))
                sim_primary(service)->desired = 0;
        return service_wake(sim, service);
}

int sim_stop_service_deployment(struct Sim *sim, struct SimServiceDeployment *deployment) {
        struct SimDeployment *target;

        if (deployment->status == SIM_SD_ROLLBACK_REQUESTED ||
            deployment->status == SIM_SD_ROLLBACK_IN_PROGRESS)
                return 0;
        if (!service_deployment_is_open(deployment))
                return SIM_REFUSED_NOT_STOPPABLE;
        target = deployment_last_completed(deployment->service);
        if (!target)
                return SIM_REFUSED_NO_SOURCE;

        deployment->rollback_to = target;
        deployment->status = SIM_SD_ROLLBACK_REQUESTED;
        deployment->updated_at = sim->now;
        return service_wake(sim, deployment->service);
}

struct SimService *sim_find_service(const struct SimCluster *cluster, const char *name) {
        struct SimService *found = NULL;

        for (size_t i = cluster->n_services; i-- > 0;) {
                struct SimService *service = cluster->services[i];

                if (!text_equal(service->name, name))
                        continue;
                if (service->status != SIM_SERVICE_INACTIVE)
                        return service;
                found = found ? found : service;
        }
        return found;
}

struct SimCounts sim_count(const struct Sim *sim, const struct SimService *service,
                           const struct SimDeployment *deployment) {
        struct SimCounts counts = {};

        for (size_t i = 0; i < service->n_tasks; i++) {
                const struct SimTask *task = service->tasks[i];

                if (!task->wanted || (deployment && task->deployment != deployment))
                        continue;
                counts.running += task->status == SIM_RUNNING;
                counts.pending += task->status < SIM_RUNNING;
                counts.healthy += sim_task_is_healthy(sim, task);
        }
        return counts;
}

struct SimTask *sim_find_task(const struct Sim *sim, const struct SimCluster *cluster,
                              const char *id) {
        for (size_t i = 0; i < sim->n_slots; i++) {
                struct SimTask *task = sim->tasks[i];

                if (task && task->service->cluster == cluster && text_equal(task->id, id))
                        return task;
        }
        return NULL;
}
