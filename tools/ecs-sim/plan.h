/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of scenarios and of steps, as plain values. docs/ecs-sim.md has the words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/service.h"

/* "Not given": -1 for numbers, choices and truths, USEC_INFINITY for durations, NULL for texts. */

struct TextList {
        const char **texts;
        size_t count;
};

struct InstancePlan {
        const char *instance, *cluster, *availability_zone;
        int64_t cpu, memory, disk;
        uint16_t ports[SIM_PORTS_MAX];
        size_t n_ports;
};

/* An Auto Scaling group; what its instances are like stands in `instance`. */
struct GroupPlan {
        const char *group;
        struct InstancePlan instance;
        int64_t desired, minimum, maximum;
        usec_t launch_takes;
};

struct BreakerPlan {
        bool given;
        int enable, rollback, reset_on_healthy_task;
        int threshold_type; /* enum SimThreshold */
        int64_t threshold;
};

struct StrategyPlan {
        int kind; /* enum SimStrategyKind */
        usec_t bake, step_bake;
        int64_t step_percent;
        int pauses;
};

struct AlarmsPlan {
        int enable, rollback;
};

struct LoadBalancerPlan {
        const char *target_group, *container;
        int64_t port;
        usec_t deregistration_delay;
};

/* For create_service, and what update_service and its like change. */
struct ServicePlan {
        const char *service, *cluster, *task_definition;
        int64_t desired, minimum_healthy_percent, maximum_percent;
        int launch_type, scheduling, controller, spot;
        struct BreakerPlan breaker;
        struct StrategyPlan strategy;
        struct AlarmsPlan alarms;
        int in_alarm; /* step alarm: 1 ALARM, 0 OK */
        struct LoadBalancerPlan load_balancer;
        usec_t grace;
        const char *tags; /* JSON, a list of {"key", "value"} */
        int force_new_deployment, force;
        int64_t count;
        const char *task, *reason;
};

struct BehaviourPlan {
        struct SimBehaviour behaviour;
        const char *fault_kind; /* of PULL, INIT, START: "not_found" and so on */
        usec_t until_at;        /* since the start */
};

struct DefinitionPlan {
        const char *task_definition;
        int64_t cpu, memory, disk;
        int status; /* 0 ACTIVE, 1 INACTIVE */
        struct SimContainerDefinition containers[SIM_CONTAINERS_MAX];
        size_t n_containers;
        struct BehaviourPlan behaviour;
};

struct SchedulerPlan {
        usec_t tick, healthy_wait, stopped_tasks_kept, containers_kept, steady_state_every,
                placement_event_every;
        usec_t breaker_delay;
        int primary_starts_at_zero, reuse_deployment_id, start_throttle, breaker_counts_exits;
        int breaker_stands_still, events_named;
};

enum FaultKind {
        FAULT_THROTTLE,
        FAULT_ERROR_5XX,
        FAULT_STALL,
        FAULT_RESET,
        FAULT_TRUNCATE,
        FAULT_STALE_DESCRIBE,
        FAULT_CLOCK_SKEW,
        FAULT_ACCESS_DENIED,
        FAULT_EXPIRED_TOKEN,
        FAULT_NOT_JSON,
};

struct FaultPlan {
        int kind;              /* enum FaultKind */
        const char *operation; /* NULL: any */
        int64_t count, status;
        usec_t lasts, age;
        int after;      /* effect: 1 after the operation, 0 before it */
        int64_t skew_s; /* seconds, may be negative */
};

struct RolePlan {
        const char *arn, *external_id;
};
