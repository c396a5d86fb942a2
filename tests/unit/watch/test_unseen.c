/* SPDX-License-Identifier: Apache-2.0 */
/* Services that are missing, deleted, not let be seen or not named any more, and that come back. */
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/events.h"
#include "faults.h"
#include "stage.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const struct Behaviour GOOD, CRASHES = {.exits_after = S(2)};
static struct Stage stage;

START_TEST(believes_no_single_missing) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.started", "web");
        stage.services[WEB].missing = true;
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_told(&stage, "deployment.superseded", "web", 0);
        stage_assert_sent(&stage, "web->web:1 ");
        stage_done(&stage);
}
END_TEST

START_TEST(ends_the_rollout_of_a_deleted_service) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.started", "web");
        stage.services[WEB].gone = true;
        stage_run(&stage, S(60));
        stage_assert_told(&stage, "deployment.superseded", "web", 1);
        stage_assert_told(&stage, "deployment.failed", "web", 0);
        stage_done(&stage);
}
END_TEST

/* It has proven itself long ago, and its watch keeps no answer. */
START_TEST(keeps_what_is_recorded_of_a_settled_service_that_is_deleted) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord record;

        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, GOOD);
        stage_run(&stage, USEC_PER_HOUR);
        ck_assert(!WATCH_HOOKS.wants_unchanged(stage.watches[WEB]));
        stage.services[WEB].gone = true;
        stage_run(&stage, S(60));
        record = stage_record(&stage, "ecs-svc/1002", arena);
        ck_assert_int_eq(record.verdict, VERDICT_SUCCEEDED);
        ck_assert_uint_ne(record.ended_at, USEC_UNKNOWN);
        ck_assert_ptr_nonnull(record.summary);
        ck_assert_ptr_nonnull(record.numbers);
        ck_assert(text_ends_with(record.rollout.task_definition, "/web:2"));
        stage_assert_told(&stage, "deployment.superseded", "web", 0);
        arena_free(arena);
        stage_done(&stage);
}
END_TEST

START_TEST(ends_the_rollout_of_a_service_deleted_meanwhile) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.started", "web");
        stage.services[WEB].gone = true;
        stage_restart(&stage);
        stage_run(&stage, S(60));
        stage_assert_told(&stage, "deployment.superseded", "web", 1);
        stage_done(&stage);
}
END_TEST

START_TEST(goes_on_with_a_service_that_is_back) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.started", "web");
        stage_remove(&stage, WEB);
        stage_run(&stage, S(20));
        stage_add(&stage, WEB);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_sent(&stage, "web->web:1 ");
        stage_assert_told(&stage, "deployment.started", "web", 1);
        stage_done(&stage);
}
END_TEST

START_TEST(changes_nothing_of_a_service_that_left) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_deploy(&stage, API, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed",
                             "web"); /* the intent is recorded, the call not sent */
        stage_assert_sent(&stage, "");
        stage_remove(&stage, WEB);
        ck_assert_ptr_null(stage.watches[WEB]);
        stage_run_until_told(&stage, "rollback.succeeded", "api");
        stage_assert_told(&stage, "rollback.skipped", "web", 1);
        stage_assert_sent(&stage, "api->api:1 ");
        stage_done(&stage);
}
END_TEST

START_TEST(finishes_what_was_sent_for_a_service_that_left) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage.update_hangs = true;
        for (unsigned i = 0; i < 10 && stage.writes[0] == '\0'; i++)
                stage_tick(&stage);
        stage_assert_sent(&stage, "web->web:1 ");
        stage_remove(&stage, WEB);
        ck_assert_ptr_nonnull(stage.watches[WEB]); /* its outcome is still to be recorded */
        stage.update_hangs = false;
        stage_run(&stage, S(30));
        ck_assert_ptr_null(stage.watches[WEB]);
        stage_assert_sent(&stage, "web->web:1 ");
        stage_done(&stage);
}
END_TEST

START_TEST(is_blind_to_one_service_alone) {
        stage_begin(&stage);
        stage.services[WEB].denied = true;
        stage_run(&stage, S(280));
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.blind"), 0);
        stage_run(&stage, S(600));
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.blind"), 1);
        stage_deploy(&stage, API, 2, GOOD); /* the others go on */
        stage_run_until_told(&stage, "deployment.succeeded", "api");
        stage.services[WEB].denied = false;
        stage_run(&stage, S(60));
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.sighted"), 1);
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.blind"), 1);
        stage_done(&stage);
}
END_TEST

START_TEST(is_blind_to_the_cluster_once) {
        stage_begin(&stage);
        stage.services[WEB].denied = stage.services[API].denied = true;
        stage_run(&stage, S(900));
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.blind"), 1);
        stage.services[WEB].denied = stage.services[API].denied = false;
        stage_run(&stage, S(60));
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.sighted"), 1);
        stage_done(&stage);
}
END_TEST

static bool is_recorded(const char *type) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct EventRecord *events;
        bool found = false;
        size_t n;

        ck_assert_int_eq(ledger_load_events(stage.ledger, 0, 0, arena, &events, &n), 0);
        for (size_t i = 0; i < n; i++)
                found |= text_equal(events[i].type, type);
        arena_free(arena);
        return found;
}

START_TEST(tells_of_its_blindness_on_a_full_disk) {
        faults_register();
        stage_begin(&stage);
        stage.services[WEB].denied = stage.services[API].denied = true;
        stage_run(&stage, S(200));
        faults_arm(FAULT_FULL, 0);
        faults_go_on(true);
        stage_run(&stage, S(300));
        ck_assert(faults_happened());
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.blind"), 1);
        ck_assert(!is_recorded("ecswatch.watcher.blind"));
        faults_arm(FAULT_FULL, UINT_MAX);
        stage_run(&stage, S(30));
        ck_assert(is_recorded("ecswatch.watcher.blind"));
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.blind"), 1);
        ck_assert_uint_eq(stage_count_told(&stage, "watcher.degraded"), 2);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("unseen");
        tcase_add_test(tests, believes_no_single_missing);
        tcase_add_test(tests, ends_the_rollout_of_a_deleted_service);
        tcase_add_test(tests, keeps_what_is_recorded_of_a_settled_service_that_is_deleted);
        tcase_add_test(tests, ends_the_rollout_of_a_service_deleted_meanwhile);
        tcase_add_test(tests, goes_on_with_a_service_that_is_back);
        tcase_add_test(tests, changes_nothing_of_a_service_that_left);
        tcase_add_test(tests, finishes_what_was_sent_for_a_service_that_left);
        tcase_add_test(tests, is_blind_to_one_service_alone);
        tcase_add_test(tests, is_blind_to_the_cluster_once);
        tcase_add_test(tests, tells_of_its_blindness_on_a_full_disk);
        return suite;
}
