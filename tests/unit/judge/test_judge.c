/* SPDX-License-Identifier: Apache-2.0 */
/* Timelines and the verdicts they must come to, polled every 5 s as the daemon does. */
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "timeline.h"

enum { POLL = 5 };

static const struct TimelineTask GOOD = {.exit_code = NEVER, .healthy = NEVER};
static const struct TimelineTask CRASH = {.stop_code = "EssentialContainerExited",
                                          .stopped_reason = "Essential container in task exited",
                                          .exit_code = 1,
                                          .healthy = NEVER};
static const struct TimelineTask OOM = {
        .stop_code = "EssentialContainerExited",
        .stopped_reason = "Essential container in task exited",
        .container_reason = "OutOfMemoryError: Container killed due to memory usage",
        .exit_code = 137,
        .healthy = NEVER};
static const struct TimelineTask ELB_KILL = {
        .stop_code = "ServiceSchedulerInitiated",
        .stopped_reason = "Task failed ELB health checks in (target-group "
                          "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1)",
        .exit_code = 0,
        .healthy = NEVER};
static const struct TimelineTask HEALTH_KILL = {.stop_code = "ServiceSchedulerInitiated",
                                                .stopped_reason =
                                                        "Task failed container health checks",
                                                .exit_code = 137,
                                                .healthy = NEVER};
static const struct TimelineTask NO_IMAGE = {
        .stop_code = "TaskFailedToStart",
        .stopped_reason = "CannotPullContainerError: pull image manifest has been retried 1 "
                          "time(s): failed to resolve ref app:nope: not found",
        .exit_code = NEVER,
        .healthy = NEVER};
static const struct TimelineTask SCALED_IN = {
        .stop_code = "ServiceSchedulerInitiated",
        .stopped_reason = "Scaling activity initiated by (deployment " TIMELINE_DEPLOYMENT ")",
        .exit_code = 143,
        .healthy = NEVER};
static const struct TimelineTask SPOT = {.stop_code = "SpotInterruption",
                                         .stopped_reason = "Your Spot Task was interrupted.",
                                         .exit_code = 143,
                                         .healthy = NEVER};
static const struct TimelineTask BY_HAND = {
        .stop_code = "UserInitiated",
        .stopped_reason = "essential container in task exited, said the operator",
        .exit_code = 137,
        .healthy = NEVER};
static const struct TimelineTask INTERNAL = {.stop_code = "TaskFailedToStart",
                                             .stopped_reason = "InternalError: try again",
                                             .exit_code = NEVER,
                                             .healthy = NEVER};
static const struct TimelineTask RIDDLE = {.stop_code = "TaskFailedToStart",
                                           .stopped_reason = "Nobody has seen this sentence",
                                           .exit_code = NEVER,
                                           .healthy = NEVER};

static struct TimelineTask on(struct TimelineTask task, const char *instance) {
        task.instance = instance;
        return task;
}

static const char NO_ROOM[] =
        "(service s) was unable to place a task because no container instance met all of its "
        "requirements. Reason: No Container Instances were found in your cluster.";
static const char PERCENTS[] =
        "(service s) was unable to stop or start tasks during a deployment because of the service "
        "deployment configuration. Update the minimumHealthyPercent or maximumPercent value and "
        "try again.";

static void event(struct Timeline *t, double at, const char *message) {
        t->event[t->n_events++] = (struct TimelineEvent) {at, message};
}

