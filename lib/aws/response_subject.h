/* SPDX-License-Identifier: Apache-2.0 */
/* The answers about container instances. As in response.h: everything lives in `arena`, same
 * outcomes. */
#pragma once

#include "aws/response.h"
#include "words/subject.h"

struct ContainerInstancesResponse {
        const struct HostFacts *instances; /* without `active` */
        size_t n_instances;
        const struct EcsFailure *failures;
        size_t n_failures;
};

int ecs_list_container_instances_response(const struct EcsBody *body, struct Arena *arena,
                                          struct EcsProblem *ret_problem, struct ListResponse *ret);
/* DescribeContainerInstances, UpdateContainerInstancesState. */
int ecs_container_instances_response(const struct EcsBody *body, struct Arena *arena,
                                     struct EcsProblem *ret_problem,
                                     struct ContainerInstancesResponse *ret);
