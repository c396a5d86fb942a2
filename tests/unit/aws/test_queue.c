/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of SQS, and the events of ECS in them. */
#include <errno.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/request.h"
#include "aws/response_queue.h"
#include "base/text.h"
#include "check_main.h"

#define QUEUE "https://sqs.eu-west-1.amazonaws.com/123456789012/ecswatch"

START_TEST(writes_bodies) {
        static const char *const handles[] = {"a+/=", "b\""};
        _cleanup_(buffer_done) struct Buffer body;

        buffer_init(&body, 64 * 1024);
        ck_assert_int_eq(sqs_receive_message_body(QUEUE, 20, &body), 0);
        ck_assert_str_eq(buffer_text(&body),
                         "{\"QueueUrl\":\"" QUEUE
                         "\",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20}");
        buffer_clear(&body);
        ck_assert_int_eq(sqs_delete_message_batch_body(QUEUE, &(struct EcsNames) {handles, 2},
                                                       &body),
                         0);
        ck_assert_str_eq(buffer_text(&body),
                         "{\"QueueUrl\":\"" QUEUE
                         "\",\"Entries\":[{\"Id\":\"0\",\"ReceiptHandle\":\"a+/=\"},"
                         "{\"Id\":\"1\",\"ReceiptHandle\":\"b\\\"\"}]}");
        buffer_clear(&body);
        ck_assert_int_eq(sqs_delete_message_batch_body(QUEUE, &(struct EcsNames) {handles, 0},
                                                       &body),
                         -EINVAL);
        buffer_clear(&body);
        ck_assert_int_eq(sqs_delete_message_batch_body(QUEUE, &(struct EcsNames) {handles, 11},
                                                       &body),
                         -E2BIG);
}
END_TEST

static const struct {
        const char *text;
        int r;
        size_t n;
} ANSWERS[] = {
        {"{}", 0, 0},
        {"{\"Messages\": []}", 0, 0},
        {"{\"Messages\": [{\"MessageId\": \"m\", \"Body\": \"b\", \"ReceiptHandle\": \"h\"}]}", 0,
         1},
        {"{\"Messages\": [{\"Body\": \"b\"}]}", -EINVAL},
        {"{\"Messages\": 1}", -EINVAL},
        {"<html>", -EINVAL},
};

START_TEST(reads_messages) {
        const struct EcsBody body = {ANSWERS[_i].text, strlen(ANSWERS[_i].text)};
        struct Arena *arena = arena_new(64 * 1024);
        struct ReceiveMessageResponse response = {};
        struct EcsProblem problem = {""};

        ck_assert_int_eq(sqs_receive_message_response(&body, arena, &problem, &response),
                         ANSWERS[_i].r);
        ck_assert_uint_eq(response.n_messages, ANSWERS[_i].n);
        if (response.n_messages > 0) {
                ck_assert_str_eq(response.messages[0].body, "b");
                ck_assert_str_eq(response.messages[0].receipt_handle, "h");
        }
        arena_free(arena);
}
END_TEST

#define ARN "arn:aws:ecs:us-west-2:111122223333:"

