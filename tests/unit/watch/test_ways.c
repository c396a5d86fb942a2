/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to roll back, on the stage: ECS can stop the deployment itself. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/actions.h"
#include "stage.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const struct Behaviour CRASHES = {.exits_after = S(2)};
static struct Stage stage;

static const struct {
        const char *name;
        bool is_closed, hangs, restarts;
        const char *sent;
        enum RollbackMethod method;
} ROWS[] = {
        {"stopped", false, false, false, "web stop ", ROLLBACK_STOP_DEPLOYMENT},
        {"closed", true, false, false, "web stop web->web:1 ", ROLLBACK_UPDATE_SERVICE},
        {"the answer is lost with the daemon", false, true, true, "web stop ",
         ROLLBACK_STOP_DEPLOYMENT},
        {"restarted after the intent", false, false, true, "web stop ", ROLLBACK_STOP_DEPLOYMENT},
        {"closed, and the answer is lost", true, false, true, "web stop web stop web->web:1 ",
         ROLLBACK_UPDATE_SERVICE},
};

static void restart(void) {
        stage_stop_daemon(&stage);
        stage.update_hangs = false;
        ck_assert(stage_start_daemon(&stage));
}

static void assert_recorded(enum RollbackMethod method) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct ActionRecord *actions;
        size_t n;

        ck_assert_int_eq(ledger_load_actions(stage.ledger, &(struct ActionQuery) {}, arena,
                                             &actions, &n),
                         0);
        ck_assert_uint_eq(n, 1);
        ck_assert_int_eq(actions[0].state, ACTION_DONE);
        ck_assert_int_eq(actions[0].method, method);
        ck_assert_ptr_nonnull(strstr(actions[0].handle, "service-deployment/c/web"));
        arena_free(arena);
}

START_TEST(rolls_back_once) {
        stage_init(&stage, "");
        stage.stops = true;
        stage.stop_is_closed = ROWS[_i].is_closed;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage.update_hangs = ROWS[_i].hangs;
        if (ROWS[_i].restarts && !ROWS[_i].hangs)
                restart();
        for (unsigned i = 0; i < 20 && stage.writes[0] == '\0'; i++)
                stage_tick(&stage);
        if (ROWS[_i].restarts)
                restart();
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_run(&stage, S(120));
        ck_assert_msg(text_equal(stage.writes, ROWS[_i].sent), "%s: sent '%s'\n%s", ROWS[_i].name,
                      stage.writes, stage_log());
        stage_assert_told(&stage, "rollback.started", "web", 1);
        stage_assert_told(&stage, "rollback.failed", "web", 0);
        stage_assert_told(&stage, "deployment.reverted", "web", 0);
        assert_recorded(ROWS[_i].method);
        stage_done(&stage);
}
END_TEST

/* The verdict is told at once; the rollback waits for its target to be seen, ten minutes. */
START_TEST(a_target_that_cannot_be_described_hides_no_verdict) {
        bool comes_back = _i;

        stage_init(&stage, "");
        stage.target_is_hidden = true;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run(&stage, S(300));
        stage_assert_told(&stage, "rollback.skipped", "web", 0);
        restart();
        if (comes_back)
                stage.target_is_hidden = false;
        stage_run(&stage, S(400));
        stage_assert_told(&stage, "deployment.failed", "web", 1);
        stage_assert_told(&stage, "rollback.skipped", "web", !comes_back);
        stage_assert_sent(&stage, comes_back ? "web->web:1 " : "");
        stage_done(&stage);
}
END_TEST

/* The one before never was good, and what was is not in the ledger: ECS knows. */
START_TEST(goes_back_to_what_ecs_completed) {
        bool is_refused = _i;

        stage_init(&stage, "");
        stage.history_is_refused = is_refused;
        stage.services[WEB].deployments[0].completed = true;
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run(&stage, S(10));
        ck_assert(stage_start_daemon(&stage));
        stage_run_until_told(&stage, "rollback.skipped", "web");
        stage_deploy(&stage, WEB, 3, CRASHES);
        stage_run(&stage, S(300));
        stage_assert_told(&stage, "rollback.skipped", "web", is_refused ? 2 : 1);
        stage_assert_told(&stage, "rollback.succeeded", "web", !is_refused);
        stage_assert_sent(&stage, is_refused ? "" : "web->web:1 ");
        stage_done(&stage);
}
END_TEST

/* Looks before a call go before those of everybody else, until it has left. */
START_TEST(whoever_is_about_to_act_goes_first) {
        stage_begin(&stage);
        ck_assert_int_eq(stage.urgencies[WEB], URGENCY_IDLE);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run(&stage, S(10));
        ck_assert_int_eq(stage.urgencies[WEB], URGENCY_JUDGING);
        stage_run_until_told(&stage, "deployment.failed", "web");
        do {
                ck_assert_int_eq(stage.urgencies[WEB], URGENCY_ACTION);
                stage_tick(&stage);
        } while (text_is_empty(stage.writes));
        stage_tick(&stage);
        ck_assert_int_eq(stage.urgencies[WEB], URGENCY_JUDGING);
        stage_run(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_int_eq(stage.urgencies[WEB], URGENCY_IDLE);
        ck_assert_int_eq(stage.urgencies[API], URGENCY_IDLE);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("ways");
        ADD_ROWS(rolls_back_once, ROWS);
        tcase_add_loop_test(tests, goes_back_to_what_ecs_completed, 0, 2);
        tcase_add_test(tests, whoever_is_about_to_act_goes_first);
        tcase_add_loop_test(tests, a_target_that_cannot_be_described_hides_no_verdict, 0, 2);
        return suite;
}
