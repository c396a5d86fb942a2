/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict makes of a rollout, and when a success has proven itself. */
#include "check_main.h"
#include "judge/course.h"

#define T0 (1000 * USEC_PER_DAY)
#define MINUTES(n) ((n) *USEC_PER_MINUTE)
#define NOT USEC_INFINITY

static const struct {
        const char *name;
        struct Course was;
        struct Verdict verdict;
        enum CourseStep step;
        enum VerdictKind is;
} STEPS[] = {
        {"nothing yet",
         {.verdict = VERDICT_PROGRESSING},
         {.kind = VERDICT_PROGRESSING},
         COURSE_STAYS,
         VERDICT_PROGRESSING},
        {"fails",
         {.verdict = VERDICT_PROGRESSING},
         {.kind = VERDICT_FAILED},
         COURSE_FAILS,
         VERDICT_FAILED},
        {"succeeds",
         {.verdict = VERDICT_PROGRESSING},
         {.kind = VERDICT_SUCCEEDED},
         COURSE_SUCCEEDS,
         VERDICT_SUCCEEDED},
        {"stalls",
         {.verdict = VERDICT_PROGRESSING},
         {.kind = VERDICT_STALLED},
         COURSE_STALLS,
         VERDICT_STALLED},
        {"stalls on",
         {.verdict = VERDICT_STALLED},
         {.kind = VERDICT_STALLED},
         COURSE_STAYS,
         VERDICT_STALLED},
        {"moves after it stalled",
         {.verdict = VERDICT_STALLED},
         {.kind = VERDICT_PROGRESSING},
         COURSE_STAYS,
         VERDICT_STALLED},
        {"fails after it stalled",
         {.verdict = VERDICT_STALLED},
         {.kind = VERDICT_FAILED},
         COURSE_FAILS,
         VERDICT_FAILED},
        {"succeeds after it stalled",
         {.verdict = VERDICT_STALLED},
         {.kind = VERDICT_SUCCEEDED},
         COURSE_SUCCEEDS,
         VERDICT_SUCCEEDED},
        {"fails after success",
         {.verdict = VERDICT_SUCCEEDED, .proving_since = T0},
         {.kind = VERDICT_FAILED, .counts.desired = 1},
         COURSE_FAILS,
         VERDICT_FAILED},
        {"has failed for good",
         {.verdict = VERDICT_FAILED},
         {.kind = VERDICT_SUCCEEDED},
         COURSE_STAYS,
         VERDICT_FAILED},
        {"recovers",
         {.verdict = VERDICT_FAILED},
         {.kind = VERDICT_SUCCEEDED, .meets_success = true},
         COURSE_RECOVERS,
         VERDICT_FAILED},
        {"has recovered",
         {.verdict = VERDICT_FAILED, .recovered = true},
         {.kind = VERDICT_SUCCEEDED, .meets_success = true},
         COURSE_STAYS,
         VERDICT_FAILED},
        {"vacuous still",
         {.verdict = VERDICT_SUCCEEDED, .vacuous = true},
         {.kind = VERDICT_SUCCEEDED, .meets_success = true},
         COURSE_STAYS,
         VERDICT_SUCCEEDED},
        {"vacuous no more",
         {.verdict = VERDICT_SUCCEEDED, .vacuous = true},
         {.kind = VERDICT_SUCCEEDED, .meets_success = true, .counts.desired = 2},
         COURSE_FILLS,
         VERDICT_SUCCEEDED},
        {"superseded",
         {.verdict = VERDICT_SUPERSEDED},
         {.kind = VERDICT_FAILED},
         COURSE_STAYS,
         VERDICT_SUPERSEDED},
        {"reverted",
         {.verdict = VERDICT_REVERTED},
         {.kind = VERDICT_SUCCEEDED},
         COURSE_STAYS,
         VERDICT_REVERTED},
};

START_TEST(takes_its_step) {
        struct JudgeRule rule = judge_rule_default();
        struct Course course = STEPS[_i].was;
        enum CourseStep step = course_step(&course, &STEPS[_i].verdict, &rule, T0);

        ck_assert_msg(step == STEPS[_i].step && course.verdict == STEPS[_i].is,
                      "%s: got step %d and %s", STEPS[_i].name, step,
                      verdict_kind_name(course.verdict));
}
END_TEST

