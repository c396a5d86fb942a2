/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy says, line by line. */
#include <string.h>

#include "check_main.h"
#include "scene.h"

static void name_cause(struct Scene *s, enum Cause cause) {
        s->verdict.cause = s->named = cause;
        s->entry.when.causes = &s->named;
        s->entry.when.n_causes = 1;
}

static void arm(struct Scene *s) {
        s->service.breaker_enabled = s->service.breaker_rollback = true;
}

static void say_rolling_back(struct Scene *s) {
        s->service.n_events = 1;
        s->event = (struct ServiceEvent) {"e", S(200),
                                          "(service my-app) rolling back to deployment ecs-svc/1."};
}

static void unchanged(struct Scene *s) {
        (void) s;
}
static void observe(struct Scene *s) {
        s->policy.mode = MODE_OBSERVE;
}
static void dry_run(struct Scene *s) {
        s->history.dry_run = true;
}
static void no_rollback(struct Scene *s) {
        s->entry.has_action = false;
}
static void never(struct Scene *s) {
        s->entry.rollback = ROLLBACK_NEVER;
}
static void no_entry(struct Scene *s) {
        s->policy.on[ON_FAILED].n_entries = 0;
}
static void succeeded(struct Scene *s) {
        s->verdict.kind = VERDICT_SUCCEEDED;
}
static void stalled(struct Scene *s) {
        s->verdict.kind = VERDICT_STALLED;
}
static void stalled_opted(struct Scene *s) {
        stalled(s), s->verdict.cause = CAUSE_NONE;
        s->policy.on[ON_STALLED].entries = &s->entry, s->policy.on[ON_STALLED].n_entries = 1;
}
static void stop_deployment(struct Scene *s) {
        s->entry.rollback = ROLLBACK_STOP_DEPLOYMENT;
}
static void task_set(struct Scene *s) {
        s->entry.rollback = ROLLBACK_TASK_SET;
}
static void is_rollback(struct Scene *s) {
        s->rollout.kind = ROLLOUT_ROLLBACK;
}
static void acted(struct Scene *s) {
        s->history.already_acted[ACTION_ROLLBACK] = true;
}
static void before_watch(struct Scene *s) {
        s->rollout.before_watch = true;
}
static void code_deploy(struct Scene *s) {
        s->service.controller = CONTROLLER_CODE_DEPLOY;
}
static void code_deploy_update(struct Scene *s) {
        code_deploy(s), s->entry.rollback = ROLLBACK_UPDATE_SERVICE;
}
static void external(struct Scene *s) {
        s->service.controller = CONTROLLER_EXTERNAL;
}
static void managed(struct Scene *s) {
        s->service.managed_by_ecs = true;
}
static void at_act_within(struct Scene *s) {
        s->now = s->judged.verdict_at = S(3700);
}
static void past_act_within(struct Scene *s) {
        s->now = s->judged.verdict_at = S(3701);
}

static void past_act_within_and_bakes(struct Scene *s) {
        past_act_within(s);
        s->service.strategy = "CANARY"; /* 10 min for its first step, where nothing else is said */
        s->service.bake_time_minutes = 5;
}

static void past_all_bake_times(struct Scene *s) {
        past_act_within_and_bakes(s);
        s->now = s->judged.verdict_at = S(3701 + 900);
}

