/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a watch from acting, on the stage: holds, a person's missing yes, the brake; over
 * restarts, reloads and expiries. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/holds.h"
#include "stage.h"

static const struct Behaviour CRASHES = {.exits_after = S(2)};
static struct Stage stage;

static void setup(void) {
        stage_begin(&stage);
}

static void teardown(void) {
        stage_done(&stage);
}

/* ---- holds ---- */

static void hold(const char *cluster, const char *service, usec_t length) {
        const struct Hold wanted = {.cluster = cluster,
                                    .service = service,
                                    .reason = "freeze",
                                    .author = "alice",
                                    .since = stage.now,
                                    .until = length ? stage.now + length : USEC_UNKNOWN};

        ck_assert_int_eq(ledger_put_hold(stage.ledger, &wanted), 0);
        ck_assert_int_eq(ledger_commit(stage.ledger), 0);
}

static const struct {
        const char *name, *cluster, *service;
        usec_t length;
        bool restarts, holds;
} HOLDS[] = {
        {"the service", "c", "web", 0, false, true},
        {"the cluster", "c", "", 0, false, true},
        {"everything", "", "", 0, false, true},
        {"over a restart", "c", "web", 0, true, true},
        {"for an hour", "c", "web", USEC_PER_HOUR, true, true},
        {"another service", "c", "api", 0, false, false},
        {"another cluster", "d", "", 0, false, false},
        {"over before the verdict", "c", "web", S(5), false, false},
};

START_TEST(a_held_service_is_judged_and_not_changed) {
        hold(HOLDS[_i].cluster, HOLDS[_i].service, HOLDS[_i].length);
        if (HOLDS[_i].restarts)
                stage_restart(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run(&stage, S(30));
        stage_assert_told(&stage, "rollback.skipped", "web", HOLDS[_i].holds);
        ck_assert_msg(text_is_empty(stage.writes) == HOLDS[_i].holds, "%s: sent '%s'\n%s",
                      HOLDS[_i].name, stage.writes, stage_log());
}
END_TEST

/* Neither its end nor a restart turns the old verdict into a deed. */
START_TEST(the_end_of_a_hold_decides_nothing_anew) {
        hold("c", "web", S(300));
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "rollback.skipped", "web");
        stage_run(&stage, S(400));
        stage_restart(&stage);
        stage_run(&stage, S(100));
        stage_assert_sent(&stage, "");
        stage_assert_told(&stage, "rollback.skipped", "web", 1);
}
END_TEST

/* It was intended, and has not left. */
START_TEST(a_hold_that_comes_before_the_call_stops_it) {
        stage_deploy(&stage, WEB, 2, CRASHES);
        for (unsigned i = 0; i < 100; i++) {
                stage_tick(&stage);
                if (stage_told(&stage, "deployment.failed", "web"))
                        break;
                stage_assert_sent(&stage, "");
        }
        stage_assert_sent(&stage, "");
        hold("c", "web", 0);
        stage_restart(&stage);
        stage_run_until_told(&stage, "rollback.skipped", "web");
        stage_run(&stage, S(60));
        stage_assert_sent(&stage, "");
}
END_TEST

/* ---- a person's yes ---- */

enum Approved { BY_NOBODY_EVER, AT_ONCE, AFTER_A_RESTART, TOO_LATE };

static const struct {
        const char *name;
        enum Approved approved;
        bool restarts; /* after the yes */
        enum PolicyMode mode_then;
        bool acts;
} APPROVALS[] = {
        {"nobody says yes", BY_NOBODY_EVER, false, MODE_CONFIRM, false},
        {"nobody says yes, over a restart", BY_NOBODY_EVER, true, MODE_CONFIRM, false},
        {"yes", AT_ONCE, false, MODE_CONFIRM, true},
        {"yes, and a restart", AT_ONCE, true, MODE_CONFIRM, true},
        {"yes after a restart", AFTER_A_RESTART, false, MODE_CONFIRM, true},
        {"too late", TOO_LATE, false, MODE_CONFIRM, false},
        {"a reload to enforce is no yes", BY_NOBODY_EVER, true, MODE_ENFORCE, false},
        {"a reload to observe takes the yes back", AT_ONCE, true, MODE_OBSERVE, false},
};

