/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol's table, a row a line of it. ecs-svc/2 of my-app:2 is judged, ecs-svc/1 of my-app:1
 * was there before; the intent is of second 300, the call left at 300 with its deadline at 330. */
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "base/text.h"
#include "check_main.h"

#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n
#define T0 (1000 * USEC_PER_DAY)
#define S(n) (T0 + (n) *USEC_PER_SEC)

static const struct Rollout JUDGED = {
        .deployment = "ecs-svc/2",
        .task_definition = TD(2),
        .previous_task_definition = TD(1),
        .service_created_at = S(0),
        .started_at = S(100),
};

enum Flag {
        STOPS = 1 << 0, /* by StopServiceDeployment */
        ECS_ROLLS_BACK = 1 << 1,
        RECOVERED = 1 << 2,
        FORBIDDEN = 1 << 3,
        GIVEN_UP = 1 << 4,
        OVER = 1 << 5,
        DRAINING = 1 << 6,
        RECREATED = 1 << 7,
        OLD_LOOK = 1 << 8, /* the observation began before the intent */
        KNOWN_ID = 1 << 9, /* the answer named ecs-svc/3 */
        CALLED = 1 << 10,  /* once before, and it was not taken at 310 */
        QUIESCES = 1 << 11,
        RUNS = 1 << 12,    /* a task of it is running */
        AT_ZERO = 1 << 13, /* desired count 0 */
        DRAINS = 1 << 14,
        SCALES = 1 << 15,
        IS_DONE = 1 << 16, /* the host drains, the group desires as many */
        CODE_DEPLOYS = 1 << 18,
        MOVES_SETS = 1 << 19,
        UNSEEN = 1 << 17, /* the host or the group is not seen */
};

/* ---- observations ---- */

struct Look {
        const char *name;
        enum ActionUntil until;
        int flags;
        const char *primary, *task_definition; /* PRIMARY; NULL: looking failed */
        usec_t created_at, judged_since, now;
        enum StepKind step;
        enum ActionUntil then; /* of what goes on */
        const char *says;      /* a part of the reason; NULL: none */
};

#define JUDGED_IS_PRIMARY "ecs-svc/2", TD(2), S(100)

