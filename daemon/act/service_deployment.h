/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeServiceDeployments of the one that may be stopped, and the task definitions of its
 * revisions: whether StopServiceDeployment would do is judged by it. */
#pragma once

#include "daemon/aws/client.h"
#include "words/service_deployment.h"

struct ServiceDeploymentLook;

/* `deployment` is borrowed until the look is freed; NULL when it could not be had, with `problem`.
 */
typedef void (*ServiceDeploymentCallback)(void *userdata,
                                          const struct ServiceDeploymentFacts *deployment,
                                          const char *problem);

/* The callback runs once, from the loop, unless it is freed before. 0 or a negative errno. */
int service_deployment_look_start(struct AwsClient *client, const char *arn,
                                  ServiceDeploymentCallback callback, void *userdata,
                                  struct ServiceDeploymentLook **ret);
struct ServiceDeploymentLook *service_deployment_look_free(
        struct ServiceDeploymentLook *look); /* NULL is fine; NULL */