static void past_act_within_with_hooks(struct Scene *s) {
        past_all_bake_times(s);
        s->service.has_lifecycle_hooks = true;
}
static void capacity(struct Scene *s) {
        s->verdict.cause = CAUSE_CAPACITY;
}
static void capacity_named(struct Scene *s) {
        name_cause(s, CAUSE_CAPACITY);
}
static void unknown(struct Scene *s) {
        s->verdict.cause = CAUSE_UNKNOWN;
}
static void disk_full(struct Scene *s) {
        s->verdict.cause = CAUSE_DISK_FULL;
}
static void disk_filled(struct Scene *s) {
        disk_full(s), s->judged.host_filled_by_rollout = true;
}
static void native(struct Scene *s) {
        s->verdict.cause = CAUSE_NATIVE_FAILURE;
}
static void native_armed(struct Scene *s) {
        native(s), arm(s);
}
static void service_budget(struct Scene *s) {
        s->history.accepted_of_service = 2;
}
static void fleet_budget(struct Scene *s) {
        s->history.accepted_of_fleet = 10;
}
static void confirm(struct Scene *s) {
        s->policy.mode = MODE_CONFIRM, s->policy.confirm_within = 30 * USEC_PER_MINUTE;
}
static void approved(struct Scene *s) {
        confirm(s), s->history.approved_by = "alice";
}
static void lapsed(struct Scene *s) {
        confirm(s), s->now = S(2100);
}
static void confirm_armed(struct Scene *s) {
        confirm(s), arm(s);
}
static void approved_armed(struct Scene *s) {
        approved(s), arm(s);
}
static void inhibited(struct Scene *s) {
        s->history.inhibited = "nothing is rolled back in 1/us-east-1 for now";
}
static void image_pull(struct Scene *s) {
        s->history.inhibit = inhibit_rule_default();
        s->verdict.cause = CAUSE_IMAGE_PULL;
}
static void image_pull_alone(struct Scene *s) {
        image_pull(s), s->now = S(360);
}
static void held(struct Scene *s) {
        s->history.held = "held by alice: freeze";
}
static void held_and_observed(struct Scene *s) {
        held(s), observe(s);
}
static void no_target(struct Scene *s) {
        s->history.n_candidates = 0;
}
static void past_not_asked(struct Scene *s) {
        no_target(s), s->history.past_asked = false;
}
static void past_hidden(struct Scene *s) {
        no_target(s), s->history.past_problem = "ListServiceDeployments: denied";
}
static void not_asked(struct Scene *s) {
        s->candidate.status = NULL;
}
static void inactive(struct Scene *s) {
        s->candidate.status = "INACTIVE";
}
static void ecs_begun(struct Scene *s) {
        arm(s), say_rolling_back(s);
}
static void grace_over(struct Scene *s) {
        arm(s), s->now = S(600);
}
static void standstill(struct Scene *s) {
        arm(s), s->judged.native_failed_since = S(240);
}
static void short_standstill(struct Scene *s) {
        arm(s), s->judged.native_failed_since = S(260);
}
static void race(struct Scene *s) {
        arm(s), s->policy.native = NATIVE_RACE;
}
static void breaker_alone(struct Scene *s) {
        s->service.breaker_enabled = true;
}
static void alarms(struct Scene *s) {
        s->service.alarms_enabled = s->service.alarms_rollback = true;
}

/* The first deployment of its service, which crashes. */
static void quiesce(struct Scene *s) {
        s->entry.action = ACTION_QUIESCE;
        s->rollout.service_created_at = s->rollout.started_at;
        s->rollout.previous_task_definition = NULL;
        s->history.n_candidates = 0;
        s->service.n_deployments = 1;
}
static void quiesce_second(struct Scene *s) {
        quiesce(s), s->rollout.service_created_at = T0 - USEC_PER_HOUR;
}
static void quiesce_after_another(struct Scene *s) {
        quiesce(s), s->history.n_candidates = 1;
}
static void quiesce_beside(struct Scene *s) {
        quiesce(s), s->service.n_deployments = 2;
}
static void quiesce_survived(struct Scene *s) {
        quiesce(s), s->verdict.counts.survived = 1;
}
static void quiesce_capacity(struct Scene *s) {
        quiesce(s), s->verdict.cause = CAUSE_CAPACITY;
}
static void quiesce_observe(struct Scene *s) {
        quiesce(s), observe(s);
}
static void quiesce_acted(struct Scene *s) {
        quiesce(s), s->history.already_acted[ACTION_QUIESCE] = true;
}
static void quiesce_rolled_back(struct Scene *s) {
        quiesce(s), acted(s);
}
static void quiesce_external(struct Scene *s) {
        quiesce(s), external(s);
}
static void quiesce_budget(struct Scene *s) {
        quiesce(s), service_budget(s);
}
static void quiesce_inhibited(struct Scene *s) {
        quiesce(s), inhibited(s);
}
static void quiesce_native(struct Scene *s) {
        quiesce(s), native(s), arm(s), s->judged.native_failed_since = S(240);
}

