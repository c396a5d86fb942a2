/* SPDX-License-Identifier: Apache-2.0 */
/* What a watch does about a rollout that has succeeded, until it is last-good and after. */
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/rollouts.h"
#include "stage.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const struct Behaviour GOOD, CRASHES = {.exits_after = S(2)};
static struct Stage stage;

static bool is_last_good(const char *deployment) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord *records;
        size_t n;
        bool good;

        ck_assert_int_eq(ledger_load_rollouts(stage.ledger,
                                              &(struct RolloutQuery) {.deployment = deployment},
                                              arena, &records, &n),
                         0);
        ck_assert_uint_ge(n, 1);
        good = records[0].last_good_at != USEC_UNKNOWN;
        arena_free(arena);
        return good;
}

START_TEST(judges_again_what_is_scaled_up) {
        stage_begin(&stage);
        stage_scale(&stage, WEB, 0);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_run(&stage, S(120)); /* longer than watch_after_success */
        ck_assert(!is_last_good("ecs-svc/1002"));
        stage_scale(&stage, WEB, 2);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_sent(&stage, "web->web:1 ");
        ck_assert(!is_last_good("ecs-svc/1002"));
        stage_done(&stage);
}
END_TEST

START_TEST(proves_what_is_scaled_up_and_does_well) {
        stage_begin(&stage);
        stage_scale(&stage, WEB, 0);
        stage_deploy(&stage, WEB, 2, GOOD);
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_run(&stage, S(60));
        stage_scale(&stage, WEB, 2);
        stage_run(&stage, S(10));
        ck_assert(!is_last_good("ecs-svc/1002"));
        stage_run(&stage, S(60));
        ck_assert(is_last_good("ecs-svc/1002"));
        stage_assert_told(&stage, "deployment.succeeded", "web", 1);
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

START_TEST(finds_a_slow_crash_loop_after_the_success) {
        stage_begin(&stage);
        stage_scale(&stage, WEB, 1);
        /* Its task dies every 33 s: later than settle, sooner than watch_after_success. */
        stage_deploy(&stage, WEB, 2, (struct Behaviour) {.exits_after = S(28)});
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_run_until_told(&stage, "deployment.failed", "web");
        ck_assert(!is_last_good("ecs-svc/1002"));
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_sent(&stage, "web->web:1 ");
        stage_done(&stage);
}
END_TEST

START_TEST(proves_nothing_at_once_after_a_long_absence) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, GOOD);
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_stop_daemon(&stage);
        stage.now += 2 * USEC_PER_HOUR; /* ECS has forgotten what stopped meanwhile */
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(15)); /* less than watch_after_success */
        ck_assert(!is_last_good("ecs-svc/1002"));
        stage_run(&stage, S(50));
        ck_assert(is_last_good("ecs-svc/1002"));
        stage_done(&stage);
}
END_TEST

START_TEST(proves_nothing_by_a_partial_round) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, GOOD);
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage.services[WEB].partial = true;
        stage_run(&stage, S(120));
        ck_assert(!is_last_good("ecs-svc/1002"));
        stage.services[WEB].partial = false;
        stage_run(&stage, S(10));
        ck_assert(is_last_good("ecs-svc/1002"));
        stage_done(&stage);
}
END_TEST

/* Its tasks die later than it is watched after the success. */
START_TEST(finds_a_crash_loop_after_it_was_last_good) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, (struct Behaviour) {.exits_after = S(100)});
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_run(&stage, S(60));
        ck_assert(is_last_good("ecs-svc/1002"));
        stage_restart(&stage);
        stage_run_until_told(&stage, "deployment.failed", "web");
        ck_assert(!is_last_good("ecs-svc/1002"));
        ck_assert(is_last_good("ecs-svc/1001"));
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_assert_sent(&stage, "web->web:1 ");
        stage_done(&stage);
}
END_TEST

/* What is started for a scale-out is no restart. */
START_TEST(judges_nothing_again_for_a_scale_out) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, GOOD);
        stage_run_until_told(&stage, "deployment.succeeded", "web");
        stage_run(&stage, S(60));
        ck_assert(is_last_good("ecs-svc/1002"));
        stage_scale(&stage, WEB, 3);
        stage_run(&stage, S(60));
        ck_assert_ptr_null(strstr(stage_log(), "is judged again"));
        ck_assert(is_last_good("ecs-svc/1002"));
        stage_assert_told(&stage, "deployment.failed", "web", 0);
        stage_done(&stage);
}
END_TEST

/* What it has seen of good rollouts makes it less tolerant of the next; what failed teaches
 * nothing.
 */
START_TEST(learns_from_what_became_last_good) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord *records;
        struct Learnt learnt;
        size_t n;

        stage_begin(&stage);
        for (unsigned revision = 2; revision < 12; revision++) {
                stage_deploy(&stage, WEB, revision, GOOD);
                stage_run(&stage, S(90));
        }
        ck_assert(is_last_good("ecs-svc/1011"));
        ck_assert_int_eq(ledger_load_rollouts(stage.ledger,
                                              &(struct RolloutQuery) {.deployment = "ecs-svc/1011"},
                                              arena, &records, &n),
                         0);
        ck_assert_uint_eq(records[0].attempts, 2);
        ck_assert_uint_eq(records[0].blamed, 0);
        ck_assert_int_eq(ledger_load_learnt(stage.ledger, records[0].rollout.service_arn,
                                            records[0].rollout.service_created_at, &learnt),
                         0);
        ck_assert_uint_eq(learnt.attempts, 20);
        ck_assert_uint_eq(learnt.failed, 0);

        stage_deploy(&stage, WEB, 12, CRASHES);
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        ck_assert_int_eq(ledger_load_rollouts(stage.ledger,
                                              &(struct RolloutQuery) {.deployment = "ecs-svc/1012"},
                                              arena, &records, &n),
                         0);
        ck_assert_ptr_nonnull(strstr(records[0].numbers, "\"learnt\":true"));
        ck_assert_int_eq(ledger_load_learnt(stage.ledger, records[0].rollout.service_arn,
                                            records[0].rollout.service_created_at, &learnt),
                         0);
        ck_assert_uint_eq(learnt.failed, 0);
        arena_free(arena);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("watch/proving");
        tcase_add_test(tests, judges_again_what_is_scaled_up);
        tcase_add_test(tests, proves_what_is_scaled_up_and_does_well);
        tcase_add_test(tests, finds_a_slow_crash_loop_after_the_success);
        tcase_add_test(tests, proves_nothing_at_once_after_a_long_absence);
        tcase_add_test(tests, proves_nothing_by_a_partial_round);
        tcase_add_test(tests, finds_a_crash_loop_after_it_was_last_good);
        tcase_add_test(tests, judges_nothing_again_for_a_scale_out);
        tcase_add_test(tests, learns_from_what_became_last_good);
        return suite;
}
