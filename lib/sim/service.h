/* SPDX-License-Identifier: Apache-2.0 */
/* Services and their tasks: the operations of the API. Outcomes as in sim/sim.h. */
#pragma once

#include "sim/sim.h"

/* All texts are copied. Begin with sim_service_spec_default(). */
struct SimServiceSpec {
        const char *name;
        struct SimTaskDefinition *definition; /* NULL: with EXTERNAL, no task set yet */
        enum SimLaunch launch;
        enum SimScheduling scheduling;
        enum SimController controller;
        bool spot;
        unsigned desired;
        unsigned minimum_healthy_percent, maximum_percent;
        struct SimBreaker breaker;
        struct SimStrategy strategy;
        struct SimAlarms alarms;
        struct SimLoadBalancer load_balancer; /* target_group NULL: none */
        usec_t grace;
        const char *network; /* opaque; NULL */
        const char *tags;    /* opaque; NULL */
};

void sim_service_spec_default(struct SimServiceSpec *ret, enum SimScheduling scheduling);

/* Refusals: SERVICE_EXISTS, DEFINITION_INACTIVE, PERCENTS, THRESHOLD, NAME, DAEMON_FARGATE. */
int sim_create_service(struct Sim *sim, struct SimCluster *cluster,
                       const struct SimServiceSpec *spec, struct SimService **ret);

/* What UpdateService changes; NULL members stay. */
struct SimServiceChange {
        struct SimTaskDefinition *definition;
        const unsigned *desired;
        const unsigned *minimum_healthy_percent, *maximum_percent;
        const struct SimBreaker *breaker;
        const usec_t *grace;
        const char *network;
        bool force_new_deployment;
};

/* A new PRIMARY for another task definition or network, or by force. Refusals: NOT_BY_UPDATE,
 * SERVICE_NOT_ACTIVE, DEFINITION_INACTIVE, PERCENTS, THRESHOLD, DAEMON_COUNT. */
int sim_update_service(struct Sim *sim, struct SimService *service,
                       const struct SimServiceChange *change);
/* DRAINING until its tasks are gone, then INACTIVE. Refusals: SERVICE_RUNNING, SERVICE_NOT_ACTIVE.
 */
int sim_delete_service(struct Sim *sim, struct SimService *service, bool force);
/* Refusals: NOT_STOPPABLE (it is over), NO_SOURCE. One that is already rolling back: 0. */
int sim_stop_service_deployment(struct Sim *sim, struct SimServiceDeployment *deployment);

/* Past its PAUSE hook. Refusal: NOT_STOPPABLE (there is none that waits). */
int sim_continue_service_deployment(struct Sim *sim, struct SimService *service);
/* Its alarm goes off, or is over. */
int sim_set_alarm(struct Sim *sim, struct SimService *service, bool in_alarm);

/* By name; an ACTIVE or DRAINING one before an INACTIVE one. NULL. */
struct SimService *sim_find_service(const struct SimCluster *cluster, const char *name);
struct SimDeployment *sim_primary(const struct SimService *service); /* NULL once deleted */
struct SimServiceDeployment *sim_current_service_deployment(const struct SimService *service);
/* A healthy one by ECS's reckoning, at sim_now(). */
bool sim_task_is_healthy(const struct Sim *sim, const struct SimTask *task);
unsigned sim_breaker_threshold(const struct SimService *service);

struct SimCounts {
        unsigned running; /* lastStatus RUNNING */
        unsigned pending; /* on the way there */
        unsigned healthy; /* of running */
};

/* Of one deployment, or with NULL of the whole service. */
struct SimCounts sim_count(const struct Sim *sim, const struct SimService *service,
                           const struct SimDeployment *deployment);

/* By id, in one cluster; NULL. */
struct SimTask *sim_find_task(const struct Sim *sim, const struct SimCluster *cluster,
                              const char *id);
/* StopTask; `reason` NULL is "Task stopped by user". A task that is stopping already: 0. */
int sim_stop_task(struct Sim *sim, struct SimTask *task, const char *reason);
/* Fargate takes a Spot task back. */
int sim_interrupt_task(struct Sim *sim, struct SimTask *task);
