/* SPDX-License-Identifier: Apache-2.0 */
/* What a watch tells and does over time, on the stage. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/actions.h"
#include "daemon/ledger/rollouts.h"
#include "stage.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const struct Behaviour CRASHES = {.exits_after = S(2)};
static struct Stage stage;

/* ---- what is kept ---- */

START_TEST(keeps_what_the_verdict_said) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord record;

        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        stage_restart(&stage);
        stage_run(&stage, S(60));
        record = stage_record(&stage, "ecs-svc/1002", arena);
        ck_assert_uint_ne(record.ended_at, USEC_UNKNOWN);
        ck_assert_ptr_nonnull(record.summary);
        ck_assert_ptr_nonnull(strstr(record.summary, "exited with code 1"));
        ck_assert_ptr_nonnull(record.numbers);
        ck_assert_ptr_nonnull(strstr(record.numbers, "\"judge\""));
        arena_free(arena);
        stage_done(&stage);
}
END_TEST

/* ---- the first deployment ---- */

/* It begins under our eyes, so it is decided about; there is nothing to go back to. */
START_TEST(decides_about_a_service_that_appears) {
        stage_init(&stage, "");
        stage.services[API].gone = true;
        stage.services[API].n_deployments = 0;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(60));
        stage.services[API].gone = false;
        stage.services[API].created_at = stage.now;
        stage_deploy(&stage, API, 1, CRASHES);
        stage_run(&stage, S(15));
        stage_assert_told(&stage, "deployment.started", "api", 1);
        stage_run_until_told(&stage, "deployment.failed", "api");
        stage_run_until_told(&stage, "rollback.skipped", "api");
        ck_assert_msg(strstr(stage_log(), "there is nothing to go back to"), "%s", stage_log());
        ck_assert_ptr_null(strstr(stage_log(), "began before"));
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

/* ---- what is counted ---- */

static const struct {
        const char *name, *policy;
        struct Behaviour behaviour;
        enum PolicyMode mode;
        const char *until;   /* the last event */
        const char *counted; /* all that is not 0 */
} COUNTED[] = {
        {"succeeded",
         "",
         {0},
         MODE_ENFORCE,
         "deployment.succeeded",
         "ecswatch_verdicts_total{verdict=\"succeeded\",cause=\"\"} 1\n"},
        {"rolled back",
         "",
         {.exits_after = S(2)},
         MODE_ENFORCE,
         "rollback.succeeded",
         "ecswatch_verdicts_total{verdict=\"failed\",cause=\"app_exit\"} 1\n"
         "ecswatch_actions_total{action=\"rollback\",state=\"intended\"} 1\n"
         "ecswatch_actions_total{action=\"rollback\",state=\"done\"} 1\n"},
        {"would be",
         "",
         {.exits_after = S(2)},
         MODE_OBSERVE,
         "deployment.failed",
         "ecswatch_verdicts_total{verdict=\"failed\",cause=\"app_exit\"} 1\n"
         "ecswatch_actions_total{action=\"rollback\",state=\"would\"} 1\n"},
        {"skipped",
         "safety: {rollback: {per_fleet: 0}}\n",
         {.exits_after = S(2)},
         MODE_ENFORCE,
         "rollback.skipped",
         "ecswatch_verdicts_total{verdict=\"failed\",cause=\"app_exit\"} 1\n"
         "ecswatch_actions_total{action=\"rollback\",state=\"skipped\"} 1\n"},
};

START_TEST(counts_each_thing_once) {
        struct Buffer text;
        char counted[1024] = "";
        char *line, *rest;

        stage_init(&stage, COUNTED[_i].policy);
        stage.mode = COUNTED[_i].mode;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, COUNTED[_i].behaviour);
        stage_run_until_told(&stage, COUNTED[_i].until, "web");
        stage_run(&stage, S(60));
        buffer_init(&text, 1 << 20);
        ck_assert_int_eq(metrics_write(stage.metrics, &text), 0);
        rest = text.data;
        while ((line = strsep(&rest, "\n")))
                if (*line != '#' && *line && !text_ends_with(line, " 0"))
                        snprintf(counted + strlen(counted), sizeof(counted) - strlen(counted),
                                 "%s\n", line);
        ck_assert_msg(strcmp(counted, COUNTED[_i].counted) == 0, "%s: counted\n%s%s",
                      COUNTED[_i].name, counted, stage_log());
        buffer_done(&text);
        stage_done(&stage);
}
END_TEST

