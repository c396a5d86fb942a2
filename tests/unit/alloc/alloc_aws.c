/* SPDX-License-Identifier: Apache-2.0 */
/* lib/aws */
#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "aws/error.h"
#include "aws/profile.h"
#include "aws/request.h"
#include "aws/response_deployments.h"
#include "aws/services_answer.h"
#include "aws/sigv4.h"

static int run_sigv4(void) {
        static const struct Sigv4Header HEADERS[] = {{"Host", "h"}, {"b", "c"}};
        static const struct Sigv4Request REQUEST = {.method = "GET",
                                                    .path = "/a/b",
                                                    .query = "a=b&c=%20d",
                                                    .headers = HEADERS,
                                                    .n_headers = 2};
        static const struct Sigv4Scope SCOPE = {.region = "r", .service = "s", .now = USEC_PER_SEC};
        struct AwsCredentials credentials = {0};
        struct Sigv4Signed result = {""};
        int r;

        r = aws_credentials_make("a", "b", "c", USEC_UNKNOWN, &credentials);
        if (r >= 0)
                r = sigv4_sign(&REQUEST, &credentials, &SCOPE, &result);
        sigv4_signed_done(&result);
        aws_credentials_done(&credentials);
        return r;
}

static int run_credentials_json(void) {
        static const char BODY[] =
                "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Token\":\"c\","
                "\"Expiration\":\"2026-11-23T01:02:03Z\"}";
        struct AwsCredentials credentials = {0};
        int r = aws_credentials_from_json(BODY, strlen(BODY), &credentials);

        aws_credentials_done(&credentials);
        return r;
}

static int run_credentials_xml(void) {
        static const char BODY[] =
                "<R><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b&amp;"
                "</SecretAccessKey><SessionToken>c</SessionToken>"
                "<Expiration>2026-11-23T01:02:03Z</Expiration></Credentials></R>";
        struct AwsCredentials credentials = {0}, copy = {0};
        int r = aws_credentials_from_sts_xml(BODY, strlen(BODY), &credentials);

        if (r >= 0)
                r = aws_credentials_copy(&credentials, &copy);
        aws_credentials_done(&credentials);
        aws_credentials_done(&copy);
        return r;
}

static int run_profile(void) {
        static const char FILE_TEXT[] = "[profile ops]\nregion=a\nrole_arn=b\nregion=c\n";
        struct AwsProfile profile;
        unsigned line;
        int r = aws_profile_init(&profile, "ops");

        if (r >= 0)
                r = aws_profile_read(&profile, AWS_PROFILE_FILE_CONFIG, FILE_TEXT,
                                     strlen(FILE_TEXT), &line);
        aws_profile_done(&profile);
        return r == AWS_PROFILE_FOUND ? 0 : r;
}

static int run_error_xml(void) {
        static const char BODY[] = "<R><Error><Code>a</Code><Message>b</Message></Error></R>";
        struct AwsError error;

        aws_error_from_xml(400, BODY, strlen(BODY), &error);
        return strcmp(error.code, "a") == 0 && strcmp(error.message, "b") == 0 ? 0 : -ENOMEM;
}

static int run_bodies(void) {
        static const char *const NAMES[] = {"a", "b"};
        static const struct EcsNames TWO = {NAMES, 2};
        _cleanup_(buffer_done) struct Buffer body;
        int r;

        buffer_init(&body, 4096);
        r = ecs_describe_services_body("c", &TWO, true, &body);
        if (r >= 0)
                r = ecs_list_service_deployments_body("c", "s", USEC_PER_SEC, "t", &body);
        return r;
}

static int run_services(void) {
        static const char TEXT[] =
                "{\"services\":[{\"serviceArn\":\"a\",\"serviceName\":\"b\",\"clusterArn\":\"c\","
                "\"status\":\"ACTIVE\",\"createdAt\":1,\"desiredCount\":1,\"runningCount\":1,"
                "\"currentServiceRevisions\":[{\"arn\":\"r\"}],\"deployments\":[{\"id\":\"d\","
                "\"status\":\"PRIMARY\",\"taskDefinition\":\"t\",\"createdAt\":1.5,"
                "\"desiredCount\":1,\"runningCount\":1}],\"events\":[{\"id\":\"e\",\"createdAt\":1,"
                "\"message\":\"m\\u0000\"}],\"tags\":[{\"key\":\"k\",\"value\":\"v\"}]}],"
                "\"failures\":[{\"arn\":\"x\"}]}";
        _cleanup_(arena_freep) struct Arena *arena = arena_new(64 * 1024);
        struct DescribeServicesResponse response;
        struct EcsProblem problem;

        if (!arena)
                return -ENOMEM;
        return ecs_describe_services_response(&(struct EcsBody) {TEXT, strlen(TEXT)}, arena,
                                              &problem, &response);
}

/* An answer, and again. */
static int run_services_answer(void) {
        static const char TEXT[] =
                "{\"services\":[{\"serviceArn\":\"a\",\"serviceName\":\"b\",\"clusterArn\":\"c\","
                "\"status\":\"ACTIVE\",\"createdAt\":1,\"desiredCount\":1,\"runningCount\":1,"
                "\"events\":[{\"id\":\"e\",\"createdAt\":1,\"message\":\"m\"},{\"id\":\"f\","
                "\"createdAt\":1,\"message\":\"\\\"\"}]}],\"failures\":[{\"arn\":\"x\"}]}";
        _cleanup_(arena_freep) struct Arena *arena = arena_new(64 * 1024);
        const struct EcsBody body = {TEXT, strlen(TEXT)};
        struct EcsKnownService service = {};
        const struct EcsKnownServices known = {.services = &service, .n_services = 1};
        struct EcsServicesAnswer answer;
        struct EcsProblem problem;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ecs_services_answer_read(&body, &known, arena, &problem, &answer);
        if (r < 0)
                return r;
        service.digest = answer.services[0].digest;
        return ecs_services_answer_read(&body, &known, arena, &problem, &answer);
}

static int run_task_definition(void) {
        static const char TEXT[] =
                "{\"taskDefinition\":{\"taskDefinitionArn\":\"a\",\"status\":\"ACTIVE\","
                "\"containerDefinitions\":[{\"name\":\"b\",\"essential\":true}]}}";
        _cleanup_(arena_freep) struct Arena *arena = arena_new(64 * 1024);
        struct TaskDefinitionFacts facts;
        struct EcsProblem problem;

        if (!arena)
                return -ENOMEM;
        return ecs_describe_task_definition_response(&(struct EcsBody) {TEXT, strlen(TEXT)}, arena,
                                                     &problem, &facts);
}

/* Long enough to need a block for each text. */
static int run_list(void) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(64 * 1024);
        _cleanup_(buffer_done) struct Buffer text;
        struct ListResponse response;
        struct EcsProblem problem;
        int r;

        buffer_init(&text, 64 * 1024);
        r = buffer_append_format(&text, "{\"taskArns\":[\"%05000d\",\"%05000d\",\"%d\"]}", 1, 2, 3);
        if (r < 0 || !arena)
                return -ENOMEM;
        return ecs_list_tasks_response(&(struct EcsBody) {text.data, text.size}, arena, &problem,
                                       &response);
}

const struct AllocRow ALLOC_AWS[] = {
        {"sigv4", run_sigv4},
        {"credentials from JSON", run_credentials_json},
        {"credentials from XML", run_credentials_xml},
        {"profile", run_profile},
        {"error from XML", run_error_xml},
        {"request bodies", run_bodies},
        {"services", run_services},
        {"services again", run_services_answer},
        {"task definition", run_task_definition},
        {"list", run_list},
        {NULL},
};
