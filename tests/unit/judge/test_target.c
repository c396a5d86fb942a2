/* SPDX-License-Identifier: Apache-2.0 */
/* To what a rollout is rolled back: each candidate taken, refused or asked about. */
#include <string.h>

#include "check_main.h"
#include "judge/target.h"

#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n
#define NOW (1000 * USEC_PER_DAY)
#define DAYS_AGO(n) (NOW - (n) *USEC_PER_DAY)
#define GOOD(n, days) \
        { .task_definition = TD(n), .good = true, .proven_at = DAYS_AGO(days) }

enum { CANDIDATES = 7 };

static const struct {
        const char *name;
        struct TargetCandidate candidates[CANDIDATES];
        enum TargetOutcome outcome;
        const char *target;
        const char *refusal; /* part of the refusals; NULL: there are none */
} ROWS[] = {
        {"nothing known", {}, TARGET_NONE, NULL, NULL},
        {"not asked yet", {GOOD(1, 1)}, TARGET_ASK, TD(1), NULL},
        {"asked and active",
         {{TD(1), .good = true, .proven_at = DAYS_AGO(1), .status = "ACTIVE"}},
         TARGET_CHOSEN,
         TD(1),
         NULL},
        {"the source before newer ones",
         {GOOD(5, 1), {TD(3), .good = true, .source = true, .proven_at = DAYS_AGO(2)}},
         TARGET_ASK,
         TD(3),
         NULL},
        {"a source that is not good gives way",
         {{TD(4), .source = true, .unproven = true}, GOOD(3, 2)},
         TARGET_ASK,
         TD(3),
         "my-app:4: never proven good: it ran fewer tasks"},
        {"an old source served until now",
         {{TD(4), .good = true, .source = true, .proven_at = DAYS_AGO(60)}},
         TARGET_ASK,
         TD(4),
         NULL},
        {"same task definition", {GOOD(9, 1)}, TARGET_NONE, NULL, "my-app:9: it is what failed"},
        {"failed under us",
         {{TD(8), .good = true, .failed_under_us = true, .proven_at = DAYS_AGO(1)}, GOOD(7, 1)},
         TARGET_ASK,
         TD(7),
         "my-app:8: it failed here before"},
        {"never good", {{TD(8)}}, TARGET_NONE, NULL, "my-app:8: never proven good"},
        {"at max_age", {GOOD(8, 30)}, TARGET_ASK, TD(8), NULL},
        {"older than max_age", {GOOD(8, 31)}, TARGET_NONE, NULL, "safety.rollback.max_age (30 d)"},
        {"of unknown age",
         {{TD(8), .good = true}},
         TARGET_NONE,
         NULL,
         "older than safety.rollback.max_age"},
        {"inactive",
         {{TD(8), .good = true, .proven_at = DAYS_AGO(1), .status = "INACTIVE"}, GOOD(7, 1)},
         TARGET_ASK,
         TD(7),
         "my-app:8: its task definition is INACTIVE"},
        {"being deleted",
         {{TD(8), .good = true, .proven_at = DAYS_AGO(1), .status = "DELETE_IN_PROGRESS"}},
         TARGET_NONE,
         NULL,
         "DELETE_IN_PROGRESS"},
        {"five back",
         {{TD(8)}, {TD(7)}, {TD(6)}, {TD(5)}, GOOD(4, 1)},
         TARGET_ASK,
         TD(4),
         "my-app:5: never"},
        {"six back",
         {{TD(8)}, {TD(7)}, {TD(6)}, {TD(5)}, {TD(4)}, GOOD(3, 1)},
         TARGET_NONE,
         NULL,
         "my-app:3: more than 5 revisions back"},
};

/* Another revision of the service has the same task definition. */
START_TEST(goes_back_to_the_same) {
        const struct Rollout rollout = {.task_definition = TD(9)};
        const struct TargetCandidate same = {.task_definition = TD(9),
                                             .good = true,
                                             .source = true,
                                             .proven_at = NOW,
                                             .status = "ACTIVE"};
        struct TargetChoice got;

        ck_assert_int_eq(target_choose(&same, 1, &rollout, false, 30 * USEC_PER_DAY, NOW, &got),
                         TARGET_NONE);
        ck_assert_int_eq(target_choose(&same, 1, &rollout, true, 30 * USEC_PER_DAY, NOW, &got),
                         TARGET_CHOSEN);
}
END_TEST

