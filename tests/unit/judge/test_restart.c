/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers of DescribeServices show a restart. */
#include "check_main.h"
#include "judge/restart.h"

#define T0 (1000 * USEC_PER_DAY)

static const struct {
        const char *name;
        int64_t desired, running; /* 4 of 4 before */
        const char *event;        /* newer than what was read */
        bool restart;
} ROWS[] = {
        {"nothing happened", 4, 4, NULL, false},
        {"one was started", 4, 4, "(service web) has started 1 tasks: (task 0123).", true},
        {"one is missing", 4, 3, NULL, true},
        {"one runs more", 4, 5, NULL, false},
        {"scaled out", 6, 4, "(service web) has started 2 tasks: (task 0123) (task 4567).", false},
        {"scaled out, and more than that was started", 6, 6,
         "(service web) has started 3 tasks: (task 0123) (task 4567) (task 89ab).", true},
        {"scaled in", 2, 2, "(service web) has stopped 2 running tasks: (task 0123).", false},
        {"scaled in, and one is missing", 2, 1, NULL, true},
        {"rebalanced", 4, 4,
         "(service web) has started 1 tasks in us-east-1a to AZ Rebalance: (task 0123).", false},
        {"steady", 4, 4, "(service web) has reached a steady state.", false},
        {"no number", 4, 4, "(service web) has started a task.", true},
};

START_TEST(sees_restarts) {
        const struct ServiceEvent old = {"0", T0, "(service web) has started 4 tasks: (task 0)."};
        struct ServiceEvent events[] = {{"1", T0 + USEC_PER_MINUTE, ROWS[_i].event}, old};
        struct ServiceFacts before = {.desired_count = 4,
                                      .running_count = 4,
                                      .events = &old,
                                      .n_events = 1};
        struct ServiceFacts now = {.desired_count = ROWS[_i].desired,
                                   .running_count = ROWS[_i].running,
                                   .events = ROWS[_i].event ? events : &old,
                                   .n_events = ROWS[_i].event ? 2 : 1};
        struct Calm calm = {0};

        ck_assert(!restart_seen(&calm, &before)); /* the first answer shows nothing */
        ck_assert_msg(restart_seen(&calm, &now) == ROWS[_i].restart, "%s", ROWS[_i].name);
        /* It is told once. */
        ck_assert_msg(!restart_seen(&calm, &now), "%s: again", ROWS[_i].name);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/restart");
        ADD_ROWS(sees_restarts, ROWS);
        return suite;
}
