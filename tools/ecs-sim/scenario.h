/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario says: its parts (plan.h), and the steps that change them as time goes on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "plan.h"

enum {
        SCENARIO_BYTES_MAX = 4 * 1024 * 1024,
        STEP_BYTES_MAX = 64 * 1024,
        SCENARIO_ERRORS_MAX = 64 * 1024, /* bytes of messages */
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
