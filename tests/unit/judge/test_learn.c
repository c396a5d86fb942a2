/* SPDX-License-Identifier: Apache-2.0 */
/* What the past teaches. */
#include "check_main.h"
#include "judge/learn.h"

/* By numeric integration of the density; Beta(1, n) is 1 - (1 - x)^n. */
static const struct {
        double a, b, share, at;
} QUANTILES[] = {
        {1, 1, 0.95, 0.95},     {1, 20, 0.95, 0.13911},     {2, 18, 0.95, 0.22637},
        {5, 5, 0.5, 0.5},       {3, 98, 0.95, 0.06162},     {0.5, 0.5, 0.5, 0.5},
        {20, 1, 0.05, 0.86089}, {0.2, 39.8, 0.95, 0.02582}, {50, 950, 0.95, 0.06182},
};

START_TEST(finds_quantiles) {
        double at = beta_quantile(QUANTILES[_i].a, QUANTILES[_i].b, QUANTILES[_i].share);

        ck_assert_msg(at > QUANTILES[_i].at - 0.00006 && at < QUANTILES[_i].at + 0.00006,
                      "Beta(%g, %g) at %g: got %.6f", QUANTILES[_i].a, QUANTILES[_i].b,
                      QUANTILES[_i].share, at);
}
END_TEST

static const struct {
        const char *name;
        struct Learnt learnt;
        double tolerate; /* the policy's; 0: the built-in */
        bool off;
        double least, most; /* what is learnt */
} ROWS[] = {
        {"nothing is known", {0, 0, 0, 0}, 0, false, 0, 0},
        {"a service that never failed", {200, 0, 0, 0}, 0, false, 0.015, 0.03},
        {"of a fleet that hardly fails", {10, 0, 5000, 10}, 0, false, 0.01, 0.012},
        {"new, in a fleet that hardly fails", {0, 0, 5000, 10}, 0, false, 0.01, 0.02},
        {"new, in a fleet that fails", {0, 0, 5000, 500}, 0, false, 0, 0},
        {"one in ten has always failed", {200, 20, 5000, 10}, 0, false, 0, 0},
        {"one in thirty has always failed", {3000, 100, 5000, 10}, 0, false, 0.033, 0.04},
        {"all ever failed", {20, 20, 0, 0}, 0, false, 0, 0},
        {"less is tolerated than can be learnt", {9999, 0, 9999, 0}, 0.005, false, 0, 0},
        {"a tolerant policy", {9999, 0, 9999, 0}, 0.4, false, 0.01, 0.01},
        {"switched off", {9999, 0, 9999, 0}, 0, true, 0, 0},
};

START_TEST(learns) {
        struct JudgeRule rule = judge_rule_default(), got;

        if (ROWS[_i].tolerate > 0)
                rule.tolerate = ROWS[_i].tolerate;
        rule.learn = !ROWS[_i].off;
        got = learn_rule(&rule, &ROWS[_i].learnt);
        ck_assert_msg(got.learnt >= ROWS[_i].least - 1e-9 && got.learnt <= ROWS[_i].most + 1e-9,
                      "%s: got %.4f", ROWS[_i].name, got.learnt);
        ck_assert(got.tolerate == rule.tolerate && got.confidence == rule.confidence &&
                  got.sustain == rule.sustain);
}
END_TEST

/* More attempts that did not fail never make more tolerant, more that did never less. */
START_TEST(moves_the_right_way) {
        struct JudgeRule rule = judge_rule_default();

        rule.tolerate = 0.99;
        for (uint64_t n = 0; n < 300; n += 7)
                for (uint64_t failed = 0; failed < 20; failed += 3) {
                        struct Learnt here = {n + failed, failed, 1000, 30}, better = here,
                                      worse = here;
                        double learnt = learn_rule(&rule, &here).learnt;

                        better.attempts++;
                        worse.attempts++;
                        worse.failed++;
                        ck_assert(learn_rule(&rule, &better).learnt <= learnt);
                        ck_assert(learn_rule(&rule, &worse).learnt >= learnt);
                }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/learn");
        ADD_ROWS(finds_quantiles, QUANTILES);
        ADD_ROWS(learns, ROWS);
        tcase_add_test(tests, moves_the_right_way);
        return suite;
}