/* Each builds one story. */
static void crash_loop(struct Timeline *t) {
        timeline_add(t, 100, 1, 20, 5, 5, CRASH);
}
static void oom_loop(struct Timeline *t) {
        timeline_add(t, 100, 1, 20, 5, 5, OOM);
}
static void image_missing(struct Timeline *t) {
        timeline_add(t, 100, 1, 20, NEVER, 2, NO_IMAGE);
}
#define HOST(name) "arn:aws:ecs:r:1:container-instance/c/" name
static void image_missing_on_one_of_two(struct Timeline *t) {
        /* One host cannot run it; what is on the other is still pulling. */
        t->desired = 2;
        timeline_add(t, 3, 1, 20, NEVER, 2, on(NO_IMAGE, HOST("a")));
        timeline_add(t, 1, 1, 0, 100, NEVER, on(GOOD, HOST("b")));
}
static void image_missing_on_two(struct Timeline *t) {
        t->desired = 2;
        timeline_add(t, 1, 1, 0, NEVER, 2, on(NO_IMAGE, HOST("a")));
        timeline_add(t, 1, 1, 0, NEVER, 9, on(NO_IMAGE, HOST("b")));
}
static void image_lost_later(struct Timeline *t) {
        /* It was there: what it ran shows that this can heal. */
        t->desired = 4;
        timeline_add(t, 1, 1, 0, 5, 70, CRASH);
        timeline_add(t, 3, 1, 0, 5, NEVER, GOOD);
        timeline_add(t, 2, 80, 20, NEVER, 2, NO_IMAGE);
        timeline_add(t, 1, 130, 0, 5, NEVER, GOOD);
        t->completed = 140;
}
static void elb_kills(struct Timeline *t) {
        t->load_balancer = true;
        for (int wave = 0; wave < 6; wave++)
                timeline_add(t, 4, 1 + wave * 320, 1, 10, 300, ELB_KILL);
        t->desired = 4;
}
static void health_kills(struct Timeline *t) {
        t->container_check = true;
        for (int wave = 0; wave < 6; wave++)
                timeline_add(t, 2, 1 + wave * 200, 1, 10, 150, HEALTH_KILL);
        t->desired = 2;
}
static void dies_at_3_min(struct Timeline *t) {
        for (int wave = 0; wave < 6; wave++)
                timeline_add(t, 2, 1 + wave * 200, 1, 10, 180, CRASH);
        t->desired = 2;
}
static void good(struct Timeline *t) {
        t->desired = 4;
        timeline_add(t, 4, 1, 1, 10, NEVER, GOOD);
        t->completed = 30;
}
static void good_checked(struct Timeline *t) {
        struct TimelineTask healthy = GOOD;

        t->container_check = true;
        healthy.healthy = 100;
        t->desired = 4;
        timeline_add(t, 4, 1, 1, 10, NEVER, healthy);
        t->completed = 30;
}
static void hiccup(struct Timeline *t) {
        /* A database is away for 30 s: everything that starts meanwhile dies, then all is well. */
        t->desired = 10;
        timeline_add(t, 10, 1, 0, 5, 5, CRASH);
        timeline_add(t, 10, 12, 0, 5, 10, CRASH);
        timeline_add(t, 10, 40, 0, 5, NEVER, GOOD);
        t->completed = 60;
}
static void ten_percent_of_200(struct Timeline *t) {
        t->desired = 200;
        for (int wave = 0; wave < 5; wave++) {
                timeline_add(t, 4, 1 + wave * 30, 1, 5, 10, CRASH);
                timeline_add(t, 36, 1 + wave * 30, 0.5, 5, NEVER, GOOD);
        }
        timeline_add(t, 18, 160, 1, 5, NEVER, GOOD);
        timeline_add(t, 2, 160, 1, 5, 70, CRASH);
        timeline_add(t, 2, 250, 1, 5, NEVER, GOOD);
        t->completed = 260;
}
static void ten_percent_of_20(struct Timeline *t) {
        t->desired = 20;
        timeline_add(t, 1, 1, 0, 5, 10, CRASH);
        timeline_add(t, 19, 1, 1, 5, NEVER, GOOD);
        timeline_add(t, 1, 30, 0, 5, 70, CRASH);
        timeline_add(t, 1, 120, 0, 5, NEVER, GOOD);
        t->completed = 130;
}
static void neutral_stops(struct Timeline *t) {
        t->desired = 2;
        for (int i = 0; i < 10; i++) {
                timeline_add(t, 1, 1 + i * 60, 0, 5, 30, SCALED_IN);
                timeline_add(t, 1, 2 + i * 60, 0, 5, 30, SPOT);
                timeline_add(t, 1, 3 + i * 60, 0, 5, 30, BY_HAND);
        }
}
static void spot_churn(struct Timeline *t) {
        /* One of four is lost every 40 s, and replaced 12 s later. */
        t->desired = 4;
        timeline_add(t, 3, 1, 0, 5, NEVER, GOOD);
        for (int i = 0; i < 20; i++)
                timeline_add(t, 1, 1 + i * 40, 0, 12, 28, SPOT);
        t->completed = 20;
}
static void flashes_and_is_lost(struct Timeline *t) {
        /* What is lost was not there for long either. */
        t->desired = 4;
        timeline_add(t, 3, 1, 0, 5, NEVER, GOOD);
        for (int i = 0; i < 40; i++)
                timeline_add(t, 1, 1 + i * 20, 0, 6, 6, CRASH);
        t->completed = 20;
}
static void one_bad_host(struct Timeline *t) {
        t->desired = 6;
        timeline_add(t, 2, 1, 1, 5, NEVER, on(GOOD, "arn:aws:ecs:r:1:container-instance/c/good1"));
        timeline_add(t, 2, 1, 1, 5, NEVER, on(GOOD, "arn:aws:ecs:r:1:container-instance/c/good2"));
        timeline_add(t, 40, 1, 15, 3, 4, on(CRASH, "arn:aws:ecs:r:1:container-instance/c/bad"));
}
static void no_room(struct Timeline *t) {
        event(t, 20, NO_ROOM);
}
static void no_room_from_before(struct Timeline *t) {
        event(t, -3600, NO_ROOM);
}
static void no_room_cleared_before(struct Timeline *t) {
        event(t, -3600, NO_ROOM);
        event(t, -1800, "(service s) has reached a steady state.");
}
static void room_came(struct Timeline *t) {
        event(t, 20, NO_ROOM);
        event(t, 300, "(service s) has started 1 tasks: (task 0123456789abcdef).");
        timeline_add(t, 1, 300, 1, 10, NEVER, GOOD);
        t->completed = 340;
}
static void room_came_late(struct Timeline *t) {
        event(t, 20, NO_ROOM);
        event(t, 900, "(service s) has started 1 tasks: (task 0123456789abcdef).");
        timeline_add(t, 1, 900, 1, 10, NEVER, GOOD);
        t->completed = 940;
}
static void percents(struct Timeline *t) {
        event(t, 20, PERCENTS);
}
static void native_state(struct Timeline *t) {
        t->failed = 100;
        t->state_reason = "ECS deployment circuit breaker: tasks failed to start.";
}
static void native_with_cause(struct Timeline *t) {
        timeline_add(t, 1, 1, 1, NEVER, 2, NO_IMAGE);
        event(t, 100,
              "(service s) (deployment " TIMELINE_DEPLOYMENT
              ") deployment failed: tasks failed to start.");
}
static void native_of_another(struct Timeline *t) {
        event(t, 100, "(service s) (deployment ecs-svc/222) deployment failed: alarm detected.");
        event(t, 101, "(service s) rolling back to deployment " TIMELINE_DEPLOYMENT ".");
}
static void native_without_id(struct Timeline *t) {
        event(t, 100, "(service s) deployment failed: alarm detected.");
}
static void native_without_id_before(struct Timeline *t) {
        event(t, -5, "(service s) deployment failed: alarm detected.");
}
static void native_without_id_later(struct Timeline *t) {
        t->primary_until = 60;
        event(t, 100, "(service s) deployment failed: alarm detected.");
}
static void flash_running(struct Timeline *t) {
        /* RUNNING whenever somebody looks, but never for long. */
        timeline_add(t, 5, 1, 20, 1, 17, CRASH);
        t->completed = 1;
}
static void vacuous(struct Timeline *t) {
        t->desired = 0;
        t->completed = 10;
}
static void stalled(struct Timeline *t) {
        t->desired = 2;
        timeline_add(t, 1, 1, 1, 5, NEVER, GOOD);
        timeline_add(t, 1, 1, 1, NEVER, NEVER, GOOD);
}
static void bakes(struct Timeline *t) {
        t->desired = 2;
        timeline_add(t, 2, 1, 1, 5, NEVER, GOOD);
}
static void recovers(struct Timeline *t) {
        timeline_add(t, 8, 1, 20, 5, 5, CRASH);
        timeline_add(t, 1, 200, 0, 5, NEVER, GOOD);
        t->completed = 220;
}
static void good_partial(struct Timeline *t) {
        good(t);
        t->tasks = PARTIAL;
        t->from = 60;
        t->to = 400;
}
static void good_denied(struct Timeline *t) {
        good(t);
        t->tasks = DENIED;
        t->to = 1e9;
}
static void denied_and_classic(struct Timeline *t) {
        good(t);
        t->classic = true;
        t->tasks = DENIED;
        t->to = 1e9;
}
static void classic(struct Timeline *t) {
        good(t);
        t->classic = t->load_balancer = true;
        t->grace = 120;
}
static void early_success(struct Timeline *t) {
        good(t);
        t->early_success = true;
        t->running_minus = 1;
}
static void aws_trouble(struct Timeline *t) {
        timeline_add(t, 30, 1, 30, NEVER, 20, INTERNAL);
}
static void riddles(struct Timeline *t) {
        timeline_add(t, 30, 1, 30, NEVER, 20, RIDDLE);
}
static void throttled_crash(struct Timeline *t) {
        timeline_add(t, 4, 1, 20, 5, 5, CRASH);
        event(t, 63, "(service s) operations are being throttled. Will try again later.");
}
static void outlives_survival(struct Timeline *t) {
        /* A leak kills after 15 min: each has survived, so it is no evidence against the rollout.
         */
        for (int wave = 0; wave < 3; wave++)
                timeline_add(t, 1, 1 + wave * 920, 0, 5, 900, OOM);
}
static void daemon_service(struct Timeline *t) {
        good(t);
        t->daemon = true;
}

