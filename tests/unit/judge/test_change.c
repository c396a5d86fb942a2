/* SPDX-License-Identifier: Apache-2.0 */
/* The table of PRIMARY changes, a row a line of it. The watched rollout is ecs-svc/20 of my-app:2,
 * begun at t+100; the service ran my-app:1 as ecs-svc/10 before. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "judge/change.h"

#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n
#define T0 (1000 * USEC_PER_DAY)
#define S(n) (T0 + (n) *USEC_PER_SEC)

enum Flag {
        FIRST_SIGHT = 1 << 0,
        WATCHED_LISTED = 1 << 1, /* ecs-svc/20 stands beside PRIMARY as ACTIVE */
        WATCHED_FAILED = 1 << 2, /* … with rolloutState FAILED */
        ECS_SAYS = 1 << 3,       /* "rolling back to deployment <PRIMARY>" at t+150 */
        TASK_SETS = 1 << 4,
        OLDER_BESIDE = 1 << 5, /* first sight: ecs-svc/9 of my-app:1 is ACTIVE */
        YOUNGER_BESIDE = 1 << 6,
        SERVICE_ROLLS_BACK = 1 << 7, /* the service deployment is ROLLBACK_* */
        WATCHED_ROLLBACK = 1 << 8,
        SAME_BEFORE = 1 << 9,            /* the watched one has its predecessor's task definition */
        OTHER_DEPLOYMENT_SAYS = 1 << 10, /* the event names ecs-svc/100, not ecs-svc/10 */
};

#define ACTION(is, result)                                                                       \
        {                                                                                        \
                .state = (is), .method = ROLLBACK_UPDATE_SERVICE, .target = TD(1), .calls = 1,   \
                .resulting_deployment = (result), .intended_at = S(180), .call_deadline = S(210) \
        }

static const struct OurAction
        UPDATE_TOLD = {&(const struct ActionRecord) ACTION(ACTION_DONE, "ecs-svc/30"),
                       "ecs-svc/20"},
        UPDATE_UNCERTAIN = {&(const struct ActionRecord) ACTION(ACTION_UNCERTAIN, NULL),
                            "ecs-svc/20"},
        UPDATE_FAILED = {&(const struct ActionRecord) ACTION(ACTION_FAILED, NULL), "ecs-svc/20"},
        UPDATE_OF_ANOTHER = {&(const struct ActionRecord) ACTION(ACTION_DONE, "ecs-svc/30"),
                             "ecs-svc/5"},
        UPDATE_NOT_SENT = {&(const struct ActionRecord) {.state = ACTION_INTENDED,
                                                         .method = ROLLBACK_UPDATE_SERVICE,
                                                         .target = TD(1),
                                                         .intended_at = S(180)},
                           "ecs-svc/20"},
        STOP = {&(const struct ActionRecord) {.state = ACTION_DONE,
                                              .method = ROLLBACK_STOP_DEPLOYMENT,
                                              .target = TD(1),
                                              .calls = 1,
                                              .intended_at = S(180),
                                              .call_deadline = S(210)},
                "ecs-svc/20"};

