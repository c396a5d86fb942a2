/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, as the API shows it. All return NULL when out of memory. */
#pragma once

#include <jansson.h>

#include "world.h"

enum { ARN_MAX = 1024 };

/* "arn:aws:ecs:REGION:ACCOUNT:" and the rest; returns `arn`. */
const char *arn_format(const struct World *world, char arn[ARN_MAX], const char *format, ...)
        _printf_(3, 4);
const char *cluster_arn(const struct World *world, const struct SimCluster *cluster,
                        char arn[ARN_MAX]);
const char *service_arn(const struct World *world, const struct SimService *service,
                        char arn[ARN_MAX]);
const char *task_arn(const struct World *world, const struct SimTask *task, char arn[ARN_MAX]);
const char *instance_arn(const struct World *world, const struct SimInstance *instance,
                         char arn[ARN_MAX]);
const char *definition_arn(const struct World *world, const struct SimTaskDefinition *definition,
                           char arn[ARN_MAX]);
const char *service_deployment_arn(const struct World *world,
                                   const struct SimServiceDeployment *deployment,
                                   char arn[ARN_MAX]);
const char *revision_arn(const struct World *world, const struct SimService *service,
                         const struct SimRevision *revision, char arn[ARN_MAX]);

json_t *render_time(usec_t at); /* epoch seconds, three digits */
/* Only where it has happened. */
void render_time_into(json_t *object, const char *member, usec_t at);

json_t *render_cluster(const struct World *world, const struct SimCluster *cluster);
json_t *render_definition(const struct World *world, const struct SimTaskDefinition *definition);
json_t *render_instance(const struct World *world, const struct SimInstance *instance);
json_t *render_task_set(const struct World *world, const struct SimDeployment *set);
json_t *render_task_sets(const struct World *world, const struct SimService *service);
json_t *render_service(const struct World *world, const struct SimService *service,
                       const char *creator, bool with_tags);
json_t *render_task(const struct World *world, const struct SimTask *task);
json_t *render_service_deployment(const struct World *world,
                                  const struct SimServiceDeployment *deployment);
json_t *render_service_deployment_brief(const struct World *world,
                                        const struct SimServiceDeployment *deployment);
json_t *render_revision(const struct World *world, const struct SimService *service,
                        const struct SimRevision *revision);
json_t *render_configuration(const struct SimService *service); /* deploymentConfiguration */
json_t *render_network(const struct SimService *service, const struct SimRevision *revision);
json_t *render_failure(const char *arn, const char *reason);
