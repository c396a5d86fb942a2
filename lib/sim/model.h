/* SPDX-License-Identifier: Apache-2.0 */
/* What an ECS control plane holds. Readers look at these structs; only lib/sim changes them. */
#pragma once

#include "sim/deployments.h"
#include "sim/resources.h"
#include "sim/tasks.h"

struct SimBreaker {
        bool enable, rollback, reset_on_healthy_task;
        enum SimThreshold threshold;
        unsigned value;
};

struct SimStrategy {
        enum SimStrategyKind kind;
        usec_t bake;
        unsigned step_percent; /* LINEAR: of each step; CANARY: of the first */
        usec_t step_bake;
        bool pauses; /* a PAUSE hook at POST_SCALE_UP, of all but the first deployment */
};

struct SimAlarms {
        bool enable, rollback;
        bool in_alarm; /* now */
};

struct SimLoadBalancer {
        char *target_group; /* ARN; NULL: none */
        char *container;
        uint16_t port;
        usec_t deregistration_delay;
};

struct SimEvent {
        char id[SIM_ID_MAX];
        usec_t created_at;
        char *message;
};

struct SimService {
        char *name;
        struct SimCluster *cluster;
        enum SimServiceStatus status;
        enum SimLaunch launch;
        enum SimScheduling scheduling;
        enum SimController controller;
        bool spot;
        unsigned desired; /* of a DAEMON: as many as there are instances to run on */
        unsigned minimum_healthy_percent, maximum_percent;
        struct SimBreaker breaker;
        struct SimStrategy strategy;
        struct SimAlarms alarms;
        struct SimLoadBalancer load_balancer;
        usec_t grace, created_at;
        char *tags; /* opaque to the core; NULL */
        /* Oldest first, all there ever were; the PRIMARY is found by its status. Task sets where
         * the controller is not ECS. */
        struct SimDeployment **deployments;
        size_t n_deployments, deployments_allocated;
        struct SimServiceDeployment **service_deployments;
        size_t n_service_deployments, service_deployments_allocated;
        struct SimRevision **revisions;
        size_t n_revisions, revisions_allocated;
        /* Oldest first; stopped ones too until they are forgotten. */
        struct SimTask **tasks;
        size_t n_tasks, tasks_allocated;
        struct SimEvent events[SIM_EVENTS_KEPT]; /* newest first */
        size_t n_events;

        /* the scheduler's own */
        usec_t phase, next_look, last_event_at, last_steady_at;
        usec_t placement_told_at;          /* USEC_UNKNOWN: the cause is gone */
        usec_t placement_count_at;         /* when the trouble counts as the next failed task */
        char placement_told[SIM_NAME_MAX]; /* the text that is not told again */
        bool placement_is_capacity; /* gone as soon as a task is placed, not only when one runs */
        bool steady;
        unsigned replaced; /* stopped for their health, not yet told */
};
