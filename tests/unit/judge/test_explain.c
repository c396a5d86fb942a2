/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict says of itself: what was counted, what the rule made of it, and what would have
 * changed it. Where it names a number, the verdict does change with it. */
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "timeline.h"
#include "words/service_deployment.h"

static const struct TimelineTask EXITS = {.stop_code = "EssentialContainerExited",
                                          .stopped_reason = "Essential container in task exited",
                                          .exit_code = 1};
static const struct TimelineTask NO_IMAGE = {
        .stop_code = "TaskFailedToStart",
        .stopped_reason = "CannotPullContainerError: pull image manifest has been retried 1 "
                          "time(s): failed to resolve ref web:2: web:2: not found",
        .exit_code = NEVER};

static struct Verdict judged(const struct Timeline *t, double second,
                             const struct JudgeRule *rule) {
        const struct Rollout rollout = timeline_rollout();
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Verdict verdict;

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        for (double at = 0; at <= second; at += 5)
                timeline_observe(evidence, t, at);
        ck_assert_int_eq(judge_verdict(evidence, rule, timeline_at(second), &verdict), 0);
        return verdict;
}

static void assert_says(const struct Verdict *verdict, const char *words) {
        ck_assert_msg(strstr(verdict->explanation, words), "'%s' is not said in\n%s", words,
                      verdict->explanation);
}

/* Fails at 10, 30, 50, 70 … s: 60 s after the first failure at the earliest with the fourth. */
static struct Timeline *crash_loop(void) {
        struct Timeline *t = timeline_new(1);

        timeline_add(t, 20, 0, 20, 5, 5, EXITS);
        return t;
}

START_TEST(says_which_sustain_would_have_waited) {
        _cleanup_free_ struct Timeline *t = crash_loop();
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict = judged(t, 75, &rule);

        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        assert_says(&verdict,
                    "of 4 attempts 4 failed and blame what was deployed, 0 failed for other "
                    "reasons, 0 survived, 0 alive; the first failed at ");
        assert_says(&verdict,
                    "likelihood: score 7.17, and 6.90 are needed (natural logarithms); 10 % of "
                    "attempts may fail (`tolerate`)");
        assert_says(&verdict,
                    "new attempts were still failing 1 min after the first failure: `sustain` "
                    "(1 min) above that would have waited");
        assert_says(&verdict, "with 1 failed attempt fewer it would not have failed");
        rule.sustain = 61 * USEC_PER_SEC;
        ck_assert_int_eq(judged(t, 75, &rule).kind, VERDICT_PROGRESSING);
}
END_TEST

START_TEST(says_what_is_missing) {
        _cleanup_free_ struct Timeline *t = crash_loop();
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict = judged(t, 35, &rule);

        ck_assert_int_eq(verdict.kind, VERDICT_PROGRESSING);
        assert_says(
                &verdict,
                "no attempt that began after the first failure has failed `sustain` (1 min) after it");
        assert_says(&verdict, "2 more failed attempts with nothing alive would reach it");
        verdict = judged(t, 20, &rule);
        assert_says(&verdict, "3 more failed attempts with nothing alive would reach it");
}
END_TEST

START_TEST(says_that_the_past_has_lowered_it) {
        _cleanup_free_ struct Timeline *t = crash_loop();
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        rule.learnt = 0.02;
        verdict = judged(t, 35, &rule);
        assert_says(
                &verdict,
                "2 % of attempts may fail, as the past of this service and of all services teaches (`learn`)");
}
END_TEST

START_TEST(says_why_it_did_not_wait) {
        _cleanup_free_ struct Timeline *t = timeline_new(1);
        const struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        timeline_add(t, 4, 0, 10, NEVER, 5, NO_IMAGE);
        verdict = judged(t, 20, &rule);
        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        ck_assert_int_eq(verdict.cause, CAUSE_IMAGE_PULL);
        assert_says(
                &verdict,
                "2 of them failed for what cannot heal by itself, so `sustain` is not waited for");
}
END_TEST

START_TEST(says_how_a_count_came_out) {
        _cleanup_free_ struct Timeline *t = crash_loop();
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        rule.rule = RULE_COUNT;
        rule.failures = 3;
        verdict = judged(t, 75, &rule);
        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        assert_says(&verdict, "count: 4 failed attempts, and 3 are needed");
        assert_says(&verdict, "with 2 failed attempts fewer it would not have failed");
        verdict = judged(t, 20, &rule);
        assert_says(&verdict, "count: 1 failed attempt, and 3 are needed");
        assert_says(&verdict, "2 more failed attempts with nothing alive would reach it");
}
END_TEST

