/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/answer.h"

#include "aws/json.h"
#include "aws/response.h"
#include "aws/xml.h"

/* The member that is always there; NULL: the operation is of the query protocol, or only reads. */
static const struct {
        const char *member;
        json_type type;
} ALWAYS[_AWS_OPERATION_COUNT] = {
        [ECS_UPDATE_SERVICE] = {"service", JSON_OBJECT},
        [ECS_STOP_SERVICE_DEPLOYMENT] = {"serviceDeploymentArn", JSON_STRING},
        [ECS_UPDATE_CONTAINER_INSTANCES_STATE] = {"containerInstances", JSON_ARRAY},
        [ECS_UPDATE_TASK_SET] = {"taskSet", JSON_OBJECT},
        [ECS_UPDATE_SERVICE_PRIMARY_TASK_SET] = {"taskSet", JSON_OBJECT},
        [CODE_DEPLOY_STOP_DEPLOYMENT] = {"status", JSON_STRING},
        [SQS_DELETE_MESSAGE_BATCH] = {"Successful", JSON_ARRAY},
};

bool aws_answer_is_own(enum AwsOperation operation, const char *body, size_t size) {
        json_auto_t *root = NULL;
        const json_t *member;

        if (!aws_operation_changes(operation))
                return true;
        if (aws_service_speaks_xml(aws_operation_service(operation)))
                return aws_xml_is_answer(body, size);
        if (aws_json_load(body, size, ECS_RESPONSE_BYTES_MAX, &root) < 0)
                return false;
        member = json_object_get(root, ALWAYS[operation].member);
        return member && json_typeof(member) == ALWAYS[operation].type;
}
