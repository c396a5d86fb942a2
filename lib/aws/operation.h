/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that we make, and the services of AWS that answer them. */
#pragma once

#include <stdbool.h>

enum AwsService {
        AWS_ECS,
        AWS_AUTO_SCALING,
        AWS_CODE_DEPLOY,
        AWS_CLOUDWATCH_LOGS,
        AWS_SQS,
        _AWS_SERVICE_COUNT,
};

enum AwsOperation {
        ECS_DESCRIBE_SERVICES,
        ECS_LIST_SERVICES,
        ECS_LIST_TASKS,
        ECS_DESCRIBE_TASKS,
        ECS_DESCRIBE_TASK_DEFINITION,
        ECS_LIST_SERVICE_DEPLOYMENTS,
        ECS_DESCRIBE_SERVICE_DEPLOYMENTS,
        ECS_DESCRIBE_SERVICE_REVISIONS,
        ECS_LIST_CONTAINER_INSTANCES,
        ECS_DESCRIBE_CONTAINER_INSTANCES,
        ECS_UPDATE_SERVICE,
        ECS_STOP_SERVICE_DEPLOYMENT,
        ECS_UPDATE_CONTAINER_INSTANCES_STATE,
        ECS_UPDATE_TASK_SET,
        ECS_UPDATE_SERVICE_PRIMARY_TASK_SET,
        AUTO_SCALING_DESCRIBE_GROUPS,
        AUTO_SCALING_SET_DESIRED_CAPACITY,
        CODE_DEPLOY_STOP_DEPLOYMENT,
        CLOUDWATCH_LOGS_GET_LOG_EVENTS,
        SQS_RECEIVE_MESSAGE,
        SQS_DELETE_MESSAGE_BATCH,
        _AWS_OPERATION_COUNT,
};

const char *aws_operation_name(enum AwsOperation operation); /* "DescribeServices" */
enum AwsService aws_operation_service(enum AwsOperation operation);
/* The X-Amz-Target header; NULL for the query protocol, which has the name in its body. */
const char *aws_operation_target(enum AwsOperation operation);
bool aws_operation_changes(enum AwsOperation operation); /* it changes something in AWS */

/* What its hosts, its signatures and its permissions call it: "ecs", "autoscaling", "codedeploy",
 * "logs", "sqs". */
const char *aws_service_name(enum AwsService service);
const char *aws_service_content_type(enum AwsService service);
bool aws_service_speaks_xml(enum AwsService service); /* the query protocol */