START_TEST(says_which_grace_would_have_waited) {
        _cleanup_free_ struct Timeline *t = timeline_new(2);
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        t->event[t->n_events++] = (struct TimelineEvent) {
                10,
                "(service web) was unable to place a task because no container instance met all "
                "of its requirements. Reason: No Container Instances were found in your cluster."};
        verdict = judged(t, 615, &rule);
        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        assert_says(
                &verdict,
                "while fewer than desired ran: `placement_grace` (10 min) above that would have waited");
        rule.placement_grace = 11 * USEC_PER_MINUTE;
        ck_assert_int_eq(judged(t, 615, &rule).kind, VERDICT_PROGRESSING);
}
END_TEST

START_TEST(says_which_stall_would_have_waited) {
        _cleanup_free_ struct Timeline *t = timeline_new(2);
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict = judged(t, 1805, &rule);

        ck_assert_int_eq(verdict.kind, VERDICT_STALLED);
        assert_says(
                &verdict,
                "nothing moved for 30 min 6 s: `stall_after` (30 min) above that would have waited");
        rule.stall_after = 31 * USEC_PER_MINUTE;
        ck_assert_int_eq(judged(t, 1805, &rule).kind, VERDICT_PROGRESSING);
}
END_TEST

START_TEST(says_that_ecs_said_so) {
        static const char *const ALARMS[] = {"errors", "latency"};
        const struct ServiceDeploymentFacts deployment = {
                .status = SERVICE_DEPLOYMENT_STOPPED,
                .status_reason = "tasks failed to start",
                .breaker_status = "TRIGGERED",
                .breaker_failures = 3,
                .breaker_threshold = 3,
                .alarms_status = "TRIGGERED",
                .alarms = ALARMS,
                .n_alarms = ARRAY_SIZE(ALARMS),
        };
        _cleanup_free_ struct Timeline *t = crash_loop();
        const struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        t->failed = 30;
        verdict = judged(t, 35, &rule);
        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        assert_says(&verdict, "ECS itself declared it failed");
        verdict_explain_native(&verdict, &deployment);
        assert_says(
                &verdict,
                "\nECS's service deployment: STOPPED, tasks failed to start; circuit breaker TRIGGERED: 3 of 3 failures; alarms TRIGGERED: errors, latency");
}
END_TEST

START_TEST(says_how_what_was_taken_back_stood) {
        _cleanup_free_ struct Timeline *t = crash_loop();
        const struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict = judged(t, 35, &rule), well = {0};

        verdict_explain_reverted(&verdict);
        ck_assert(strncmp(verdict.explanation,
                          "it was taken back before a rule of ours had decided\nof 2 ", 57) == 0);
        verdict_explain_reverted(&well);
        ck_assert_str_eq(
                well.explanation,
                "it was taken back before a rule of ours had decided; nothing of it had failed");
}
END_TEST

START_TEST(names_the_host) {
        _cleanup_free_ struct Timeline *t = timeline_new(2);
        const struct JudgeRule rule = judge_rule_default();
        struct TimelineTask bad = EXITS, good = EXITS;
        struct Verdict verdict;

        bad.instance = "arn:aws:ecs:us-east-1:123456789012:container-instance/c/bad";
        good.instance = "arn:aws:ecs:us-east-1:123456789012:container-instance/c/good";
        timeline_add(t, 20, 0, 20, 5, 5, bad);
        timeline_add(t, 1, 0, 20, 5, NEVER, good);
        verdict = judged(t, 90, &rule);
        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        ck_assert_int_eq(verdict.cause, CAUSE_HOST_BAD);
        assert_says(
                &verdict,
                "all of these were on container instance bad, and an attempt on another one outlived them: the host is blamed");
}
END_TEST

START_TEST(says_nothing_of_what_is_well) {
        _cleanup_free_ struct Timeline *t = timeline_new(1);
        const struct JudgeRule rule = judge_rule_default();

        timeline_add(t, 1, 0, 20, 5, NEVER, EXITS);
        t->completed = 10;
        ck_assert_str_eq(judged(t, 20, &rule).explanation, "");
        ck_assert_int_eq(judged(t, 120, &rule).kind, VERDICT_SUCCEEDED);
        ck_assert_str_eq(judged(t, 120, &rule).explanation, "");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("explain");
        tcase_add_test(tests, says_which_sustain_would_have_waited);
        tcase_add_test(tests, says_what_is_missing);
        tcase_add_test(tests, says_that_the_past_has_lowered_it);
        tcase_add_test(tests, says_why_it_did_not_wait);
        tcase_add_test(tests, says_how_a_count_came_out);
        tcase_add_test(tests, says_which_grace_would_have_waited);
        tcase_add_test(tests, says_which_stall_would_have_waited);
        tcase_add_test(tests, says_that_ecs_said_so);
        tcase_add_test(tests, says_how_what_was_taken_back_stood);
        tcase_add_test(tests, names_the_host);
        tcase_add_test(tests, says_nothing_of_what_is_well);
        return suite;
}
