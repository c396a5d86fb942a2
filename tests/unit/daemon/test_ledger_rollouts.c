/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger tells of services, rollouts, rows, actions and deliveries. */
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/actions.h"
#include "daemon/ledger/candidates.h"
#include "daemon/ledger/events.h"
#include "daemon/ledger/meta.h"
#include "daemon/ledger/outbox.h"
#include "daemon/ledger/prune.h"
#include "daemon/ledger/rollouts.h"
#include "daemon/ledger/rows.h"
#include "temporary.h"

#define WEB "arn:aws:ecs:us-east-1:123456789012:service/my-cluster/web"
#define API "arn:aws:ecs:us-east-1:123456789012:service/my-cluster/api"
#define T(seconds) ((usec_t) (seconds) *USEC_PER_SEC)

static struct TemporaryDirectory directory;
static struct Ledger *ledger;
static struct Arena *arena;

static void setup(void) {
        struct LedgerOpening opening;
        char path[256];
        struct ServiceRecord service = {.name = "web",
                                        .cluster = "my-cluster",
                                        .arn = WEB,
                                        .created_at = T(1),
                                        .first_seen_at = T(5)};

        temporary_directory_init(&directory);
        snprintf(path, sizeof(path), "%s/ledger.db", directory.path);
        arena = arena_new(64 << 20);
        ck_assert_int_eq(ledger_open(path, T(100), &opening, &ledger), 0);
        ck_assert_int_eq(ledger_put_service(ledger, &service), 0);
        service.arn = API;
        service.name = "api";
        ck_assert_int_eq(ledger_put_service(ledger, &service), 0);
        service.created_at = T(50); /* deleted and created again */
        ck_assert_int_eq(ledger_put_service(ledger, &service), 0);
}

static void teardown(void) {
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ledger_free(ledger);
        arena_free(arena);
        temporary_directory_done(&directory);
}

static struct RolloutRecord rollout_of(const char *arn, const char *deployment, uint64_t ordinal,
                                       const char *task_definition, usec_t started_at) {
        return (struct RolloutRecord) {
                .rollout = {.service_arn = arn,
                            .service_created_at = T(1),
                            .deployment = deployment,
                            .ordinal = ordinal,
                            .task_definition = task_definition,
                            .started_at = started_at},
                .mode = MODE_ENFORCE,
                .policy = "standard",
        };
}

static int64_t put(struct RolloutRecord record) {
        ck_assert_int_eq(ledger_put_rollout(ledger, &record), 0);
        ck_assert_int_gt(record.id, 0);
        return record.id;
}

START_TEST(replaces_a_rollout_and_keeps_its_rows) {
        struct RolloutRecord record = rollout_of(WEB, "ecs-svc/1", 1, "web:1", T(10)), *got;
        struct RolloutQuery query = {.service_arn = WEB};
        struct RolloutRows rows;
        int64_t id = put(record);
        size_t n;

        ck_assert_int_eq(ledger_put_attempt(ledger, id,
                                            &(struct AttemptRow) {.task_arn = "arn:task/1"}),
                         LEDGER_STORED);
        record.verdict = VERDICT_FAILED;
        record.cause = CAUSE_APP_EXIT;
        record.summary = "4 of 4 attempts failed";
        record.numbers = "{}";
        record.verdict_at = T(20);
        record.rollout.kind = ROLLOUT_ROLLBACK;
        record.rollout.by = BY_ECS;
        ck_assert_int_eq(put(record), id);

        ck_assert_int_eq(ledger_load_rollouts(ledger, &query, arena, &got, &n), 0);
        ck_assert_uint_eq(n, 1);
        ck_assert_int_eq(got[0].verdict, VERDICT_FAILED);
        ck_assert_int_eq(got[0].cause, CAUSE_APP_EXIT);
        ck_assert_str_eq(got[0].summary, "4 of 4 attempts failed");
        ck_assert_int_eq(got[0].rollout.kind, ROLLOUT_ROLLBACK);
        ck_assert_int_eq(got[0].rollout.by, BY_ECS);
        ck_assert_int_eq(got[0].mode, MODE_ENFORCE);
        ck_assert_str_eq(got[0].policy, "standard");
        ck_assert_str_eq(got[0].cluster, "my-cluster");
        ck_assert_str_eq(got[0].service, "web");
        ck_assert_ptr_null(got[0].rollout.previous_task_definition);
        ck_assert_uint_eq(got[0].verdict_at, T(20));
        ck_assert_int_eq(ledger_load_rows(ledger, id, arena, &rows), 0);
        ck_assert_uint_eq(rows.n_attempts, 1);
}
END_TEST

