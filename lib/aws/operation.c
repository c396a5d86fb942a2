/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables: services and operations. */
#include "aws/operation.h"

#include <stddef.h>

#include "base/text.h"

#define JSON_1_1 "application/x-amz-json-1.1"
#define JSON_1_0 "application/x-amz-json-1.0"
#define FORM "application/x-www-form-urlencoded; charset=utf-8"

static const struct {
        const char *name, *content_type;
        bool xml;
} SERVICES[_AWS_SERVICE_COUNT] = {
        [AWS_ECS] = {"ecs", JSON_1_1, false},
        [AWS_AUTO_SCALING] = {"autoscaling", FORM, true},
        [AWS_CODE_DEPLOY] = {"codedeploy", JSON_1_1, false},
        [AWS_CLOUDWATCH_LOGS] = {"logs", JSON_1_1, false},
        [AWS_SQS] = {"sqs", JSON_1_0, false},
};

#define ECS(operation) AWS_ECS, "AmazonEC2ContainerServiceV20141113." operation

static const struct {
        enum AwsService service;
        const char *target; /* of the query protocol: the name alone */
        bool changes;
} OPERATIONS[_AWS_OPERATION_COUNT] = {
        [ECS_DESCRIBE_SERVICES] = {ECS("DescribeServices"), false},
        [ECS_LIST_SERVICES] = {ECS("ListServices"), false},
        [ECS_LIST_TASKS] = {ECS("ListTasks"), false},
        [ECS_DESCRIBE_TASKS] = {ECS("DescribeTasks"), false},
        [ECS_DESCRIBE_TASK_DEFINITION] = {ECS("DescribeTaskDefinition"), false},
        [ECS_LIST_SERVICE_DEPLOYMENTS] = {ECS("ListServiceDeployments"), false},
        [ECS_DESCRIBE_SERVICE_DEPLOYMENTS] = {ECS("DescribeServiceDeployments"), false},
        [ECS_DESCRIBE_SERVICE_REVISIONS] = {ECS("DescribeServiceRevisions"), false},
        [ECS_LIST_CONTAINER_INSTANCES] = {ECS("ListContainerInstances"), false},
        [ECS_DESCRIBE_CONTAINER_INSTANCES] = {ECS("DescribeContainerInstances"), false},
        [ECS_UPDATE_SERVICE] = {ECS("UpdateService"), true},
        [ECS_STOP_SERVICE_DEPLOYMENT] = {ECS("StopServiceDeployment"), true},
        [ECS_UPDATE_CONTAINER_INSTANCES_STATE] = {ECS("UpdateContainerInstancesState"), true},
        [ECS_UPDATE_TASK_SET] = {ECS("UpdateTaskSet"), true},
        [ECS_UPDATE_SERVICE_PRIMARY_TASK_SET] = {ECS("UpdateServicePrimaryTaskSet"), true},
        [AUTO_SCALING_DESCRIBE_GROUPS] = {AWS_AUTO_SCALING, "DescribeAutoScalingGroups", false},
        [AUTO_SCALING_SET_DESIRED_CAPACITY] = {AWS_AUTO_SCALING, "SetDesiredCapacity", true},
        [CODE_DEPLOY_STOP_DEPLOYMENT] = {AWS_CODE_DEPLOY, "CodeDeploy_20141006.StopDeployment",
                                         true},
        [CLOUDWATCH_LOGS_GET_LOG_EVENTS] = {AWS_CLOUDWATCH_LOGS, "Logs_20140328.GetLogEvents",
                                            false},
        [SQS_RECEIVE_MESSAGE] = {AWS_SQS, "AmazonSQS.ReceiveMessage", false},
        [SQS_DELETE_MESSAGE_BATCH] = {AWS_SQS, "AmazonSQS.DeleteMessageBatch", true},
};

enum AwsService aws_operation_service(enum AwsOperation operation) {
        return OPERATIONS[operation].service;
}

const char *aws_operation_target(enum AwsOperation operation) {
        return aws_service_speaks_xml(OPERATIONS[operation].service) ? NULL
                                                                     : OPERATIONS[operation].target;
}

const char *aws_operation_name(enum AwsOperation operation) {
        return text_after_last(OPERATIONS[operation].target, '.');
}

bool aws_operation_changes(enum AwsOperation operation) {
        return OPERATIONS[operation].changes;
}

const char *aws_service_name(enum AwsService service) {
        return SERVICES[service].name;
}

const char *aws_service_content_type(enum AwsService service) {
        return SERVICES[service].content_type;
}

bool aws_service_speaks_xml(enum AwsService service) {
        return SERVICES[service].xml;
}
