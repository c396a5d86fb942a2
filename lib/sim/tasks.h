/* SPDX-License-Identifier: Apache-2.0 */
/* One task. */
#pragma once

#include "sim/resources.h"

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
        bool holds_disk; /* its containers were created on an instance's disk */
        size_t slot;
        uint64_t epoch; /* events of an older one are void */
};