static const struct {
        const char *name;
        struct RolloutQuery query;
        const char *expected; /* deployments in order */
} QUERIES[] = {
        {"all, newest first", {0}, "5 4 3 2 1 "},
        {"one service", {.service_arn = WEB}, "5 3 2 1 "},
        {"open", {.service_arn = WEB, .only_open = true}, "5 3 "},
        {"by name", {.cluster = "my-cluster", .service = "api"}, "4 "},
        {"other cluster", {.cluster = "other"}, ""},
        {"limit", {.limit = 2}, "5 4 "},
        {"deployment", {.deployment = "2"}, "2 "},
        {"the newer service of that name", {.service_arn = API, .service_created_at = T(50)}, ""},
};

START_TEST(finds_rollouts) {
        struct RolloutRecord *got;
        char deployments[64] = "";
        size_t n;

        for (unsigned i = 1; i <= 5; i++) {
                char id[8];
                struct RolloutRecord record;

                snprintf(id, sizeof(id), "%u", i);
                record = rollout_of(i == 4 ? API : WEB, id, 1, "web:1", T(i));
                record.ended_at = i <= 2 ? T(90) : USEC_UNKNOWN;
                put(record);
        }
        ck_assert_int_eq(ledger_load_rollouts(ledger, &QUERIES[_i].query, arena, &got, &n), 0);
        for (size_t i = 0; i < n; i++) {
                strcat(deployments, got[i].rollout.deployment);
                strcat(deployments, " ");
        }
        ck_assert_msg(strcmp(deployments, QUERIES[_i].expected) == 0, "%s: got '%s'",
                      QUERIES[_i].name, deployments);
}
END_TEST

START_TEST(knows_the_last_ordinal) {
        uint64_t ordinal;

        put(rollout_of(WEB, "ecs-svc/1", 1, "web:1", T(10)));
        put(rollout_of(WEB, "ecs-svc/1", 2, "web:1", T(30)));
        ck_assert_int_eq(ledger_last_ordinal(ledger, WEB, T(1), "ecs-svc/1", &ordinal), 0);
        ck_assert_uint_eq(ordinal, 2);
        ck_assert_int_eq(ledger_last_ordinal(ledger, WEB, T(2), "ecs-svc/1", &ordinal), 0);
        ck_assert_uint_eq(ordinal, 0);
}
END_TEST

/* The service's past, oldest first, and what rollout "judged" (of web:9) may go back to. */
struct Past {
        const char *task_definition;
        enum VerdictKind verdict;
        usec_t verdict_at, last_good_at;
        bool unproven;
};

static const struct {
        const char *name;
        struct Past past[5];
        const char *source, *expected; /* "td[+s good source, +g good, +f failed, +u unproven]" */
} CANDIDATES[] = {
        {"nothing known", {{0}}, NULL, ""},
        {"the source is not known", {{0}}, "web:8", "web:8+s "},
        {"source first",
         {{"web:7", VERDICT_SUCCEEDED, T(3), T(4), false},
          {"web:8", VERDICT_SUCCEEDED, T(5), T(6), false},
          {"web:6", VERDICT_FAILED, T(7), 0, false}},
         "web:7",
         "web:7+s+g web:6+f web:8+g "},
        {"an unknown source before the known",
         {{"web:7", VERDICT_SUCCEEDED, T(3), T(4), false}},
         "web:8",
         "web:8+s web:7+g "},
        {"good again after a failure",
         {{"web:7", VERDICT_FAILED, T(3), 0, false},
          {"web:7", VERDICT_SUCCEEDED, T(8), T(9), false}},
         NULL,
         "web:7+g "},
        {"failed after it was good",
         {{"web:7", VERDICT_SUCCEEDED, T(3), T(4), false},
          {"web:7", VERDICT_FAILED, T(8), 0, false}},
         NULL,
         "web:7+g+f "},
        {"a source that succeeded a moment ago",
         {{"web:7", VERDICT_SUCCEEDED, T(3), T(4), false},
          {"web:8", VERDICT_SUCCEEDED, T(5), 0, false}},
         "web:8",
         "web:8+s+g web:7+g "},
        {"one that succeeded but was no source",
         {{"web:8", VERDICT_SUCCEEDED, T(5), 0, false}},
         NULL,
         "web:8 "},
        {"adopted unproven", {{"web:7", VERDICT_PROGRESSING, 0, 0, true}}, "web:7", "web:7+s+u "},
};