static const struct {
        const char *name;
        void (*build)(struct Timeline *);
        double from, until; /* the verdict must first appear in this time */
        enum VerdictKind kind;
        enum Cause cause;
        const char *summary; /* a part of it */
        bool never;          /* instead: nothing but progressing until `until` */
} STORIES[] = {
        {"crash loop", crash_loop, 66, 95, VERDICT_FAILED, CAUSE_APP_EXIT,
         "attempts failed: container app exited with code 1 after about 5 s"},
        {"oom loop", oom_loop, 66, 95, VERDICT_FAILED, CAUSE_OOM, "killed for memory"},
        {"image missing", image_missing, 23, 26, VERDICT_FAILED, CAUSE_IMAGE_PULL,
         "2 of 2 attempts failed: the image could not be pulled"},
        {"image missing on one host of two", image_missing_on_one_of_two, 0, 100,
         VERDICT_PROGRESSING, CAUSE_NONE, NULL, true},
        {"image missing on two hosts", image_missing_on_two, 10, 11, VERDICT_FAILED,
         CAUSE_IMAGE_PULL, "2 of 2"},
        {"image away for a while", image_lost_later, 200, 210, VERDICT_SUCCEEDED, CAUSE_NONE,
         "4 of 4"},
        {"health kills at 5 min", elb_kills, 311, 700, VERDICT_FAILED, CAUSE_LB_HEALTH,
         "after about 5 min"},
        {"container health kills", health_kills, 200, 420, VERDICT_FAILED, CAUSE_CONTAINER_HEALTH,
         "container health"},
        {"dies at 3 min", dies_at_3_min, 200, 420, VERDICT_FAILED, CAUSE_APP_EXIT,
         "after about 3 min"},
        {"good", good, 90, 96, VERDICT_SUCCEEDED, CAUSE_NONE, "4 of 4 tasks running"},
        {"good where a check is defined", good_checked, 160, 171, VERDICT_SUCCEEDED, CAUSE_NONE,
         "4 of 4"},
        {"daemon service", daemon_service, 90, 96, VERDICT_SUCCEEDED, CAUSE_NONE, "4 of 4"},
        {"hiccup of 30 s", hiccup, 100, 125, VERDICT_SUCCEEDED, CAUSE_NONE, "20 of 30"},
        {"10 % of 200", ten_percent_of_200, 315, 330, VERDICT_SUCCEEDED, CAUSE_NONE, "200 of 200"},
        {"10 % of 20", ten_percent_of_20, 190, 196, VERDICT_SUCCEEDED, CAUSE_NONE, "20 of 20"},
        {"neutral stops", neutral_stops, 0, 650, VERDICT_PROGRESSING, CAUSE_NONE, NULL, true},
        {"a Spot task lost every 40 s", spot_churn, 80, 130, VERDICT_SUCCEEDED, CAUSE_NONE,
         "4 of 4"},
        {"one flashes and fails", flashes_and_is_lost, 66, 130, VERDICT_FAILED, CAUSE_APP_EXIT,
         "container app exited"},
        {"one bad host of three", one_bad_host, 70, 200, VERDICT_FAILED, CAUSE_HOST_BAD,
         "container instance bad"},
        {"no room for 10 min", no_room, 620, 626, VERDICT_FAILED, CAUSE_CAPACITY,
         "No Container Instances"},
        {"no room since before", no_room_from_before, 600, 606, VERDICT_FAILED, CAUSE_CAPACITY,
         "no task started for 10 min"},
        {"trouble cleared before", no_room_cleared_before, 0, 1700, VERDICT_PROGRESSING, CAUSE_NONE,
         NULL, true},
        {"room came", room_came, 400, 406, VERDICT_SUCCEEDED, CAUSE_NONE, "1 of 1"},
        {"percents", percents, 620, 626, VERDICT_FAILED, CAUSE_CONFIG, "minimumHealthyPercent"},
        {"native state", native_state, 100, 101, VERDICT_FAILED, CAUSE_NATIVE_FAILURE,
         "circuit breaker"},
        {"native with our cause", native_with_cause, 100, 101, VERDICT_FAILED, CAUSE_IMAGE_PULL,
         "1 of 1 attempts failed"},
        {"native of another", native_of_another, 0, 1700, VERDICT_PROGRESSING, CAUSE_NONE, NULL,
         true},
        {"native without id", native_without_id, 100, 101, VERDICT_FAILED, CAUSE_NATIVE_FAILURE,
         "alarm detected"},
        {"native without id, before", native_without_id_before, 0, 1700, VERDICT_PROGRESSING,
         CAUSE_NONE, NULL, true},
        {"native without id, of the next", native_without_id_later, 0, 1700, VERDICT_PROGRESSING,
         CAUSE_NONE, NULL, true},
        {"flash RUNNING", flash_running, 75, 105, VERDICT_FAILED, CAUSE_APP_EXIT, "exited"},
        {"vacuous", vacuous, 70, 76, VERDICT_SUCCEEDED, CAUSE_NONE, "zero desired"},
        {"stalled since one survived", stalled, 2406, 2415, VERDICT_STALLED, CAUSE_NONE,
         "1 of 2 tasks running"},
        {"bakes", bakes, 0, 4000, VERDICT_PROGRESSING, CAUSE_NONE, NULL, true},
        {"partial rounds postpone", good_partial, 400, 401, VERDICT_SUCCEEDED, CAUSE_NONE, "4 of"},
        {"denied, completed", good_denied, 90, 96, VERDICT_SUCCEEDED, CAUSE_NONE,
         "without task evidence"},
        {"denied, nothing says completed", denied_and_classic, 0, 1700, VERDICT_PROGRESSING,
         CAUSE_NONE, NULL, true},
        {"classic load balancer", classic, 180, 200, VERDICT_SUCCEEDED, CAUSE_NONE, "4 of 4"},
        {"early success", early_success, 0, 1700, VERDICT_PROGRESSING, CAUSE_NONE,
         "early success criteria", true},
        {"AWS's trouble", aws_trouble, 600, 626, VERDICT_FAILED, CAUSE_AWS_INTERNAL,
         "no task started"},
        {"not recognised", riddles, 600, 626, VERDICT_FAILED, CAUSE_UNKNOWN, "not recognised"},
        {"throttled", throttled_crash, 960, 970, VERDICT_FAILED, CAUSE_APP_EXIT, "4 of 4"},
        {"what survived", outlives_survival, 0, 2700, VERDICT_PROGRESSING, CAUSE_NONE, NULL, true},
};