/* ---- hosts ---- */

#define HOST "arn:aws:ecs:us-east-1:123456789012:container-instance/c/0a1b"

static const struct {
        const char *name;
        struct Behaviour web, api;
        usec_t api_at;
        unsigned told;
        const char *detail;
} HOSTS[] = {
        {"a crash loop fills it",
         {.exits_after = S(2), .container_instance_arn = HOST},
         {0},
         S(200),
         1,
         "failed there within 3 h (web)"},
        {"twice as slow, and spread over more than 3 h",
         {.exits_after = S(2400), .container_instance_arn = HOST},
         {0},
         S(18000),
         0,
         ""},
        {"its disk is full for two services",
         {.exits_after = S(2),
          .container_instance_arn = HOST,
          .container_reason = "CannotCreateContainerError: no space left on device"},
         {.exits_after = S(2),
          .container_instance_arn = HOST,
          .container_reason = "CannotCreateContainerError: no space left on device"},
         S(10),
         1,
         "2 services found its disk full (api, web)"},
        {"where tasks run is not known", {.exits_after = S(2)}, {0}, S(200), 0, ""},
};

/* Whatever the verdict, and not again after a restart. */
START_TEST(tells_of_a_host_before_it_is_full) {
        stage_init(&stage, "");
        stage.mode = MODE_OBSERVE;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, HOSTS[_i].web);
        stage_run(&stage, HOSTS[_i].api_at);
        stage_deploy(&stage, API, 2, HOSTS[_i].api);
        stage_run(&stage, S(60));
        stage_restart(&stage);
        stage_run(&stage, S(120));
        ck_assert_msg(stage_count_told(&stage, "host.at_risk") == HOSTS[_i].told,
                      "%s: told %u times\n%s", HOSTS[_i].name,
                      stage_count_told(&stage, "host.at_risk"), stage_log());
        ck_assert_msg(strstr(stage_log(), HOSTS[_i].detail), "%s: not '%s' but\n%s", HOSTS[_i].name,
                      HOSTS[_i].detail, stage_log());
        stage_done(&stage);
}
END_TEST

/* ---- acting ---- */

static int64_t put_open_action(int64_t rollout_id, const char *revision) {
        char target[128];
        struct ActionRecord action = {.rollout_id = rollout_id,
                                      .method = ROLLBACK_UPDATE_SERVICE,
                                      .target = target,
                                      .intended_at = STAGE_EPOCH + S(15),
                                      .calls = 1};

        snprintf(target, sizeof(target), "arn:aws:ecs:us-east-1:123456789012:task-definition/%s",
                 revision);
        ck_assert_int_eq(ledger_put_action(stage.ledger, &action), 0);
        return action.id;
}

/* As a crash, or an older program, may leave them. */
START_TEST(finishes_actions_whose_rollout_is_over) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord *records;
        struct ActionRecord *actions;
        int64_t failed;
        size_t n;

        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "rollback.succeeded", "web");
        ck_assert_int_eq(ledger_load_rollouts(stage.ledger,
                                              &(struct RolloutQuery) {.deployment = "ecs-svc/1002"},
                                              arena, &records, &n),
                         0);
        (void) put_open_action(records[0].id, "web:1");
        failed = put_open_action(records[0].id, "web:9");
        ck_assert_int_eq(ledger_commit(stage.ledger), 0);
        stage_restart(&stage);
        stage_tick(&stage);
        ck_assert_int_eq(ledger_load_actions(stage.ledger,
                                             &(struct ActionQuery) {.rollout_id = records[0].id},
                                             arena, &actions, &n),
                         0);
        ck_assert_uint_eq(n, 3);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(actions[i].state,
                                 actions[i].id == failed ? ACTION_FAILED : ACTION_DONE);
        arena_free(arena);
        stage_done(&stage);
}
END_TEST

static const struct {
        const char *name;
        bool dry_run;
        enum PolicyMode mode;
} FORBIDDEN[] = {
        {"dry run", true, MODE_ENFORCE},
        {"observe", false, MODE_OBSERVE},
};

START_TEST(asks_again_what_forbids_the_call) {
        stage_begin(&stage);
        stage_deploy(&stage, WEB, 2, CRASHES);
        stage_run_until_told(&stage, "deployment.failed", "web");
        stage_assert_sent(&stage, "");
        stage.dry_run = FORBIDDEN[_i].dry_run;
        stage.mode = FORBIDDEN[_i].mode;
        stage_restart(&stage);
        stage_run_until_told(&stage, "rollback.skipped", "web");
        stage_run(&stage, S(120));
        stage_assert_sent(&stage, "");
        stage_done(&stage);
}
END_TEST

