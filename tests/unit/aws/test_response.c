/* SPDX-License-Identifier: Apache-2.0 */
/* ECS's answers -> facts, and what is said about answers that are not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/response_deployments.h"
#include "aws/response_logs.h"
#include "check_main.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static struct Arena *arena;
static struct EcsProblem problem;

static void arena_setup(void) {
        arena = arena_new(ARENA_BYTES);
        problem = (struct EcsProblem) {""};
}

static void arena_teardown(void) {
        arena_free(arena);
}

static struct EcsBody body_of(const char *text) {
        return (struct EcsBody) {text, strlen(text)};
}

#define SERVICE_REQUIRED                                                               \
        "\"serviceArn\":\"arn:aws:ecs:r:1:service/prod/web\",\"serviceName\":\"web\"," \
        "\"clusterArn\":\"arn:aws:ecs:r:1:cluster/prod\",\"status\":\"ACTIVE\","       \
        "\"createdAt\":1449333882.384,\"desiredCount\":2,\"runningCount\":3"

static const struct ServiceFacts *service_read(const char *text,
                                               struct DescribeServicesResponse *response) {
        struct EcsBody body = body_of(text);

        ck_assert_msg(ecs_describe_services_response(&body, arena, &problem, response) == 0, "%s",
                      problem.text);
        ck_assert_uint_eq(response->n_services, 1);
        return response->services;
}

START_TEST(reads_a_rolling_service) {
        struct DescribeServicesResponse response;
        const struct ServiceFacts *service = service_read(
                "{\"services\":[{" SERVICE_REQUIRED
                ",\"pendingCount\":4,\"taskDefinition\":\"td:7\",\"launchType\":\"FARGATE\","
                "\"deploymentController\":{\"type\":\"ECS\"},\"schedulingStrategy\":\"REPLICA\","
                "\"deploymentConfiguration\":{\"maximumPercent\":200,"
                "\"deploymentCircuitBreaker\":{\"enable\":true,\"rollback\":false},"
                "\"alarms\":{\"alarmNames\":[\"a\"],\"enable\":false,\"rollback\":true},"
                "\"earlySuccessCriteria\":{\"enable\":true},"
                "\"strategy\":\"CANARY\",\"bakeTimeInMinutes\":5},"
                "\"healthCheckGracePeriodSeconds\":60,\"loadBalancers\":[{}],"
                "\"currentServiceDeployment\":\"sd\",\"currentServiceRevisions\":[{\"arn\":\"r1\"},"
                "{\"arn\":\"r2\",\"runningTaskCount\":1}],"
                "\"deployments\":[{\"id\":\"ecs-svc/1\",\"status\":\"ACTIVE\",\"taskDefinition\":"
                "\"td:6\",\"createdAt\":1620282875,\"desiredCount\":1,\"runningCount\":1},"
                "{\"id\":\"ecs-svc/2\",\"status\":\"PRIMARY\",\"taskDefinition\":\"td:7\","
                "\"createdAt\":1.620282875304E9,\"updatedAt\":1620282876.5,\"desiredCount\":2,"
                "\"runningCount\":1,\"pendingCount\":1,\"failedTasks\":3,"
                "\"rolloutState\":\"FAILED\",\"rolloutStateReason\":\"why\"}],"
                "\"events\":[{\"id\":\"e\",\"createdAt\":\"2026-11-23T02:02:03.5+01:00\","
                "\"message\":\"m\"}],\"tags\":[{\"key\":\"team\",\"value\":\"payments\"}]}],"
                "\"failures\":[{\"arn\":\"x\",\"reason\":\"MISSING\"}],\"later\":{\"a\":[1]}}",
                &response);
        const struct DeploymentFacts *primary = service_primary(service);

        ck_assert_str_eq(service->arn, "arn:aws:ecs:r:1:service/prod/web");
        ck_assert_str_eq(service->name, "web");
        ck_assert_str_eq(service->cluster_arn, "arn:aws:ecs:r:1:cluster/prod");
        ck_assert_str_eq(service->status, "ACTIVE");
        ck_assert_str_eq(service->task_definition, "td:7");
        ck_assert_uint_eq(service->created_at, 1449333882384 * USEC_PER_MSEC);
        ck_assert_int_eq(service->desired_count, 2);
        ck_assert_int_eq(service->running_count, 3);
        ck_assert_int_eq(service->pending_count, 4);
        ck_assert_int_eq(service->controller, CONTROLLER_ECS);
        ck_assert(!service->daemon_strategy && !service->managed_by_ecs);
        ck_assert(service->has_load_balancer && service->early_success_enabled);
        ck_assert(service->breaker_enabled && !service->breaker_rollback);
        ck_assert(!service->alarms_enabled && service->alarms_rollback);
        ck_assert_str_eq(service->strategy, "CANARY");
        ck_assert_int_eq(service->bake_time_minutes, 5);
        ck_assert_int_eq(service->health_check_grace_period_seconds, 60);
        ck_assert_str_eq(service->current_service_deployment, "sd");
        ck_assert_uint_eq(service->n_current_service_revisions, 2);
        ck_assert_str_eq(service->current_service_revisions[1], "r2");

        ck_assert_uint_eq(service->n_deployments, 2);
        ck_assert_ptr_eq(primary, &service->deployments[1]);
        ck_assert_str_eq(primary->id, "ecs-svc/2");
        ck_assert_str_eq(primary->task_definition, "td:7");
        ck_assert_uint_eq(primary->created_at, 1620282875304 * USEC_PER_MSEC);
        ck_assert_uint_eq(primary->updated_at, 1620282876500 * USEC_PER_MSEC);
        ck_assert_int_eq(primary->desired_count, 2);
        ck_assert_int_eq(primary->running_count, 1);
        ck_assert_int_eq(primary->pending_count, 1);
        ck_assert_int_eq(primary->failed_tasks, 3);
        ck_assert_int_eq(primary->rollout_state, ROLLOUT_FAILED);
        ck_assert_str_eq(primary->rollout_state_reason, "why");
        ck_assert_int_eq(service->deployments[0].status, DEPLOYMENT_ACTIVE);
        ck_assert_int_eq(service->deployments[0].rollout_state, ROLLOUT_STATE_ABSENT);
        ck_assert_uint_eq(service->deployments[0].created_at, 1620282875 * USEC_PER_SEC);

        ck_assert_uint_eq(service->n_events, 1);
        ck_assert_str_eq(service->events[0].message, "m");
        ck_assert_uint_eq(service->events[0].created_at, 1795395723500 * USEC_PER_MSEC);
        ck_assert_uint_eq(response.tags[0].n_tags, 1);
        ck_assert_str_eq(response.tags[0].tags[0].value, "payments");
        ck_assert_uint_eq(response.n_failures, 1);
        ck_assert_str_eq(response.failures[0].reason, "MISSING");
        ck_assert_ptr_null(response.failures[0].detail);
}
END_TEST

START_TEST(reads_a_service_with_task_sets) {
        struct DescribeServicesResponse response;
        const struct ServiceFacts *service = service_read(
                "{\"services\":[{" SERVICE_REQUIRED
                ",\"deploymentController\":{\"type\":\"CODE_DEPLOY\"},"
                "\"schedulingStrategy\":\"DAEMON\",\"resourceManagementType\":\"ECS\","
                "\"loadBalancers\":[],\"deployments\":null,\"taskSets\":[{\"id\":\"ecs-svc/9\","
                "\"status\":\"PRIMARY\",\"taskDefinition\":\"td:7\",\"createdAt\":1620282875,"
                "\"computedDesiredCount\":2,\"runningCount\":1,\"pendingCount\":1,"
                "\"stabilityStatus\":\"STABILIZING\",\"startedBy\":\"CODE_DEPLOY\","
                "\"externalId\":\"d-1\"}]}]}",
                &response);

        ck_assert_int_eq(service->controller, CONTROLLER_CODE_DEPLOY);
        ck_assert(service->daemon_strategy && service->managed_by_ecs);
        ck_assert(!service->has_load_balancer);
        ck_assert_ptr_null(service->task_definition);
        ck_assert_uint_eq(service->n_deployments, 0);
        ck_assert_uint_eq(service->n_task_sets, 1);
        ck_assert_str_eq(service->task_sets[0].id, "ecs-svc/9");
        ck_assert_int_eq(service->task_sets[0].computed_desired_count, 2);
        ck_assert_int_eq(service->task_sets[0].running_count, 1);
        ck_assert_int_eq(service->task_sets[0].pending_count, 1);
        ck_assert_str_eq(service->task_sets[0].stability_status, "STABILIZING");
        ck_assert_str_eq(service->task_sets[0].external_id, "d-1");
        ck_assert_uint_eq(response.n_failures, 0);
        ck_assert_uint_eq(response.tags[0].n_tags, 0);
}
END_TEST

#define DEPLOYMENT(status, rollout)                                                          \
        "{\"services\":[{" SERVICE_REQUIRED ",\"deploymentController\":{\"type\":\"NEW\"},"  \
        "\"deployments\":[{\"id\":\"d\",\"status\":\"" status "\",\"taskDefinition\":\"t\"," \
        "\"createdAt\":1,\"desiredCount\":0,\"runningCount\":0,\"rolloutState\":\"" rollout  \
        "\"}]}]}"

START_TEST(reads_values_of_tomorrow_carefully) {
        struct DescribeServicesResponse response;
        const struct ServiceFacts *service =
                service_read(DEPLOYMENT("SOMETHING", "SOMETHING"), &response);

        ck_assert_int_eq(service->controller, CONTROLLER_EXTERNAL);
        ck_assert_int_eq(service->deployments[0].status, DEPLOYMENT_INACTIVE);
        ck_assert_int_eq(service->deployments[0].rollout_state, ROLLOUT_IN_PROGRESS);
        service = service_read(DEPLOYMENT("INACTIVE", "COMPLETED"), &response);
        ck_assert_int_eq(service->deployments[0].rollout_state, ROLLOUT_COMPLETED);
}
END_TEST

START_TEST(reads_the_service_that_was_updated) {
        struct EcsBody body = body_of("{\"service\":{" SERVICE_REQUIRED "}}");
        struct ServiceFacts service;

        ck_assert_int_eq(ecs_update_service_response(&body, arena, &problem, &service), 0);
        ck_assert_str_eq(service.name, "web");
}
END_TEST

START_TEST(reads_tasks) {
        struct EcsBody body = body_of(
                "{\"tasks\":[{\"taskArn\":\"arn:aws:ecs:r:1:task/prod/0123\","
                "\"taskDefinitionArn\":\"td:7\",\"lastStatus\":\"STOPPED\","
                "\"desiredStatus\":\"STOPPED\",\"createdAt\":1,\"startedAt\":2,\"stoppingAt\":3,"
                "\"stoppedAt\":4,\"startedBy\":\"ecs-svc/2\",\"stopCode\":"
                "\"EssentialContainerExited\",\"stoppedReason\":\"Essential container in task "
                "exited\",\"healthStatus\":\"UNHEALTHY\",\"containerInstanceArn\":\"ci\","
                "\"availabilityZone\":\"az\",\"containers\":[{\"name\":\"app\",\"lastStatus\":"
                "\"STOPPED\",\"exitCode\":-1073741510,\"reason\":\"why\",\"healthStatus\":"
                "\"HEALTHY\"},{\"name\":\"side\",\"exitCode\":null}]},"
                "{\"taskArn\":\"old\",\"lastStatus\":\"PROVISIONING\",\"desiredStatus\":"
                "\"RUNNING\","
                "\"createdAt\":5}],\"failures\":[{\"arn\":\"x\",\"reason\":\"MISSING\","
                "\"detail\":\"d\"}]}");
        struct DescribeTasksResponse response;
        const struct TaskFacts *task;

        ck_assert_int_eq(ecs_describe_tasks_response(&body, arena, &problem, &response), 0);
        ck_assert_uint_eq(response.n_tasks, 2);
        task = response.tasks;
        ck_assert_str_eq(task->id, "0123");
        ck_assert_str_eq(task->started_by, "ecs-svc/2");
        ck_assert_str_eq(task->task_definition, "td:7");
        ck_assert_str_eq(task->last_status, "STOPPED");
        ck_assert_str_eq(task->desired_status, "STOPPED");
        ck_assert_int_eq(task->health_status, HEALTH_UNHEALTHY);
        ck_assert_str_eq(task->stop_code, "EssentialContainerExited");
        ck_assert_str_eq(task->stopped_reason, "Essential container in task exited");
        ck_assert_uint_eq(task->created_at, 1 * USEC_PER_SEC);
        ck_assert_uint_eq(task->started_at, 2 * USEC_PER_SEC);
        ck_assert_uint_eq(task->stopping_at, 3 * USEC_PER_SEC);
        ck_assert_uint_eq(task->stopped_at, 4 * USEC_PER_SEC);
        ck_assert_str_eq(task->container_instance_arn, "ci");
        ck_assert_str_eq(task->availability_zone, "az");
        ck_assert_uint_eq(task->n_containers, 2);
        ck_assert(task->containers[0].has_exit_code);
        ck_assert_int_eq(task->containers[0].exit_code, -1073741510);
        ck_assert_str_eq(task->containers[0].reason, "why");
        ck_assert_int_eq(task->containers[0].health_status, HEALTH_HEALTHY);
        ck_assert(!task->containers[1].has_exit_code);

        ck_assert_str_eq(response.tasks[1].id, "old");
        ck_assert_uint_eq(response.tasks[1].started_at, USEC_UNKNOWN);
        ck_assert_int_eq(response.tasks[1].health_status, HEALTH_UNKNOWN);
        ck_assert_ptr_null(response.tasks[1].started_by);
        ck_assert_str_eq(response.failures[0].detail, "d");
}
END_TEST

static const struct {
        const char *name, *containers;
        bool has_health_check;
        size_t n_essential;
        const char *first_essential;
} TASK_DEFINITIONS[] = {
        {"essential unless it says otherwise", "{\"name\":\"app\",\"healthCheck\":{}}", true, 1,
         "app"},
        {"a check on a helper does not count",
         "{\"name\":\"side\",\"essential\":false,\"healthCheck\":{}},"
         "{\"name\":\"app\",\"essential\":true}",
         false, 1, "app"},
        {"no check, two of them", "{\"name\":\"a\"},{\"name\":\"b\",\"healthCheck\":null}", false,
         2, "a"},
};

START_TEST(reads_task_definitions) {
        __typeof__(TASK_DEFINITIONS[0]) *row = &TASK_DEFINITIONS[_i];
        struct TaskDefinitionFacts facts;
        struct EcsBody body;
        char text[512];

        snprintf(text, sizeof(text),
                 "{\"taskDefinition\":{\"taskDefinitionArn\":\"td:7\",\"status\":\"ACTIVE\","
                 "\"containerDefinitions\":[%s]},\"tags\":[]}",
                 row->containers);
        body = body_of(text);
        ck_assert_msg(ecs_describe_task_definition_response(&body, arena, &problem, &facts) == 0,
                      "%s: %s", row->name, problem.text);
        ck_assert_str_eq(facts.arn, "td:7");
        ck_assert_str_eq(facts.status, "ACTIVE");
        ck_assert_msg(facts.has_container_health_check == row->has_health_check, "%s", row->name);
        ck_assert_uint_eq(facts.n_essential_containers, row->n_essential);
        ck_assert_str_eq(facts.essential_containers[0], row->first_essential);
}
END_TEST

START_TEST(reads_log_configurations) {
        struct EcsBody body = body_of(
                "{\"taskDefinition\":{\"taskDefinitionArn\":\"td:7\",\"status\":\"ACTIVE\","
                "\"containerDefinitions\":[{\"name\":\"init\",\"logConfiguration\":null},"
                "{\"name\":\"app\",\"logConfiguration\":{\"logDriver\":\"awslogs\",\"options\":"
                "{\"awslogs-group\":\"/ecs/web\",\"awslogs-region\":\"us-east-1\","
                "\"awslogs-stream-prefix\":\"ecs\",\"mode\":\"non-blocking\"}}},"
                "{\"name\":\"side\",\"logConfiguration\":{\"logDriver\":\"splunk\"}}]}}");
        struct TaskDefinitionFacts facts;

        ck_assert_int_eq(ecs_describe_task_definition_response(&body, arena, &problem, &facts), 0);
        ck_assert_uint_eq(facts.n_logs, 2);
        ck_assert_str_eq(facts.logs[0].container, "app");
        ck_assert_str_eq(facts.logs[0].driver, "awslogs");
        ck_assert_str_eq(facts.logs[0].group, "/ecs/web");
        ck_assert_str_eq(facts.logs[0].region, "us-east-1");
        ck_assert_str_eq(facts.logs[0].stream_prefix, "ecs");
        ck_assert_str_eq(facts.logs[1].driver, "splunk");
        ck_assert_ptr_null(facts.logs[1].group);
}
END_TEST

START_TEST(reads_log_events) {
        struct EcsBody body = body_of("{\"events\":[{\"timestamp\":1,\"message\":\"one\"},"
                                      "{\"message\":\"two\\nthree\"}],\"nextForwardToken\":\"f\"}");
        struct EcsBody wrong = body_of("{\"events\":[{\"timestamp\":1}]}");
        struct LogEventsResponse events;

        ck_assert_int_eq(cloudwatch_logs_get_log_events_response(&body, arena, &problem, &events),
                         0);
        ck_assert_uint_eq(events.n_events, 2);
        ck_assert_str_eq(events.events[1].message, "two\nthree");
        ck_assert_int_eq(cloudwatch_logs_get_log_events_response(&wrong, arena, &problem, &events),
                         -EINVAL);
}
END_TEST

START_TEST(reads_lists) {
        struct EcsBody tasks = body_of("{\"taskArns\":[\"a\",\"b\"],\"nextToken\":\"t\"}");
        struct EcsBody services = body_of("{\"serviceArns\":[],\"nextToken\":\"\"}");
        struct EcsBody nul = body_of("{\"serviceArns\":[\"a\\u0000b\"]}");
        struct ListResponse list;

        ck_assert_int_eq(ecs_list_tasks_response(&tasks, arena, &problem, &list), 0);
        ck_assert_uint_eq(list.n_arns, 2);
        ck_assert_str_eq(list.arns[1], "b");
        ck_assert_str_eq(list.next_token, "t");
        ck_assert_int_eq(ecs_list_services_response(&services, arena, &problem, &list), 0);
        ck_assert_uint_eq(list.n_arns, 0);
        ck_assert_ptr_null(list.next_token);
        ck_assert_int_eq(ecs_list_services_response(&nul, arena, &problem, &list), 0);
        ck_assert_str_eq(list.arns[0], "a\xEF\xBF\xBD"
                                       "b");
}
END_TEST

START_TEST(reads_service_deployments) {
        struct EcsBody described = body_of(
                "{\"serviceDeployments\":[{\"serviceDeploymentArn\":\"sd\",\"serviceArn\":\"s\","
                "\"clusterArn\":\"c\",\"status\":\"ROLLBACK_IN_PROGRESS\",\"statusReason\":\"sr\","
                "\"createdAt\":1,\"startedAt\":2,\"finishedAt\":3,\"stoppedAt\":4,\"updatedAt\":5,"
                "\"sourceServiceRevisions\":[{\"arn\":\"r0\",\"runningTaskCount\":1}],"
                "\"targetServiceRevision\":{\"arn\":\"r1\"},\"lifecycleStage\":\"BAKE_TIME\","
                "\"rollback\":{\"reason\":\"why\",\"startedAt\":6,\"serviceRevisionArn\":\"r0\"},"
                "\"deploymentCircuitBreaker\":{\"status\":\"TRIGGERED\",\"failureCount\":3,"
                "\"threshold\":10},\"alarms\":{\"status\":\"TRIGGERED\",\"triggeredAlarmNames\":[\"a\"]},"
                "\"lifecycleHookDetails\":[{\"hookId\":\"h\",\"targetType\":\"PAUSE\","
                "\"status\":\"AWAITING_ACTION\"}]}],\"failures\":[{}]}");
        struct EcsBody listed = body_of(
                "{\"serviceDeployments\":[{\"serviceDeploymentArn\":\"sd\",\"status\":\"NEW\","
                "\"targetServiceRevisionArn\":\"r1\"}],\"nextToken\":\"t\"}");
        struct EcsBody stopped = body_of("{\"serviceDeploymentArn\":\"sd\"}");
        struct ServiceDeploymentsResponse response;
        const struct ServiceDeploymentFacts *facts;
        const char *arn;

        ck_assert_int_eq(ecs_describe_service_deployments_response(&described, arena, &problem,
                                                                   &response),
                         0);
        ck_assert_uint_eq(response.n_failures, 1);
        ck_assert_ptr_null(response.next_token);
        facts = response.deployments;
        ck_assert_str_eq(facts->arn, "sd");
        ck_assert_int_eq(facts->status, SERVICE_DEPLOYMENT_ROLLBACK_IN_PROGRESS);
        ck_assert_str_eq(service_deployment_status_name(facts->status), "ROLLBACK_IN_PROGRESS");
        ck_assert_str_eq(facts->status_reason, "sr");
        ck_assert_uint_eq(facts->n_alarms, 1);
        ck_assert_str_eq(facts->alarms[0], "a");
        ck_assert_uint_eq(facts->n_hooks, 1);
        ck_assert_str_eq(facts->hooks[0].status, "AWAITING_ACTION");
        ck_assert_uint_eq(facts->finished_at, 3 * USEC_PER_SEC);
        ck_assert_uint_eq(facts->updated_at, 5 * USEC_PER_SEC);
        ck_assert_uint_eq(facts->n_source_revisions, 1);
        ck_assert_str_eq(facts->source_revisions[0], "r0");
        ck_assert_str_eq(facts->target_revision, "r1");
        ck_assert_str_eq(facts->lifecycle_stage, "BAKE_TIME");
        ck_assert_str_eq(facts->rollback_reason, "why");
        ck_assert_str_eq(facts->rollback_revision, "r0");
        ck_assert_uint_eq(facts->rollback_started_at, 6 * USEC_PER_SEC);
        ck_assert_str_eq(facts->breaker_status, "TRIGGERED");
        ck_assert_int_eq(facts->breaker_failures, 3);
        ck_assert_int_eq(facts->breaker_threshold, 10);
        ck_assert_str_eq(facts->alarms_status, "TRIGGERED");

        ck_assert_int_eq(ecs_list_service_deployments_response(&listed, arena, &problem, &response),
                         0);
        ck_assert_int_eq(response.deployments[0].status, SERVICE_DEPLOYMENT_UNKNOWN);
        ck_assert_str_eq(service_deployment_status_name(SERVICE_DEPLOYMENT_UNKNOWN), "");
        ck_assert_str_eq(response.deployments[0].target_revision, "r1");
        ck_assert_str_eq(response.next_token, "t");
        ck_assert_int_eq(ecs_stop_service_deployment_response(&stopped, arena, &problem, &arn), 0);
        ck_assert_str_eq(arn, "sd");
}
END_TEST

START_TEST(reads_service_revisions) {
        struct EcsBody body = body_of("{\"serviceRevisions\":[{\"serviceRevisionArn\":\"r\","
                                      "\"taskDefinition\":\"td\",\"createdAt\":1}]}");
        struct ServiceRevisionsResponse response;

        ck_assert_int_eq(ecs_describe_service_revisions_response(&body, arena, &problem, &response),
                         0);
        ck_assert_uint_eq(response.n_revisions, 1);
        ck_assert_str_eq(response.revisions[0].arn, "r");
        ck_assert_str_eq(response.revisions[0].task_definition, "td");
        ck_assert_uint_eq(response.revisions[0].created_at, USEC_PER_SEC);
}
END_TEST

#define SERVICE_WITH(members) "{\"services\":[{" SERVICE_REQUIRED "," members "}]}"
#define WITH_DEPLOYMENT(members)                                                                 \
        SERVICE_WITH("\"deployments\":[{\"id\":\"a\",\"status\":\"PRIMARY\",\"taskDefinition\":" \
                     "\"t\",\"createdAt\":1,\"desiredCount\":1,\"runningCount\":1},{" members    \
                     "}]")

static const struct {
        const char *body, *problem;
} PROBLEMS[] = {
        {"", "answer: not JSON, or nested too deep"},
        {"<html>", "answer: not JSON, or nested too deep"},
        {"{\"services\":[}", "answer: not JSON, or nested too deep"},
        {"{\"services\":[]} x", "answer: not JSON, or nested too deep"},
        {"{\"services\":[\"\xFF\"]}", "answer: not JSON, or nested too deep"},
        {"[]", "answer: expected an object, got an array"},
        {"{}", "services: missing"},
        {"{\"services\":null}", "services: missing"},
        {"{\"services\":{}}", "services: expected an array, got an object"},
        {"{\"services\":[],\"failures\":\"x\"}", "failures: expected an array, got a string"},
        {"{\"services\":[null]}", "services[0]: expected an object, got null"},
        {"{\"services\":[{}]}", "services[0].serviceArn: missing"},
        {SERVICE_WITH("\"serviceArn\":7"),
         "services[0].serviceArn: expected a string, got an integer"},
        {WITH_DEPLOYMENT("\"id\":2"),
         "services[0].deployments[1].id: expected a string, got an integer"},
        {WITH_DEPLOYMENT("\"id\":\"a\",\"status\":true"),
         "services[0].deployments[1].status: expected a string, got a boolean"},
        {SERVICE_WITH("\"desiredCount\":\"2\""),
         "services[0].desiredCount: expected an integer, got a string"},
        {SERVICE_WITH("\"desiredCount\":2.5"),
         "services[0].desiredCount: expected an integer, got a number"},
        {SERVICE_WITH("\"desiredCount\":-1"),
         "services[0].desiredCount: the integer is out of range"},
        {SERVICE_WITH("\"desiredCount\":2147483648"),
         "services[0].desiredCount: the integer is out of range"},
        {SERVICE_WITH("\"desiredCount\":9223372036854775808"),
         "answer: not JSON, or nested too deep"},
        {SERVICE_WITH("\"createdAt\":-1"), "services[0].createdAt: the time is out of range"},
        {SERVICE_WITH("\"createdAt\":1e300"), "services[0].createdAt: the time is out of range"},
        {SERVICE_WITH("\"createdAt\":true"),
         "services[0].createdAt: expected a time, got a boolean"},
        {SERVICE_WITH("\"createdAt\":\"yesterday\""),
         "services[0].createdAt: the string is no RFC 3339 time"},
        {SERVICE_WITH("\"deploymentController\":\"ECS\""),
         "services[0].deploymentController: expected an object, got a string"},
        {SERVICE_WITH("\"deploymentConfiguration\":{\"deploymentCircuitBreaker\":{\"enable\":1}}"),
         "services[0].deploymentConfiguration.deploymentCircuitBreaker.enable: expected a boolean, "
         "got an integer"},
        {SERVICE_WITH("\"schedulingStrategy\":[]"),
         "services[0].schedulingStrategy: expected a string, got an array"},
        {SERVICE_WITH("\"loadBalancers\":{}"),
         "services[0].loadBalancers: expected an array, got an object"},
        {SERVICE_WITH("\"currentServiceRevisions\":[{}]"),
         "services[0].currentServiceRevisions[0].arn: missing"},
        {SERVICE_WITH("\"tags\":[{\"value\":\"v\"}]"), "services[0].tags[0].key: missing"},
};

START_TEST(says_what_is_wrong) {
        __typeof__(PROBLEMS[0]) *row = &PROBLEMS[_i];
        struct EcsBody body = body_of(row->body);
        struct DescribeServicesResponse response = {.n_services = 42};
        int r = ecs_describe_services_response(&body, arena, &problem, &response);

        ck_assert_msg(r == -EINVAL, "%s: got %d", row->body, r);
        ck_assert_str_eq(problem.text, row->problem);
        ck_assert_uint_eq(response.n_services, 42);
}
END_TEST

/* "[[[…]]]" around a list's element. */
static void nest(char *text, size_t depth) {
        size_t n = strlen(strcpy(text, "{\"taskArns\":[],\"x\":"));

        memset(text + n, '[', depth);
        memset(text + n + depth, ']', depth);
        strcpy(text + n + 2 * depth, "}");
}