static const struct Look LOOKS[] = {
        {"unchanged", UNTIL_LOOKED, 0, JUDGED_IS_PRIMARY, S(290), S(310), STEP_LOOK,
         UNTIL_LOOKED_AGAIN, NULL},
        {"unchanged again", UNTIL_LOOKED_AGAIN, 0, JUDGED_IS_PRIMARY, S(290), S(310), STEP_CALL,
         UNTIL_ANSWERED, NULL},
        {"moved before the last look", UNTIL_LOOKED_AGAIN, 0, "ecs-svc/4", TD(3), S(305), 0, S(310),
         STEP_FAILED, 0, "another deployment took over"},
        {"forbidden before the last look", UNTIL_LOOKED_AGAIN, FORBIDDEN, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_SKIPPED, 0, "the mode is observe"},
        {"ECS has begun before the last look", UNTIL_LOOKED_AGAIN, ECS_ROLLS_BACK,
         JUDGED_IS_PRIMARY, S(290), S(310), STEP_SKIPPED, 0, "ECS itself has begun"},
        {"the look of the intent", UNTIL_LOOKED, OLD_LOOK, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_LOOK, UNTIL_LOOKED, NULL},
        {"a look from before the last call's end", UNTIL_LOOKED, CALLED, JUDGED_IS_PRIMARY, S(290),
         S(305), STEP_LOOK, UNTIL_LOOKED, NULL},
        {"a look after the last call's end", UNTIL_LOOKED, CALLED, JUDGED_IS_PRIMARY, S(290),
         S(311), STEP_LOOK, UNTIL_LOOKED_AGAIN, NULL},
        {"PRIMARY moved", UNTIL_LOOKED, 0, "ecs-svc/4", TD(3), S(305), 0, S(310), STEP_FAILED, 0,
         "another deployment took over"},
        {"somebody else went to our target", UNTIL_LOOKED, 0, "ecs-svc/4", TD(1), S(305), 0, S(310),
         STEP_FAILED, 0, "another deployment took over"},
        {"looking failed", UNTIL_LOOKED, 0, NULL, NULL, 0, 0, S(310), STEP_SKIPPED, 0,
         "the service is gone"},
        {"recovered", UNTIL_LOOKED, RECOVERED, JUDGED_IS_PRIMARY, S(290), S(310), STEP_SKIPPED, 0,
         "recovered meanwhile, so it is not taken back to my-app:1"},
        {"draining", UNTIL_LOOKED, DRAINING, JUDGED_IS_PRIMARY, S(290), S(310), STEP_SKIPPED, 0,
         "the service is gone"},
        {"made again", UNTIL_LOOKED, RECREATED, JUDGED_IS_PRIMARY, S(290), S(310), STEP_SKIPPED, 0,
         "the service is gone"},
        {"ECS has begun", UNTIL_LOOKED, ECS_ROLLS_BACK, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_SKIPPED, 0, "ECS itself"},
        {"forbidden", UNTIL_LOOKED, FORBIDDEN, JUDGED_IS_PRIMARY, S(290), S(310), STEP_SKIPPED, 0,
         "the mode is observe"},
        {"given up", UNTIL_LOOKED, GIVEN_UP, JUDGED_IS_PRIMARY, S(290), S(310), STEP_SKIPPED, 0,
         "no longer watched"},
        {"over", UNTIL_LOOKED, OVER, NULL, NULL, 0, 0, S(310), STEP_FAILED, 0, "deleted"},
        {"10 minutes", UNTIL_LOOKED, CALLED, JUDGED_IS_PRIMARY, S(290), S(900), STEP_LOOK,
         UNTIL_LOOKED_AGAIN, NULL},
        {"more than 10 minutes", UNTIL_LOOKED, CALLED, JUDGED_IS_PRIMARY, S(290), S(901),
         STEP_FAILED, 0, "roll back by hand"},

        {"under way", UNTIL_ANSWERED, 0, "ecs-svc/4", TD(3), S(305), 0, S(310), STEP_WAIT,
         UNTIL_ANSWERED, NULL},

        {"looking fails", UNTIL_FOUND, 0, NULL, NULL, 0, 0, S(800), STEP_WAIT, UNTIL_FOUND, NULL},
        {"our target, younger", UNTIL_FOUND, 0, "ecs-svc/3", TD(1), S(301), 0, S(310), STEP_DONE, 0,
         NULL},
        {"our target, older than the intent", UNTIL_FOUND, 0, "ecs-svc/1", TD(1), S(299), 0, S(310),
         STEP_FAILED, 0, "another deployment took over"},
        {"the id in the answer", UNTIL_FOUND, KNOWN_ID, "ecs-svc/3", TD(1), S(299), 0, S(310),
         STEP_DONE, 0, NULL},
        {"another id than in the answer", UNTIL_FOUND, KNOWN_ID, "ecs-svc/4", TD(1), S(305), 0,
         S(310), STEP_FAILED, 0, "another deployment took over"},
        {"a third deployment", UNTIL_FOUND, 0, "ecs-svc/4", TD(3), S(305), 0, S(310), STEP_FAILED,
         0, "another deployment took over"},
        {"stop: the old id", UNTIL_FOUND, STOPS, "ecs-svc/1", TD(1), S(10), 0, S(310), STEP_DONE, 0,
         NULL},
        {"stop: a new id of our target", UNTIL_FOUND, STOPS, "ecs-svc/4", TD(1), S(305), 0, S(310),
         STEP_DONE, 0, NULL},
        {"stop: a younger id", UNTIL_FOUND, STOPS, "ecs-svc/4", TD(3), S(305), 0, S(310),
         STEP_FAILED, 0, "another deployment took over"},
        {"stop: ECS says ROLLBACK", UNTIL_FOUND, STOPS | ECS_ROLLS_BACK, JUDGED_IS_PRIMARY, S(300),
         S(310), STEP_DONE, 0, NULL},
        {"update: ECS says ROLLBACK", UNTIL_FOUND, ECS_ROLLS_BACK, JUDGED_IS_PRIMARY, S(300),
         S(310), STEP_WAIT, UNTIL_FOUND, NULL},
        {"judged, 29 s after the deadline", UNTIL_FOUND, 0, JUDGED_IS_PRIMARY, S(290), S(359),
         STEP_WAIT, UNTIL_FOUND, NULL},
        {"judged, 30 s after the deadline", UNTIL_FOUND, 0, JUDGED_IS_PRIMARY, S(290), S(360),
         STEP_LOOK, UNTIL_LOOKED, NULL},
        {"judged, but seen for 10 s only", UNTIL_FOUND, 0, JUDGED_IS_PRIMARY, S(790), S(800),
         STEP_WAIT, UNTIL_FOUND, NULL},
        {"judged, not in every answer", UNTIL_FOUND, 0, JUDGED_IS_PRIMARY, 0, S(800), STEP_WAIT,
         UNTIL_FOUND, NULL},
        {"given up, but it may have left", UNTIL_FOUND, GIVEN_UP, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_WAIT, UNTIL_FOUND, NULL},
        {"over, and it may have left", UNTIL_FOUND, OVER, NULL, NULL, 0, 0, S(310), STEP_FAILED, 0,
         "deleted"},
        {"not known for 10 minutes", UNTIL_FOUND, 0, JUDGED_IS_PRIMARY, 0, S(901), STEP_TELL,
         UNTIL_FOUND_TOLD, "cannot be found out"},
        {"and that has been told", UNTIL_FOUND_TOLD, 0, JUDGED_IS_PRIMARY, 0, S(1000), STEP_WAIT,
         UNTIL_FOUND_TOLD, NULL},
        {"found out at last", UNTIL_FOUND_TOLD, 0, "ecs-svc/3", TD(1), S(301), 0, S(2000),
         STEP_DONE, 0, NULL},

        {"quiesce: nothing runs", UNTIL_LOOKED_AGAIN, QUIESCES, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_CALL, UNTIL_ANSWERED, NULL},
        {"quiesce: a task runs", UNTIL_LOOKED, QUIESCES | RUNS, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_WAIT, UNTIL_LOOKED, NULL},
        {"quiesce: a task runs at the last look", UNTIL_LOOKED_AGAIN, QUIESCES | RUNS,
         JUDGED_IS_PRIMARY, S(290), S(310), STEP_WAIT, UNTIL_LOOKED, NULL},
        {"quiesce: a task always ran", UNTIL_LOOKED, QUIESCES | RUNS, JUDGED_IS_PRIMARY, S(290),
         S(901), STEP_SKIPPED, 0, "was running whenever we looked"},
        {"quiesce: not taken for long", UNTIL_LOOKED, QUIESCES | CALLED, JUDGED_IS_PRIMARY, S(290),
         S(901), STEP_FAILED, 0, "set the service's desired count to 0 by hand"},
        {"quiesce: recovered", UNTIL_LOOKED, QUIESCES | RECOVERED, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_SKIPPED, 0, "so nothing is changed"},
        {"quiesce: the count is 0", UNTIL_FOUND, QUIESCES | AT_ZERO, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_DONE, 0, "set it again with the deployment that repairs it"},
        {"quiesce: the count is not 0", UNTIL_FOUND, QUIESCES, JUDGED_IS_PRIMARY, S(290), S(360),
         STEP_LOOK, UNTIL_LOOKED, NULL},
        {"quiesce: a third deployment's count is 0", UNTIL_FOUND, QUIESCES | AT_ZERO, "ecs-svc/4",
         TD(3), S(305), 0, S(310), STEP_FAILED, 0, "another deployment took over"},
        {"quiesce: not known for 10 minutes", UNTIL_FOUND, QUIESCES, JUDGED_IS_PRIMARY, 0, S(901),
         STEP_TELL, UNTIL_FOUND_TOLD, "whether ECS took the quiesce cannot be found out"},
        {"quiesce: somebody has done it", UNTIL_LOOKED, QUIESCES | AT_ZERO, JUDGED_IS_PRIMARY,
         S(290), S(310), STEP_SKIPPED, 0, "it is done already"},

        {"drain: the host is ACTIVE", UNTIL_LOOKED_AGAIN, DRAINS, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_CALL, UNTIL_ANSWERED, NULL},
        {"drain: the host drains", UNTIL_LOOKED_AGAIN, DRAINS | IS_DONE, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_SKIPPED, 0, "it is done already"},
        {"drain: the host is not seen", UNTIL_LOOKED, DRAINS | UNSEEN, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_WAIT, UNTIL_LOOKED, NULL},
        {"drain: the host is not seen for long", UNTIL_LOOKED, DRAINS | UNSEEN, JUDGED_IS_PRIMARY,
         S(290), S(901), STEP_FAILED, 0, "drain the container instance by hand"},
        {"drain: it has taken effect", UNTIL_FOUND, DRAINS | IS_DONE, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_DONE, 0, "it is DRAINING now"},
        {"drain: it has not", UNTIL_FOUND, DRAINS, JUDGED_IS_PRIMARY, S(290), S(360), STEP_LOOK,
         UNTIL_LOOKED, NULL},
        {"drain: not seen after the call", UNTIL_FOUND, DRAINS | UNSEEN, JUDGED_IS_PRIMARY, S(290),
         S(350), STEP_WAIT, UNTIL_FOUND, NULL},
        {"drain: another deployment after the call", UNTIL_FOUND, DRAINS | UNSEEN, "ecs-svc/4",
         TD(3), S(305), 0, S(310), STEP_FAILED, 0, "whether the call was carried out is not known"},
        {"CodeDeploy: the old set again", UNTIL_FOUND, CODE_DEPLOYS, "ecs-svc/1", TD(1), S(10), 0,
         S(310), STEP_DONE, 0, NULL},
        {"CodeDeploy: a younger set", UNTIL_FOUND, CODE_DEPLOYS, "ecs-svc/4", TD(3), S(305), 0,
         S(310), STEP_FAILED, 0, "another deployment took over"},
        {"CodeDeploy: the judged set", UNTIL_FOUND, CODE_DEPLOYS, JUDGED_IS_PRIMARY, S(290), S(350),
         STEP_WAIT, UNTIL_FOUND, NULL},
        {"task sets: the one before", UNTIL_FOUND, MOVES_SETS, "ecs-svc/1", TD(1), S(10), 0, S(310),
         STEP_DONE, 0, NULL},
        {"task sets: one long before", UNTIL_FOUND, MOVES_SETS, "ecs-svc/0", TD(0), S(5), 0, S(310),
         STEP_FAILED, 0, "another deployment took over"},
        {"task sets: not taken for long", UNTIL_LOOKED, MOVES_SETS | CALLED, JUDGED_IS_PRIMARY,
         S(290), S(901), STEP_FAILED, 0, "scale this one to zero"},
        {"scale: fewer are desired", UNTIL_LOOKED_AGAIN, SCALES, JUDGED_IS_PRIMARY, S(290), S(310),
         STEP_CALL, UNTIL_ANSWERED, NULL},
        {"scale: as many are desired", UNTIL_LOOKED_AGAIN, SCALES | IS_DONE, JUDGED_IS_PRIMARY,
         S(290), S(310), STEP_SKIPPED, 0, "it is done already"},
        {"scale: it has taken effect", UNTIL_FOUND, SCALES | IS_DONE, JUDGED_IS_PRIMARY, S(290),
         S(310), STEP_DONE, 0, "scaling in again"},
};

