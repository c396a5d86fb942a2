/* SPDX-License-Identifier: Apache-2.0 */
/* The shared tables: every name comes back as the value it was made from, and the contract's rows
 * hold. */
#include <string.h>

#include "check_main.h"
#include "words/arn.h"
#include "words/cause.h"
#include "words/event_type.h"
#include "words/policy.h"
#include "words/verdict.h"

START_TEST(cause_names_come_back) {
        enum Cause got;

        for (int c = CAUSE_NONE + 1; c < _CAUSE_COUNT; c++) {
                ck_assert_msg(cause_from_name(cause_name((enum Cause) c), &got), "%d has no name",
                              c);
                ck_assert_int_eq(got, c);
        }
        ck_assert(!cause_from_name("", &got));
        ck_assert(!cause_from_name("app-exit", &got));
}
END_TEST

START_TEST(event_types_are_distinct) {
        enum EventType got;

        for (int a = 0; a < _EVENT_TYPE_COUNT; a++) {
                ck_assert_uint_eq(strlen(event_type_message_id((enum EventType) a)), 32);
                ck_assert(event_type_from_name(event_type_name((enum EventType) a), &got) &&
                          (int) got == a);
                ck_assert(event_type_from_name(event_type_short_name((enum EventType) a), &got) &&
                          (int) got == a);
                for (int b = 0; b < a; b++)
                        ck_assert_str_ne(event_type_message_id((enum EventType) a),
                                         event_type_message_id((enum EventType) b));
        }
        ck_assert_int_eq(event_type_priority(EVENT_DEPLOYMENT_FAILED), 3);
        ck_assert_int_eq(event_type_priority(EVENT_ROLLBACK_SKIPPED), 4);
}
END_TEST

START_TEST(policy_names_come_back) {
        enum PolicyTrigger trigger;
        enum RollbackMethod method;

        for (int t = 0; t < _POLICY_TRIGGER_COUNT; t++)
                ck_assert(policy_trigger_from_name(policy_trigger_name((enum PolicyTrigger) t),
                                                   &trigger) &&
                          (int) trigger == t);
        for (int m = ROLLBACK_NEVER; m <= ROLLBACK_UPDATE_SERVICE; m++)
                ck_assert(rollback_method_from_name(rollback_method_name((enum RollbackMethod) m),
                                                    &method) &&
                          (int) method == m);
        ck_assert(rollback_method_from_name("task_set", &method) && method == ROLLBACK_TASK_SET);
        ck_assert(!rollback_method_from_name("code_deploy", &method)); /* no key says it */
}
END_TEST

static const enum Cause CAPACITY_ONLY[] = {CAUSE_CAPACITY};
static const char *const PAYMENTS[] = {"pay-*"};
static const char *const CANARY[] = {"CANARY"};
static const struct PolicyEntry ENTRIES[] = {
        {.when = {.causes = CAPACITY_ONLY, .n_causes = 1, .services = PAYMENTS, .n_services = 1}},
        {.when = {.strategies = CANARY, .n_strategies = 1}},
        {.when = {.causes = CAPACITY_ONLY, .n_causes = 1}},
};

static const struct {
        const char *name;
        enum Cause cause;
        const char *strategy, *service;
        int expected; /* index, -1: none */
} MATCHES[] = {
        {"both keys match", CAUSE_CAPACITY, "ROLLING", "pay-api", 0},
        {"service differs", CAUSE_CAPACITY, "ROLLING", "web", 2},
        {"strategy alone", CAUSE_APP_EXIT, "CANARY", "web", 1},
        {"no strategy is rolling", CAUSE_APP_EXIT, NULL, "web", -1},
        {"first entry wins", CAUSE_CAPACITY, "CANARY", "pay-api", 0},
};

START_TEST(the_first_matching_entry_counts) {
        struct Policy policy = {.on[ON_FAILED] = {ENTRIES, ARRAY_SIZE(ENTRIES)}};
        const struct PolicyEntry *got = policy_entry_for(&policy, ON_FAILED, MATCHES[_i].cause,
                                                         MATCHES[_i].strategy, MATCHES[_i].service);

        ck_assert_msg(got == (MATCHES[_i].expected < 0 ? NULL : ENTRIES + MATCHES[_i].expected),
                      "%s", MATCHES[_i].name);
        ck_assert_ptr_null(policy_entry_for(&policy, ON_STALLED, CAUSE_CAPACITY, NULL, "web"));
}
END_TEST

static const struct {
        const char *text;
        bool valid;
        const char *resource, *short_name;
} ARNS[] = {
        {"arn:aws:ecs:us-east-1:123456789012:service/my-cluster/web", true,
         "service/my-cluster/web", "web"},
        {"arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:2", true,
         "task-definition/my-app:2", "my-app:2"},
        {"web", false, NULL, "web"},
        {"arn:aws:ecs", false, NULL, "arn:aws:ecs"},
        {"arn:aws:ecs:us-east-1:1:", false, NULL, "arn:aws:ecs:us-east-1:1:"},
        {"", false, NULL, ""},
};

START_TEST(reads_arns) {
        struct Arn arn;
        char text[128];
        bool valid = arn_parse(ARNS[_i].text, &arn);

        ck_assert_msg(valid == ARNS[_i].valid, "'%s'", ARNS[_i].text);
        if (valid)
                ck_assert_str_eq(arn_part_copy(&arn.resource, text, sizeof(text)),
                                 ARNS[_i].resource);
        ck_assert_str_eq(arn_short_name(ARNS[_i].text), ARNS[_i].short_name);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("words");
        tcase_add_test(tests, cause_names_come_back);
        tcase_add_test(tests, event_types_are_distinct);
        tcase_add_test(tests, policy_names_come_back);
        ADD_ROWS(the_first_matching_entry_counts, MATCHES);
        ADD_ROWS(reads_arns, ARNS);
        return suite;
}
