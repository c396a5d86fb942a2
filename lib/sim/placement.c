/* SPDX-License-Identifier: Apache-2.0 */
/* Container instances, and which of them takes a task. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "sim/core.h"

static const char MORE[] = "For more information, see the Troubleshooting section of the Amazon "
                           "ECS Developer Guide.";

bool instance_can_run(const struct SimInstance *instance) {
        return instance->status == SIM_INSTANCE_ACTIVE && instance->agent_connected;
}

static bool port_is_taken(const struct SimInstance *instance, uint16_t port) {
        for (size_t i = 0; i < instance->n_ports; i++)
                if (instance->ports[i] == port)
                        return true;
        return false;
}

static bool ports_are_free(const struct SimInstance *instance,
                           const struct SimTaskDefinition *definition) {
        size_t n = instance->n_ports;

        for (size_t i = 0; i < definition->n_containers; i++) {
                uint16_t port = definition->containers[i].host_port;

                if (port != 0 && (port_is_taken(instance, port) || ++n > SIM_PORTS_MAX))
                        return false;
        }
        return true;
}

/* NULL if the task fits; else what ECS says of the instance. */
static const char *obstacle(const struct SimInstance *instance,
                            const struct SimTaskDefinition *definition) {
        if (!instance->agent_connected)
                return "encountered error \"AGENT\".";
        if (instance->cpu_left < definition->cpu)
                return "has insufficient CPU units available.";
        if (instance->memory_left < definition->memory)
                return "has insufficient memory available.";
        if (!ports_are_free(instance, definition))
                return "is already using a port required by your task.";
        return NULL;
}

static int refuse_fargate(enum SimCapacity capacity, char why[SIM_TEXT_MAX]) {
        static const char *const REASONS[] = {
                [SIM_CAPACITY_AVAILABLE] = "",
                [SIM_CAPACITY_UNAVAILABLE] = "Capacity is unavailable at this time. Please try "
                                             "again later or in a different availability zone.",
                [SIM_CAPACITY_TASK_LIMIT] = "You've reached the limit on the number of tasks you "
                                            "can run concurrently",
                [SIM_CAPACITY_VCPU_LIMIT] = "You’ve reached the limit on the number of vCPUs you "
                                            "can run concurrently",
                [SIM_CAPACITY_INTERNAL_ERROR] = "Internal error.",
        };

        snprintf(why, SIM_TEXT_MAX, "was unable to place a task. Reason: %s", REASONS[capacity]);
        return -ENOSPC;
}

/* How many of the service's tasks are already in the instance's zone, then on it: spread. */
static unsigned crowding(const struct SimService *service, const struct SimInstance *instance) {
        unsigned in_zone = 0, here = 0;

        for (size_t i = 0; i < service->n_tasks; i++) {
                const struct SimTask *task = service->tasks[i];

                if (!task->wanted)
                        continue;
                in_zone += text_equal(task->availability_zone, instance->availability_zone);
                here += task->instance == instance;
        }
        return in_zone * 1000 + here;
}

int placement_find(struct Sim *sim, struct SimDeployment *deployment, struct SimInstance **ret,
                   char why[SIM_TEXT_MAX]) {
        const struct SimService *service = deployment->service;
        const struct SimCluster *cluster = service->cluster;
        const struct SimTaskDefinition *definition = deployment->revision->definition;
        struct SimInstance *best = NULL, *closest = NULL;
        unsigned least = 0;

        if (service->launch == SIM_FARGATE) {
                if (sim->capacity != SIM_CAPACITY_AVAILABLE)
                        return refuse_fargate(sim->capacity, why);
                *ret = NULL;
                return 0;
        }

        for (size_t i = 0; i < cluster->n_instances; i++) {
                struct SimInstance *instance = cluster->instances[i];
                unsigned crowd;

                if (instance->status != SIM_INSTANCE_ACTIVE)
                        continue;
                closest = instance;
                if (obstacle(instance, definition))
                        continue;
                crowd = crowding(service, instance);
                if (!best || crowd < least) {
                        best = instance;
                        least = crowd;
                }
        }
        if (best) {
                *ret = best;
                return 0;
        }

        if (closest)
                snprintf(why, SIM_TEXT_MAX,
                         "was unable to place a task because no container instance met all of its "
                         "requirements. The closest matching (container-instance %s) %s %s",
                         closest->id, obstacle(closest, definition), MORE);
        else
                snprintf(why, SIM_TEXT_MAX,
                         "was unable to place a task because no container instance met all of its "
                         "requirements. Reason: No Container Instances were found in your cluster. "
                         "%s",
                         MORE);
        return -ENOSPC;
}