START_TEST(chooses) {
        const struct Rollout rollout = {.task_definition = TD(9)};
        struct TargetChoice got;
        enum TargetOutcome outcome;
        size_t n = 0;

        while (n < CANDIDATES && ROWS[_i].candidates[n].task_definition)
                n++;
        outcome = target_choose(ROWS[_i].candidates, n, &rollout, false, 30 * USEC_PER_DAY, NOW,
                                &got);
        ck_assert_msg(outcome == ROWS[_i].outcome, "%s: got %d (%s)", ROWS[_i].name, (int) outcome,
                      got.refusals);
        if (ROWS[_i].target)
                ck_assert_msg(got.candidate &&
                                      strcmp(got.candidate->task_definition, ROWS[_i].target) == 0,
                              "%s: another candidate (%s)", ROWS[_i].name, got.refusals);
        else
                ck_assert_msg(!got.candidate, "%s: a candidate", ROWS[_i].name);
        if (ROWS[_i].refusal)
                ck_assert_msg(strstr(got.refusals, ROWS[_i].refusal), "%s: '%s'", ROWS[_i].name,
                              got.refusals);
        else
                ck_assert_msg(!got.refusals[0], "%s: '%s'", ROWS[_i].name, got.refusals);
}
END_TEST

/* ---- what ECS has completed ---- */

#define PAST(n, days, ended)                                            \
        {                                                               \
                .task_definition = TD(n), .created_at = DAYS_AGO(days), \
                .finished_at = DAYS_AGO(days) + USEC_PER_MINUTE,        \
                .status = SERVICE_DEPLOYMENT_##ended                    \
        }

static const struct {
        const char *name;
        struct ServiceDeploymentFacts past[3];
        const char *target; /* NULL: none */
} COMPLETED[] = {
        {"nothing", {}, NULL},
        {"the latest that is SUCCESSFUL",
         {PAST(1, 9, SUCCESSFUL), PAST(3, 5, SUCCESSFUL), PAST(4, 2, STOPPED)},
         TD(3)},
        {"ECS went back from it", {PAST(3, 5, ROLLBACK_SUCCESSFUL)}, NULL},
        {"the judged one's own", {PAST(5, 1, SUCCESSFUL)}, NULL},
        {"its revision is gone",
         {{.status = SERVICE_DEPLOYMENT_SUCCESSFUL, .created_at = 1}},
         NULL},
};

START_TEST(takes_what_ecs_completed) {
        const struct Rollout judged = {.task_definition = TD(5), .started_at = DAYS_AGO(1)};
        struct TargetCandidate got;
        bool found = target_by_ecs(COMPLETED[_i].past, 3, &judged, &got);

        ck_assert_msg(found == (COMPLETED[_i].target != NULL), "%s", COMPLETED[_i].name);
        if (!found)
                return;
        ck_assert_str_eq(got.task_definition, COMPLETED[_i].target);
        ck_assert(got.good && got.by_ecs && !got.source);
        ck_assert_uint_eq(got.proven_at, DAYS_AGO(5) + USEC_PER_MINUTE);
}
END_TEST

/* However many the ledger refuses before it; but not what failed here, nor what is too old. */
START_TEST(considers_it_last) {
        const struct Rollout judged = {.task_definition = TD(9), .started_at = NOW};
        struct TargetCandidate candidates[] = {
                {.task_definition = TD(8)},
                {.task_definition = TD(7)},
                {.task_definition = TD(6)},
                {.task_definition = TD(5)},
                {.task_definition = TD(4)},
                GOOD(3, 40),
                GOOD(2, 1),
        };
        struct TargetCandidate *last = candidates + ARRAY_SIZE(candidates) - 1;
        struct TargetChoice choice;

        last->by_ecs = true;
        ck_assert_int_eq(target_choose(candidates, ARRAY_SIZE(candidates), &judged, false,
                                       30 * USEC_PER_DAY, NOW, &choice),
                         TARGET_ASK);
        ck_assert_ptr_eq(choice.candidate, last);
        last->failed_under_us = true;
        ck_assert_int_eq(target_choose(candidates, ARRAY_SIZE(candidates), &judged, false,
                                       30 * USEC_PER_DAY, NOW, &choice),
                         TARGET_NONE);
        last->failed_under_us = false;
        last->proven_at = DAYS_AGO(31);
        ck_assert_int_eq(target_choose(candidates, ARRAY_SIZE(candidates), &judged, false,
                                       30 * USEC_PER_DAY, NOW, &choice),
                         TARGET_NONE);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("target");
        ADD_ROWS(takes_what_ecs_completed, COMPLETED);
        tcase_add_test(tests, considers_it_last);
        ADD_ROWS(chooses, ROWS);
        tcase_add_test(tests, goes_back_to_the_same);
        return suite;
}
