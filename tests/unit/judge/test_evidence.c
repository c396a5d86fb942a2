/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence from the ledger's rows is evidence from facts, whatever happens in between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "check_main.h"
#include "judge/evidence_fields.h"
#include "timeline.h"

enum { ROWS_MAX = 20000 };

/* A ledger that keeps rows as they are told, an attempt's last one. */
struct Store {
        struct AttemptRow *attempts;
        struct SignalRow *signals;
        struct CountRow *counts;
        size_t n_attempts, n_signals, n_counts;
        size_t writes;
        struct Arena *arena;
};

static struct AttemptRow copy_attempt(struct Arena *arena, const struct AttemptRow *row) {
        struct AttemptRow ret = *row;

        ret.task_arn = arena_copy(arena, row->task_arn);
        ret.task_definition = arena_copy(arena, row->task_definition);
        ret.last_status = arena_copy(arena, row->last_status);
        ret.desired_status = arena_copy(arena, row->desired_status);
        ret.stop_code = arena_copy(arena, row->stop_code);
        ret.stopped_reason = arena_copy(arena, row->stopped_reason);
        ret.container = arena_copy(arena, row->container);
        ret.container_reason = arena_copy(arena, row->container_reason);
        ret.container_instance_arn = arena_copy(arena, row->container_instance_arn);
        ret.availability_zone = arena_copy(arena, row->availability_zone);
        return ret;
}

static int store_attempt(const struct AttemptRow *row, void *userdata) {
        struct Store *store = userdata;
        size_t i = 0;

        store->writes++;
        while (i < store->n_attempts && strcmp(store->attempts[i].task_arn, row->task_arn) != 0)
                i++;
        ck_assert_uint_lt(i, ROWS_MAX);
        store->n_attempts += i == store->n_attempts;
        store->attempts[i] = copy_attempt(store->arena, row);
        return 0;
}

static int store_forgotten(const char *task_arn, void *userdata) {
        struct Store *store = userdata;
        size_t i = 0;

        while (i < store->n_attempts && strcmp(store->attempts[i].task_arn, task_arn) != 0)
                i++;
        ck_assert_uint_lt(i, store->n_attempts); /* only what was stored */
        store->attempts[i] = store->attempts[--store->n_attempts];
        return 0;
}

static int store_signal(const struct SignalRow *row, void *userdata) {
        struct Store *store = userdata;

        ck_assert_uint_lt(store->n_signals, ROWS_MAX);
        store->signals[store->n_signals++] = (struct SignalRow) {
                .event_id = arena_copy(store->arena, row->event_id),
                .message = arena_copy(store->arena, row->message),
                .created_at = row->created_at,
        };
        return 0;
}

static int store_count(const struct CountRow *row, void *userdata) {
        struct Store *store = userdata;

        ck_assert_uint_lt(store->n_counts, ROWS_MAX);
        store->counts[store->n_counts] = *row;
        store->counts[store->n_counts++].rollout_state_reason =
                arena_copy(store->arena, row->rollout_state_reason);
        return 0;
}

static const struct EvidenceVisitor STORING = {store_attempt, store_forgotten, store_signal,
                                               store_count};

static void store_init(struct Store *store) {
        *store = (struct Store) {.arena = arena_new((size_t) 256 << 20)};
        store->attempts = calloc(ROWS_MAX, sizeof(*store->attempts));
        store->signals = calloc(ROWS_MAX, sizeof(*store->signals));
        store->counts = calloc(ROWS_MAX, sizeof(*store->counts));
}

static void store_done(struct Store *store) {
        free(store->attempts);
        free(store->signals);
        free(store->counts);
        arena_free(store->arena);
}

static struct Evidence *new_evidence(void) {
        struct Rollout rollout = timeline_rollout();
        struct Evidence *evidence = NULL;

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        return evidence;
}

static struct Evidence *restored(const struct Store *store) {
        struct Evidence *evidence = new_evidence();

        for (size_t i = 0; i < store->n_attempts; i++)
                ck_assert_int_eq(evidence_restore_attempt(evidence, &store->attempts[i]), 0);
        for (size_t i = 0; i < store->n_signals; i++)
                ck_assert_int_eq(evidence_restore_signal(evidence, &store->signals[i]), 0);
        for (size_t i = 0; i < store->n_counts; i++)
                ck_assert_int_eq(evidence_restore_count(evidence, &store->counts[i]), 0);
        return evidence;
}

