/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the ECS calls, byte for byte. */
#include <errno.h>
#include <string.h>

#include "aws/request.h"
#include "check_main.h"

enum { NAMES_MAX = 101 };
static const char *names[NAMES_MAX];

static struct EcsNames names_of(size_t n) {
        for (size_t i = 0; i < n; i++)
                names[i] = i == 0 ? "web" : "api";
        return (struct EcsNames) {names, n};
}

static void expect(struct Buffer *body, int r, const char *expected) {
        ck_assert_int_eq(r, 0);
        ck_assert_str_eq(buffer_text(body), expected);
        buffer_clear(body);
}

START_TEST(writes_bodies) {
        _cleanup_(buffer_done) struct Buffer body;
        struct EcsNames one = names_of(1), two = names_of(2);

        buffer_init(&body, 64 * 1024);
        expect(&body, ecs_describe_services_body("prod", &two, false, &body),
               "{\"cluster\":\"prod\",\"services\":[\"web\",\"api\"]}");
        expect(&body, ecs_describe_services_body("prod", &one, true, &body),
               "{\"cluster\":\"prod\",\"services\":[\"web\"],\"include\":[\"TAGS\"]}");
        expect(&body, ecs_describe_tasks_body("prod", &one, &body),
               "{\"cluster\":\"prod\",\"tasks\":[\"web\"]}");
        expect(&body, ecs_describe_task_definition_body("web:7", &body),
               "{\"taskDefinition\":\"web:7\"}");
        expect(&body, ecs_describe_service_deployments_body(&one, &body),
               "{\"serviceDeploymentArns\":[\"web\"]}");
        expect(&body, ecs_describe_service_revisions_body(&one, &body),
               "{\"serviceRevisionArns\":[\"web\"]}");
        expect(&body, ecs_list_services_body("prod", NULL, &body),
               "{\"cluster\":\"prod\",\"maxResults\":100}");
        expect(&body, ecs_list_services_body("prod", "t==", &body),
               "{\"cluster\":\"prod\",\"maxResults\":100,\"nextToken\":\"t==\"}");
        expect(&body, ecs_list_tasks_body("prod", "web", "STOPPED", NULL, &body),
               "{\"cluster\":\"prod\",\"serviceName\":\"web\",\"desiredStatus\":\"STOPPED\","
               "\"maxResults\":100}");
        expect(&body, ecs_list_service_deployments_body("prod", "web", USEC_UNKNOWN, "t", &body),
               "{\"cluster\":\"prod\",\"service\":\"web\",\"maxResults\":100,\"nextToken\":\"t\"}");
        expect(&body,
               ecs_list_service_deployments_body("prod", "web", 1795395723004999, NULL, &body),
               "{\"cluster\":\"prod\",\"service\":\"web\",\"createdAt\":{\"after\":"
               "1795395723.004},\"maxResults\":100}");
        expect(&body, ecs_update_service_body("prod", "web", "web:6", &body),
               "{\"cluster\":\"prod\",\"service\":\"web\",\"taskDefinition\":\"web:6\"}");
        expect(&body, ecs_update_desired_count_body("prod", "web", 0, &body),
               "{\"cluster\":\"prod\",\"service\":\"web\",\"desiredCount\":0}");
        expect(&body, ecs_scale_task_set_body("prod", "web", "ecs-svc/1", 0, &body),
               "{\"cluster\":\"prod\",\"service\":\"web\",\"taskSet\":\"ecs-svc/1\","
               "\"scale\":{\"value\":0,\"unit\":\"PERCENT\"}}");
        expect(&body, ecs_primary_task_set_body("prod", "web", "ecs-svc/1", &body),
               "{\"cluster\":\"prod\",\"service\":\"web\",\"primaryTaskSet\":\"ecs-svc/1\"}");
        expect(&body, code_deploy_stop_body("d-ABCDEF123", &body),
               "{\"deploymentId\":\"d-ABCDEF123\",\"autoRollbackEnabled\":true}");
        expect(&body, cloudwatch_logs_get_log_events_body("/ecs/web", "ecs/app/1", 20, &body),
               "{\"logGroupName\":\"/ecs/web\",\"logStreamName\":\"ecs/app/1\",\"limit\":20}");
        expect(&body, ecs_stop_service_deployment_body("arn:x", &body),
               "{\"serviceDeploymentArn\":\"arn:x\",\"stopType\":\"ROLLBACK\"}");
}
END_TEST