static struct ActionRecord action_of(enum ActionUntil until, int flags) {
        struct ActionRecord action = {
                .kind = flags & QUIESCES ? ACTION_QUIESCE
                        : flags & DRAINS ? ACTION_DRAIN_HOST
                        : flags & SCALES ? ACTION_SCALE_OUT
                                         : ACTION_ROLLBACK,
                .amount = 5,
                .method = flags & (QUIESCES | DRAINS | SCALES) ? ROLLBACK_NEVER
                          : flags & STOPS                      ? ROLLBACK_STOP_DEPLOYMENT
                          : flags & CODE_DEPLOYS               ? ROLLBACK_CODE_DEPLOY
                          : flags & MOVES_SETS                 ? ROLLBACK_TASK_SET
                                                               : ROLLBACK_UPDATE_SERVICE,
                .handle = "ecs-svc/1",
                .target = TD(1),
                .state = until == UNTIL_FOUND ? ACTION_UNCERTAIN : ACTION_INTENDED,
                .intended_at = S(300),
                .resulting_deployment = flags & KNOWN_ID ? "ecs-svc/3" : NULL,
        };

        if (action_has_left(until) || flags & CALLED)
                action.calls = 1;
        if (action_has_left(until))
                action.call_deadline = S(330);
        else if (flags & CALLED)
                action.call_deadline = S(310);
        return action;
}

