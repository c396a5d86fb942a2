/* SPDX-License-Identifier: Apache-2.0 */
/* Which deployments came and went while nobody looked: those that ECS's list of service deployments
 * has and that no known rollout is. Pure. */
#pragma once

#include <stddef.h>

#include "judge/change.h"
#include "words/service_deployment.h"

/* Stands for the id of a deployment that nothing names any more: this and the last part of the
 * service deployment's ARN. */
#define MISSED_ID_PREFIX "service-deployment/"

/* At most so many at once: what DescribeServiceRevisions describes in one call. */
enum { MISSED_MAX = 20 };

struct MissedInput {
        const struct ServiceFacts *service; /* the answer before which they came and went */
        const struct ServiceDeploymentFacts *deployments; /* in any order */
        size_t n_deployments;                             /* MISSED_MAX or fewer */
        const char *accounted; /* ARN of the newest service deployment of which all is known */
        const struct Rollout *watched;       /* nothing older than it is looked for */
        const struct KnownDeployment *known; /* `watched` among them */
        size_t n_known;
};

struct Missed {
        const struct ServiceDeploymentFacts *deployment; /* one of the input's */
        /* As ECS's events name it, else MISSED_ID_PREFIX…: the list of service deployments does
         * not tell ids of deployments. */
        char id[VERDICT_ID_MAX];
};

/* Oldest first; how many. */
size_t missed_find(const struct MissedInput *input, struct Missed ret[MISSED_MAX]);
