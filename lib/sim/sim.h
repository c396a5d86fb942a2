/* SPDX-License-Identifier: Apache-2.0 */
/* The ECS control plane as a discrete-event simulation. Pure: same seed and same calls, same
 * history.
 *
 * Time only moves in sim_advance(). Operations happen at sim_now(). All return 0, a negative errno,
 * or, where they say so, a positive enum SimRefusal: what ECS would answer instead. What they hand
 * out belongs to the Sim and lives as long as it does, except tasks: those are gone after
 * sim_advance() once they are forgotten. */
#pragma once

#include "base/macros.h"
#include "sim/model.h"

struct Sim;

/* How ECS itself behaves where it is not documented, or differs between accounts. */
struct SimOptions {
        usec_t tick;                  /* service scheduler's interval */
        usec_t healthy_wait;          /* RUNNING to healthy where nothing checks */
        usec_t stopped_tasks_kept;    /* then they are forgotten */
        usec_t containers_kept;       /* on an instance's disk, after their task has stopped */
        usec_t steady_state_every;    /* periodic event */
        usec_t placement_event_every; /* same text not told again before */
        usec_t breaker_delay;         /* threshold reached to FAILED */
        bool primary_starts_at_zero;  /* desiredCount 0 until the scheduler's next look */
        bool reuse_deployment_id;     /* a rollback revives the old deployment */
        bool start_throttle;
        bool breaker_counts_exits; /* exits after RUNNING count, too */
        bool breaker_stands_still; /* FAILED, but no rollback */
        bool events_named;         /* "deployment failed" names the deployment */
};

void sim_options_default(struct SimOptions *ret);

/* An empty control plane at `start`. NULL: out of memory. */
struct Sim *sim_new(uint64_t seed, usec_t start);
void sim_free(struct Sim *sim); /* NULL is fine */
DEFINE_FREEP(struct Sim, sim_free)

usec_t sim_now(const struct Sim *sim);
/* Everything up to and including `until` happens; an earlier instant is no change. 0 or -ENOMEM. */
int sim_advance(struct Sim *sim, usec_t until);
/* When the next thing happens, USEC_INFINITY for never. */
usec_t sim_next(const struct Sim *sim);

const struct SimOptions *sim_options(const struct Sim *sim);
void sim_set_options(struct Sim *sim, const struct SimOptions *options); /* from now on */
void sim_set_capacity(struct Sim *sim, enum SimCapacity capacity);
/* For the texts that contain one: account and region of ARNs. Kept by reference. */
void sim_set_region(struct Sim *sim, const char *region);
uint64_t sim_random(struct Sim *sim); /* from the same seed */

/* Clusters. Existing ones are handed out again, as CreateCluster does. */
int sim_create_cluster(struct Sim *sim, const char *name, struct SimCluster **ret);
struct SimCluster *const *sim_clusters(const struct Sim *sim, size_t *ret_count);
struct SimCluster *sim_find_cluster(const struct Sim *sim, const char *name); /* NULL */

/* Task definitions. `spec`: family, cpu, memory, containers, behaviour and document are copied;
 * revision 0 takes the next one. Refusals: DEFINITION_EXISTS, NAME. */
int sim_register_definition(struct Sim *sim, const struct SimTaskDefinition *spec,
                            struct SimTaskDefinition **ret);
/* "family:revision", or "family" for the newest ACTIVE one; NULL. */
struct SimTaskDefinition *sim_find_definition(const struct Sim *sim, const char *name);
struct SimTaskDefinition *const *sim_definitions(const struct Sim *sim, size_t *ret_count);
void sim_deregister_definition(struct Sim *sim, struct SimTaskDefinition *definition);
/* For tasks created from now on. */
void sim_set_behaviour(struct SimTaskDefinition *definition, const struct SimBehaviour *behaviour);

/* Container instances. `spec`: name, availability_zone, cpu, memory, ports are copied. */
int sim_register_instance(struct Sim *sim, struct SimCluster *cluster,
                          const struct SimInstance *spec, struct SimInstance **ret);
struct SimInstance *sim_find_instance(const struct SimCluster *cluster, const char *name_or_id);
/* ACTIVE or DRAINING. Refusal: INSTANCE_INACTIVE. */
int sim_set_instance_status(struct Sim *sim, struct SimInstance *instance,
                            enum SimInstanceStatus status);
/* Its tasks stop with it: "Host EC2 (instance i-…) terminated." */
int sim_terminate_instance(struct Sim *sim, struct SimInstance *instance);
/* Auto Scaling groups. `spec`: name, cluster, instance (name is not used), minimum, maximum,
 * launch_takes are copied; `desired` instances are there at once. */
int sim_create_group(struct Sim *sim, const struct SimGroup *spec, struct SimGroup **ret);
struct SimGroup *const *sim_groups(const struct Sim *sim, size_t *ret_count);
struct SimGroup *sim_find_group(const struct Sim *sim, const char *name); /* NULL */
/* More come up after `launch_takes`; the youngest are terminated. Refusal: CAPACITY_BOUNDS. */
int sim_set_desired_capacity(struct Sim *sim, struct SimGroup *group, unsigned desired);

/* Without its agent nothing is placed there. */
void sim_set_agent(struct Sim *sim, struct SimInstance *instance, bool connected);