static const struct {
        const char *name, *text;
        int r;
        enum EcsEventKind kind;
        const char *cluster, *service;
} EVENTS[] = {
        {"a deployment",
         "{\"version\":\"0\",\"id\":\"x\",\"detail-type\":\"ECS Deployment State Change\","
         "\"source\":\"aws.ecs\",\"resources\":[\"" ARN "service/default/servicetest\"],"
         "\"detail\":{\"eventType\":\"ERROR\",\"eventName\":\"SERVICE_DEPLOYMENT_FAILED\"}}",
         0, ECS_EVENT_DEPLOYMENT, "default", "servicetest"},
        {"a service",
         "{\"detail-type\":\"ECS Service Action\",\"source\":\"aws.ecs\",\"resources\":[\"" ARN
         "service/default/web\"],\"detail\":{\"clusterArn\":\"" ARN "cluster/default\"}}",
         0, ECS_EVENT_SERVICE, "default", "web"},
        {"a task of a service",
         "{\"detail-type\":\"ECS Task State Change\",\"source\":\"aws.ecs\",\"resources\":[\"" ARN
         "task/shop/1\"],\"detail\":{\"clusterArn\":\"" ARN
         "cluster/shop\",\"group\":\"service:web\"}}",
         0, ECS_EVENT_TASK, "shop", "web"},
        {"a task of nobody",
         "{\"detail-type\":\"ECS Task State Change\",\"source\":\"aws.ecs\",\"detail\":{"
         "\"clusterArn\":\"" ARN "cluster/shop\",\"group\":\"family:web\"}}",
         0, ECS_EVENT_OTHER},
        {"a container instance",
         "{\"detail-type\":\"ECS Container Instance State Change\",\"source\":\"aws.ecs\"}", 0,
         ECS_EVENT_OTHER},
        {"a service without its cluster",
         "{\"detail-type\":\"ECS Service Action\",\"source\":\"aws.ecs\",\"resources\":[\"" ARN
         "service/web\"]}",
         0, ECS_EVENT_OTHER},
        {"a name that cannot be",
         "{\"detail-type\":\"ECS Service Action\",\"source\":\"aws.ecs\",\"resources\":[\"" ARN
         "service/default/web;x\"]}",
         0, ECS_EVENT_OTHER},
        {"no resources", "{\"detail-type\":\"ECS Service Action\",\"source\":\"aws.ecs\"}", 0,
         ECS_EVENT_OTHER},
        {"of somebody else", "{\"detail-type\":\"ECS Service Action\",\"source\":\"mine\"}",
         -EINVAL},
        {"no event", "{}", -EINVAL},
        {"no object", "[1]", -EINVAL},
        {"no JSON", "hello", -EINVAL},
};

START_TEST(reads_events) {
        __typeof__(EVENTS[0]) *row = &EVENTS[_i];
        struct EcsEvent event = {};

        ck_assert_msg(ecs_event_read(row->text, &event) == row->r, "%s", row->name);
        ck_assert_msg(event.kind == row->kind, "%s", row->name);
        ck_assert_msg(text_equal(event.cluster, text_or_empty(row->cluster)), "%s: %s", row->name,
                      event.cluster);
        ck_assert_msg(text_equal(event.service, text_or_empty(row->service)), "%s: %s", row->name,
                      event.service);
        if (row->service) {
                ck_assert_str_eq(event.region, "us-west-2");
                ck_assert_str_eq(event.account, "111122223333");
        }
}
END_TEST

static const struct {
        const char *url, *region;
} REGIONS[] = {
        {QUEUE, "eu-west-1"},
        {"https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1"},
        {"https://sqs-fips.us-gov-west-1.amazonaws.com/1/q", "us-gov-west-1"},
        {"https://sqs.us-east-1.api.aws/1/q", "us-east-1"},
        {"http://127.0.0.1:4566/1/q", NULL},
        {"https://sqs.example/1/q", NULL},
        {"https://queue.amazonaws.com/1/q", NULL},
};

START_TEST(reads_the_region) {
        char region[AWS_REGION_MAX] = "";
        struct AwsUrl url;

        ck_assert_int_eq(aws_url_parse(REGIONS[_i].url, &url), 0);
        ck_assert(aws_queue_region(&url, region) == (REGIONS[_i].region != NULL));
        if (REGIONS[_i].region)
                ck_assert_str_eq(region, REGIONS[_i].region);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("queue");
        tcase_add_test(tests, writes_bodies);
        ADD_ROWS(reads_messages, ANSWERS);
        ADD_ROWS(reads_events, EVENTS);
        ADD_ROWS(reads_the_region, REGIONS);
        return suite;
}