static int approve(void) {
        char problem[DECISION_REASON_MAX];

        return watch_approve(stage.watches[WEB], "alice", problem);
}

START_TEST(confirm_waits_for_a_yes) {
        enum Approved approved = APPROVALS[_i].approved;

        stage.mode = MODE_CONFIRM;
        stage_restart(&stage);
        stage_run(&stage, S(10));
        ck_assert_int_eq(approve(), -ENODATA);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        if (approved == TOO_LATE)
                stage_run(&stage, 31 * USEC_PER_MINUTE);
        if (approved == AFTER_A_RESTART) {
                stage_restart(&stage);
                stage_run(&stage, S(10));
        }
        if (approved != BY_NOBODY_EVER)
                ck_assert_int_eq(approve(), approved == TOO_LATE ? -ENODATA : 0);
        stage.mode = APPROVALS[_i].mode_then;
        if (APPROVALS[_i].restarts)
                stage_restart(&stage);
        stage_run(&stage, 35 * USEC_PER_MINUTE);
        stage_assert_told(&stage, "deployment.failed", "web", 1);
        stage_assert_told(&stage, "rollback.skipped", "web", !APPROVALS[_i].acts);
        ck_assert_msg(text_is_empty(stage.writes) != APPROVALS[_i].acts, "%s: sent '%s'\n%s",
                      APPROVALS[_i].name, stage.writes, stage_log());
        stage_assert_told(&stage, "rollback.succeeded", "web", APPROVALS[_i].acts);
        ck_assert_int_eq(approve(), -ENODATA);
}
END_TEST

/* How its service deployment stands is asked for anew every half minute: meanwhile it says what it
 * waits for, and takes a yes. */
START_TEST(asking_anew_takes_a_yes) {
        static const char CONFIRM_WAITS[] =
                "the policy's mode is confirm: it waits for `ecswatchctl approve` until ";
        struct ApiService described;

        stage.mode = MODE_CONFIRM;
        stage.stops = true;
        stage_restart(&stage);
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage.deployment_hangs = true;
        stage_run(&stage, S(40));
        watch_describe(stage.watches[WEB], &described);
        ck_assert_str_eq(described.state, "looking");
        ck_assert_msg(text_starts_with(described.waits, CONFIRM_WAITS), "%s",
                      text_or_empty(described.waits));
        ck_assert_int_eq(approve(), 0);
        stage.deployment_hangs = false;
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_sent(&stage, "web stop ");
}
END_TEST

START_TEST(a_hold_speaks_louder_than_a_yes) {
        stage.mode = MODE_CONFIRM;
        stage_restart(&stage);
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        hold("c", "web", 0);
        (void) approve();
        stage_run_until_told(&stage, "rollback.skipped", "web");
        stage_assert_sent(&stage, "");
}
END_TEST

/* ---- the brake ---- */

static const char BRAKE[] = "safety: {inhibit: {services: 2, any: 0}}\n";
static const struct Behaviour NO_IMAGE = {
        .exits_after = S(2),
        .container_reason = "CannotPullContainerError: pull image manifest has been retried 5 "
                            "time(s): failed to resolve ref docker.io/x/y:z: not found",
};
static const struct Behaviour GOOD = {};

static void begin_with_brake(void) {
        stage_done(&stage);
        stage_init(&stage, BRAKE);
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
}

/* Two fail for the platform: nothing is rolled back, which is told once; released when it is over,
 * and what failed meanwhile stays as it is. */
