/* SPDX-License-Identifier: Apache-2.0 */
/* What an ECS control plane holds. Readers look at these structs; only lib/sim changes them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "sim/behaviour.h"
#include "sim/words.h"

enum {
        SIM_NAME_MAX = 256,      /* ECS: 255 letters, digits, - and _ */
        SIM_ID_MAX = 48,         /* "ecs-svc/" and 19 digits, a task's 32 hex digits, a UUID */
        SIM_EVENTS_KEPT = 100,   /* DescribeServices shows no more */
        SIM_CONTAINERS_MAX = 10, /* ECS: containers in a task definition */
        SIM_SOURCES_MAX = 8,     /* service revisions that one service deployment replaces */
        SIM_PORTS_MAX = 100,     /* ECS: reserved host ports of a container instance */
};

struct SimContainerDefinition {
        char *name;
        char *image;
        bool essential;
        bool health_check;
        uint16_t host_port; /* 0: none, or chosen at random */
};

/* Never freed before its Sim: tasks and deployments point to it. */
struct SimTaskDefinition {
        char *family;
        unsigned revision;
        char *name; /* "family:revision" */
        bool active;
        usec_t registered_at;
        usec_t deregistered_at; /* USEC_UNKNOWN while active */
        unsigned cpu;           /* units */
        unsigned memory;        /* MiB */
        struct SimContainerDefinition containers[SIM_CONTAINERS_MAX];
        size_t n_containers;
        struct SimBehaviour behaviour;
        char *document; /* what the API was given, opaque to the core; NULL */
};

/* A container instance. Kept after its end: tasks point to it. */
struct SimInstance {
        char *name;
        char id[SIM_ID_MAX];
        char ec2_id[SIM_ID_MAX];
        char *availability_zone;
        enum SimInstanceStatus status;
        bool agent_connected;
        usec_t registered_at;
        unsigned cpu, memory;           /* registered */
        unsigned cpu_left, memory_left; /* remaining */
        uint16_t ports[SIM_PORTS_MAX];  /* in use */
        size_t n_ports;
        unsigned n_tasks; /* that hold resources here */
        struct SimCluster *cluster;
};

struct SimBreaker {
        bool enable, rollback, reset_on_healthy_task;
        enum SimThreshold threshold;
        unsigned value;
};

struct SimLoadBalancer {
        char *target_group; /* ARN; NULL: none */
        char *container;
        uint16_t port;
        usec_t deregistration_delay;
};

/* What a deployment runs: one service revision, immutable. */
struct SimRevision {
        char id[SIM_ID_MAX];
        struct SimTaskDefinition *definition;
        char *network; /* networkConfiguration as given, opaque to the core; NULL */
        usec_t created_at;
};

struct SimDeployment {
        char id[SIM_ID_MAX]; /* "ecs-svc/…" */
        struct SimService *service;
        struct SimRevision *revision;
        struct SimServiceDeployment *service_deployment; /* that brought it, or brought it back */
        enum SimDeploymentStatus status; /* INACTIVE ones are not shown; a rollback revives them */
        enum SimRollout rollout;
        char rollout_reason[SIM_NAME_MAX];
        unsigned desired, failed_tasks;
        usec_t created_at, updated_at;
        usec_t completed_at; /* what a rollback looks for; unknown while it is rolled out again */

        /* the scheduler's own */
        bool seen;              /* it has looked at it once */
        unsigned failures;      /* the breaker's count */
        usec_t breaker_due;     /* when it declares, USEC_INFINITY: not reached */
        unsigned wave_failures; /* tasks of the last wave that never ran */
        unsigned failed_waves;  /* in a row */
        usec_t not_before;      /* start throttle */
};

struct SimServiceDeployment {
        char id[SIM_ID_MAX];
        struct SimService *service;
        struct SimDeployment *target;
        struct SimRevision *revision; /* of target, at creation */
        struct SimDeployment *rollback_to;
        struct SimRevision *sources[SIM_SOURCES_MAX];
        size_t n_sources;
        enum SimServiceDeploymentStatus status;
        char status_reason[SIM_NAME_MAX];
        char rollback_reason[SIM_NAME_MAX];
        usec_t created_at, started_at, finished_at, stopped_at, updated_at, rollback_at;
        enum SimBreakerStatus breaker;
        unsigned failure_count, threshold;
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
        bool spot;
        unsigned desired; /* of a DAEMON: as many as there are instances to run on */
        unsigned minimum_healthy_percent, maximum_percent;
        struct SimBreaker breaker;
        struct SimLoadBalancer load_balancer;
        usec_t grace, created_at;
        char *tags; /* opaque to the core; NULL */
        /* Oldest first, all there ever were; the PRIMARY is found by its status. */
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

struct SimContainer {
        char id[SIM_ID_MAX];
        enum SimHealth health;
        bool ran;
        bool has_exit_code; /* only once the task is STOPPED */
        int exit_code;
        char *reason; /* NULL */
};

struct SimTask {
        char id[SIM_ID_MAX];
        struct SimService *service;
        struct SimDeployment *deployment;
        struct SimTaskDefinition *definition;
        struct SimInstance *instance; /* NULL on Fargate */
        char availability_zone[SIM_SHORT_NAME_MAX];
        enum SimTaskStatus status;
        bool wanted; /* desiredStatus RUNNING, else STOPPED */
        enum SimHealth health, target;
        enum SimStopCode stop_code;
        char *stopped_reason; /* NULL before stopping_at */
        /* USEC_UNKNOWN where it has not happened */
        usec_t created_at, pull_started_at, pull_stopped_at, started_at, stopping_at;
        usec_t execution_stopped_at, stopped_at;
        struct SimContainer containers[SIM_CONTAINERS_MAX];
        unsigned version;

        /* the life's own */
        struct SimBehaviour behaviour; /* as it was when the task was created */
        bool struck;                   /* the fault is meant for this one */
        bool holds_resources, registered;
        size_t slot;
        uint64_t epoch; /* events of an older one are void */
};

struct SimCluster {
        char *name;
        struct SimInstance **instances;
        size_t n_instances, instances_allocated;
        struct SimService **services; /* INACTIVE ones too */
        size_t n_services, services_allocated;
};