static const struct {
        const char *name;
        usec_t since, blamed_at, looked_at; /* after T0 */
        bool proven;
} PROOFS[] = {
        {"just succeeded", 0, NOT, 0, false},
        {"ten minutes, nearly", 0, NOT, MINUTES(10) - 1, false},
        {"ten minutes", 0, NOT, MINUTES(10), true},
        {"the look was not whole", 0, NOT, NOT, false},
        {"one failed since", 0, MINUTES(8), MINUTES(17), false},
        {"and none for ten minutes", 0, MINUTES(8), MINUTES(18), true},
        {"one fails every eight minutes", 0, MINUTES(24 * 60 - 8), MINUTES(24 * 60 - 1), false},
        {"and for a day", 0, MINUTES(24 * 60 - 8), MINUTES(24 * 60), true},
        {"watched from now on", NOT, NOT, MINUTES(60), false},
};

static usec_t after_t0(usec_t offset) {
        return offset == NOT ? USEC_UNKNOWN : T0 + offset;
}

START_TEST(proves_itself) {
        struct JudgeRule rule = judge_rule_default();
        struct Course course = {.verdict = VERDICT_SUCCEEDED};
        struct Verdict verdict = {.kind = VERDICT_SUCCEEDED, .counts.desired = 1};

        course.proving_since = after_t0(PROOFS[_i].since);
        verdict.blamed_at = after_t0(PROOFS[_i].blamed_at);
        verdict.looked_at = after_t0(PROOFS[_i].looked_at);
        ck_assert_msg((course_step(&course, &verdict, &rule, T0 + MINUTES(60)) == COURSE_PROVES) ==
                              PROOFS[_i].proven,
                      "%s", PROOFS[_i].name);
}
END_TEST

/* Without tasks nothing is shown: the time counts from when there are some again. */
START_TEST(waits_for_tasks) {
        struct JudgeRule rule = judge_rule_default();
        struct Course course = {.verdict = VERDICT_SUCCEEDED, .proving_since = T0};
        struct Verdict verdict = {.kind = VERDICT_SUCCEEDED, .looked_at = T0 + MINUTES(60)};

        ck_assert_int_eq(course_step(&course, &verdict, &rule, T0 + MINUTES(60)), COURSE_STAYS);
        ck_assert_uint_eq(course.proving_since, USEC_UNKNOWN);
        verdict.counts.desired = 1;
        ck_assert_int_eq(course_step(&course, &verdict, &rule, T0 + MINUTES(61)), COURSE_STAYS);
        ck_assert_uint_eq(course.proving_since, T0 + MINUTES(61));
        verdict.looked_at = T0 + MINUTES(71);
        ck_assert_int_eq(course_step(&course, &verdict, &rule, T0 + MINUTES(71)), COURSE_PROVES);
}
END_TEST

static const struct {
        enum VerdictKind verdict;
        usec_t age;
        uint64_t blamed;
        bool reopens;
} REOPENED[] = {
        {VERDICT_SUCCEEDED, MINUTES(25), 0, true},
        {VERDICT_SUCCEEDED, MINUTES(60) - 1, 0, true},
        {VERDICT_SUCCEEDED, MINUTES(60), 0, false},
        {VERDICT_SUCCEEDED, MINUTES(60), 1, true},
        {VERDICT_SUCCEEDED, MINUTES(24 * 60), 1, false},
        {VERDICT_FAILED, MINUTES(25), 1, false},
        {VERDICT_REVERTED, MINUTES(25), 0, false},
};

START_TEST(reopens_while_it_can_be_acted_on) {
        struct JudgeRule rule = judge_rule_default();
        struct Course course = {.verdict = REOPENED[_i].verdict, .proving_since = T0};
        usec_t now = T0 + REOPENED[_i].age;

        ck_assert_int_eq(course_reopen(&course, T0, REOPENED[_i].blamed, &rule, now),
                         REOPENED[_i].reopens);
        ck_assert_uint_eq(course.proving_since, REOPENED[_i].reopens ? now : T0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/course");
        ADD_ROWS(takes_its_step, STEPS);
        ADD_ROWS(proves_itself, PROOFS);
        tcase_add_test(tests, waits_for_tasks);
        ADD_ROWS(reopens_while_it_can_be_acted_on, REOPENED);
        return suite;
}
