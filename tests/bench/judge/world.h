/* SPDX-License-Identifier: Apache-2.0 */
/* One simulated deployment: a service that has run well for a while and is given a new revision. */
#pragma once

#include "base/random.h"
#include "cells.h"
#include "sim/service.h"

/* What truly happened: attempts of the new revision that failed, whoever saw it. */
struct Truth {
        uint64_t failed;
        usec_t first_failure, last_failure; /* USEC_UNKNOWN: none */
        usec_t until;                       /* it is known up to then */
};

struct World {
        const struct Cell *cell;
        unsigned desired, percent;
        struct Random random; /* what befalls it, and how it is watched */
        struct Sim *sim;
        struct SimCluster *cluster;
        struct SimService *service;
        struct SimTaskDefinition *revision; /* the new one */
        const struct SimDeployment *deployment;
        usec_t began, happens_at;
        struct Truth truth;
};

/* Ends the program when memory is short. `percent`: of the new tasks that the fault strikes. */
void world_init(struct World *world, const struct Cell *cell, unsigned desired, unsigned percent,
                uint64_t seed);
void world_done(struct World *world);

/* Everything up to `until` happens, what the cell adds included. */
void world_advance(struct World *world, usec_t until);

/* What cells add. */
void world_loses_spot_task(struct World *world);
void world_scales(struct World *world);