static const struct {
        const char *name, *policy;
        enum PolicyMode mode;
        const char *state, *sent; /* of the action in deployment.stalled */
} STALLED[] = {
        {"rolled back", "    on_stalled: [{rollback: auto, notify: [r]}]\n", MODE_ENFORCE,
         "intended", "web->web:1 "},
        {"would be", "    on_stalled: [{rollback: auto, notify: [r]}]\n", MODE_OBSERVE, "would",
         ""},
        {"never", "    on_stalled: [{rollback: never, notify: [r]}]\n", MODE_ENFORCE, "", ""},
        {"only told", "    on_stalled: [{notify: [r]}]\n", MODE_ENFORCE, "", ""},
};

START_TEST(does_what_the_policy_says_of_the_stalled) {
        stage_init(&stage, STALLED[_i].policy);
        stage.mode = STALLED[_i].mode;
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, (struct Behaviour) {.never_starts = true});
        stage_run(&stage, 31 * USEC_PER_MINUTE);
        stage_run(&stage, S(60));
        stage_assert_told(&stage, "deployment.stalled", "web", 1);
        for (size_t i = 0; i < stage.n_deliveries; i++)
                if (text_equal(stage.deliveries[i].type, "deployment.stalled"))
                        ck_assert_str_eq(stage.deliveries[i].state, STALLED[_i].state);
        stage_assert_sent(&stage, STALLED[_i].sent);
        stage_assert_told(&stage, "rollback.succeeded", "web", STALLED[_i].sent[0] != '\0');
        stage_done(&stage);
}
END_TEST

/* A lifecycle hook that waits for somebody, a bake time: nothing moves, on purpose. */
START_TEST(tells_no_stall_of_what_waits_on_purpose) {
        stage_init(&stage, "    on_stalled: [{notify: [r]}]\n");
        stage.strategy = "BLUE_GREEN";
        stage.stops = stage.hook_waits = true;
        stage.lifecycle_stage = "PRE_SCALE_UP";
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, (struct Behaviour) {.never_starts = true});
        stage_run(&stage, S(45 * 60));
        stage_assert_told(&stage, "deployment.stalled", "web", 0);
        ck_assert_ptr_nonnull(strstr(stage_log(), "waits at PRE_SCALE_UP"));
        stage_restart(&stage);
        stage_run(&stage, S(45 * 60));
        stage_assert_told(&stage, "deployment.stalled", "web", 0);
        stage.hook_waits = false;
        stage_run(&stage, S(35 * 60));
        stage_assert_told(&stage, "deployment.stalled", "web", 1);
        stage_done(&stage);
}
END_TEST

/* Its capacity comes back, and then its tasks crash. */
START_TEST(decides_about_the_stalled_that_fails) {
        stage_init(&stage, "    on_stalled: [{notify: [r]}]\n");
        ck_assert(stage_start_daemon(&stage));
        stage_run(&stage, S(10));
        stage_deploy(&stage, WEB, 2, (struct Behaviour) {.never_starts = true});
        stage_run(&stage, 31 * USEC_PER_MINUTE);
        stage_assert_told(&stage, "deployment.stalled", "web", 1);
        stage.services[WEB].deployments[1].behaviour = CRASHES;
        stage_run(&stage, S(120));
        stage_assert_told(&stage, "deployment.failed", "web", 1);
        stage_assert_sent(&stage, "web->web:1 ");
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("watch");
        tcase_add_test(tests, keeps_what_the_verdict_said);
        tcase_add_test(tests, decides_about_a_service_that_appears);
        ADD_ROWS(counts_each_thing_once, COUNTED);
        ADD_ROWS(tells_of_a_host_before_it_is_full, HOSTS);
        tcase_add_test(tests, finishes_actions_whose_rollout_is_over);
        ADD_ROWS(asks_again_what_forbids_the_call, FORBIDDEN);
        ADD_ROWS(does_what_the_policy_says_of_the_stalled, STALLED);
        tcase_add_test(tests, tells_no_stall_of_what_waits_on_purpose);
        tcase_add_test(tests, decides_about_the_stalled_that_fails);
        return suite;
}
