/* SPDX-License-Identifier: Apache-2.0 */
/* Auto Scaling groups: container instances that come and go with a desired capacity. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "sim/core.h"

void group_free(struct SimGroup *group) {
        if (!group)
                return;
        free(group->instances);
        free(group->name);
        free(group);
}

struct SimGroup *const *sim_groups(const struct Sim *sim, size_t *ret_count) {
        *ret_count = sim->n_groups;
        return sim->groups;
}

struct SimGroup *sim_find_group(const struct Sim *sim, const char *name) {
        for (size_t i = 0; i < sim->n_groups; i++)
                if (text_equal(sim->groups[i]->name, name))
                        return sim->groups[i];
        return NULL;
}

/* Those that are not gone, however they went. */
static unsigned count_alive(const struct SimGroup *group) {
        unsigned n = 0;

        for (size_t i = 0; i < group->n_instances; i++)
                n += group->instances[i]->status != SIM_INSTANCE_INACTIVE;
        return n;
}

static int add_instance(struct Sim *sim, struct SimGroup *group) {
        char name[SIM_NAME_MAX], zone[SIM_NAME_MAX];
        struct SimInstance spec = {
                .name = name,
                .availability_zone = zone,
                .cpu = group->cpu,
                .memory = group->memory,
                .disk = group->disk,
        };
        int r;

        r = array_reserve(&group->instances, &group->instances_allocated, group->n_instances + 1,
                          sizeof(*group->instances), SIM_INSTANCES_MAX);
        if (r < 0)
                return r;
        snprintf(name, sizeof(name), "%.200s-%u", group->name, group->launched + 1);
        snprintf(zone, sizeof(zone), "%.200s%c", sim->region, (char) ('a' + group->launched % 3));
        r = sim_register_instance(sim, group->cluster, &spec,
                                  &group->instances[group->n_instances]);
        if (r != 0)
                return r;
        group->n_instances++;
        group->launched++;
        return 0;
}

int group_launch(struct Sim *sim, struct SimGroup *group) {
        int r;

        group->launching--;
        if (count_alive(group) >= group->desired)
                return 0; /* fewer are wanted by now */
        r = add_instance(sim, group);
        return MIN(r, 0); /* an account's limits are no error of the simulation */
}

static int launch(struct Sim *sim, struct SimGroup *group) {
        group->launching++;
        return sim_schedule(sim, usec_add(sim->now, group->launch_takes),
                            (struct SimOccurrence) {
                                    .occasion = SIM_GROUP_LAUNCH,
                                    .subject = group,
                            });
}

int sim_set_desired_capacity(struct Sim *sim, struct SimGroup *group, unsigned desired) {
        int r = 0;

        if (desired < group->minimum || desired > group->maximum)
                return SIM_REFUSED_CAPACITY_BOUNDS;
        group->desired = desired;
        while (r == 0 && count_alive(group) + group->launching < desired)
                r = launch(sim, group);
        for (size_t i = group->n_instances; r == 0 && i-- > 0 && count_alive(group) > desired;)
                if (group->instances[i]->status != SIM_INSTANCE_INACTIVE)
                        r = sim_terminate_instance(sim, group->instances[i]);
        return r;
}

int sim_create_group(struct Sim *sim, const struct SimGroup *spec, struct SimGroup **ret) {
        struct SimGroup *group;
        int r;

        if (text_is_empty(spec->name) || sim_find_group(sim, spec->name))
                return SIM_REFUSED_NAME;
        r = array_reserve(&sim->groups, &sim->groups_allocated, sim->n_groups + 1,
                          sizeof(*sim->groups), SIM_GROUPS_MAX);
        if (r < 0)
                return r == -ENOBUFS ? SIM_REFUSED_LIMIT : r;
        group = calloc(1, sizeof(*group));
        if (!group)
                return -ENOMEM;
        *group = *spec;
        group->name = strdup(spec->name);
        if (!group->name) {
                free(group);
                return -ENOMEM;
        }
        *ret = sim->groups[sim->n_groups++] = group;
        for (r = 0; r == 0 && group->n_instances < group->desired;)
                r = add_instance(sim, group);
        return r;
}
