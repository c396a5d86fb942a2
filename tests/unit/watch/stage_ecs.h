/* SPDX-License-Identifier: Apache-2.0 */
/* The ECS on the stage: its services and their deployments, and what people and ECS do with them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

struct Stage;

enum { STAGE_DEPLOYMENTS_MAX = 16 };

/* How a deployment's tasks fare. */
struct Behaviour {
        usec_t exits_after; /* 0: they run on */
        bool never_starts;
        const char *container_instance_arn; /* NULL: Fargate */
        const char *container_reason;       /* of the container that exits, or NULL */
        const char *well_on;                /* one task runs on there all the while; NULL: none */
};

struct StageDeployment {
        char id[32], task_definition[128];
        usec_t created_at;
        struct Behaviour behaviour;
        bool rolled_back; /* ECS went back from it */
        bool completed;   /* its service deployment is SUCCESSFUL */
};

struct StageService {
        const char *name;
        struct StageDeployment deployments[STAGE_DEPLOYMENTS_MAX]; /* the last one is PRIMARY that
                                                                  was not rolled back */
        size_t n_deployments;
        int64_t desired;
        usec_t scaled_at;   /* USEC_UNKNOWN: never */
        bool missing;       /* DescribeServices says so at the next look, once */
        bool gone;          /* and from now on */
        usec_t created_at;  /* USEC_UNKNOWN: a day before the test */
        bool partial;       /* its stopped tasks cannot be had whole */
        bool denied;        /* ECS does not let us see it */
        char answered[512]; /* what DescribeServices said last that may change */
};

/* The service is made anew, with a first deployment. */
void stage_create(struct Stage *stage, size_t service, struct Behaviour behaviour);
/* UpdateService by somebody, to revision `revision` of the service. */
void stage_deploy(struct Stage *stage, size_t service, unsigned revision,
                  struct Behaviour behaviour);
/* ECS goes back from the last one. */
void stage_roll_back(struct Stage *stage, size_t service);
const struct StageDeployment *stage_primary(const struct StageService *service);
void stage_service_deployment(const struct StageService *service, const struct StageDeployment *of,
                              char ret[160]); /* its ARN */
void stage_scale(struct Stage *stage, size_t service, int64_t desired);
