/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeTaskDefinition of a rollback's target, just before it is chosen. */
#pragma once

#include "daemon/aws/client.h"

struct TaskDefinitionLook;

/* `status`: ACTIVE, INACTIVE or DELETE_IN_PROGRESS; NULL when it could not be had, with `problem`.
 */
typedef void (*TaskDefinitionCallback)(void *userdata, const char *status, const char *problem);

/* The callback runs once, from the loop, unless it is freed before. 0 or a negative errno. */
int task_definition_look_start(struct AwsClient *client, const char *task_definition,
                               TaskDefinitionCallback callback, void *userdata,
                               struct TaskDefinitionLook **ret);
struct TaskDefinitionLook *task_definition_look_free(
        struct TaskDefinitionLook *look); /* NULL is fine; NULL */
