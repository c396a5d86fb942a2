/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon's poller would know of a simulated deployment, without HTTP between them. */
#pragma once

#include "judge/evidence.h"
#include "words/facts.h"
#include "world.h"

struct Eyes; /* the answers' memory: each look borrows it until the next */

struct Eyes *eyes_new(void); /* ends the program when memory is short */
void eyes_free(struct Eyes *eyes);

/* A round at the world's time, which the watcher takes for `now`, as told to a watcher that has
 * this evidence. `stale`: the service is shown as the look before this one saw it; `refused`:
 * ListTasks is. The facts belong to the eyes. */
const struct Facts *eyes_look(struct Eyes *eyes, const struct World *world,
                              const struct Evidence *evidence, usec_t now, bool stale,
                              bool refused);
/* The same of DescribeServices alone, as the idle polls ask. */
const struct ServiceFacts *eyes_glance(struct Eyes *eyes, const struct World *world);