START_TEST(lists_candidates) {
        struct RolloutRecord judged = rollout_of(WEB, "judged", 1, "web:9", T(60));
        struct TargetCandidate *got;
        char text[256] = "";
        int64_t id;
        size_t n;

        for (size_t i = 0; i < ARRAY_SIZE(CANDIDATES[0].past); i++) {
                const struct Past *past = &CANDIDATES[_i].past[i];
                char deployment[16];
                struct RolloutRecord record;

                if (!past->task_definition)
                        break;
                snprintf(deployment, sizeof(deployment), "ecs-svc/%zu", i);
                record = rollout_of(WEB, deployment, 1, past->task_definition, T(10 + i));
                record.verdict = past->verdict;
                record.verdict_at = past->verdict_at;
                record.last_good_at = past->last_good_at;
                record.unproven = past->unproven;
                put(record);
        }
        put(rollout_of(API, "ecs-svc/of-another-service", 1, "api:1", T(12)));
        put(rollout_of(WEB, "ecs-svc/after", 1, "web:10", T(70)));
        judged.rollout.previous_task_definition = CANDIDATES[_i].source;
        id = put(judged);

        ck_assert_int_eq(ledger_load_candidates(ledger, id, arena, &got, &n), 0);
        for (size_t i = 0; i < n; i++) {
                ck_assert_msg(!got[i].status, "%s: a status that nobody asked ECS for",
                              CANDIDATES[_i].name);
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s%s%s ",
                         got[i].task_definition, got[i].source ? "+s" : "", got[i].good ? "+g" : "",
                         got[i].failed_under_us ? "+f" : "", got[i].unproven ? "+u" : "");
        }
        ck_assert_msg(strcmp(text, CANDIDATES[_i].expected) == 0, "%s: got '%s', expected '%s'",
                      CANDIDATES[_i].name, text, CANDIDATES[_i].expected);
}
END_TEST

static void put_learnt(const char *arn, unsigned i, uint64_t attempts, uint64_t blamed, bool good) {
        char deployment[32];
        struct RolloutRecord record;

        snprintf(deployment, sizeof(deployment), "ecs-svc/%u", i);
        record = rollout_of(arn, deployment, 1, "web:1", T(100 + i));
        record.attempts = attempts;
        record.blamed = blamed;
        record.last_good_at = good ? T(200 + i) : USEC_UNKNOWN;
        put(record);
}

/* Only what became last-good teaches, and of that the newest. */
START_TEST(tells_what_the_past_teaches) {
        struct Learnt learnt;

        ck_assert_int_eq(ledger_load_learnt(ledger, WEB, T(1), &learnt), 0);
        ck_assert_uint_eq(learnt.attempts + learnt.failed + learnt.fleet_attempts, 0);
        put_learnt(WEB, 1, 4, 1, true);
        put_learnt(WEB, 2, 6, 0, true);
        put_learnt(WEB, 3, 50, 50, false);
        put_learnt(WEB, 4, 0, 0, true);
        put_learnt(API, 5, 100, 7, true);
        ck_assert_int_eq(ledger_load_learnt(ledger, WEB, T(1), &learnt), 0);
        ck_assert_uint_eq(learnt.attempts, 10);
        ck_assert_uint_eq(learnt.failed, 1);
        ck_assert_uint_eq(learnt.fleet_attempts, 110);
        ck_assert_uint_eq(learnt.fleet_failed, 8);
        /* Another createdAt is another service. */
        ck_assert_int_eq(ledger_load_learnt(ledger, API, T(50), &learnt), 0);
        ck_assert_uint_eq(learnt.attempts, 0);
        ck_assert_uint_eq(learnt.fleet_attempts, 110);

        for (unsigned i = 10; i < 70; i++)
                put_learnt(WEB, i, 2, 0, true);
        ck_assert_int_eq(ledger_load_learnt(ledger, WEB, T(1), &learnt), 0);
        ck_assert_uint_eq(learnt.attempts, 100);
        ck_assert_uint_eq(learnt.failed, 0);
        ck_assert_uint_eq(learnt.fleet_attempts, 230);
}
END_TEST