START_TEST(steps_by_what_is_seen) {
        const struct Look *look = LOOKS + _i;
        const struct DeploymentFacts deployment = {
                .id = look->primary,
                .status = DEPLOYMENT_PRIMARY,
                .task_definition = look->task_definition,
                .created_at = look->created_at,
        };
        const struct TaskSetFacts set = {.id = look->primary, .created_at = look->created_at};
        const struct ServiceFacts service = {
                .status = look->flags & DRAINING ? "DRAINING" : "ACTIVE",
                .created_at = look->flags & RECREATED ? S(1) : S(0),
                .desired_count = look->flags & AT_ZERO ? 0 : 2,
                .running_count = look->flags & RUNS ? 1 : 0,
                .deployments = &deployment,
                .n_deployments = 1,
                .task_sets = &set,
                .n_task_sets = 1,
        };
        const struct SubjectFacts subject = {
                .host = {.status = look->flags & IS_DONE ? "DRAINING" : "ACTIVE"},
                .group = {.is_there = true, .desired = look->flags & IS_DONE ? 5 : 4},
        };
        const struct ActionSeen seen = {
                .subject = look->flags & UNSEEN ? NULL : &subject,
                .asked_at = look->flags & OLD_LOOK ? S(299) : look->now,
                .service = look->primary ? &service : NULL,
                .primary = look->primary,
                .primary_since = look->judged_since,
                .ecs_rolls_back = look->flags & ECS_ROLLS_BACK,
                .has_recovered = look->flags & RECOVERED,
                .forbidden = look->flags & FORBIDDEN ? "the mode is observe" : NULL,
                .given_up = look->flags & GIVEN_UP ? "it is no longer watched" : NULL,
                .over = look->flags & OVER ? "deleted" : NULL,
        };
        struct ActionRecord action = action_of(look->until, look->flags);
        enum ActionUntil until = look->until;
        struct Step step;

        action_step(&action, until, &JUDGED, &seen, look->now, &step);
        ck_assert_msg(step.kind == look->step, "%s: %s instead of %s (%s)", look->name,
                      step_kind_name(step.kind), step_kind_name(look->step), step.reason);
        ck_assert_msg(look->says ? strstr(step.reason, look->says) != NULL : step.reason[0] == '\0',
                      "%s: '%s'", look->name, step.reason);
        action_apply(&action, &until, &step, look->now);
        if (action_is_open(&action))
                ck_assert_msg(until == look->then, "%s: then %s", look->name,
                              action_until_name(until));
        else
                ck_assert_msg(action.finished_at == look->now, "%s: not finished", look->name);
        if (step.kind == STEP_CALL) {
                ck_assert_uint_eq(action.calls, look->flags & CALLED ? 2 : 1);
                ck_assert_uint_eq(action.call_deadline, look->now + ACT_CALL_DEADLINE);
        }
        if (step.kind == STEP_DONE)
                ck_assert_msg(text_equal(action.resulting_deployment,
                                         text_equal(look->primary, "ecs-svc/2") ? NULL
                                                                                : look->primary),
                              "%s: leads to %s", look->name, action.resulting_deployment);
}
END_TEST

