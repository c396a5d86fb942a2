/* SPDX-License-Identifier: Apache-2.0 */
/* What will happen, in order of time; what was put in first comes first at the same instant. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum SimOccasion {
        SIM_TASK_STEP,    /* the next status of a task */
        SIM_TASK_READY,   /* its checks pass */
        SIM_TASK_FAULT,   /* its fault shows */
        SIM_TASK_FORGET,  /* no longer told of */
        SIM_SERVICE_LOOK, /* the scheduler looks at a service */
        SIM_DISK_FREED,   /* the agent removes a stopped task's containers */
        SIM_GROUP_LAUNCH, /* an instance of a group has come up */
};

struct SimOccurrence {
        usec_t at;
        uint64_t order;
        enum SimOccasion occasion;
        size_t slot;    /* of a task; of SIM_DISK_FREED: how many MiB */
        uint64_t epoch; /* void when the task's is another */
        void *subject;  /* of SERVICE_LOOK the service, of DISK_FREED the instance, of GROUP_LAUNCH
                           the group */
};

/* Plain value; a binary heap. */
struct SimQueue {
        struct SimOccurrence *heap;
        size_t size, allocated;
        uint64_t order;
};

void sim_queue_done(struct SimQueue *queue);
/* Fills in `order`. 0, -ENOMEM, or -ENOBUFS above ten million. */
int sim_queue_push(struct SimQueue *queue, struct SimOccurrence occurrence);
const struct SimOccurrence *sim_queue_first(const struct SimQueue *queue); /* NULL: empty */
void sim_queue_pop(struct SimQueue *queue);