static const struct {
        const char *name;
        int flags;
        enum VerdictKind verdict;
        const struct OurAction *action;
        const char *id, *task_definition; /* PRIMARY now */
        usec_t created_at;
        enum RolloutState state;
        int64_t running, desired;
        usec_t last_known_at;
        enum ChangeOutcome outcome;
        enum RolloutKind kind;
        enum RollbackBy by;
        const char *told; /* "reverted", "superseded"; NULL: no verdict */
        bool before_watch_or_good;
} ROWS[] = {
#define NEW(id, td, at) id, TD(td), S(at), ROLLOUT_IN_PROGRESS, 0, 1, 0
#define SEEN(id, td, at, state, running, desired, last) \
        id, TD(td), S(at), state, running, desired, last
        {"the same", 0, 0, NULL, NEW("ecs-svc/20", 2, 100), CHANGE_NONE, 0, 0, NULL, false},
        /* Ours. */
        {"ours: the id in the answer", 0, VERDICT_FAILED, &UPDATE_TOLD, NEW("ecs-svc/30", 1, 181),
         CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_US, NULL, false},
        {"ours: uncertain, a younger id with our target", 0, VERDICT_FAILED, &UPDATE_UNCERTAIN,
         NEW("ecs-svc/31", 1, 181), CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_US, NULL, false},
        {"ours: the old id after our stop", WATCHED_LISTED, VERDICT_FAILED, &STOP,
         NEW("ecs-svc/10", 1, 10), CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_US, NULL, false},
        {"not ours: older than the intent", 0, VERDICT_FAILED, &UPDATE_UNCERTAIN,
         NEW("ecs-svc/31", 1, 170), CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_OTHER, NULL, false},
        {"not ours: another target", 0, VERDICT_FAILED, &UPDATE_UNCERTAIN,
         NEW("ecs-svc/31", 3, 181), CHANGE_NEW_ROLLOUT, ROLLOUT_DEPLOY, BY_NOBODY, NULL, false},
        {"not ours: our call has not left", 0, VERDICT_FAILED, &UPDATE_NOT_SENT,
         NEW("ecs-svc/31", 1, 181), CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_OTHER, NULL, false},
        {"not ours: our call failed", 0, VERDICT_FAILED, &UPDATE_FAILED, NEW("ecs-svc/31", 1, 181),
         CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_OTHER, NULL, false},
        {"not ours: it judged another rollout", 0, 0, &UPDATE_OF_ANOTHER, NEW("ecs-svc/30", 3, 181),
         CHANGE_NEW_ROLLOUT, ROLLOUT_DEPLOY, BY_NOBODY, "superseded", false},
        /* Back to a known or older id. */
        {"known id, seen once", 0, 0, NULL, NEW("ecs-svc/10", 1, 10), CHANGE_WAIT, 0, 0, NULL,
         false},
        {"known id, watched still listed", WATCHED_LISTED, 0, NULL, NEW("ecs-svc/10", 1, 10),
         CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_OTHER, "reverted", false},
        {"known id, an event says so", ECS_SAYS, 0, NULL, NEW("ecs-svc/10", 1, 10),
         CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_ECS, "reverted", false},
        {"an event about ecs-svc/100 is none about ecs-svc/10", OTHER_DEPLOYMENT_SAYS, 0, NULL,
         NEW("ecs-svc/10", 1, 10), CHANGE_WAIT, 0, 0, NULL, false},
        {"known id, watched FAILED", WATCHED_LISTED | WATCHED_FAILED, 0, NULL,
         NEW("ecs-svc/10", 1, 10), CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_ECS, "reverted", false},
        {"known id, ROLLBACK_*", SERVICE_ROLLS_BACK, 0, NULL, NEW("ecs-svc/10", 1, 10),
         CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_ECS, "reverted", false},
        {"known id, after a verdict", WATCHED_LISTED, VERDICT_FAILED, NULL,
         NEW("ecs-svc/10", 1, 10), CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_OTHER, NULL, false},
        {"known id, after stalled", WATCHED_LISTED, VERDICT_STALLED, NULL, NEW("ecs-svc/10", 1, 10),
         CHANGE_NEW_ROLLOUT, ROLLOUT_ROLLBACK, BY_OTHER, "reverted", false},
        {"unknown older id", WATCHED_LISTED, 0, NULL, NEW("ecs-svc/7", 7, 50), CHANGE_NEW_ROLLOUT,
         ROLLOUT_ROLLBACK, BY_OTHER, "reverted", false},
        {"unknown older id, seen once", 0, 0, NULL, NEW("ecs-svc/7", 7, 50), CHANGE_WAIT, 0, 0,
         NULL, false},
        /* Back to the source by a new deployment. */
        {"younger, of the source", 0, 0, NULL, NEW("ecs-svc/40", 1, 190), CHANGE_NEW_ROLLOUT,
         ROLLOUT_ROLLBACK, BY_OTHER, "reverted", false},
        {"younger, forced again", SAME_BEFORE, 0, NULL, NEW("ecs-svc/40", 2, 190),
         CHANGE_NEW_ROLLOUT, ROLLOUT_DEPLOY, BY_NOBODY, "superseded", false},
        {"younger, a new try after a rollback", WATCHED_ROLLBACK, 0, NULL,
         NEW("ecs-svc/40", 1, 190), CHANGE_NEW_ROLLOUT, ROLLOUT_DEPLOY, BY_NOBODY, "superseded",
         false},
        /* Anything else. */
        {"younger", 0, 0, NULL, NEW("ecs-svc/40", 3, 190), CHANGE_NEW_ROLLOUT, ROLLOUT_DEPLOY,
         BY_NOBODY, "superseded", false},
        {"younger, after success", 0, VERDICT_SUCCEEDED, NULL, NEW("ecs-svc/40", 3, 190),
         CHANGE_NEW_ROLLOUT, ROLLOUT_DEPLOY, BY_NOBODY, NULL, false},
        {"a newer task set", TASK_SETS, 0, NULL, NEW("ecs-svc/40", 3, 190), CHANGE_NEW_ROLLOUT,
         ROLLOUT_DEPLOY, BY_NOBODY, "superseded", false},
        /* First sight. */
        {"first sight: complete", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_COMPLETED, 2, 2, 0), CHANGE_ADOPTED, 0, 0, NULL, true},
        {"first sight: complete, too few run", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_COMPLETED, 1, 2, 0), CHANGE_ADOPTED, 0, 0, NULL, false},
        {"first sight: complete, none wanted", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_COMPLETED, 0, 0, 0), CHANGE_ADOPTED, 0, 0, NULL, false},
        {"first sight: Classic, all run", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_STATE_ABSENT, 2, 2, 0), CHANGE_ADOPTED, 0, 0, NULL,
         true},
        {"first sight: Classic, two listed", FIRST_SIGHT | OLDER_BESIDE, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_STATE_ABSENT, 2, 2, 0), CHANGE_NEW_ROLLOUT,
         ROLLOUT_DEPLOY, BY_NOBODY, NULL, true},
        {"first sight: in progress", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 190, ROLLOUT_IN_PROGRESS, 0, 2, 0), CHANGE_NEW_ROLLOUT,
         ROLLOUT_DEPLOY, BY_NOBODY, NULL, true},
        {"first sight: began while we were down", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 190, ROLLOUT_IN_PROGRESS, 0, 2, S(90)), CHANGE_NEW_ROLLOUT,
         ROLLOUT_DEPLOY, BY_NOBODY, NULL, false},
        {"first sight: began before we were down", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, 80, ROLLOUT_IN_PROGRESS, 0, 2, S(90)), CHANGE_NEW_ROLLOUT,
         ROLLOUT_DEPLOY, BY_NOBODY, NULL, true},
        {"first sight: older than act_within", FIRST_SIGHT, 0, NULL,
         SEEN("ecs-svc/10", 1, -3400, ROLLOUT_IN_PROGRESS, 0, 2, S(-3500)), CHANGE_NEW_ROLLOUT,
         ROLLOUT_DEPLOY, BY_NOBODY, NULL, true},
        {"first sight: a rollback by ECS", FIRST_SIGHT | ECS_SAYS, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_IN_PROGRESS, 0, 2, 0), CHANGE_NEW_ROLLOUT,
         ROLLOUT_ROLLBACK, BY_ECS, NULL, true},
        {"first sight: a younger one gives way", FIRST_SIGHT | YOUNGER_BESIDE, 0, NULL,
         SEEN("ecs-svc/10", 1, 10, ROLLOUT_IN_PROGRESS, 0, 2, 0), CHANGE_NEW_ROLLOUT,
         ROLLOUT_ROLLBACK, BY_OTHER, NULL, true},
        {"no PRIMARY", 0, 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, CHANGE_NONE, 0, 0, NULL, false},
};

