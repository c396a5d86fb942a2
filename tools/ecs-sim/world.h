/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated account: control plane, scenario, quotas, permissions, faults, all in virtual time.
 */
#pragma once

#include <stdbool.h>

#include "calls.h"
#include "quota.h"
#include "scenario.h"

enum {
        FAULTS_MAX = 1000,
        OPERATIONS_MAX = 64,
        SESSIONS_MAX = 1024,
};

struct Fault {
        struct FaultPlan plan;
        int operation; /* index, -1: any */
        int64_t left;  /* calls; -1: as many as come */
        usec_t until;
};

/* What AssumeRole gave out. */
struct Session {
        char access_key[32], secret_key[64], token[128];
        char role[SIM_NAME_MAX], name[SIM_SHORT_NAME_MAX + 1];
        usec_t expires;
};

struct World {
        struct Scenario *scenario;
        struct Sim *sim;
        usec_t start;     /* of the scenario, virtual */
        size_t next_step; /* of its timeline */
        struct Quota quota;
        bool denied[OPERATIONS_MAX];
        struct Fault faults[FAULTS_MAX];
        size_t n_faults;
        struct Session sessions[SESSIONS_MAX]; /* a ring */
        size_t n_sessions;
        struct CallLog calls;
};

/* Takes over the scenario, also on failure. Initial services exist and have settled when it
 * returns. 0; -EINVAL with a message for what ECS refuses; another negative errno. */
int world_new(struct Scenario *scenario, uint64_t seed, usec_t start, struct Buffer *errors,
              struct World **ret);
void world_free(struct World *world); /* NULL is fine */
DEFINE_FREEP(struct World, world_free)

/* Lets everything up to `now` happen, the timeline included. A step that ECS refuses is told in
 * `errors`, and the rest goes on. */
int world_advance(struct World *world, usec_t now, struct Buffer *errors);

/* Does one step at sim_now(). 0; a positive enum SimRefusal; -ENOENT with a message: a name leads
 * nowhere; another negative errno. `ret_deployment` is NULL unless there is a new PRIMARY. */
int step_apply(struct World *world, const struct Step *step, struct Buffer *message,
               const struct SimDeployment **ret_deployment);

/* By name or ARN; NULL is the first one. NULL if there is none. */
struct SimCluster *world_cluster(const struct World *world, const char *name);
void service_spec_from_plan(const struct World *world, const struct ServicePlan *plan,
                            struct SimServiceSpec *spec, char target_group[SIM_NAME_MAX]);

/* The fault that strikes this call, NULL for none; counted. Skews come apart. */
const struct FaultPlan *world_fault(struct World *world, int operation);
int64_t world_skew_s(struct World *world, int operation);
int world_add_fault(struct World *world, const struct FaultPlan *plan);