START_TEST(the_brake_stops_what_the_platform_breaks) {
        bool restarts = _i;

        begin_with_brake();
        stage_deploy(&stage, WEB, 2, NO_IMAGE);
        stage_run(&stage, S(30));
        stage_deploy(&stage, API, 2, NO_IMAGE);
        stage_run_until_told(&stage, "rollback.skipped", "web");
        if (restarts)
                stage_restart(&stage);
        stage_run(&stage, S(60));
        ck_assert_uint_eq(stage_told(&stage, "rollback.skipped", "api"), 1);
        ck_assert_uint_eq(stage_count_told(&stage, "fleet.inhibited"), 1);
        ck_assert_uint_eq(stage_count_told(&stage, "fleet.released"), 0);
        stage_assert_sent(&stage, "");
        stage_deploy(&stage, WEB, 3, GOOD);
        stage_deploy(&stage, API, 3, GOOD);
        stage_run(&stage, 9 * USEC_PER_MINUTE);
        if (restarts) {
                stage_restart(&stage);
                stage_run(&stage, 9 * USEC_PER_MINUTE);
        }
        ck_assert_uint_eq(stage_count_told(&stage, "fleet.released"), 0);
        stage_run(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_uint_eq(stage_count_told(&stage, "fleet.inhibited"), 1);
        ck_assert_msg(stage_count_told(&stage, "fleet.released") == 1, "%s", stage_log());
        stage_assert_sent(&stage, "");
        stage_deploy(&stage, WEB, 4, CRASHES);
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_sent(&stage, "web->web:3 ");
}
END_TEST

/* It is the image after all: it is rolled back, once it is clear that no other service follows. */
START_TEST(one_that_fails_for_the_platform_alone_waits_for_others) {
        usec_t failed_at;

        begin_with_brake();
        stage_deploy(&stage, WEB, 2, NO_IMAGE);
        stage_run_until_told(&stage, "deployment.failed", "web");
        failed_at = stage.now;
        stage_assert_sent(&stage, "");
        while (text_is_empty(stage.writes) && stage.now < failed_at + S(200))
                stage_tick(&stage);
        ck_assert_uint_ge(stage.now - failed_at, S(55));
        ck_assert_uint_le(stage.now - failed_at, S(80));
        stage_assert_told(&stage, "rollback.skipped", "web", 0);
        ck_assert_uint_eq(stage_count_told(&stage, "fleet.inhibited"), 0);
}
END_TEST

/* Failed long ago, it goes on failing for its own fault: that stops nobody else. */
START_TEST(what_is_broken_for_good_is_no_news) {
        stage_done(&stage);
        stage_init(&stage, "safety: {inhibit: {services: 0, any: 2}}\n");
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        hold("c", "api", 0);
        stage_deploy(&stage, API, 2, CRASHES);
        stage_run(&stage, 30 * USEC_PER_MINUTE);
        ck_assert_uint_eq(stage_told(&stage, "rollback.skipped", "api"), 1);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        ck_assert_uint_eq(stage_count_told(&stage, "fleet.inhibited"), 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("safeties");
        tcase_add_checked_fixture(tests, setup, teardown);
        ADD_ROWS(a_held_service_is_judged_and_not_changed, HOLDS);
        tcase_add_test(tests, the_end_of_a_hold_decides_nothing_anew);
        tcase_add_test(tests, a_hold_that_comes_before_the_call_stops_it);
        ADD_ROWS(confirm_waits_for_a_yes, APPROVALS);
        tcase_add_test(tests, asking_anew_takes_a_yes);
        tcase_add_test(tests, a_hold_speaks_louder_than_a_yes);
        tcase_add_loop_test(tests, the_brake_stops_what_the_platform_breaks, 0, 2);
        tcase_add_test(tests, one_that_fails_for_the_platform_alone_waits_for_others);
        tcase_add_test(tests, what_is_broken_for_good_is_no_news);
        return suite;
}
