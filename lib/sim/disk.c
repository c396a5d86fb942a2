/* SPDX-License-Identifier: Apache-2.0 */
/* The disks of container instances. A task's containers take room once they are created; the agent
 * keeps stopped ones for hours, which is how a crash loop fills a host. */
#include "sim/core.h"

bool disk_take(struct SimTask *task) {
        struct SimInstance *instance = task->instance;
        unsigned size = task->definition->disk;

        if (!instance || instance->disk == 0)
                return true;
        if (instance->disk_left < size)
                return false;
        instance->disk_left -= size;
        task->holds_disk = true;
        return true;
}

int disk_release_later(struct Sim *sim, struct SimTask *task) {
        if (!task->holds_disk)
                return 0;
        task->holds_disk = false;
        return sim_schedule(sim, usec_add(sim->now, sim->options.containers_kept),
                            (struct SimOccurrence) {
                                    .occasion = SIM_DISK_FREED,
                                    .slot = task->definition->disk,
                                    .subject = task->instance,
                            });
}

void disk_free(struct SimInstance *instance, unsigned size) {
        instance->disk_left = MIN(instance->disk_left + size, instance->disk);
}