void placement_take(struct SimTask *task) {
        struct SimInstance *instance = task->instance;

        task->holds_resources = instance != NULL;
        if (!instance)
                return;

        instance->cpu_left -= MIN(instance->cpu_left, task->definition->cpu);
        instance->memory_left -= MIN(instance->memory_left, task->definition->memory);
        instance->n_tasks++;
        for (size_t i = 0; i < task->definition->n_containers; i++) {
                uint16_t port = task->definition->containers[i].host_port;

                if (port != 0 && instance->n_ports < SIM_PORTS_MAX)
                        instance->ports[instance->n_ports++] = port;
        }
}

static void release_port(struct SimInstance *instance, uint16_t port) {
        for (size_t i = 0; i < instance->n_ports; i++) {
                if (instance->ports[i] != port)
                        continue;
                instance->ports[i] = instance->ports[--instance->n_ports];
                return;
        }
}

void placement_release(struct SimTask *task) {
        struct SimInstance *instance = task->instance;

        if (!task->holds_resources)
                return;

        task->holds_resources = false;
        instance->cpu_left += task->definition->cpu;
        instance->memory_left += task->definition->memory;
        instance->n_tasks--;
        for (size_t i = 0; i < task->definition->n_containers; i++)
                if (task->definition->containers[i].host_port != 0)
                        release_port(instance, task->definition->containers[i].host_port);
}

/* Every service of the cluster may have found room, or lost a task. */
static int wake_all(struct Sim *sim, struct SimCluster *cluster) {
        int r;

        for (size_t i = 0; i < cluster->n_services; i++) {
                r = service_wake(sim, cluster->services[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int sim_register_instance(struct Sim *sim, struct SimCluster *cluster,
                          const struct SimInstance *spec, struct SimInstance **ret) {
        struct SimInstance *instance;
        int r;

        r = array_reserve(&cluster->instances, &cluster->instances_allocated,
                          cluster->n_instances + 1, sizeof(*cluster->instances), SIM_INSTANCES_MAX);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;
        instance = calloc(1, sizeof(*instance));
        if (!instance)
                return -ENOMEM;

        *instance = *spec;
        instance->name = strdup(spec->name);
        instance->availability_zone = strdup(spec->availability_zone);
        if (!instance->name || !instance->availability_zone) {
                free(instance->name);
                free(instance->availability_zone);
                free(instance);
                return -ENOMEM;
        }
        sim_hex(sim, instance->id, 32);
        memcpy(instance->ec2_id, "i-0", 3);
        sim_hex(sim, instance->ec2_id + 3, 16);
        instance->status = SIM_INSTANCE_ACTIVE;
        instance->agent_connected = true;
        instance->registered_at = sim->now;
        instance->cpu_left = spec->cpu;
        instance->memory_left = spec->memory;
        instance->disk_left = spec->disk;
        instance->n_tasks = 0;
        instance->cluster = cluster;
        *ret = cluster->instances[cluster->n_instances++] = instance;
        return wake_all(sim, cluster);
}

/* A name may be used again after its instance is gone. */
struct SimInstance *sim_find_instance(const struct SimCluster *cluster, const char *name_or_id) {
        for (size_t i = cluster->n_instances; i-- > 0;) {
                struct SimInstance *instance = cluster->instances[i];

                if (text_equal(instance->name, name_or_id) || text_equal(instance->id, name_or_id))
                        return instance;
        }
        return NULL;
}

int sim_set_instance_status(struct Sim *sim, struct SimInstance *instance,
                            enum SimInstanceStatus status) {
        if (instance->status == SIM_INSTANCE_INACTIVE)
                return SIM_REFUSED_INSTANCE_INACTIVE;
        instance->status = status;
        return wake_all(sim, instance->cluster);
}

void sim_set_agent(struct Sim *sim, struct SimInstance *instance, bool connected) {
        (void) sim;
        instance->agent_connected = connected;
}

int sim_terminate_instance(struct Sim *sim, struct SimInstance *instance) {
        struct SimCluster *cluster = instance->cluster;
        int r;

        if (instance->status == SIM_INSTANCE_INACTIVE)
                return SIM_REFUSED_INSTANCE_INACTIVE;
        instance->status = SIM_INSTANCE_INACTIVE;
        instance->agent_connected = false;
        for (size_t i = 0; i < cluster->n_services; i++) {
                struct SimService *service = cluster->services[i];

                for (size_t j = 0; j < service->n_tasks; j++) {
                        if (service->tasks[j]->instance != instance)
                                continue;
                        r = task_lose_host(sim, service->tasks[j]);
                        if (r < 0)
                                return r;
                }
        }
        return wake_all(sim, cluster);
}