START_TEST(gives_rows_back_as_they_were_put) {
        struct AttemptRow attempt = {.task_arn = "arn:task/1",
                                     .task_definition = "web:1",
                                     .last_status = "STOPPED",
                                     .desired_status = "STOPPED",
                                     .stop_code = "EssentialContainerExited",
                                     .stopped_reason = "Essential container in task exited",
                                     .health_status = HEALTH_UNHEALTHY,
                                     .container = "app",
                                     .has_exit_code = true,
                                     .exit_code = -1,
                                     .created_at = T(11),
                                     .started_at = T(12),
                                     .has_container_health_check = true};
        struct SignalRow signal = {.event_id = "e1", .message = "unable to place", .created_at = 7};
        struct CountRow count = {.at = T(20),
                                 .service_desired = 2,
                                 .desired = 2,
                                 .running = 1,
                                 .is_primary = true,
                                 .rollout_state = ROLLOUT_IN_PROGRESS};
        int64_t id = put(rollout_of(WEB, "ecs-svc/1", 1, "web:1", T(10)));
        struct RolloutRows rows;

        ck_assert_int_eq(ledger_put_attempt(ledger, id, &attempt), LEDGER_STORED);
        attempt.container_reason = "OutOfMemoryError";
        ck_assert_int_eq(ledger_put_attempt(ledger, id, &attempt), LEDGER_STORED);
        attempt.task_arn = "arn:task/0";
        attempt.has_exit_code = false;
        ck_assert_int_eq(ledger_put_attempt(ledger, id, &attempt), LEDGER_STORED);
        ck_assert_int_eq(ledger_put_signal(ledger, id, &signal), LEDGER_STORED);
        ck_assert_int_eq(ledger_put_signal(ledger, id, &signal), LEDGER_UNCHANGED);
        ck_assert_int_eq(ledger_put_count(ledger, id, &count), LEDGER_STORED);
        count.at = T(25);
        ck_assert_int_eq(ledger_put_count(ledger, id, &count), LEDGER_UNCHANGED);
        count.rollout_state_reason = "ECS deployment in progress.";
        ck_assert_int_eq(ledger_put_count(ledger, id, &count), LEDGER_STORED);
        count.running = 2;
        ck_assert_int_eq(ledger_put_count(ledger, id, &count), LEDGER_STORED);

        ck_assert_int_eq(ledger_load_rows(ledger, id, arena, &rows), 0);
        ck_assert_uint_eq(rows.n_attempts, 2);
        ck_assert_str_eq(rows.attempts[0].task_arn, "arn:task/0");
        ck_assert(!rows.attempts[0].has_exit_code);
        ck_assert_str_eq(rows.attempts[1].container_reason, "OutOfMemoryError");
        ck_assert(rows.attempts[1].has_exit_code);
        ck_assert_int_eq(rows.attempts[1].exit_code, -1);
        ck_assert_int_eq(rows.attempts[1].health_status, HEALTH_UNHEALTHY);
        ck_assert_uint_eq(rows.attempts[1].started_at, T(12));
        ck_assert_uint_eq(rows.attempts[1].stopped_at, USEC_UNKNOWN);
        ck_assert(rows.attempts[1].has_container_health_check);
        ck_assert_ptr_null(rows.attempts[1].availability_zone);
        ck_assert_uint_eq(rows.n_signals, 1);
        ck_assert_str_eq(rows.signals[0].message, "unable to place");
        ck_assert_uint_eq(rows.n_counts, 3);
        ck_assert_uint_eq(rows.counts[0].at, T(20));
        ck_assert_int_eq(rows.counts[2].running, 2);
        ck_assert_int_eq(rows.counts[2].rollout_state, ROLLOUT_IN_PROGRESS);
}
END_TEST