/* ---- answers ---- */

static const struct {
        const char *name;
        enum CallOutcome outcome;
        enum StepKind step;
        enum ActionUntil then;
        enum ActionState state;
        int event, event_of_remedy; /* -1: none */
} ANSWERS[] = {
        {"accepted", CALL_ACCEPTED, STEP_DONE, 0, ACTION_DONE, -1, EVENT_REMEDY_SUCCEEDED},
        {"raced", CALL_RACED, STEP_DONE, 0, ACTION_DONE, EVENT_ROLLBACK_FAILED,
         EVENT_REMEDY_FAILED},
        {"refused", CALL_REFUSED, STEP_FAILED, 0, ACTION_FAILED, EVENT_ROLLBACK_FAILED,
         EVENT_REMEDY_FAILED},
        {"closed", CALL_CLOSED, STEP_FAILED, 0, ACTION_FAILED, EVENT_ROLLBACK_FAILED,
         EVENT_REMEDY_FAILED},
        {"not taken", CALL_NOT_TAKEN, STEP_LOOK, UNTIL_LOOKED, ACTION_INTENDED, -1, -1},
        {"uncertain", CALL_UNCERTAIN, STEP_LOOK, UNTIL_FOUND, ACTION_UNCERTAIN, -1, -1},
};

START_TEST(steps_by_the_answer) {
        const struct ActionSeen seen = {
                .is_answer = true,
                .outcome = ANSWERS[_i].outcome,
                .text = "so it says",
                .deployment = "ecs-svc/3",
                .overtaken = "ecs-svc/9",
        };
        struct ActionRecord action = action_of(UNTIL_ANSWERED, 0);
        enum ActionUntil until = UNTIL_ANSWERED;
        struct Step step;

        action_step(&action, until, &JUDGED, &seen, S(320), &step);
        action_apply(&action, &until, &step, S(320));
        ck_assert_msg(step.kind == ANSWERS[_i].step && action.state == ANSWERS[_i].state,
                      "%s: %s, %s", ANSWERS[_i].name, step_kind_name(step.kind),
                      action_state_name(action.state));
        ck_assert_int_eq(step.is_told, ANSWERS[_i].event >= 0);
        if (step.is_told)
                ck_assert_int_eq((int) step.event, ANSWERS[_i].event);
        if (action_is_open(&action))
                ck_assert_int_eq(until, ANSWERS[_i].then);
        if (step.kind == STEP_DONE)
                ck_assert_str_eq(action.resulting_deployment, "ecs-svc/3");
        if (ANSWERS[_i].outcome == CALL_RACED)
                ck_assert_ptr_nonnull(strstr(step.reason, "raced: deployment ecs-svc/9"));
        /* A look that began before the call's end is none. */
        ck_assert(action.call_deadline ==
                  (ANSWERS[_i].outcome == CALL_NOT_TAKEN ? S(320) : S(330)));
}
END_TEST