struct Scene {
        struct DeploymentFacts deployments[2];
        struct TaskSetFacts task_set;
        struct ServiceEvent event;
        struct ServiceFacts service;
        struct Rollout watched;
        struct KnownDeployment known[2];
        struct ChangeInput input;
        char message[128];
};

static void scene_watched(struct Scene *s, int flags) {
        s->watched = (struct Rollout) {
                .service_created_at = S(0),
                .deployment = "ecs-svc/20",
                .ordinal = 1,
                .kind = flags & WATCHED_ROLLBACK ? ROLLOUT_ROLLBACK : ROLLOUT_DEPLOY,
                .task_definition = TD(2),
                .previous_task_definition = flags & SAME_BEFORE ? TD(2) : TD(1),
                .started_at = S(100),
        };
        s->known[0] = (struct KnownDeployment) {"ecs-svc/10", TD(1), S(10)};
        s->known[1] = (struct KnownDeployment) {"ecs-svc/20", TD(2), S(100)};
        if (flags & FIRST_SIGHT)
                return;
        s->input.watched = &s->watched;
        s->input.known = s->known;
        s->input.n_known = ARRAY_SIZE(s->known);
}

static void scene_beside(struct Scene *s, int flags) {
        if (!(flags & (WATCHED_LISTED | OLDER_BESIDE | YOUNGER_BESIDE)))
                return;
        s->deployments[s->service.n_deployments++] = (struct DeploymentFacts) {
                .id = flags & WATCHED_LISTED ? "ecs-svc/20" : "ecs-svc/9",
                .status = DEPLOYMENT_ACTIVE,
                .task_definition = TD(2),
                .created_at = flags & OLDER_BESIDE ? S(5) : S(100),
                .rollout_state = flags & WATCHED_FAILED ? ROLLOUT_FAILED : ROLLOUT_IN_PROGRESS,
        };
}