static struct Verdict judge(const struct Evidence *evidence, double second) {
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        ck_assert_int_eq(judge_verdict(evidence, &rule, timeline_at(second + 1), &verdict), 0);
        return verdict;
}

static void assert_equal(const struct Evidence *a, const struct Evidence *b, double second,
                         unsigned seed) {
        struct Verdict x = judge(a, second), y = judge(b, second);

        ck_assert_msg(x.kind == y.kind && x.cause == y.cause && x.since == y.since &&
                              x.meets_success == y.meets_success && x.looked_at == y.looked_at &&
                              memcmp(&x.counts, &y.counts, sizeof(x.counts)) == 0 &&
                              x.numbers.score - y.numbers.score < 1e-9 &&
                              y.numbers.score - x.numbers.score < 1e-9 &&
                              strcmp(x.summary, y.summary) == 0,
                      "seed %u at %g s: facts say %s (%s), rows say %s (%s)", seed, second,
                      verdict_kind_name(x.kind), x.summary, verdict_kind_name(y.kind), y.summary);
}

static const struct TimelineTask ENDINGS[] = {
        {.stop_code = "EssentialContainerExited",
         .stopped_reason = "Essential container in task exited",
         .exit_code = 1},
        {.stop_code = "ServiceSchedulerInitiated",
         .stopped_reason = "Task failed container health checks",
         .exit_code = 0},
        {.stop_code = "ServiceSchedulerInitiated",
         .stopped_reason = "Scaling activity initiated by (deployment " TIMELINE_DEPLOYMENT ")",
         .exit_code = 143},
        {.stop_code = "TaskFailedToStart",
         .stopped_reason = "CannotPullContainerError: not found",
         .exit_code = NEVER},
        {.stop_code = "TaskFailedToStart",
         .stopped_reason = "InternalError: x",
         .exit_code = NEVER},
};

static const char *const MESSAGES[] = {
        "(service s) was unable to place a task. Reason: Capacity is unavailable at this time.",
        "(service s) has started 1 tasks: (task 1).",
        "(service s) has reached a steady state.",
        "(service s) operations are being throttled. Will try again later.",
        "(service s) (task 1) failed container health checks.",
};

static struct Timeline *random_timeline(struct Random *random) {
        struct Timeline *t = calloc(1, sizeof(*t));
        size_t n = random_below(random, 30);
        double bad = (double) random_below(random, 101) / 100;

        t->desired = (int) random_below(random, 8);
        t->primary_until = NEVER;
        t->failed = random_below(random, 10) == 0 ? (double) random_below(random, 900) : NEVER;
        t->completed = random_below(random, 2) ? (double) random_below(random, 600) : NEVER;
        t->container_check = random_below(random, 4) == 0;
        for (size_t i = 0; i < n; i++) {
                struct TimelineTask task = ENDINGS[random_below(random, ARRAY_SIZE(ENDINGS))];
                bool dies = (double) random_below(random, 100) < bad * 100;
                double startup = random_below(random, 4) == 0 ? (double) NEVER
                                                              : (double) random_below(random, 30);

                task.healthy = (double) random_below(random, 900);
                timeline_add(t, 1, (double) random_below(random, 600), 1, startup,
                             dies ? (double) (1 + random_below(random, 400)) : (double) NEVER,
                             task);
        }
        for (size_t i = 0; i < random_below(random, 4); i++)
                t->event[t->n_events++] = (struct TimelineEvent) {
                        (double) random_below(random, 900) - 100,
                        MESSAGES[random_below(random, ARRAY_SIZE(MESSAGES))]};
        return t;
}

/* At each instant: what was stored until the poll before, and this poll, judge as all polls do.
 * Adding a poll twice, or the one before once more, changes nothing. */