START_TEST(has_ceilings) {
        static char text[ECS_RESPONSE_BYTES_MAX + 1];
        struct EcsBody large = {text, sizeof(text)}, body;
        _cleanup_(arena_freep) struct Arena *small = arena_new(256);
        struct ListResponse list = {.n_arns = 42};
        size_t n;

        memset(text, ' ', sizeof(text));
        ck_assert_int_eq(ecs_list_tasks_response(&large, arena, &problem, &list), -E2BIG);
        ck_assert_str_eq(problem.text, "answer: too large");

        nest(text, 63);
        body = body_of(text);
        ck_assert_int_eq(ecs_list_tasks_response(&body, arena, &problem, &list), 0);
        nest(text, 64);
        body = body_of(text);
        ck_assert_int_eq(ecs_list_tasks_response(&body, arena, &problem, &list), -EINVAL);

        n = strlen(strcpy(text, "{\"taskArns\":[\"\""));
        for (size_t i = 0; i < ECS_RESPONSE_ITEMS_MAX; i++)
                n += strlen(strcpy(text + n, ",\"\""));
        strcpy(text + n, "]}");
        body = body_of(text);
        ck_assert_int_eq(ecs_list_tasks_response(&body, arena, &problem, &list), -EINVAL);
        ck_assert_str_eq(problem.text, "taskArns: the array is too long");

        problem.text[0] = '\0';
        body = body_of(
                "{\"taskArns\":[\""
                "01234567890123456789012345678901234567890123456789"
                "0123456789012345678901234567890123456789012345678901234567890123456789"
                "0123456789012345678901234567890123456789012345678901234567890123456789"
                "0123456789012345678901234567890123456789012345678901234567890123456789\"]}");
        ck_assert_int_eq(ecs_list_tasks_response(&body, small, &problem, &list), -ENOMEM);
        ck_assert_str_eq(problem.text, "");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("response");
        tcase_add_checked_fixture(tests, arena_setup, arena_teardown);
        tcase_add_test(tests, reads_a_rolling_service);
        tcase_add_test(tests, reads_a_service_with_task_sets);
        tcase_add_test(tests, reads_values_of_tomorrow_carefully);
        tcase_add_test(tests, reads_the_service_that_was_updated);
        tcase_add_test(tests, reads_tasks);
        ADD_ROWS(reads_task_definitions, TASK_DEFINITIONS);
        tcase_add_test(tests, reads_log_configurations);
        tcase_add_test(tests, reads_log_events);
        tcase_add_test(tests, reads_lists);
        tcase_add_test(tests, reads_service_deployments);
        tcase_add_test(tests, reads_service_revisions);
        ADD_ROWS(says_what_is_wrong, PROBLEMS);
        tcase_add_test(tests, has_ceilings);
        return suite;
}