static void scene_event(struct Scene *s, int flags, const char *id) {
        if (!(flags & (ECS_SAYS | OTHER_DEPLOYMENT_SAYS)))
                return;
        snprintf(s->message, sizeof(s->message), "(service s) rolling back to deployment %s%s.", id,
                 flags & OTHER_DEPLOYMENT_SAYS ? "0" : "");
        s->event = (struct ServiceEvent) {"e", S(150), s->message};
        s->service.n_events = 1;
}

static void scene_init(struct Scene *s, size_t row) {
        int flags = ROWS[row].flags;

        *s = (struct Scene) {};
        s->service = (struct ServiceFacts) {
                .status = "ACTIVE",
                .created_at = S(0),
                .desired_count = ROWS[row].desired,
                .controller = flags & TASK_SETS ? CONTROLLER_EXTERNAL : CONTROLLER_ECS,
                .deployments = s->deployments,
                .task_sets = &s->task_set,
                .n_task_sets = flags & TASK_SETS ? 1 : 0,
                .events = &s->event,
        };
        s->input = (struct ChangeInput) {
                .service = &s->service,
                .verdict = ROWS[row].verdict,
                .actions = ROWS[row].action,
                .n_actions = ROWS[row].action ? 1 : 0,
                .rolls_back_status = flags & SERVICE_ROLLS_BACK,
                .last_known_at = ROWS[row].last_known_at,
                .confirm_after = 5 * USEC_PER_SEC,
                .act_within = USEC_PER_HOUR,
                .now = S(200),
        };
        scene_beside(s, flags); /* before PRIMARY: its place in the array says nothing */
        if (ROWS[row].id && flags & TASK_SETS)
                s->task_set = (struct TaskSetFacts) {.id = ROWS[row].id,
                                                     .status = "ACTIVE",
                                                     .task_definition = ROWS[row].task_definition,
                                                     .created_at = ROWS[row].created_at};
        else if (ROWS[row].id)
                s->deployments[s->service.n_deployments++] =
                        (struct DeploymentFacts) {.id = ROWS[row].id,
                                                  .status = DEPLOYMENT_PRIMARY,
                                                  .task_definition = ROWS[row].task_definition,
                                                  .created_at = ROWS[row].created_at,
                                                  .running_count = ROWS[row].running,
                                                  .rollout_state = ROWS[row].state};
        scene_watched(s, flags);
        scene_event(s, flags, ROWS[row].id);
}

START_TEST(reads_the_table) {
        const char *name = ROWS[_i].name;
        struct PendingChange pending = {};
        struct Change got;
        struct Scene s;

        scene_init(&s, (size_t) _i);
        change_decide(&s.input, &pending, &got);
        ck_assert_msg(got.outcome == ROWS[_i].outcome, "%s: outcome %d, expected %d", name,
                      (int) got.outcome, (int) ROWS[_i].outcome);
        ck_assert_msg(got.rollout.kind == ROWS[_i].kind && got.rollout.by == ROWS[_i].by,
                      "%s: %s by '%s'", name, rollout_kind_name(got.rollout.kind),
                      rollback_by_name(got.rollout.by));
        ck_assert_msg(got.has_verdict == (ROWS[_i].told != NULL) &&
                              (!ROWS[_i].told ||
                               text_equal(verdict_kind_name(got.verdict), ROWS[_i].told)),
                      "%s: told %s", name,
                      got.has_verdict ? verdict_kind_name(got.verdict) : "nothing");
        ck_assert_msg((got.reason[0] != '\0') == got.has_verdict, "%s: '%s'", name, got.reason);
        ck_assert_msg((got.last_good || got.rollout.before_watch) == ROWS[_i].before_watch_or_good,
                      "%s: before_watch %d, last_good %d", name, got.rollout.before_watch,
                      got.last_good);
        ck_assert_msg((got.action != NULL) == (got.rollout.by == BY_US), "%s: action", name);
        if (got.outcome == CHANGE_NEW_ROLLOUT || got.outcome == CHANGE_ADOPTED)
                ck_assert_str_eq(got.rollout.deployment, ROWS[_i].id);
}
END_TEST

