/* SPDX-License-Identifier: Apache-2.0 */
/* A failed verdict has the container's last words, where they can be had, and never waits for them
 * in vain. */
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/rollouts.h"
#include "stage.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const struct Behaviour CRASHES = {.exits_after = S(2)};
static struct Stage stage;

static void begin(const char *policy) {
        stage_init(&stage, policy);
        stage.logs = true;
        stage.log = "FATAL no database\nbye";
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, CRASHES);
}

static const char *log_of(const char *type) {
        for (size_t i = 0; i < stage.n_deliveries; i++)
                if (text_equal(stage.deliveries[i].type, type))
                        return stage.deliveries[i].log;
        ck_abort_msg("%s was not told\n%s", type, stage_log());
        return NULL;
}

static void assert_recorded(const char *deployment, const char *log) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord *records;
        size_t n;

        ck_assert_int_eq(ledger_load_rollouts(stage.ledger,
                                              &(struct RolloutQuery) {.deployment = deployment},
                                              arena, &records, &n),
                         0);
        ck_assert_uint_ge(n, 1);
        if (log) {
                ck_assert_str_eq(records[0].log, log);
                ck_assert_str_eq(records[0].log_container, "app");
                ck_assert_ptr_nonnull(strstr(records[0].log_task, ":task/c/1002-"));
        } else {
                ck_assert_ptr_null(records[0].log);
        }
        arena_free(arena);
}

START_TEST(tells_them_with_the_verdict) {
        begin("");
        stage_run_until_told(&stage, "deployment.failed", "web");
        ck_assert_str_eq(log_of("deployment.failed"), "FATAL no database");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        assert_recorded("ecs-svc/1002", "FATAL no database\nbye");
        stage_restart(&stage);
        stage_run(&stage, S(20));
        assert_recorded("ecs-svc/1002", "FATAL no database\nbye");
        ck_assert_uint_eq(stage.log_looks, 1);
        stage_done(&stage);
}
END_TEST

START_TEST(tells_the_verdict_without_them) {
        begin("");
        stage.log = NULL;
        stage_run_until_told(&stage, "deployment.failed", "web");
        ck_assert_str_eq(log_of("deployment.failed"), "");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        assert_recorded("ecs-svc/1002", NULL);
        ck_assert_ptr_nonnull(
                strstr(stage_log(), "what its failed container wrote cannot be read"));
        stage_done(&stage);
}
END_TEST

START_TEST(asks_for_none) {
        begin("    evidence: {logs: 0}\n");
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        ck_assert_uint_eq(stage.log_looks, 0);
        stage_done(&stage);
}
END_TEST

START_TEST(asks_again_after_a_restart) {
        begin("");
        stage.log_hangs = true;
        stage_run(&stage, S(120));
        stage_assert_told(&stage, "deployment.failed", "web", 0);
        ck_assert_uint_eq(stage.log_looks, 1);
        stage_assert_sent(&stage, "");
        stage.log_hangs = false;
        stage_restart(&stage);
        stage_run_until_told(&stage, "deployment.failed", "web");
        ck_assert_str_eq(log_of("deployment.failed"), "FATAL no database");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_done(&stage);
}
END_TEST

START_TEST(tells_them_of_a_rollback_that_fails) {
        begin("");
        stage_run_until_told(&stage, "rollback.started", "web");
        stage.services[WEB].deployments[stage.services[WEB].n_deployments - 1].behaviour = CRASHES;
        stage.log = "the old one is broken too";
        stage_run_until_told(&stage, "rollback.failed", "web");
        ck_assert_str_eq(log_of("rollback.failed"), "the old one is broken too");
        ck_assert_uint_eq(stage.log_looks, 2);
        stage_run(&stage, S(60));
        stage_assert_told(&stage, "rollback.failed", "web", 1);
        ck_assert_uint_eq(stage.log_looks, 2);
        stage_done(&stage);
}
END_TEST

START_TEST(waits_for_none_when_it_is_not_watched_any_more) {
        begin("");
        stage.log_hangs = true;
        stage_run(&stage, S(120));
        stage_remove(&stage, WEB);
        stage_run(&stage, S(10));
        ck_assert_str_eq(log_of("deployment.failed"), "");
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

START_TEST(waits_for_none_when_primary_changes) {
        begin("");
        stage.log_hangs = true;
        stage_run(&stage, S(120));
        stage_deploy(&stage, WEB, 3, (struct Behaviour) {});
        stage_run_until_told(&stage, "deployment.superseded", "web");
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("last_words");
        tcase_add_test(tests, tells_them_with_the_verdict);
        tcase_add_test(tests, tells_the_verdict_without_them);
        tcase_add_test(tests, asks_for_none);
        tcase_add_test(tests, asks_again_after_a_restart);
        tcase_add_test(tests, tells_them_of_a_rollback_that_fails);
        tcase_add_test(tests, waits_for_none_when_it_is_not_watched_any_more);
        tcase_add_test(tests, waits_for_none_when_primary_changes);
        return suite;
}