START_TEST(forgets_an_attempt_and_keeps_its_number) {
        int64_t id = put(rollout_of(WEB, "ecs-svc/1", 1, "web:1", T(10)));
        struct AttemptRow first = {.task_arn = "arn:task/1", .last_status = "STOPPED"};
        struct AttemptRow second = {.task_arn = "arn:task/2", .last_status = "STOPPED"};
        struct RolloutRows rows;

        ck_assert_int_eq(ledger_put_attempt(ledger, id, &first), LEDGER_STORED);
        ck_assert_int_eq(ledger_put_attempt(ledger, id, &second), LEDGER_STORED);
        first.n_alike = 1;
        first.alike_until = T(20);
        ck_assert_int_eq(ledger_put_attempt(ledger, id, &first), LEDGER_STORED);
        ck_assert_int_eq(ledger_forget_attempt(ledger, id, "arn:task/2"), LEDGER_STORED);
        ck_assert_int_eq(ledger_forget_attempt(ledger, id, "arn:task/2"), LEDGER_UNCHANGED);

        ck_assert_int_eq(ledger_load_rows(ledger, id, arena, &rows), 0);
        ck_assert_uint_eq(rows.n_attempts, 1);
        ck_assert_str_eq(rows.attempts[0].task_arn, "arn:task/1");
        ck_assert_uint_eq(rows.attempts[0].n_alike, 1);
        ck_assert_int_eq(rows.attempts[0].alike_until, T(20));
}
END_TEST

START_TEST(counts_rollbacks_that_may_have_been_accepted) {
        static const struct {
                const char *arn;
                enum ActionState state;
                usec_t accepted_at, call_deadline;
        } ACTIONS[] = {
                {WEB, ACTION_DONE, T(100), 0},     {WEB, ACTION_DONE, T(10), 0},
                {WEB, ACTION_UNCERTAIN, 0, T(60)}, {WEB, ACTION_INTENDED, 0, T(50)},
                {WEB, ACTION_UNCERTAIN, 0, T(49)}, /* whatever came of it, it was before */
                {WEB, ACTION_SKIPPED, 0, 0},       {WEB, ACTION_WOULD, 0, 0},
                {WEB, ACTION_FAILED, 0, 0},        {WEB, ACTION_FAILED, T(60), 0}, /* raced */
                {API, ACTION_DONE, T(50), 0},
        };
        struct ActionRecord *open;
        uint64_t n;
        size_t n_open;

        for (size_t i = 0; i < ARRAY_SIZE(ACTIONS); i++) {
                char deployment[16];
                struct ActionRecord action = {.method = ROLLBACK_UPDATE_SERVICE,
                                              .intended_at = T(10),
                                              .target = "web:1"};

                snprintf(deployment, sizeof(deployment), "ecs-svc/%zu", i);
                action.rollout_id = put(rollout_of(ACTIONS[i].arn, deployment, 1, "web:2", T(9)));
                ck_assert_int_eq(ledger_put_action(ledger, &action), 0);
                ck_assert_int_gt(action.id, 0);
                action.state = ACTIONS[i].state;
                action.accepted_at = ACTIONS[i].accepted_at;
                action.call_deadline = ACTIONS[i].call_deadline;
                ck_assert_int_eq(ledger_put_action(ledger, &action), 0);
        }
        ck_assert_int_eq(ledger_count_actions(ledger, WEB, T(50), &n), 0);
        ck_assert_uint_eq(n, 4); /* done, raced, uncertain, intended */
        ck_assert_int_eq(ledger_count_actions(ledger, NULL, T(50), &n), 0);
        ck_assert_uint_eq(n, 5);

        ck_assert_int_eq(ledger_load_actions(ledger, &(struct ActionQuery) {.only_open = true},
                                             arena, &open, &n_open),
                         0);
        ck_assert_uint_eq(n_open, 3);
        ck_assert_int_eq(open[0].state, ACTION_UNCERTAIN);
        ck_assert_int_eq(open[0].method, ROLLBACK_UPDATE_SERVICE);
        ck_assert_str_eq(open[0].target, "web:1");
        ck_assert_int_eq(open[1].state, ACTION_INTENDED);
}
END_TEST

START_TEST(an_action_that_is_not_there_cannot_finish) {
        struct ActionRecord action = {.id = 42, .state = ACTION_DONE};

        ck_assert_int_eq(ledger_put_action(ledger, &action), -EINVAL);
        ck_assert_int_eq(ledger_commit(ledger), -EINVAL);
}
END_TEST