START_TEST(escapes) {
        _cleanup_(buffer_done) struct Buffer body;

        buffer_init(&body, 1024);
        expect(&body, ecs_describe_task_definition_body("a\"\\\n\x1F\x7F\xE1\x88\xB4/", &body),
               "{\"taskDefinition\":\"a\\\"\\\\\\u000A\\u001F\x7F\xE1\x88\xB4/\"}");
        ck_assert_int_eq(ecs_describe_task_definition_body("caf\xE9", &body), -EINVAL);
}
END_TEST

START_TEST(knows_limits) {
        _cleanup_(buffer_done) struct Buffer body, tiny;
        struct EcsNames n;

        buffer_init(&body, 64 * 1024);
        buffer_init(&tiny, 10);
        n = names_of(0);
        ck_assert_int_eq(ecs_describe_services_body("c", &n, false, &body), -EINVAL);
        n = names_of(ECS_DESCRIBE_SERVICES_MAX);
        ck_assert_int_eq(ecs_describe_services_body("c", &n, false, &body), 0);
        n = names_of(ECS_DESCRIBE_SERVICES_MAX + 1);
        ck_assert_int_eq(ecs_describe_services_body("c", &n, false, &body), -E2BIG);
        n = names_of(ECS_DESCRIBE_TASKS_MAX);
        ck_assert_int_eq(ecs_describe_tasks_body("c", &n, &body), 0);
        n = names_of(ECS_DESCRIBE_TASKS_MAX + 1);
        ck_assert_int_eq(ecs_describe_tasks_body("c", &n, &body), -E2BIG);
        n = names_of(ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX + 1);
        ck_assert_int_eq(ecs_describe_service_deployments_body(&n, &body), -E2BIG);
        n = names_of(ECS_DESCRIBE_SERVICE_REVISIONS_MAX + 1);
        ck_assert_int_eq(ecs_describe_service_revisions_body(&n, &body), -E2BIG);

        ck_assert_int_eq(ecs_update_service_body("c", "s", NULL, &body), -EINVAL);
        ck_assert_int_eq(ecs_update_service_body("c", "", "t", &body), -EINVAL);
        ck_assert_int_eq(ecs_update_service_body("c", "s", "t", &tiny), -ENOBUFS);
}
END_TEST

START_TEST(names_operations) {
        for (int i = 0; i < _AWS_OPERATION_COUNT; i++) {
                enum AwsOperation operation = (enum AwsOperation) i;
                const char *name = aws_operation_name(operation);
                bool reads = strncmp(name, "Describe", 8) == 0 || strncmp(name, "List", 4) == 0 ||
                             strncmp(name, "Get", 3) == 0 || strncmp(name, "Receive", 7) == 0;

                ck_assert_msg(aws_operation_changes(operation) == !reads, "%s", name);
        }
        ck_assert_str_eq(aws_operation_target(ECS_UPDATE_SERVICE),
                         "AmazonEC2ContainerServiceV20141113.UpdateService");
        ck_assert_str_eq(aws_operation_name(ECS_DESCRIBE_SERVICE_REVISIONS),
                         "DescribeServiceRevisions");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("request");
        tcase_add_test(tests, writes_bodies);
        tcase_add_test(tests, escapes);
        tcase_add_test(tests, knows_limits);
        tcase_add_test(tests, names_operations);
        return suite;
}