static const struct {
        const char *name;
        void (*change)(struct Scene *s);
        enum DecisionKind kind;
        const char *reason; /* part of it; NULL: none */
        usec_t wait_until;
} DECISIONS[] = {
        {"failed", unchanged, DECISION_ACT, NULL, 0},
        {"observe", observe, DECISION_WOULD, "mode is observe", 0},
        {"dry run", dry_run, DECISION_WOULD, "--dry-run", 0},
        {"entry without rollback", no_rollback, DECISION_NOTHING, NULL, 0},
        {"rollback: never", never, DECISION_NOTHING, NULL, 0},
        {"no entry matches", no_entry, DECISION_NOTHING, NULL, 0},
        {"succeeded", succeeded, DECISION_NOTHING, NULL, 0},
        {"stalled", stalled, DECISION_NOTHING, NULL, 0},
        {"stalled, opted in", stalled_opted, DECISION_ACT, NULL, 0},
        {"stop_deployment", stop_deployment, DECISION_SKIP, "ECS names none", 0},
        {"task_set", task_set, DECISION_SKIP, "controller is EXTERNAL", 0},
        {"a rollback", is_rollback, DECISION_SKIP, "never rolled back", 0},
        {"acted on before", acted, DECISION_SKIP, "once already", 0},
        {"began before we watched", before_watch, DECISION_SKIP, "before we watched", 0},
        {"CODE_DEPLOY", code_deploy, DECISION_SKIP, "the task set before it is gone", 0},
        {"CODE_DEPLOY, update_service", code_deploy_update, DECISION_SKIP,
         "CODE_DEPLOY: its controller owns", 0},
        {"EXTERNAL", external, DECISION_SKIP, "EXTERNAL: its controller owns", 0},
        {"managed by ECS", managed, DECISION_SKIP, "managed by ECS", 0},
        {"as old as act_within", at_act_within, DECISION_ACT, NULL, 0},
        {"older than act_within", past_act_within, DECISION_SKIP, "act_within (1 h)", 0},
        {"older, and it bakes", past_act_within_and_bakes, DECISION_ACT, NULL, 0},
        {"older than with its bakes", past_all_bake_times, DECISION_SKIP,
         "act_within (1 h 15 min with its bake times and hooks)", 0},
        {"older, and a hook may wait", past_act_within_with_hooks, DECISION_ACT, NULL, 0},
        {"capacity", capacity, DECISION_SKIP, "cause capacity is not rolled back unless", 0},
        {"capacity, named", capacity_named, DECISION_ACT, NULL, 0},
        {"unknown cause", unknown, DECISION_SKIP, "cause unknown", 0},
        {"disk full", disk_full, DECISION_SKIP, "did not fill it", 0},
        {"disk filled by the rollout", disk_filled, DECISION_ACT, NULL, 0},
        {"native failure", native, DECISION_ACT, NULL, 0},
        {"native failure, armed", native_armed, DECISION_SKIP, "its own rollback is armed", 0},
        {"budget of the service", service_budget, DECISION_SKIP, "2 of 2 actions on this", 0},
        {"budget of the fleet", fleet_budget, DECISION_SKIP, "10 of 10 actions on all", 0},
        {"confirm", confirm, DECISION_WAIT, "waits for `ecswatchctl approve` until", S(2100)},
        {"confirm, approved", approved, DECISION_ACT, NULL, 0},
        {"confirm, lapsed", lapsed, DECISION_SKIP, "nobody approved it within 30 min", 0},
        {"confirm, ECS first", confirm_armed, DECISION_WAIT, "waits for `ecswatchctl approve`",
         S(2100)},
        {"approved, ECS first", approved_armed, DECISION_WAIT, "goes first", S(600)},
        {"brake", inhibited, DECISION_SKIP, "nothing is rolled back in 1/us-east-1", 0},
        {"image_pull", image_pull, DECISION_WAIT, "whether other services fail like it", S(360)},
        {"image_pull, alone", image_pull_alone, DECISION_ACT, NULL, 0},
        {"held", held, DECISION_SKIP, "held by alice: freeze", 0},
        {"held, observe", held_and_observed, DECISION_SKIP, "held by alice: freeze", 0},
        {"no target", no_target, DECISION_SKIP, "nothing to go back to", 0},
        {"no target, ECS not asked", past_not_asked, DECISION_WAIT, "what it has completed before",
         S(300)},
        {"no target, ECS does not say", past_hidden, DECISION_SKIP,
         "cannot be seen: ListServiceDeployments: denied", 0},
        {"target inactive", inactive, DECISION_SKIP, "my-app:1: its task definition is INACTIVE",
         0},
        {"target not asked", not_asked, DECISION_WAIT, "asking ECS whether my-app:1", S(300)},
        {"ECS first: breaker", arm, DECISION_WAIT, "goes first", S(600)},
        {"ECS first: alarms", alarms, DECISION_WAIT, "goes first", S(600)},
        {"breaker without rollback", breaker_alone, DECISION_ACT, NULL, 0},
        {"ECS has begun", ecs_begun, DECISION_SKIP, "ECS itself has begun", 0},
        {"native_grace over", grace_over, DECISION_ACT, NULL, 0},
        {"FAILED for 60 s", standstill, DECISION_ACT, NULL, 0},
        {"FAILED for 40 s", short_standstill, DECISION_WAIT, "goes first", S(320)},
        {"race", race, DECISION_ACT, NULL, 0},
        {"quiesce", quiesce, DECISION_ACT, NULL, 0},
        {"quiesce, observe", quiesce_observe, DECISION_WOULD, "mode is observe", 0},
        {"quiesce, no first deployment", quiesce_second, DECISION_SKIP, "this is none", 0},
        {"quiesce, known before", quiesce_after_another, DECISION_SKIP, "this is none", 0},
        {"quiesce, another deployment", quiesce_beside, DECISION_SKIP, "another deployment", 0},
        {"quiesce, some survived", quiesce_survived, DECISION_SKIP, "serves somebody", 0},
        {"quiesce, capacity", quiesce_capacity, DECISION_SKIP, "cause capacity is not what a", 0},
        {"quiesce, done before", quiesce_acted, DECISION_SKIP, "quiesce was done", 0},
        {"quiesce, rolled back", quiesce_rolled_back, DECISION_ACT, NULL, 0},
        {"quiesce, EXTERNAL", quiesce_external, DECISION_SKIP, "owns the quiesce", 0},
        {"quiesce, budget", quiesce_budget, DECISION_SKIP, "2 of 2 actions", 0},
        {"quiesce, brake", quiesce_inhibited, DECISION_SKIP, "for now", 0},
        {"quiesce, the breaker stands still", quiesce_native, DECISION_ACT, NULL, 0},
};