START_TEST(rows_judge_as_facts) {
        struct Random random;
        _cleanup_free_ struct Timeline *t = NULL;
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();
        struct Store store;

        random_init(&random, (uint64_t) _i + 1);
        t = random_timeline(&random);
        store_init(&store);
        for (double second = 0; second < 1500; second += 20) {
                _cleanup_(evidence_freep) struct Evidence *again = restored(&store);

                timeline_observe(evidence, t, second);
                if (_i % 3 == 0)
                        timeline_observe(evidence, t, second);
                if (_i % 5 == 0 && second > 0)
                        timeline_observe(evidence, t, second - 20);
                timeline_observe(again, t, second);
                assert_equal(evidence, again, second, (unsigned) _i + 1);
                ck_assert_int_eq(evidence_visit_changes(evidence, &STORING, &store), 0);
                evidence_changes_stored(evidence);
        }
        store_done(&store);
}
END_TEST

/* A healthy task costs the ledger a row now and then, not one a poll. */
START_TEST(stores_little_of_what_lives) {
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();
        struct Store store;

        t->desired = 1;
        t->completed = t->failed = t->primary_until = NEVER;
        timeline_add(t, 1, 1, 0, 5, NEVER, (struct TimelineTask) {.exit_code = NEVER});
        store_init(&store);
        for (double second = 0; second < 3600; second += 5) {
                timeline_observe(evidence, t, second);
                ck_assert_int_eq(evidence_visit_changes(evidence, &STORING, &store), 0);
                evidence_changes_stored(evidence);
        }
        ck_assert_uint_le(store.writes, 16);
        ck_assert_uint_ge(store.writes, 5);
        store_done(&store);
}
END_TEST

/* `n` tasks that crashed, one a second from `from` on; every tenth had lived for 20 minutes. */
static void crash(struct Evidence *evidence, int from, int n) {
        for (int i = from; i < from + n; i++) {
                char arn[64];
                int lived = i % 10 == 0 ? 1200 : 5;

                snprintf(arn, sizeof(arn), "arn:aws:ecs:eu-west-1:1:task/c/%08d", i);
                ck_assert_int_eq(
                        evidence_fold_attempt(evidence,
                                              &(struct AttemptRow) {
                                                      .task_arn = arn,
                                                      .last_status = "STOPPED",
                                                      .desired_status = "STOPPED",
                                                      .stop_code = "EssentialContainerExited",
                                                      .stopped_reason =
                                                              "Essential container in task exited",
                                                      .has_exit_code = true,
                                                      .exit_code = 1,
                                                      .created_at = timeline_at(i),
                                                      .started_at = timeline_at(i + 1),
                                                      .stopping_at = timeline_at(i + 1 + lived),
                                                      .stopped_at = timeline_at(i + 1 + lived),
                                              },
                                              timeline_at(i + 1 + lived), true),
                        0);
        }
}

static void assert_counts(const struct Evidence *evidence, uint64_t n) {
        struct Verdict verdict = judge(evidence, 40000);
        struct EvidenceLine lines[EVIDENCE_LINES_MAX];

        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
        ck_assert_uint_eq(verdict.counts.attempts, n);
        ck_assert_uint_eq(verdict.counts.survived, n / 10);
        ck_assert_uint_eq(verdict.counts.failed, n - n / 10);
        ck_assert_int_eq(verdict.since, timeline_at(7)); /* task 1, the first that failed */
        ck_assert_uint_eq(evidence_lines(evidence, lines), 1);
        ck_assert_uint_eq(lines[0].count, n);
}

/* What is beyond the ceiling goes on counting, also after a restart, and is not counted twice when
 * ECS still lists it. */
START_TEST(counts_what_it_forgets) {
        enum { MANY = EVIDENCE_ATTEMPTS_MAX + 1500 };
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();
        _cleanup_(evidence_freep) struct Evidence *again = NULL;
        struct Store store;

        store_init(&store);
        t->desired = 1;
        t->completed = t->failed = t->primary_until = NEVER;
        timeline_observe(evidence, t, 0);
        crash(evidence, 0, EVIDENCE_ATTEMPTS_MAX);
        ck_assert_int_eq(evidence_visit_changes(evidence, &STORING, &store), 0);
        evidence_changes_stored(evidence);
        assert_counts(evidence, EVIDENCE_ATTEMPTS_MAX);

        crash(evidence, EVIDENCE_ATTEMPTS_MAX, MANY - EVIDENCE_ATTEMPTS_MAX);
        crash(evidence, 0, 500); /* told once more */
        assert_counts(evidence, MANY);
        ck_assert_int_eq(evidence_visit_changes(evidence, &STORING, &store), 0);
        evidence_changes_stored(evidence);
        ck_assert_uint_le(store.n_attempts, EVIDENCE_ATTEMPTS_MAX);

        again = restored(&store);
        assert_counts(again, MANY);
        crash(again, 0, 500);
        crash(again, MANY, 1000);
        assert_counts(again, MANY + 1000);
        store_done(&store);
}
END_TEST

