/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a request of every kind that the daemon makes:
 * "service<TAB>operation<TAB>target<TAB>content type<TAB>body". */
#include <stdio.h>
#include <stdlib.h>

#include "aws/auto_scaling.h"
#include "aws/form.h"
#include "aws/request.h"
#include "base/text.h"
#include "daemon/aws/sts.h"

#define ARN(kind, rest) "arn:aws:ecs:us-east-1:123456789012:" kind "/" rest
#define ROLE "arn:aws:iam::123456789012:role/ecswatch"

static struct Buffer body;

static void print(enum AwsOperation operation, int r) {
        enum AwsService service = aws_operation_service(operation);

        if (r < 0)
                exit(EXIT_FAILURE);
        printf("%s\t%s\t%s\t%s\t%s\n", aws_service_name(service), aws_operation_name(operation),
               text_or_empty(aws_operation_target(operation)), aws_service_content_type(service),
               buffer_text(&body));
        buffer_clear(&body);
}

static const char *const SERVICES[] = {"web", "api"};
static const char *const ARNS[] = {ARN("task", "default/1"), ARN("task", "default/2")};
static const struct EcsNames NAMES = {SERVICES, 2}, TASKS = {ARNS, 2};

static void print_reads(void) {
        print(ECS_DESCRIBE_SERVICES, ecs_describe_services_body("default", &NAMES, false, &body));
        print(ECS_DESCRIBE_SERVICES, ecs_describe_services_body("default", &NAMES, true, &body));
        print(ECS_LIST_SERVICES, ecs_list_services_body("default", NULL, &body));
        print(ECS_LIST_SERVICES, ecs_list_services_body("default", "token", &body));
        print(ECS_LIST_TASKS, ecs_list_tasks_body("default", "web", "RUNNING", NULL, &body));
        print(ECS_LIST_TASKS, ecs_list_tasks_body("default", "web", "STOPPED", "token", &body));
        print(ECS_DESCRIBE_TASKS, ecs_describe_tasks_body("default", &TASKS, &body));
        print(ECS_DESCRIBE_TASK_DEFINITION, ecs_describe_task_definition_body("web:1", &body));
        print(ECS_LIST_SERVICE_DEPLOYMENTS,
              ecs_list_service_deployments_body("default", "web", USEC_UNKNOWN, NULL, &body));
        print(ECS_LIST_SERVICE_DEPLOYMENTS,
              ecs_list_service_deployments_body("default", "web", 1790000000123456, "t", &body));
        print(ECS_DESCRIBE_SERVICE_DEPLOYMENTS,
              ecs_describe_service_deployments_body(&TASKS, &body));
        print(ECS_DESCRIBE_SERVICE_REVISIONS, ecs_describe_service_revisions_body(&TASKS, &body));
        print(ECS_LIST_CONTAINER_INSTANCES,
              ecs_list_container_instances_body("default", "ACTIVE", NULL, &body));
        print(ECS_LIST_CONTAINER_INSTANCES,
              ecs_list_container_instances_body("default", "DRAINING", "token", &body));
        print(ECS_DESCRIBE_CONTAINER_INSTANCES,
              ecs_describe_container_instances_body("default", &TASKS, &body));
        print(AUTO_SCALING_DESCRIBE_GROUPS, auto_scaling_describe_group_body("group", &body));
        print(CLOUDWATCH_LOGS_GET_LOG_EVENTS,
              cloudwatch_logs_get_log_events_body("/ecs/web", "ecs/app/1", 20, &body));
        print(SQS_RECEIVE_MESSAGE, sqs_receive_message_body("https://sqs/1/q", 20, &body));
}

static void print_changes(void) {
        print(ECS_UPDATE_SERVICE, ecs_update_service_body("default", "web", "web:1", &body));
        print(ECS_UPDATE_SERVICE, ecs_update_desired_count_body("default", "web", 0, &body));
        print(ECS_STOP_SERVICE_DEPLOYMENT,
              ecs_stop_service_deployment_body(ARN("service-deployment", "default/web/1"), &body));
        print(ECS_UPDATE_CONTAINER_INSTANCES_STATE,
              ecs_drain_container_instance_body("default", ARN("container-instance", "1"), &body));
        print(ECS_UPDATE_TASK_SET, ecs_scale_task_set_body("default", "web", "set", 100, &body));
        print(ECS_UPDATE_SERVICE_PRIMARY_TASK_SET,
              ecs_primary_task_set_body("default", "web", "set", &body));
        print(AUTO_SCALING_SET_DESIRED_CAPACITY,
              auto_scaling_set_desired_capacity_body("group", 3, &body));
        print(CODE_DEPLOY_STOP_DEPLOYMENT, code_deploy_stop_body("d-ABCDEF123", &body));
        print(SQS_DELETE_MESSAGE_BATCH,
              sqs_delete_message_batch_body("https://sqs/1/q", &NAMES, &body));
}

static void print_sts(const char *action, bool with_token) {
        static const struct AwsEnvironment environment = {0};
        const struct ProviderOptions options = {.environment = &environment};
        const struct Fetch fetch = {.options = &options};
        const struct StsRole role = {.arn = ROLE, .external_id = with_token ? NULL : "shared"};
        int r;

        r = sts_body(&fetch, action, &role, &body);
        if (r >= 0 && with_token)
                r = aws_form_add(&body, "WebIdentityToken", "eyJ.token");
        if (r < 0)
                exit(EXIT_FAILURE);
        printf("sts\t%s\t\t%s\t%s\n", action, STS_CONTENT_TYPE, buffer_text(&body));
        buffer_clear(&body);
}

int main(void) {
        buffer_init(&body, 64 * 1024);
        print_reads();
        print_changes();
        print_sts("AssumeRole", false);
        print_sts("AssumeRoleWithWebIdentity", true);
        buffer_done(&body);
        return EXIT_SUCCESS;
}
