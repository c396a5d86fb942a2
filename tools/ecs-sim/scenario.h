/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario says, as plain values. docs/ecs-sim.md has the words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "sim/service.h"

enum {
        SCENARIO_BYTES_MAX = 4 * 1024 * 1024,
        STEP_BYTES_MAX = 64 * 1024,
        SCENARIO_ERRORS_MAX = 64 * 1024, /* bytes of messages */
};

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

enum StepKind {
        STEP_CREATE_SERVICE,
        STEP_UPDATE_SERVICE,
        STEP_SCALE,
        STEP_DELETE_SERVICE,
        STEP_REGISTER_TASK_DEFINITION,
        STEP_DEREGISTER_TASK_DEFINITION,
        STEP_SET_BEHAVIOUR,
        STEP_STOP_TASK,
        STEP_SPOT_INTERRUPT,
        STEP_STOP_SERVICE_DEPLOYMENT,
        STEP_PROMOTE,
        STEP_CONTINUE,
        STEP_ALARM,
        STEP_REGISTER_INSTANCE,
        STEP_DRAIN,
        STEP_ACTIVATE,
        STEP_TERMINATE_INSTANCE,
        STEP_CAPACITY,
        STEP_SCHEDULER,
        STEP_DENY,
        STEP_ALLOW,
        STEP_THROTTLE,
        STEP_FAULT,
        STEP_CLEAR_FAULTS,
};

/* `kind` says which members mean anything. */
struct Step {
        enum StepKind kind;
        usec_t at; /* since the start */
        size_t line, column;
        struct ServicePlan service;
        struct DefinitionPlan definition;
        struct InstancePlan instance;
        int disconnect; /* terminate_instance: only its agent */
        int capacity;   /* enum SimCapacity */
        struct SchedulerPlan scheduler;
        struct TextList operations;
        double throttle; /* times the published quotas; 0: off */
        struct FaultPlan fault;
};

struct RolePlan {
        const char *arn, *external_id;
};

struct Scenario {
        struct Arena *arena; /* owns every text and list */
        const char *account, *region;
        int64_t seed; /* -1: not given */
        usec_t history;
        struct TextList clusters;
        struct InstancePlan *instances;
        size_t n_instances;
        struct GroupPlan *groups;
        size_t n_groups;
        struct DefinitionPlan *definitions;
        size_t n_definitions;
        struct Step *services; /* of kind STEP_CREATE_SERVICE */
        size_t n_services;
        struct SchedulerPlan scheduler;
        double throttle;
        struct TextList deny;
        bool any_role;
        struct RolePlan *roles;
        size_t n_roles;
        struct Step *timeline; /* by `at`, stable */
        size_t n_steps;
};

/* `bytes` is the whole text; `name` begins every message. 0; -EINVAL with one line an error,
 * "name:line:column: message\n", appended to `errors`; -ENOMEM. */
int scenario_parse(const char *name, const char *bytes, size_t size, struct Buffer *errors,
                   struct Scenario **ret);
/* The scenario that holds when none is given. NULL: out of memory. */
struct Scenario *scenario_default(void);
void scenario_free(struct Scenario *scenario); /* NULL is fine */
DEFINE_FREEP(struct Scenario, scenario_free)

/* One step, YAML or JSON, without `at`. Its texts live in `arena`. Outcomes as above. */
int step_parse(const char *bytes, size_t size, struct Arena *arena, struct Buffer *errors,
               struct Step *ret);

const char *step_kind_name(enum StepKind kind);
const char *fault_kind_name(enum FaultKind kind);
/* Whether ecs-sim answers an API operation of that name. */
bool operation_is_known(const char *operation);