/* Failures before a success are void, also when it is told again from the ledger; what fails after
 * it counts. */
START_TEST(starts_again_after_success) {
        static const struct TimelineTask CRASH = {.stop_code = "EssentialContainerExited",
                                                  .stopped_reason =
                                                          "Essential container in task exited",
                                                  .exit_code = 1};
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();

        t->desired = 1;
        t->completed = t->failed = t->primary_until = NEVER;
        timeline_add(t, 8, 1, 20, 5, 5, CRASH);
        timeline_add(t, 1, 300, 0, 5, 495, CRASH);
        timeline_add(t, 8, 810, 20, 5, 5, CRASH);
        for (double second = 0; second <= 400; second += 5)
                timeline_observe(evidence, t, second);
        ck_assert_int_eq(judge(evidence, 400).kind, VERDICT_FAILED);

        evidence_reset_after_success(evidence, timeline_at(400));
        evidence_reset_after_success(evidence, timeline_at(400));
        ck_assert_int_eq(judge(evidence, 400).kind, VERDICT_PROGRESSING);
        ck_assert_uint_eq(judge(evidence, 400).counts.failed, 0);
        ck_assert_uint_eq(judge(evidence, 400).counts.alive, 1);

        for (double second = 405; second <= 1000; second += 5)
                timeline_observe(evidence, t, second);
        ck_assert_int_eq(judge(evidence, 1000).kind, VERDICT_FAILED);
        ck_assert_uint_eq(judge(evidence, 1000).counts.failed, 9);
}
END_TEST

#define TASK "arn:aws:ecs:eu-west-1:123456789012:task/c/00000000000000000000000000000000"

static enum TaskInterest interest(const struct Evidence *evidence, bool listed_as_stopped) {
        return evidence_task_interest(evidence, TASK, listed_as_stopped, 60 * USEC_PER_SEC);
}

START_TEST(tells_the_poller_what_to_ask) {
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();

        t->completed = t->failed = t->primary_until = NEVER;
        timeline_add(t, 1, 10, 0, 5, 100, (struct TimelineTask) {.exit_code = 1});
        timeline_observe(evidence, t, 0);
        ck_assert(!evidence_task_is_known(evidence, TASK));
        ck_assert_int_eq(interest(evidence, false), TASK_WORTH_ASKING);
        timeline_observe(evidence, t, 12);
        ck_assert(evidence_task_is_known(evidence, TASK));
        ck_assert_int_eq(interest(evidence, false), TASK_WORTH_ASKING);
        timeline_observe(evidence, t, 20);
        ck_assert_int_eq(interest(evidence, false), TASK_KNOWN);
        ck_assert_int_eq(interest(evidence, true), TASK_WORTH_ASKING);
        timeline_observe(evidence, t, 200);
        ck_assert_int_eq(interest(evidence, true), TASK_KNOWN);
}
END_TEST

START_TEST(tells_the_poller_whose_health_to_ask_about) {
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();

        t->completed = t->failed = t->primary_until = NEVER;
        t->container_check = true;
        timeline_add(t, 1, 10, 0, 5, NEVER, (struct TimelineTask) {.exit_code = 1, .healthy = 40});
        timeline_observe(evidence, t, 20);
        ck_assert_int_eq(interest(evidence, false), TASK_WORTH_ASKING);
        timeline_observe(evidence, t, 50);
        ck_assert_int_eq(interest(evidence, false), TASK_WORTH_ASKING);
        timeline_observe(evidence, t, 105);
        ck_assert_int_eq(interest(evidence, false), TASK_WORTH_ASKING);
        timeline_observe(evidence, t, 110);
        ck_assert_int_eq(interest(evidence, false), TASK_WELL);
        ck_assert_int_eq(interest(evidence, true), TASK_WORTH_ASKING);
}
END_TEST

