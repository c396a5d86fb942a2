/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of an answer is not parsed again. That both readers tell the same is the fuzz
 * target's: tests/fuzz/fuzz_services_answer.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/services_answer.h"
#include "check_main.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, BODY_MAX = 8192 };

#define SERVICE_FORMAT                                                                  \
        "{\"serviceArn\":\"arn:aws:ecs:r:1:service/prod/%s\",\"serviceName\":\"%s\","   \
        "\"clusterArn\":\"arn:aws:ecs:r:1:cluster/prod\",\"status\":\"ACTIVE\","        \
        "\"createdAt\":1449333882.384,\"desiredCount\":2,\"runningCount\":%d,"          \
        "\"events\":[{\"id\":\"e2\",\"createdAt\":1700000000.123,\"message\":\"two\"}," \
        "{\"id\":\"e1\",\"createdAt\":1700000000,\"message\":\"the \\\"first\\\"\"}]}"

static struct Arena *arena;
static struct EcsProblem problem;
static struct EcsKnownService services[3];
static struct EcsKnownServices known;
static char body[BODY_MAX];

static void begin(void) {
        arena = arena_new(ARENA_BYTES);
        memset(services, 0, sizeof(services));
        known = (struct EcsKnownServices) {.services = services, .n_services = 3, .seed = 1};
}

static void end(void) {
        arena_free(arena);
}

/* "web", "api", "job", with so many running. */
static void read_three(const int running[3], struct EcsServicesAnswer *ret) {
        struct EcsBody text = {body, 0};

        text.size = (size_t) snprintf(body, sizeof(body),
                                      "{\"failures\":[],\"services\": [" SERVICE_FORMAT
                                      " ,\n" SERVICE_FORMAT "," SERVICE_FORMAT "]}",
                                      "web", "web", running[0], "api", "api", running[1], "job",
                                      "job", running[2]);
        ck_assert_uint_lt(text.size, sizeof(body));
        ck_assert_msg(ecs_services_answer_read(&text, &known, arena, &problem, ret) == 0, "%s",
                      problem.text);
        ck_assert_uint_eq(ret->n_services, 3);
}

static void learn(const struct EcsServicesAnswer *answer) {
        for (size_t i = 0; i < 3; i++)
                services[i].digest = answer->services[i].digest;
}

START_TEST(the_first_answer_is_read_with_its_events) {
        struct EcsServicesAnswer answer;
        const struct ServiceFacts *api;

        read_three((int[]) {1, 2, 3}, &answer);
        api = &answer.services[1].facts;
        ck_assert_ptr_null(answer.services[1].unchanged);
        ck_assert_str_eq(api->name, "api");
        ck_assert_int_eq(api->running_count, 2);
        ck_assert_uint_eq(api->n_events, 2);
        ck_assert_str_eq(api->events[0].id, "e2");
        ck_assert_uint_eq(api->events[0].created_at, 1700000000123000);
        ck_assert_str_eq(api->events[1].message, "the \"first\"");
        ck_assert_uint_gt(answer.services[1].digest.size, 0);
}
END_TEST

START_TEST(only_what_changed_is_read_again) {
        struct EcsServicesAnswer answer;

        read_three((int[]) {1, 2, 3}, &answer);
        learn(&answer);
        read_three((int[]) {1, 20, 3}, &answer);
        ck_assert_ptr_eq(answer.services[0].unchanged, services + 0);
        ck_assert_ptr_null(answer.services[1].unchanged);
        ck_assert_int_eq(answer.services[1].facts.running_count, 20);
        ck_assert_ptr_eq(answer.services[2].unchanged, services + 2);
}
END_TEST

START_TEST(what_is_wanted_is_read_though_it_is_the_same) {
        struct EcsServicesAnswer answer;

        read_three((int[]) {1, 2, 3}, &answer);
        learn(&answer);
        services[2].wanted = true;
        read_three((int[]) {1, 2, 3}, &answer);
        ck_assert_ptr_eq(answer.services[1].unchanged, services + 1);
        ck_assert_ptr_null(answer.services[2].unchanged);
        ck_assert_str_eq(answer.services[2].facts.name, "job");
}
END_TEST

START_TEST(another_seed_knows_nothing) {
        struct EcsServicesAnswer answer;

        read_three((int[]) {1, 2, 3}, &answer);
        learn(&answer);
        known.seed = 2;
        read_three((int[]) {1, 2, 3}, &answer);
        for (size_t i = 0; i < 3; i++)
                ck_assert_ptr_null(answer.services[i].unchanged);
}
END_TEST

/* Also beside what is unchanged, which no parser sees. */
START_TEST(a_damaged_answer_is_refused_as_a_whole) {
        static const char *const damages[] = {"x", ",", "]", "\"", "{\"services\":[]}"};
        struct EcsServicesAnswer answer, before;
        size_t size;

        read_three((int[]) {1, 2, 3}, &answer);
        learn(&answer);
        before = answer;
        size = strlen(body);
        for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
                struct EcsBody text = {body, size + strlen(damages[i])};

                snprintf(body + size, sizeof(body) - size, "%s", damages[i]);
                ck_assert_int_eq(ecs_services_answer_read(&text, &known, arena, &problem, &answer),
                                 -EINVAL);
                ck_assert_str_eq(problem.text, "answer: not JSON, or nested too deep");
                ck_assert_mem_eq(&answer, &before, sizeof(before));
        }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("services_answer");
        tcase_add_checked_fixture(tests, begin, end);
        tcase_add_test(tests, the_first_answer_is_read_with_its_events);
        tcase_add_test(tests, only_what_changed_is_read_again);
        tcase_add_test(tests, what_is_wanted_is_read_though_it_is_the_same);
        tcase_add_test(tests, another_seed_knows_nothing);
        tcase_add_test(tests, a_damaged_answer_is_refused_as_a_whole);
        return suite;
}