START_TEST(decides) {
        struct Scene s;
        struct Decision got;

        scene_init(&s);
        DECISIONS[_i].change(&s);
        policy_decide(&s.policy, &s.judged, &s.history, s.now, &got);
        ck_assert_msg(got.kind == DECISIONS[_i].kind, "%s: got %s (%s)", DECISIONS[_i].name,
                      decision_kind_name(got.kind), got.reason);
        if (DECISIONS[_i].reason)
                ck_assert_msg(strstr(got.reason, DECISIONS[_i].reason), "%s: '%s'",
                              DECISIONS[_i].name, got.reason);
        else
                ck_assert_msg(!got.reason[0], "%s: '%s'", DECISIONS[_i].name, got.reason);
        ck_assert_msg(got.wait_until == DECISIONS[_i].wait_until, "%s: until t+%llu s",
                      DECISIONS[_i].name,
                      (unsigned long long) (usec_sub(got.wait_until, T0) / USEC_PER_SEC));
        ck_assert(got.kind == DECISION_NOTHING || got.action == s.entry.action);
        if ((got.kind == DECISION_ACT || got.kind == DECISION_WOULD) &&
            got.action == ACTION_ROLLBACK) {
                ck_assert_str_eq(got.target, TD(1));
                ck_assert_int_eq(got.method, ROLLBACK_UPDATE_SERVICE);
        }
}
END_TEST

static const struct {
        const char *name;
        void (*change)(struct Scene *s);
        const char *reason; /* NULL: nothing forbids it */
} FORBIDDEN[] = {
        {"nothing", unchanged, NULL},
        {"observe", observe, "mode is observe"},
        {"dry run", dry_run, "--dry-run"},
        {"confirm by now", confirm, "nobody approved it"},
        {"confirm, approved", approved, NULL},
        {"brake", inhibited, "nothing is rolled back"},
        {"held", held, "held by alice: freeze"},
        {"budget of the service", service_budget, "2 of 2 actions on this"},
        {"budget of the fleet", fleet_budget, "10 of 10 actions on all"},
};

START_TEST(what_forbids_is_asked_again_before_the_call) {
        char reason[DECISION_REASON_MAX] = "";
        struct Scene s;

        scene_init(&s);
        FORBIDDEN[_i].change(&s);
        ck_assert_msg(decision_is_forbidden(&s.policy, &s.history, ACTION_ROLLBACK, reason) ==
                              (FORBIDDEN[_i].reason != NULL),
                      "%s: '%s'", FORBIDDEN[_i].name, reason);
        if (FORBIDDEN[_i].reason)
                ck_assert_msg(strstr(reason, FORBIDDEN[_i].reason), "%s: '%s'", FORBIDDEN[_i].name,
                              reason);
}
END_TEST

START_TEST(asks_for_the_task_definition) {
        struct Scene s;
        struct Decision got;

        scene_init(&s);
        ck_assert_int_eq(policy_decide(&s.policy, &s.judged, &s.history, s.now, &got), DECIDED);
        s.candidate.status = NULL;
        ck_assert_int_eq(policy_decide(&s.policy, &s.judged, &s.history, s.now, &got),
                         DECIDE_ASK_TASK_DEFINITION);
        ck_assert_str_eq(got.target, TD(1));
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("decide");
        ADD_ROWS(decides, DECISIONS);
        ADD_ROWS(what_forbids_is_asked_again_before_the_call, FORBIDDEN);
        tcase_add_test(tests, asks_for_the_task_definition);
        return suite;
}
