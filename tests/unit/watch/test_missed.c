/* SPDX-License-Identifier: Apache-2.0 */
/* What came and went between two looks, on the stage. web runs revision 1 as ecs-svc/1001. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "stage.h"

static const struct Behaviour GOOD;
static struct Stage stage;

/* What happens to web between two looks, or while the daemon is down. */
enum Step { END, TO_1, TO_2, TO_3, GOES_BACK };

static const struct {
        const char *name;
        enum Step steps[6];
        unsigned started, succeeded, superseded, reverted, rollback_started, rollback_succeeded;
        const char *subject; /* of what came and went; NULL: nothing did */
} ROWS[] = {
        {"one deployment", {TO_2}, 1, 1, 0, 0, 0, 0, NULL},
        {"replaced at once", {TO_2, TO_3}, 1, 1, 1, 0, 0, 0, "service-deployment/sd1002"},
        {"the same forced again", {TO_2, TO_2}, 1, 1, 1, 0, 0, 0, "service-deployment/sd1002"},
        {"two of them", {TO_2, TO_3, TO_2}, 1, 1, 2, 0, 0, 0, "service-deployment/sd1003"},
        {"ECS went back", {TO_2, GOES_BACK}, 0, 0, 0, 1, 1, 1, "service-deployment/sd1002"},
        {"ECS went back, then another",
         {TO_2, GOES_BACK, TO_3},
         1,
         1,
         1,
         0,
         0,
         0,
         "service-deployment/sd1002"},
        {"somebody went back", {TO_2, TO_1}, 0, 0, 0, 1, 1, 1, "service-deployment/sd1002"},
};

static void take_steps(const enum Step *steps) {
        for (size_t i = 0; steps[i] != END; i++) {
                stage.now += S(20); /* nobody looks meanwhile */
                if (steps[i] == GOES_BACK)
                        stage_roll_back(&stage, WEB);
                else
                        stage_deploy(&stage, WEB,
                                     steps[i] == TO_1   ? 1
                                     : steps[i] == TO_2 ? 2
                                                        : 3,
                                     GOOD);
        }
        stage.now += S(20);
}

static void assert_row(int i) {
        bool about = !ROWS[i].subject;

        stage_assert_told(&stage, "deployment.started", "web", ROWS[i].started);
        stage_assert_told(&stage, "deployment.succeeded", "web", ROWS[i].succeeded);
        stage_assert_told(&stage, "deployment.superseded", "web", ROWS[i].superseded);
        stage_assert_told(&stage, "deployment.reverted", "web", ROWS[i].reverted);
        stage_assert_told(&stage, "rollback.started", "web", ROWS[i].rollback_started);
        stage_assert_told(&stage, "rollback.succeeded", "web", ROWS[i].rollback_succeeded);
        for (size_t k = 0; k < stage.n_deliveries; k++)
                if (text_equal(stage.deliveries[k].subject, ROWS[i].subject) &&
                    (text_equal(stage.deliveries[k].type, "deployment.superseded") ||
                     text_equal(stage.deliveries[k].type, "deployment.reverted")))
                        about = true;
        ck_assert_msg(about, "nothing was told of %s\n%s", ROWS[i].subject, stage_log());
        stage_assert_sent(&stage, "");
}

START_TEST(tells_what_came_between_two_looks) {
        stage_begin(&stage);
        take_steps(ROWS[_i].steps);
        stage_run(&stage, S(180));
        assert_row(_i);
        stage_done(&stage);
}
END_TEST

START_TEST(tells_what_came_while_it_was_down) {
        stage_begin(&stage);
        stage_stop_daemon(&stage);
        take_steps(ROWS[_i].steps);
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(180));
        assert_row(_i);
        /* and once */
        stage_stop_daemon(&stage);
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(180));
        assert_row(_i);
        stage_done(&stage);
}
END_TEST

/* Down again before it could say anything: the question is asked anew. */
START_TEST(asks_again_after_a_crash) {
        stage_begin(&stage);
        take_steps(ROWS[_i].steps);
        stage.history_hangs = true;
        stage_tick(&stage);
        stage_stop_daemon(&stage);
        stage.history_hangs = false;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(180));
        assert_row(_i);
        stage_done(&stage);
}
END_TEST

START_TEST(goes_on_without_an_answer) {
        stage_begin(&stage);
        stage.history_is_refused = true;
        take_steps((const enum Step[]) {TO_2, TO_3, END});
        stage_run(&stage, S(180));
        stage_assert_told(&stage, "deployment.superseded", "web", 0);
        stage_assert_told(&stage, "deployment.started", "web", 1);
        stage_assert_told(&stage, "deployment.succeeded", "web", 1);
        stage_done(&stage);
}
END_TEST

/* The list of service deployments costs a call for each deployment, and none otherwise. */
START_TEST(asks_once_a_deployment) {
        stage_begin(&stage);
        ck_assert_uint_eq(stage.looks_back, 0);
        take_steps((const enum Step[]) {TO_2, END});
        stage_run(&stage, S(180));
        ck_assert_uint_eq(stage.looks_back, 1);
        stage_stop_daemon(&stage);
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(180));
        ck_assert_uint_eq(stage.looks_back, 1);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("missed");
        ADD_ROWS(tells_what_came_between_two_looks, ROWS);
        ADD_ROWS(tells_what_came_while_it_was_down, ROWS);
        ADD_ROWS(asks_again_after_a_crash, ROWS);
        tcase_add_test(tests, goes_on_without_an_answer);
        tcase_add_test(tests, asks_once_a_deployment);
        return suite;
}
