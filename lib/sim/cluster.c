/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters and task definitions: what there is, and how it is found. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "sim/core.h"

enum { REVISION_MAX = 12 }; /* ":4294967295" and a NUL */

/* ECS: up to 255 letters, digits, underscores and hyphens. */
static bool name_is_valid(const char *name) {
        size_t length = strlen(name);

        return length > 0 && length < SIM_NAME_MAX &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                       length;
}

struct SimCluster *const *sim_clusters(const struct Sim *sim, size_t *ret_count) {
        *ret_count = sim->n_clusters;
        return sim->clusters;
}

struct SimCluster *sim_find_cluster(const struct Sim *sim, const char *name) {
        for (size_t i = 0; i < sim->n_clusters; i++)
                if (strcmp(sim->clusters[i]->name, name) == 0)
                        return sim->clusters[i];
        return NULL;
}

int sim_create_cluster(struct Sim *sim, const char *name, struct SimCluster **ret) {
        struct SimCluster *cluster = sim_find_cluster(sim, name);
        int r;

        if (cluster) {
                *ret = cluster;
                return 0;
        }
        if (!name_is_valid(name))
                return SIM_REFUSED_NAME;
        r = array_reserve(&sim->clusters, &sim->clusters_allocated, sim->n_clusters + 1,
                          sizeof(*sim->clusters), SIM_CLUSTERS_MAX);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;

        cluster = calloc(1, sizeof(*cluster));
        if (!cluster)
                return -ENOMEM;
        cluster->name = strdup(name);
        if (!cluster->name) {
                free(cluster);
                return -ENOMEM;
        }
        *ret = sim->clusters[sim->n_clusters++] = cluster;
        return 0;
}

struct SimTaskDefinition *const *sim_definitions(const struct Sim *sim, size_t *ret_count) {
        *ret_count = sim->n_definitions;
        return sim->definitions;
}

struct SimTaskDefinition *sim_find_definition(const struct Sim *sim, const char *name) {
        struct SimTaskDefinition *newest = NULL;

        for (size_t i = 0; i < sim->n_definitions; i++) {
                struct SimTaskDefinition *definition = sim->definitions[i];

                if (strcmp(definition->name, name) == 0)
                        return definition;
                if (definition->active && strcmp(definition->family, name) == 0 &&
                    (!newest || definition->revision > newest->revision))
                        newest = definition;
        }
        return newest;
}

static unsigned next_revision(const struct Sim *sim, const char *family) {
        unsigned newest = 0;

        for (size_t i = 0; i < sim->n_definitions; i++)
                if (strcmp(sim->definitions[i]->family, family) == 0)
                        newest = MAX(newest, sim->definitions[i]->revision);
        return newest + 1;
}

static void definition_free(struct SimTaskDefinition *definition) {
        if (!definition)
                return;

        for (size_t i = 0; i < definition->n_containers; i++) {
                free(definition->containers[i].name);
                free(definition->containers[i].image);
        }
        free(definition->family);
        free(definition->name);
        free(definition->document);
        free(definition);
}
DEFINE_FREEP(struct SimTaskDefinition, definition_free)

static int copy_containers(const struct SimTaskDefinition *spec,
                           struct SimTaskDefinition *definition) {
        for (size_t i = 0; i < spec->n_containers; i++) {
                const struct SimContainerDefinition *from = &spec->containers[i];
                struct SimContainerDefinition *to = &definition->containers[i];

                *to = *from;
                to->name = strdup(from->name);
                to->image = strdup(from->image);
                definition->n_containers = i + 1; /* what definition_free() looks at */
                if (!to->name || !to->image)
                        return -ENOMEM;
        }
        return 0;
}

