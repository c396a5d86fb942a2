/* SPDX-License-Identifier: Apache-2.0 */
/* Remedies, on the stage: opted in by the policy, done once, told to their end. */
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/actions.h"
#include "stage.h"

#define S(seconds) ((usec_t) (seconds) *USEC_PER_SEC)
enum { WEB, ARENA_BYTES = 1024 * 1024 };

static const struct Behaviour CRASHES = {.exits_after = S(2)};
static struct Stage stage;

static void restart(void) {
        stage_stop_daemon(&stage);
        stage.update_hangs = false;
        ck_assert(stage_start_daemon(&stage));
}

static void assert_recorded(enum ActionKind kind, enum ActionState state) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct ActionRecord *actions;
        size_t n;

        ck_assert_int_eq(ledger_load_actions(stage.ledger, &(struct ActionQuery) {}, arena,
                                             &actions, &n),
                         0);
        ck_assert_uint_eq(n, 1);
        ck_assert_int_eq(actions[0].kind, kind);
        ck_assert_int_eq(actions[0].state, state);
        arena_free(arena);
}

/* ---- quiesce ---- */

#define QUIESCE "    on_failed: [{quiesce: {}, notify: [r]}]\n"

static const struct {
        const char *name;
        bool hangs, restarts;
} QUIESCES[] = {
        {"answered", false, false},
        {"restarted after the intent", false, true},
        {"the answer is lost with the daemon", true, true},
};

/* A service that never was there before appears while we look, and crashes. */
START_TEST(quiesces_the_first_deployment_once) {
        stage_init(&stage, QUIESCE);
        stage.services[WEB].gone = true;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(20));
        stage_create(&stage, WEB, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_assert_told(&stage, "remedy.started", "web", 1);
        stage.update_hangs = QUIESCES[_i].hangs;
        if (QUIESCES[_i].restarts && !QUIESCES[_i].hangs)
                restart();
        for (unsigned i = 0; i < 40 && stage.writes[0] == '\0'; i++)
                stage_tick(&stage);
        if (QUIESCES[_i].restarts)
                restart();
        stage_run_until_told(&stage, "remedy.succeeded", "web");
        stage_run(&stage, S(120));
        ck_assert_msg(text_equal(stage.writes, "web quiesce "), "%s: sent '%s'\n%s",
                      QUIESCES[_i].name, stage.writes, stage_log());
        stage_assert_told(&stage, "remedy.started", "web", 1);
        stage_assert_told(&stage, "remedy.failed", "web", 0);
        stage_assert_told(&stage, "rollback.started", "web", 0);
        assert_recorded(ACTION_QUIESCE, ACTION_DONE);
        stage_done(&stage);
}
END_TEST

START_TEST(quiesces_nothing_that_served_before) {
        stage_init(&stage, QUIESCE);
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_assert_told(&stage, "remedy.failed", "web", 1);
        stage_run(&stage, S(120));
        ck_assert_str_eq(stage.writes, "");
        assert_recorded(ACTION_QUIESCE, ACTION_SKIPPED);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("remedies");
        ADD_ROWS(quiesces_the_first_deployment_once, QUIESCES);
        tcase_add_test(tests, quiesces_nothing_that_served_before);
        return suite;
}