/* In neither list of a complete round: not alive any more, and back if it was a matter of timing.
 */
START_TEST(notices_what_vanished) {
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();

        t->completed = t->failed = t->primary_until = NEVER;
        t->desired = 1;
        timeline_add(t, 1, 1, 0, 5, NEVER, (struct TimelineTask) {.exit_code = NEVER});
        timeline_observe(evidence, t, 10);
        ck_assert_uint_eq(judge(evidence, 10).counts.alive, 1);
        t->n_tasks = 0;
        timeline_observe(evidence, t, 20);
        ck_assert_uint_eq(judge(evidence, 20).counts.alive, 0);
        ck_assert_uint_eq(judge(evidence, 20).counts.neutral, 1);
        t->n_tasks = 1;
        timeline_observe(evidence, t, 30);
        ck_assert_uint_eq(judge(evidence, 30).counts.alive, 1);
}
END_TEST

START_TEST(folds_lines) {
        _cleanup_free_ struct Timeline *t = calloc(1, sizeof(*t));
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();
        struct EvidenceLine lines[EVIDENCE_LINES_MAX];

        t->completed = t->failed = t->primary_until = NEVER;
        t->desired = 1;
        timeline_add(t, 3, 1, 10, 5, 7, ENDINGS[0]);
        timeline_add(t, 2, 50, 10, 5, 90, ENDINGS[1]);
        timeline_add(t, 2, 50, 10, 5, 10, ENDINGS[2]);
        t->event[t->n_events++] = (struct TimelineEvent) {60, MESSAGES[0]};
        timeline_observe(evidence, t, 300);
        ck_assert_uint_eq(evidence_lines(evidence, lines), 3);
        ck_assert_int_eq(lines[0].cause, CAUSE_CONTAINER_HEALTH);
        ck_assert_uint_eq(lines[0].count, 2);
        ck_assert_int_eq(lines[1].cause, CAUSE_APP_EXIT);
        ck_assert_uint_eq(lines[1].count, 3);
        ck_assert_str_eq(lines[1].container, "app");
        ck_assert(lines[1].has_exit_code);
        ck_assert_int_eq(lines[2].cause, CAUSE_CAPACITY);
        ck_assert_str_eq(lines[2].stopped_reason, MESSAGES[0]);
}
END_TEST

/* Of one that is still stopping ECS does not say yet which container ended. */
START_TEST(folds_what_tells_less) {
        _cleanup_(evidence_freep) struct Evidence *evidence = new_evidence();
        struct EvidenceLine lines[EVIDENCE_LINES_MAX];
        struct AttemptRow row = {.last_status = "DEPROVISIONING",
                                 .desired_status = "STOPPED",
                                 .stop_code = "EssentialContainerExited",
                                 .stopped_reason = "Essential container in task exited",
                                 .created_at = timeline_at(1),
                                 .started_at = timeline_at(5)};

        row.task_arn = "arn:aws:ecs:us-east-1:123456789012:task/c/a";
        row.stopping_at = timeline_at(60);
        ck_assert_int_eq(evidence_restore_attempt(evidence, &row), 0);
        row.task_arn = "arn:aws:ecs:us-east-1:123456789012:task/c/b";
        row.stopping_at = timeline_at(10);
        row.container = "app";
        row.has_exit_code = true;
        row.exit_code = 1;
        ck_assert_int_eq(evidence_restore_attempt(evidence, &row), 0);
        ck_assert_uint_eq(evidence_lines(evidence, lines), 1);
        ck_assert_uint_eq(lines[0].count, 2);
        ck_assert_str_eq(lines[0].task, row.task_arn);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/evidence");
        tcase_add_loop_test(tests, rows_judge_as_facts, 0, 60);
        tcase_add_test(tests, stores_little_of_what_lives);
        tcase_add_test(tests, starts_again_after_success);
        tcase_add_test(tests, tells_the_poller_what_to_ask);
        tcase_add_test(tests, tells_the_poller_whose_health_to_ask_about);
        tcase_add_test(tests, notices_what_vanished);
        tcase_add_test(tests, counts_what_it_forgets);
        tcase_add_test(tests, folds_lines);
        tcase_add_test(tests, folds_what_tells_less);
        return suite;
}
