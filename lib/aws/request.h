/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON bodies of our ECS calls.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/operation.h"
#include "base/buffer.h"
#include "base/time.h"

/* ECS's limits for one call. */
enum {
        ECS_DESCRIBE_SERVICES_MAX = 10,
        ECS_DESCRIBE_TASKS_MAX = 100,
        ECS_DESCRIBE_CONTAINER_INSTANCES_MAX = 100,
        ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX = 20,
        ECS_DESCRIBE_SERVICE_REVISIONS_MAX = 20,
        ECS_LIST_PAGE_MAX = 100, /* asked for in every List call */
        SQS_MESSAGES_MAX = 10,   /* of one ReceiveMessage, and of one DeleteMessageBatch */
        SQS_WAIT_SECONDS_MAX = 20,
};

/* All append a JSON object to `body`. Texts must be UTF-8; optional ones are marked. 0, -EINVAL
 * (not UTF-8, an empty list or a required text that is missing), -E2BIG (more than the call takes),
 * -ENOMEM, -ENOBUFS. After a failure `body` holds a part. */

struct EcsNames {
        const char *const *names;
        size_t n_names;
};

int ecs_describe_services_body(const char *cluster, const struct EcsNames *services,
                               bool include_tags, struct Buffer *body);
int ecs_describe_tasks_body(const char *cluster, const struct EcsNames *tasks, struct Buffer *body);
int ecs_describe_task_definition_body(const char *task_definition, struct Buffer *body);
int ecs_describe_service_deployments_body(const struct EcsNames *arns, struct Buffer *body);
int ecs_describe_service_revisions_body(const struct EcsNames *arns, struct Buffer *body);

/* `next_token`: NULL for the first page. */
int ecs_list_services_body(const char *cluster, const char *next_token, struct Buffer *body);

/* `service` is its name or ARN; `desired_status` RUNNING or STOPPED. */
int ecs_list_tasks_body(const char *cluster, const char *service, const char *desired_status,
                        const char *next_token, struct Buffer *body);

/* `created_after`: USEC_UNKNOWN for all. */
int ecs_list_service_deployments_body(const char *cluster, const char *service,
                                      usec_t created_after, const char *next_token,
                                      struct Buffer *body);

/* Cluster, service and task definition and nothing else: whatever else UpdateService is given, it
 * changes. */
int ecs_update_service_body(const char *cluster, const char *service, const char *task_definition,
                            struct Buffer *body);

/* Likewise with its desired count alone. */
int ecs_update_desired_count_body(const char *cluster, const char *service, uint64_t desired_count,
                                  struct Buffer *body);

/* Those of the status (ACTIVE, DRAINING). */
int ecs_list_container_instances_body(const char *cluster, const char *status,
                                      const char *next_token, struct Buffer *body);
int ecs_describe_container_instances_body(const char *cluster, const struct EcsNames *instances,
                                          struct Buffer *body);
/* Of one; nothing is placed there any more, and what runs there is replaced elsewhere. */
int ecs_drain_container_instance_body(const char *cluster, const char *instance,
                                      struct Buffer *body);

/* Its share of the service's desired count, 0 to 100 percent. */
int ecs_scale_task_set_body(const char *cluster, const char *service, const char *task_set,
                            unsigned percent, struct Buffer *body);
int ecs_primary_task_set_body(const char *cluster, const char *service, const char *task_set,
                              struct Buffer *body);
/* CodeDeploy's StopDeployment, with automatic rollback. */
int code_deploy_stop_body(const char *deployment_id, struct Buffer *body);

/* CloudWatch Logs: the last `limit` events of the stream. */
int cloudwatch_logs_get_log_events_body(const char *group, const char *stream, unsigned limit,
                                        struct Buffer *body);

/* stopType ROLLBACK. */
int ecs_stop_service_deployment_body(const char *service_deployment_arn, struct Buffer *body);

/* SQS: up to ten messages, the first of which is waited for. */
int sqs_receive_message_body(const char *queue_url, unsigned wait_seconds, struct Buffer *body);
int sqs_delete_message_batch_body(const char *queue_url, const struct EcsNames *receipt_handles,
                                  struct Buffer *body);
