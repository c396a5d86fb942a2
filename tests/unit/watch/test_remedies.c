/* SPDX-License-Identifier: Apache-2.0 */
/* Remedies, on the stage: opted in by the policy, done once, told to their end. */
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/actions.h"
#include "stage.h"

enum { ARENA_BYTES = 1024 * 1024 };

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
        stage_assert_sent(&stage, "");
        assert_recorded(ACTION_QUIESCE, ACTION_SKIPPED);
        stage_done(&stage);
}
END_TEST

/* ---- drain_host ---- */

#define CI(n) "arn:aws:ecs:us-east-1:123456789012:container-instance/c/" n
#define DRAIN "    on_failed: [{drain_host: {keep: 2}, notify: [r]}]\n"

/* Host a is bad: tasks exit there, and run on elsewhere. */
static const struct Behaviour BAD = {
        .exits_after = S(2),
        .container_instance_arn = CI("a"),
        .well_on = CI("b"),
};

static void begin_with_hosts(const char *policy, size_t n) {
        static const char *const arns[STAGE_HOSTS] = {CI("a"), CI("b"), CI("c"), CI("d")};

        stage_init(&stage, policy);
        for (size_t i = 0; i < n; i++)
                stage.hosts[i].arn = arns[i];
        stage.group = (struct GroupFacts) {true, 3, 9, 3};
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
}

static const struct {
        const char *name;
        size_t hosts;
        bool is_draining, is_hidden, restarts, hangs;
        const char *sent;
        enum ActionState state;
} DRAINS[] = {
        {"three", 3, false, false, false, false, "web drain a ", ACTION_DONE},
        {"restarted after the intent", 3, false, false, true, false, "web drain a ", ACTION_DONE},
        {"the answer is lost with the daemon", 3, false, false, true, true, "web drain a ",
         ACTION_DONE},
        {"two", 2, false, false, false, false, "", ACTION_SKIPPED},
        {"draining already", 4, true, false, false, false, "", ACTION_SKIPPED},
        {"cannot be seen", 3, false, true, false, false, "", ACTION_SKIPPED},
};

START_TEST(drains_the_host_once_and_keeps_enough) {
        begin_with_hosts(DRAIN, DRAINS[_i].hosts);
        stage.hosts[0].is_draining = DRAINS[_i].is_draining;
        stage.subject_is_hidden = DRAINS[_i].is_hidden;
        stage_deploy(&stage, WEB, 2, BAD);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage.update_hangs = DRAINS[_i].hangs;
        for (unsigned i = 0; i < 20 && DRAINS[_i].hangs && stage.writes[0] == '\0'; i++)
                stage_tick(&stage);
        if (DRAINS[_i].restarts)
                restart();
        if (DRAINS[_i].is_hidden) { /* asked for again and again, ten minutes */
                stage_run(&stage, S(500));
                stage_assert_told(&stage, "remedy.failed", "web", 0);
        }
        stage_run_until_told(&stage,
                             DRAINS[_i].state == ACTION_DONE ? "remedy.succeeded" : "remedy.failed",
                             "web");
        stage_run(&stage, S(120));
        ck_assert_msg(text_equal(stage.writes, DRAINS[_i].sent), "%s: sent '%s'\n%s",
                      DRAINS[_i].name, stage.writes, stage_log());
        assert_recorded(ACTION_DRAIN_HOST, DRAINS[_i].state);
        stage_done(&stage);
}
END_TEST

/* Two services find the same host bad: one drains, the other sees that. */
START_TEST(two_services_drain_one_host_once) {
        begin_with_hosts(DRAIN, 3);
        stage_deploy(&stage, WEB, 2, BAD);
        stage_deploy(&stage, API, 2, BAD);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run(&stage, S(120));
        ck_assert_msg(text_equal(stage.writes, "web drain a ") ||
                              text_equal(stage.writes, "api drain a "),
                      "sent '%s'\n%s", stage.writes, stage_log());
        ck_assert_uint_eq(stage_count_told(&stage, "remedy.succeeded"), 1);
        ck_assert_uint_eq(stage_count_told(&stage, "remedy.failed"), 1);
        stage_done(&stage);
}
END_TEST

/* ---- scale_out ---- */

#define SCALE                                                                       \
        "    on_failed: [{when: {cause: [app_exit]}, scale_out: {group: g, by: 2, " \
        "max: 8}, notify: [r]}]\n"

static const struct {
        const char *name;
        struct GroupFacts group;
        const char *sent;
        enum ActionState state;
} SCALES[] = {
        {"by two", {true, 3, 9, 3}, "web scale g=5 ", ACTION_DONE},
        {"by what is allowed", {true, 7, 9, 7}, "web scale g=8 ", ACTION_DONE},
        {"by what the group allows", {true, 3, 4, 3}, "web scale g=4 ", ACTION_DONE},
        {"at its most", {true, 8, 9, 8}, "", ACTION_SKIPPED},
        {"instances are on their way", {true, 3, 9, 2}, "", ACTION_SKIPPED},
        {"no such group", {}, "", ACTION_SKIPPED},
};

START_TEST(scales_out_within_bounds) {
        begin_with_hosts(SCALE, 0);
        stage.group = SCALES[_i].group;
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage,
                             SCALES[_i].state == ACTION_DONE ? "remedy.succeeded" : "remedy.failed",
                             "web");
        stage_run(&stage, S(120));
        ck_assert_msg(text_equal(stage.writes, SCALES[_i].sent), "%s: sent '%s'\n%s",
                      SCALES[_i].name, stage.writes, stage_log());
        assert_recorded(ACTION_SCALE_OUT, SCALES[_i].state);
        stage_done(&stage);
}
END_TEST

/* Somebody has done it between the decision and the call: setting it would take it back. */
START_TEST(leaves_what_somebody_else_has_scaled) {
        begin_with_hosts(SCALE, 0);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "remedy.started", "web");
        stage.group.desired = stage.group.in_service = 6;
        stage_run_until_told(&stage, "remedy.failed", "web");
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

/* One that takes the group up is enough for ten minutes. */
START_TEST(a_group_cools_down) {
        begin_with_hosts(SCALE, 0);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "remedy.succeeded", "web");
        stage_deploy(&stage, API, 2, CRASHES);
        stage_run_until_told(&stage, "remedy.failed", "api");
        stage_assert_sent(&stage, "web scale g=5 ");
        stage_done(&stage);
}
END_TEST

/* A reload that takes the remedy out of the policy takes back what has not left. */
START_TEST(an_entry_that_is_gone_asks_for_nothing) {
        begin_with_hosts(SCALE, 0);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "remedy.started", "web");
        stage_configure(&stage, "    on_failed: [{notify: [r]}]\n");
        stage_run_until_told(&stage, "remedy.failed", "web");
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("remedies");
        ADD_ROWS(quiesces_the_first_deployment_once, QUIESCES);
        tcase_add_test(tests, quiesces_nothing_that_served_before);
        ADD_ROWS(drains_the_host_once_and_keeps_enough, DRAINS);
        tcase_add_test(tests, two_services_drain_one_host_once);
        ADD_ROWS(scales_out_within_bounds, SCALES);
        tcase_add_test(tests, leaves_what_somebody_else_has_scaled);
        tcase_add_test(tests, a_group_cools_down);
        tcase_add_test(tests, an_entry_that_is_gone_asks_for_nothing);
        return suite;
}