START_TEST(stores_an_event_once) {
        struct EventRecord event = {.id = "e1", .type = "ecswatch.deployment.failed", .body = "{}"};
        struct EventRecord *got;
        size_t n;

        ck_assert_int_eq(ledger_put_event(ledger, &event), 0);
        ck_assert_uint_eq(event.sequence, 1);
        ck_assert_int_eq(ledger_put_event(ledger, &event), 0);
        ck_assert_uint_eq(event.sequence, 0);
        event.id = "e2";
        ck_assert_int_eq(ledger_put_event(ledger, &event), 0);
        ck_assert_int_eq(ledger_load_events(ledger, 1, 0, arena, &got, &n), 0);
        ck_assert_uint_eq(n, 1);
        ck_assert_str_eq(got[0].id, "e2");
        ck_assert_str_eq(got[0].body, "{}");
}
END_TEST

START_TEST(forgets_but_what_is_needed) {
        struct RolloutRecord *got;
        struct EventRecord event = {.id = "old", .type = "t", .body = "{}", .at = T(10)};
        const char *value;
        size_t n;
        char kept[64] = "";

        for (unsigned i = 1; i <= 5; i++) {
                char id[8];
                struct RolloutRecord record;

                snprintf(id, sizeof(id), "%u", i);
                record = rollout_of(WEB, id, 1, "web:1", T(i));
                record.ended_at = i == 4 ? T(500) : T(10);
                record.last_good_at = i == 1 || i == 2 ? T(i + 1) : USEC_UNKNOWN;
                put(record);
        }
        ck_assert_int_eq(ledger_put_event(ledger, &event), 0);
        ck_assert_int_eq(ledger_put_meta(ledger, "arn:host", LEDGER_META_AT_RISK, "1"), 0);
        ck_assert_int_eq(ledger_put_meta(ledger, WEB, "other", "1"), 0);
        /* rollouts 1 and 3, the event, and what was told of the host */
        ck_assert_int_eq(ledger_prune(ledger, T(100)), 4);
        ck_assert_int_eq(ledger_find_meta(ledger, "arn:host", LEDGER_META_AT_RISK, arena, &value),
                         LEDGER_NOT_FOUND);
        ck_assert_int_eq(ledger_find_meta(ledger, WEB, "other", arena, &value), LEDGER_FOUND);
        ck_assert_int_eq(ledger_prune(ledger, T(100)), 0);

        /* 2 is the last good one, 4 is young, 5 the newest. */
        ck_assert_int_eq(ledger_load_rollouts(ledger, &(struct RolloutQuery) {0}, arena, &got, &n),
                         0);
        for (size_t i = 0; i < n; i++)
                strcat(kept, got[i].rollout.deployment);
        ck_assert_str_eq(kept, "542");
}
END_TEST

START_TEST(services_are_told_apart_by_birth) {
        struct ServiceRecord got;

        ck_assert_int_eq(ledger_find_service(ledger, API, T(1), arena, &got), LEDGER_FOUND);
        ck_assert_int_eq(ledger_find_service(ledger, API, T(2), arena, &got), LEDGER_NOT_FOUND);
        got.service_deployment = "arn:sd";
        got.first_seen_at = T(77);
        ck_assert_int_eq(ledger_put_service(ledger, &got), 0);
        ck_assert_int_eq(ledger_find_service(ledger, API, T(1), arena, &got), LEDGER_FOUND);
        ck_assert_str_eq(got.service_deployment, "arn:sd");
        ck_assert_uint_eq(got.first_seen_at, T(5)); /* stays */
        ck_assert_str_eq(got.name, "api");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("ledger_rollouts");
        tcase_add_checked_fixture(tests, setup, teardown);
        tcase_add_test(tests, replaces_a_rollout_and_keeps_its_rows);
        ADD_ROWS(finds_rollouts, QUERIES);
        tcase_add_test(tests, knows_the_last_ordinal);
        ADD_ROWS(lists_candidates, CANDIDATES);
        tcase_add_test(tests, tells_what_the_past_teaches);
        tcase_add_test(tests, gives_rows_back_as_they_were_put);
        tcase_add_test(tests, forgets_an_attempt_and_keeps_its_number);
        tcase_add_test(tests, counts_rollbacks_that_may_have_been_accepted);
        tcase_add_test(tests, an_action_that_is_not_there_cannot_finish);
        tcase_add_test(tests, stores_an_event_once);
        tcase_add_test(tests, forgets_but_what_is_needed);
        tcase_add_test(tests, services_are_told_apart_by_birth);
        return suite;
}
