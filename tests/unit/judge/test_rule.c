/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules compute, and what a rule that is reached waits for. */
#include <stdlib.h>

#include "check_main.h"
#include "timeline.h"

static const struct TimelineTask GOOD = {.exit_code = NEVER, .healthy = NEVER};
static const struct TimelineTask CRASH = {.stop_code = "EssentialContainerExited",
                                          .stopped_reason = "Essential container in task exited",
                                          .exit_code = 1,
                                          .healthy = NEVER};
static const struct TimelineTask NO_IMAGE = {
        .stop_code = "TaskFailedToStart",
        .stopped_reason = "CannotPullContainerError: pull image manifest has been retried 1 "
                          "time(s): failed to resolve ref app:nope: not found",
        .exit_code = NEVER,
        .healthy = NEVER};

static struct Verdict judge(const struct Evidence *evidence, double second) {
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        ck_assert_int_eq(judge_verdict(evidence, &rule, timeline_at(second + 0.6), &verdict), 0);
        return verdict;
}

static const struct {
        const char *name;
        struct JudgeRule rule; /* what is zero is the built-in */
        size_t failures, alive;
        int desired;
        double score, threshold;
        uint64_t limit;
        enum VerdictKind kind;
} RULES[] = {
        {"four failures", {0}, 4, 0, 1, 7.167, 6.898, 0, VERDICT_FAILED},
        {"three failures", {0}, 3, 0, 1, 5.375, 6.898, 0, VERDICT_PROGRESSING},
        {"tolerant", {.tolerate = 0.4}, 12, 0, 1, 6.715, 6.898, 0, VERDICT_PROGRESSING},
        {"tolerant, one more", {.tolerate = 0.4}, 13, 0, 1, 7.275, 6.898, 0, VERDICT_FAILED},
        {"less confidence", {.confidence = 0.9}, 2, 0, 1, 3.584, 2.293, 0, VERDICT_PROGRESSING},
        /* G is nearly 1 for each alive: ln(0.4 / 0.9). */
        {"four alive", {0}, 6, 4, 1, 7.507, 6.898, 0, VERDICT_FAILED},
        {"five alive", {0}, 6, 5, 1, 6.696, 6.898, 0, VERDICT_PROGRESSING},
        {"count", {.rule = RULE_COUNT, .failures = 5}, 5, 50, 50, 0, 0, 5, VERDICT_FAILED},
        {"count, one less",
         {.rule = RULE_COUNT, .failures = 6},
         5,
         0,
         50,
         0,
         0,
         6,
         VERDICT_PROGRESSING},
        {"percent", {.rule = RULE_PERCENT, .percent = 0.5}, 5, 0, 10, 0, 0, 5, VERDICT_FAILED},
        {"percent, one less",
         {.rule = RULE_PERCENT, .percent = 0.5},
         5,
         0,
         11,
         0,
         0,
         6,
         VERDICT_PROGRESSING},
        {"percent, at least failures",
         {.rule = RULE_PERCENT, .percent = 0.01},
         5,
         0,
         10,
         0,
         0,
         3,
         VERDICT_FAILED},
};

/* Failures every 30 s, the alive ones old. */
START_TEST(weighs_by_rule) {
        _cleanup_free_ struct Timeline *t = timeline_new(1);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        t->desired = RULES[_i].desired;
        timeline_add(t, RULES[_i].failures, 1, 30, 5, 5, CRASH);
        timeline_add(t, RULES[_i].alive, 1, 0, 5, NEVER, GOOD);
        rule.rule = RULES[_i].rule.rule;
        if (RULES[_i].rule.tolerate > 0)
                rule.tolerate = RULES[_i].rule.tolerate;
        if (RULES[_i].rule.confidence > 0)
                rule.confidence = RULES[_i].rule.confidence;
        if (RULES[_i].rule.failures > 0)
                rule.failures = RULES[_i].rule.failures;
        if (RULES[_i].rule.percent > 0)
                rule.percent = RULES[_i].rule.percent;
        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        timeline_observe(evidence, t, 550);
        ck_assert_int_eq(judge_verdict(evidence, &rule, timeline_at(551), &verdict), 0);
        ck_assert_msg(verdict.kind == RULES[_i].kind, "%s: got %s (%s)", RULES[_i].name,
                      verdict_kind_name(verdict.kind), verdict.summary);
        ck_assert_msg(verdict.numbers.score > RULES[_i].score - 0.002 &&
                              verdict.numbers.score < RULES[_i].score + 0.002 &&
                              verdict.numbers.threshold > RULES[_i].threshold - 0.002 &&
                              verdict.numbers.threshold < RULES[_i].threshold + 0.002,
                      "%s: got %.3f of %.3f", RULES[_i].name, verdict.numbers.score,
                      verdict.numbers.threshold);
        ck_assert_uint_eq(verdict.numbers.limit, RULES[_i].limit);
}
END_TEST

/* One wave alone never condemns, unless the policy says that it shall. */
START_TEST(needs_a_retry_that_fails) {
        _cleanup_free_ struct Timeline *t = timeline_new(1);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        t->desired = 20;
        timeline_add(t, 10, 1, 0, 5, 5, CRASH);
        timeline_add(t, 10, 1, 0, 5, 100, CRASH);
        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        timeline_observe(evidence, t, 200);
        ck_assert_int_eq(judge_verdict(evidence, &rule, timeline_at(201), &verdict), 0);
        ck_assert_int_eq(verdict.kind, VERDICT_PROGRESSING);
        ck_assert(verdict.numbers.score > verdict.numbers.threshold && !verdict.numbers.sustained);
        rule.sustain = 0;
        ck_assert_int_eq(judge_verdict(evidence, &rule, timeline_at(201), &verdict), 0);
        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
}
END_TEST

/* 2 x ln(60 % / 1 %); once one has run they weigh as others do. */
START_TEST(permanent_failures_weigh_more) {
        _cleanup_free_ struct Timeline *t = timeline_new(1);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();
        struct Verdict verdict;

        timeline_add(t, 2, 1, 20, NEVER, 2, NO_IMAGE);
        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        timeline_observe(evidence, t, 25);
        verdict = judge(evidence, 25);
        ck_assert_double_eq_tol(verdict.numbers.score, 8.189, 0.001);
        ck_assert(verdict.numbers.sustained);
        timeline_add(t, 1, 26, 0, 5, 70, CRASH);
        timeline_observe(evidence, t, 105);
        verdict = judge(evidence, 105);
        ck_assert_double_eq_tol(verdict.numbers.score, 5.375, 0.001);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/rule");
        ADD_ROWS(weighs_by_rule, RULES);
        tcase_add_test(tests, needs_a_retry_that_fails);
        tcase_add_test(tests, permanent_failures_weigh_more);
        return suite;
}