static struct Timeline *new_timeline(void (*build)(struct Timeline *)) {
        struct Timeline *t = calloc(1, sizeof(*t));

        ck_assert_ptr_nonnull(t);
        t->desired = 1;
        t->completed = t->failed = t->primary_until = NEVER;
        build(t);
        return t;
}

static struct Verdict judge(const struct Evidence *evidence, double second) {
        struct JudgeRule rule = judge_rule_default();
        struct Verdict verdict;

        ck_assert_int_eq(judge_verdict(evidence, &rule, timeline_at(second + 0.6), &verdict), 0);
        return verdict;
}

START_TEST(tells_stories) {
        _cleanup_free_ struct Timeline *t = new_timeline(STORIES[_i].build);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();
        struct Verdict verdict = {0};
        double second;

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        for (second = 0; second <= STORIES[_i].until; second += POLL) {
                timeline_observe(evidence, t, second);
                verdict = judge(evidence, second);
                if (verdict.kind != VERDICT_PROGRESSING)
                        break;
        }
        ck_assert_msg(verdict.kind == STORIES[_i].kind && verdict.cause == STORIES[_i].cause,
                      "%s: got %s %s at %g s (%s), expected %s %s", STORIES[_i].name,
                      verdict_kind_name(verdict.kind), cause_name(verdict.cause), second,
                      verdict.summary, verdict_kind_name(STORIES[_i].kind),
                      cause_name(STORIES[_i].cause));
        if (!STORIES[_i].never)
                ck_assert_msg(second >= STORIES[_i].from, "%s: already at %g s: %s",
                              STORIES[_i].name, second, verdict.summary);
        if (STORIES[_i].summary)
                ck_assert_msg(strstr(verdict.summary, STORIES[_i].summary), "%s: said '%s'",
                              STORIES[_i].name, verdict.summary);
}
END_TEST

/* A failed rollout that later does well has recovered; the verdict itself stays. */
START_TEST(recovers_after_failing) {
        _cleanup_free_ struct Timeline *t = new_timeline(recovers);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        for (double second = 0; second <= 400; second += POLL) {
                struct Verdict verdict;

                timeline_observe(evidence, t, second);
                verdict = judge(evidence, second);
                if (second > 100)
                        ck_assert_int_eq(verdict.kind, VERDICT_FAILED);
                ck_assert_int_eq(verdict.meets_success, second >= 285);
        }
}
END_TEST

START_TEST(capacity_that_came_late_recovers) {
        _cleanup_free_ struct Timeline *t = new_timeline(room_came_late);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        for (double second = 0; second <= 1100; second += POLL)
                timeline_observe(evidence, t, second);
        ck_assert(judge(evidence, 1100).meets_success);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/judge");
        ADD_ROWS(tells_stories, STORIES);
        tcase_add_test(tests, recovers_after_failing);
        tcase_add_test(tests, capacity_that_came_late_recovers);
        return suite;
}
