/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments, and the service deployments and revisions that keep their history. */
#pragma once

#include "sim/resources.h"

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

        /* of a task set */
        unsigned scale;  /* percent of the service's desired count */
        bool is_leaving; /* DRAINING */
        bool is_steady;
        char external_id[SIM_ID_MAX]; /* "": none */

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
        enum SimStage stage;
        usec_t stage_since;
        unsigned shifted; /* percent of the traffic */
        usec_t shifted_at;
        bool continued;                        /* past its PAUSE hook */
        bool alarm_monitored, alarm_triggered; /* not monitored: it was in ALARM before */
        enum SimBreakerStatus breaker;
        unsigned failure_count, threshold;
};