static int definition_copy(const struct Sim *sim, const struct SimTaskDefinition *spec,
                           struct SimTaskDefinition **ret) {
        _cleanup_(definition_freep) struct SimTaskDefinition *definition = NULL;
        size_t size;
        int r;

        definition = calloc(1, sizeof(*definition));
        if (!definition)
                return -ENOMEM;

        *definition = (struct SimTaskDefinition) {
                .revision = spec->revision ? spec->revision : next_revision(sim, spec->family),
                .active = true,
                .registered_at = sim->now,
                .cpu = spec->cpu,
                .memory = spec->memory,
                .disk = spec->disk,
                .behaviour = spec->behaviour,
                .family = strdup(spec->family),
                .document = spec->document ? strdup(spec->document) : NULL,
        };
        if (!definition->family || (spec->document && !definition->document))
                return -ENOMEM;
        size = strlen(definition->family) + REVISION_MAX;
        definition->name = malloc(size);
        if (!definition->name)
                return -ENOMEM;
        snprintf(definition->name, size, "%s:%u", definition->family, definition->revision);
        r = copy_containers(spec, definition);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(definition);
        return 0;
}

int sim_register_definition(struct Sim *sim, const struct SimTaskDefinition *spec,
                            struct SimTaskDefinition **ret) {
        _cleanup_(definition_freep) struct SimTaskDefinition *definition = NULL;
        int r;

        if (!name_is_valid(spec->family))
                return SIM_REFUSED_NAME;
        r = definition_copy(sim, spec, &definition);
        if (r < 0)
                return r;
        if (sim_find_definition(sim, definition->name))
                return SIM_REFUSED_DEFINITION_EXISTS;
        r = array_reserve(&sim->definitions, &sim->definitions_allocated, sim->n_definitions + 1,
                          sizeof(*sim->definitions), SIM_DEFINITIONS_MAX);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;

        *ret = sim->definitions[sim->n_definitions++] = TAKE_PTR(definition);
        return 0;
}

void sim_deregister_definition(struct Sim *sim, struct SimTaskDefinition *definition) {
        if (!definition->active)
                return;
        definition->active = false;
        definition->deregistered_at = sim->now;
}

void sim_set_behaviour(struct SimTaskDefinition *definition, const struct SimBehaviour *behaviour) {
        definition->behaviour = *behaviour;
}

static void service_free(struct SimService *service) {
        for (size_t i = 0; i < service->n_revisions; i++) {
                free(service->revisions[i]->network);
                free(service->revisions[i]);
        }
        for (size_t i = 0; i < service->n_deployments; i++)
                free(service->deployments[i]);
        for (size_t i = 0; i < service->n_service_deployments; i++)
                free(service->service_deployments[i]);
        for (size_t i = 0; i < service->n_events; i++)
                event_done(&service->events[i]);
        free(service->revisions);
        free(service->deployments);
        free(service->service_deployments);
        free(service->tasks);
        free(service->load_balancer.target_group);
        free(service->load_balancer.container);
        free(service->tags);
        free(service->name);
        free(service);
}

static void cluster_free(struct SimCluster *cluster) {
        for (size_t i = 0; i < cluster->n_services; i++)
                service_free(cluster->services[i]);
        for (size_t i = 0; i < cluster->n_instances; i++) {
                free(cluster->instances[i]->name);
                free(cluster->instances[i]->availability_zone);
                free(cluster->instances[i]);
        }
        free(cluster->services);
        free(cluster->instances);
        free(cluster->name);
        free(cluster);
}

void sim_free(struct Sim *sim) {
        if (!sim)
                return;

        for (size_t i = 0; i < sim->n_slots; i++)
                task_free(sim->tasks[i]);
        for (size_t i = 0; i < sim->n_clusters; i++)
                cluster_free(sim->clusters[i]);
        for (size_t i = 0; i < sim->n_groups; i++)
                group_free(sim->groups[i]);
        free(sim->groups);
        for (size_t i = 0; i < sim->n_code_deployments; i++)
                free(sim->code_deployments[i]);
        free(sim->code_deployments);
        for (size_t i = 0; i < sim->n_definitions; i++)
                definition_free(sim->definitions[i]);
        free(sim->tasks);
        free(sim->free_slots);
        free(sim->clusters);
        free(sim->definitions);
        sim_queue_done(&sim->queue);
        free(sim);
}
