/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that the ledger keeps of a rollout and from which evidence is folded, today and after an
 * upgrade. They hold what ECS said, never a conclusion. Texts are NULL where ECS gave none;
 * instants are AWS's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "words/facts.h"

/* One task of the rollout, as last described. Key: task_arn. Replaced when it changes. */
struct AttemptRow {
        const char *task_arn, *task_definition;
        const char *last_status, *desired_status, *stop_code, *stopped_reason;
        enum HealthStatus health_status;
        /* The container that explains the stop best (chosen when the row is made), or NULLs. */
        const char *container, *container_reason;
        bool has_exit_code;
        int64_t exit_code;
        const char *container_instance_arn, *availability_zone;
        usec_t created_at, started_at, stopping_at, stopped_at;
        usec_t healthy_at;               /* first seen HEALTHY; USEC_UNKNOWN if never */
        usec_t last_alive_at;            /* last observed RUNNING and not stopping */
        bool has_container_health_check; /* from the task definition, or seen HEALTHY or UNHEALTHY
                                          */
        /* Later attempts that ended alike and of which only this number is kept, and when the
         * newest of them was created; 0 and USEC_UNKNOWN while all are kept. */
        uint64_t n_alike;
        usec_t alike_until;
};

/* One service event that tells something: placement trouble, what clears it, native signals,
 * throttling. Key: event_id. Never changes. */
struct SignalRow {
        const char *event_id, *message;
        usec_t created_at;
};

/* The rollout's numbers in one answer of DescribeServices; appended when any but `at` differs from
 * the last row's. */
struct CountRow {
        usec_t at;
        int64_t service_desired, service_running;
        int64_t desired, running, pending, failed_tasks; /* the deployment's own */
        bool is_primary;
        enum RolloutState rollout_state;
        const char *rollout_state_reason;
};
