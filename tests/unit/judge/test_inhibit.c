/* SPDX-License-Identifier: Apache-2.0 */
/* When the brake goes on and off. */
#include <string.h>

#include "check_main.h"
#include "judge/inhibit.h"

#define T0 (1000 * USEC_PER_DAY)
#define MINUTES(n) ((n) *USEC_PER_MINUTE)
enum { SERVICES = 12 };

static const struct {
        const char *name;
        size_t n_platform, n_other; /* services that fail, at T0 */
        enum InhibitKind was;
        usec_t later; /* after T0 */
        enum InhibitKind is;
} ROWS[] = {
        {"nobody", 0, 0, INHIBIT_NOTHING, 0, INHIBIT_NOTHING},
        {"four for the platform", 4, 0, INHIBIT_NOTHING, 0, INHIBIT_NOTHING},
        {"five for the platform", 5, 0, INHIBIT_NOTHING, 0, INHIBIT_PLATFORM},
        {"nine for whatever cause", 4, 5, INHIBIT_NOTHING, 0, INHIBIT_NOTHING},
        {"ten for whatever cause", 4, 6, INHIBIT_NOTHING, 0, INHIBIT_ANY},
        {"five, just within", 5, 0, INHIBIT_NOTHING, MINUTES(10) - 1, INHIBIT_PLATFORM},
        {"five, too long ago", 5, 0, INHIBIT_NOTHING, MINUTES(10), INHIBIT_NOTHING},
        {"on, and one still fails", 1, 0, INHIBIT_PLATFORM, MINUTES(9), INHIBIT_PLATFORM},
        {"on, and none is new", 5, 0, INHIBIT_PLATFORM, MINUTES(10), INHIBIT_NOTHING},
        {"on for the platform, and others fail", 0, 9, INHIBIT_PLATFORM, 0, INHIBIT_NOTHING},
        {"on for any, and one fails", 0, 1, INHIBIT_ANY, 0, INHIBIT_ANY},
        {"on for any, and none does", 0, 0, INHIBIT_ANY, 0, INHIBIT_NOTHING},
};

START_TEST(weighs) {
        struct InhibitRule rule = inhibit_rule_default();
        struct ServiceTrouble troubles[SERVICES] = {};
        struct Inhibition got;

        for (size_t i = 0; i < ROWS[_i].n_platform + ROWS[_i].n_other; i++)
                troubles[i] = (struct ServiceTrouble) {
                        .platform_at = i < ROWS[_i].n_platform ? T0 : USEC_UNKNOWN, .any_at = T0};
        inhibit_weigh(&rule, troubles, SERVICES, ROWS[_i].was, T0 + ROWS[_i].later, &got);
        ck_assert_msg(got.kind == ROWS[_i].is, "%s: %s", ROWS[_i].name,
                      inhibit_kind_name(got.kind));
}
END_TEST

START_TEST(may_be_switched_off) {
        struct InhibitRule rule = inhibit_rule_default();
        struct ServiceTrouble troubles[SERVICES];
        struct Inhibition got;

        for (size_t i = 0; i < SERVICES; i++)
                troubles[i] = (struct ServiceTrouble) {.platform_at = T0, .any_at = T0};
        rule.services = rule.any = 0;
        inhibit_weigh(&rule, troubles, SERVICES, INHIBIT_PLATFORM, T0, &got);
        ck_assert_int_eq(got.kind, INHIBIT_NOTHING);
}
END_TEST

START_TEST(says_why) {
        const struct InhibitRule rule = inhibit_rule_default();
        char text[DECISION_REASON_MAX];

        inhibit_explain(&rule, &(struct Inhibition) {INHIBIT_PLATFORM, 6, 7}, text);
        ck_assert_str_eq(text, "6 services failed within 10 min for causes of the platform");
        inhibit_explain(&rule, &(struct Inhibition) {INHIBIT_ANY, 0, 1}, text);
        ck_assert_str_eq(text, "1 service failed within 10 min");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("inhibit");
        ADD_ROWS(weighs, ROWS);
        tcase_add_test(tests, may_be_switched_off);
        tcase_add_test(tests, says_why);
        return suite;
}