static size_t row_named(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
                if (text_equal(ROWS[i].name, name))
                        return i;
        ck_abort_msg("no row %s", name);
}

/* One stale answer between two good ones proves nothing; two that agree far enough apart do. */
START_TEST(waits_for_a_second_observation) {
        struct PendingChange pending = {};
        struct Change got;
        struct Scene back, same;

        scene_init(&back, row_named("known id, seen once"));
        scene_init(&same, row_named("the same"));
        ck_assert_int_eq(change_decide(&back.input, &pending, &got), CHANGE_WAIT);
        same.input.now = S(206);
        ck_assert_int_eq(change_decide(&same.input, &pending, &got), CHANGE_NONE);
        back.input.now = S(212);
        ck_assert_int_eq(change_decide(&back.input, &pending, &got), CHANGE_WAIT);
        back.input.now = S(216);
        ck_assert_int_eq(change_decide(&back.input, &pending, &got), CHANGE_WAIT);
        back.input.now = S(217);
        ck_assert_int_eq(change_decide(&back.input, &pending, &got), CHANGE_NEW_ROLLOUT);
        ck_assert(got.known_id);
        ck_assert_uint_eq(got.rollout.started_at, S(212));
        ck_assert_str_eq(got.rollout.previous_task_definition, TD(2));
        ck_assert_str_eq(pending.id, "");
}
END_TEST

/* After a native rollback to a known id, an answer from before it lists that id as ACTIVE. */
START_TEST(is_not_fooled_by_a_turn_before) {
        struct PendingChange pending = {};
        struct Change got;
        struct Scene s;

        scene_init(&s, row_named("known id, watched still listed"));
        s.watched.ordinal = 2;
        ck_assert_int_eq(change_decide(&s.input, &pending, &got), CHANGE_WAIT);
}
END_TEST

START_TEST(tells_when_the_service_is_gone) {
        static const char *const STATUSES[] = {"DRAINING", "INACTIVE", NULL};
        struct PendingChange pending = {};
        struct Change got;
        struct Scene s;

        scene_init(&s, row_named("the same"));
        s.service.status = STATUSES[_i];
        if (!STATUSES[_i])
                s.input.service = NULL;
        ck_assert_int_eq(change_decide(&s.input, &pending, &got), CHANGE_WAIT);
        s.input.now = S(205);
        ck_assert_int_eq(change_decide(&s.input, &pending, &got), CHANGE_GONE);
        ck_assert_int_eq(got.verdict, VERDICT_SUPERSEDED);
        ck_assert_str_eq(got.reason, "deleted");
}
END_TEST

START_TEST(knows_another_service_by_its_created_at) {
        struct PendingChange pending = {};
        struct Change got;
        struct Scene s;

        scene_init(&s, row_named("younger"));
        s.service.created_at = S(50);
        ck_assert_int_eq(change_decide(&s.input, &pending, &got), CHANGE_OTHER_SERVICE);
        ck_assert_int_eq(got.verdict, VERDICT_SUPERSEDED);

        s.service.created_at = S(-50);
        ck_assert_int_eq(change_decide(&s.input, &pending, &got), CHANGE_WAIT);
}
END_TEST

START_TEST(remembers_what_served_before) {
        struct PendingChange pending = {};
        struct Change got;
        struct Scene s;

        scene_init(&s, row_named("younger"));
        change_decide(&s.input, &pending, &got);
        ck_assert_str_eq(got.rollout.previous_task_definition, TD(1));
        scene_init(&s, row_named("younger, after success"));
        change_decide(&s.input, &pending, &got);
        ck_assert_str_eq(got.rollout.previous_task_definition, TD(2));
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("change");
        ADD_ROWS(reads_the_table, ROWS);
        tcase_add_test(tests, waits_for_a_second_observation);
        tcase_add_test(tests, is_not_fooled_by_a_turn_before);
        tcase_add_loop_test(tests, tells_when_the_service_is_gone, 0, 3);
        tcase_add_test(tests, knows_another_service_by_its_created_at);
        tcase_add_test(tests, remembers_what_served_before);
        return suite;
}
