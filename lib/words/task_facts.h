/* SPDX-License-Identifier: Apache-2.0 */
/* A task as DescribeTasks shows it, and what it was made from. Source of the members: the ECS API
 * reference (Task, Container, TaskDefinition). Texts are NULL where ECS gave none; instants
 * USEC_UNKNOWN; all borrowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum HealthStatus { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

struct ContainerFacts {
        const char *name, *last_status, *reason;
        bool has_exit_code;
        int64_t exit_code;
        enum HealthStatus health_status;
};

struct TaskFacts {
        const char *arn, *id;   /* id: what follows the last slash of the ARN */
        const char *started_by; /* the deployment's or task set's id */
        const char *task_definition;
        const char *last_status, *desired_status;
        enum HealthStatus health_status;
        const char *stop_code, *stopped_reason;
        usec_t created_at, started_at, stopping_at, stopped_at;
        const char *container_instance_arn, *availability_zone;
        const struct ContainerFacts *containers;
        size_t n_containers;
};

/* Where a container writes to: its logConfiguration. */
struct ContainerLogFacts {
        const char *container;
        const char *driver;                         /* awslogs, awsfirelens, … */
        const char *group, *region, *stream_prefix; /* of awslogs: its options */
};

/* Immutable in ECS but for its status; asked once a rollout. */
struct TaskDefinitionFacts {
        const char *arn;
        const char *status;              /* ACTIVE, INACTIVE, DELETE_IN_PROGRESS */
        bool has_container_health_check; /* an essential container defines healthCheck */
        const char *const *essential_containers;
        size_t n_essential_containers;
        const struct ContainerLogFacts *logs; /* of the containers that have one */
        size_t n_logs;
};

/* How much DescribeTasks could tell of a task that was listed. */
enum TaskInterest {
        TASK_KNOWN, /* nothing more */
        TASK_WELL,  /* hardly: it is asked about when it is its turn */
        TASK_WORTH_ASKING,
};

const char *health_status_name(enum HealthStatus status); /* as ECS returns it */
