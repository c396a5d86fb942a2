/* SPDX-License-Identifier: Apache-2.0 */
/* What ECS keeps of a service's deployments: ListServiceDeployments, all pages, and
 * DescribeServiceRevisions of the newest. */
#pragma once

#include "daemon/aws/client.h"
#include "words/service_deployment.h"

struct HistoryLook;

/* Newest first, with their task definitions where ECS still has the revision; borrowed until the
 * look is freed. On failure there are none, and `problem` says why. */
typedef void (*HistoryCallback)(void *userdata, const struct ServiceDeploymentFacts *deployments,
                                size_t n, const char *problem);

/* The newest that one DescribeServiceRevisions takes. */
enum { HISTORY_DEPLOYMENTS_MAX = 20 };

/* `cluster` and `service` are names or ARNs, copied; `since`: created after it. The callback runs
 * once, from the loop, unless the look is freed before. 0 or a negative errno. */
int history_look_start(struct AwsClient *client, const char *cluster, const char *service,
                       usec_t since, HistoryCallback callback, void *userdata,
                       struct HistoryLook **ret);
struct HistoryLook *history_look_free(struct HistoryLook *look); /* NULL is fine; NULL */