/* A remedy leads to no rollout that would tell of it: the action's own end is told. */
START_TEST(tells_a_remedys_end) {
        const struct ActionSeen seen = {
                .is_answer = true,
                .outcome = ANSWERS[_i].outcome,
                .text = "so it says",
                .overtaken = "ecs-svc/9",
        };
        struct ActionRecord action = action_of(UNTIL_ANSWERED, QUIESCES);
        struct Step step;

        action_step(&action, UNTIL_ANSWERED, &JUDGED, &seen, S(320), &step);
        ck_assert_int_eq(step.is_told, ANSWERS[_i].event_of_remedy >= 0);
        if (step.is_told)
                ck_assert_int_eq((int) step.event, ANSWERS[_i].event_of_remedy);
        if (ANSWERS[_i].outcome == CALL_RACED)
                ck_assert_ptr_nonnull(strstr(step.reason, "its desired count is 0 now"));
}
END_TEST

/* `auto` has another way left; `stop_deployment` has not, and UpdateService is the last. */
START_TEST(goes_another_way) {
        static const struct {
                int flags;
                bool falls_back;
                enum StepKind step;
        } rows[] = {{STOPS, true, STEP_LOOK}, {STOPS, false, STEP_FAILED}, {0, true, STEP_FAILED}};
        const struct ActionSeen seen = {.is_answer = true,
                                        .outcome = CALL_CLOSED,
                                        .text = "ConflictException"};

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct ActionRecord action = action_of(UNTIL_ANSWERED, rows[i].flags);
                enum ActionUntil until = UNTIL_ANSWERED;
                struct Step step;

                action.falls_back = rows[i].falls_back;
                action_step(&action, until, &JUDGED, &seen, S(310), &step);
                action_apply(&action, &until, &step, S(310));
                ck_assert_int_eq(step.kind, rows[i].step);
                ck_assert_str_eq(step.reason, "ConflictException");
                if (step.kind == STEP_LOOK) {
                        ck_assert_int_eq(action.method, ROLLBACK_UPDATE_SERVICE);
                        ck_assert_int_eq(until, UNTIL_LOOKED);
                }
        }
}
END_TEST

START_TEST(finds_out_after_a_restart_what_may_have_left) {
        struct ActionRecord action = action_of(UNTIL_LOOKED, 0);

        ck_assert_int_eq(action_restored(&action), UNTIL_LOOKED);
        action.calls = 1;
        ck_assert_int_eq(action_restored(&action), UNTIL_FOUND);
}
END_TEST

/* ---- the page ---- */

/* docs/acting.md shows the table as it is. */
START_TEST(is_documented) {
        char text[64 * 1024], line[1024];
        struct StepRow row;
        FILE *file = fopen(ACTING_MD, "r");
        size_t size;

        ck_assert_ptr_nonnull(file);
        size = fread(text, 1, sizeof(text) - 1, file);
        ck_assert(feof(file));
        fclose(file);
        text[size] = '\0';
        for (size_t i = 0; action_table_row(i, &row); i++) {
                snprintf(line, sizeof(line), "| %s | %s | %s |\n", row.until, row.seen, row.step);
                ck_assert_msg(strstr(text, line) != NULL, "docs/acting.md lacks: %s", line);
        }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("act/step");
        ADD_ROWS(steps_by_what_is_seen, LOOKS);
        ADD_ROWS(steps_by_the_answer, ANSWERS);
        ADD_ROWS(tells_a_remedys_end, ANSWERS);
        tcase_add_test(tests, goes_another_way);
        tcase_add_test(tests, finds_out_after_a_restart_what_may_have_left);
        tcase_add_test(tests, is_documented);
        return suite;
}
