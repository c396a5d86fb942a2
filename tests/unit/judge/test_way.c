/* SPDX-License-Identifier: Apache-2.0 */
/* By which way a rollback goes, and when none is open. */
#include <string.h>

#include "check_main.h"
#include "scene.h"

#define REVISION(n) "arn:aws:ecs:us-east-1:123456789012:service-revision/c/my-app/" #n
static const char *const ONE_SOURCE[] = {REVISION(1)};

static const struct {
        const char *name;
        struct ServiceDeploymentFacts deployment;
        bool is_closed;
        const char *reason; /* under `stop_deployment` */
} WAYS[] = {
#define DEPLOYMENT(is, at, td, sources, source_td)                              \
        {                                                                       \
                .arn = "arn:sd", .status = (is), .created_at = (at),            \
                .target_revision = REVISION(2), .source_revisions = ONE_SOURCE, \
                .n_source_revisions = (sources), .task_definition = (td),       \
                .source_task_definition = (source_td)                           \
        }
        {"in progress", DEPLOYMENT(SERVICE_DEPLOYMENT_IN_PROGRESS, S(99), TD(2), 1, TD(1)), false,
         NULL},
        {"pending", DEPLOYMENT(SERVICE_DEPLOYMENT_PENDING, S(41), TD(2), 1, TD(1)), false, NULL},
        {"began long before", DEPLOYMENT(SERVICE_DEPLOYMENT_IN_PROGRESS, S(39), TD(2), 1, TD(1)),
         true, "another one"},
        {"began after", DEPLOYMENT(SERVICE_DEPLOYMENT_IN_PROGRESS, S(161), TD(2), 1, TD(1)), true,
         "another one"},
        {"of another task definition",
         DEPLOYMENT(SERVICE_DEPLOYMENT_IN_PROGRESS, S(99), TD(3), 1, TD(1)), true, "another one"},
        {"completed", DEPLOYMENT(SERVICE_DEPLOYMENT_SUCCESSFUL, S(99), TD(2), 1, TD(1)), true,
         "is SUCCESSFUL: it cannot be stopped any more"},
        {"from two revisions", DEPLOYMENT(SERVICE_DEPLOYMENT_IN_PROGRESS, S(99), TD(2), 2, NULL),
         true, "no single revision"},
        {"from another revision",
         DEPLOYMENT(SERVICE_DEPLOYMENT_IN_PROGRESS, S(99), TD(2), 1, TD(7)), true,
         "would lead to my-app:7, not to my-app:1"},
};

START_TEST(chooses_the_way) {
        struct Scene s;
        struct Decision got;

        scene_init(&s);
        s.judged.deployment = &WAYS[_i].deployment;
        policy_decide(&s.policy, &s.judged, &s.history, s.now, &got);
        ck_assert_int_eq(got.kind, DECISION_ACT);
        ck_assert_msg(got.method == (WAYS[_i].is_closed ? ROLLBACK_UPDATE_SERVICE
                                                        : ROLLBACK_STOP_DEPLOYMENT),
                      "%s: %s", WAYS[_i].name, rollback_method_name(got.method));
        ck_assert_int_eq(got.falls_back, !WAYS[_i].is_closed);
        ck_assert_str_eq(got.handle, WAYS[_i].is_closed ? "" : "arn:sd");

        s.entry.rollback = ROLLBACK_STOP_DEPLOYMENT;
        policy_decide(&s.policy, &s.judged, &s.history, s.now, &got);
        ck_assert_int_eq(got.method, ROLLBACK_STOP_DEPLOYMENT);
        ck_assert_int_eq(got.falls_back, false);
        ck_assert_int_eq(got.kind, WAYS[_i].is_closed ? DECISION_SKIP : DECISION_ACT);
        if (WAYS[_i].is_closed)
                ck_assert_msg(strstr(got.reason, WAYS[_i].reason), "%s: '%s'", WAYS[_i].name,
                              got.reason);

        s.entry.rollback = ROLLBACK_UPDATE_SERVICE;
        policy_decide(&s.policy, &s.judged, &s.history, s.now, &got);
        ck_assert_int_eq(got.kind, DECISION_ACT);
        ck_assert_int_eq(got.method, ROLLBACK_UPDATE_SERVICE);
}
END_TEST

/* The same task definition in another revision: only ECS itself can go back to it. */
START_TEST(stops_what_has_the_same_task_definition) {
        struct ServiceDeploymentFacts deployment = WAYS[0].deployment;
        struct Scene s;
        struct Decision got;

        scene_init(&s);
        s.judged.deployment = &deployment;
        s.candidate.task_definition = deployment.source_task_definition = TD(2);
        policy_decide(&s.policy, &s.judged, &s.history, s.now, &got);
        ck_assert_int_eq(got.kind, DECISION_ACT);
        ck_assert_int_eq(got.method, ROLLBACK_STOP_DEPLOYMENT);
        ck_assert(!got.falls_back);

        deployment.target_revision = ONE_SOURCE[0]; /* forced, and nothing has changed */
        policy_decide(&s.policy, &s.judged, &s.history, s.now, &got);
        ck_assert_int_eq(got.kind, DECISION_SKIP);
        ck_assert_ptr_nonnull(strstr(got.reason, "cannot change to the same task definition"));
}
END_TEST

/* ---- task sets ---- */

#define SET(n) "ecs-svc/" #n

static const struct {
        const char *name;
        enum Controller controller;
        enum RollbackMethod asked;
        const char *before_status; /* NULL: the one before is gone */
        const char *before_definition;
        const char *started_by, *external_id; /* of the judged one */
        enum DecisionKind kind;
        enum RollbackMethod method;
        const char *handle, *reason;
} SETS[] = {
        {"CodeDeploy, before the traffic moved", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, "PRIMARY",
         TD(1), "CODE_DEPLOY", "d-2", DECISION_ACT, ROLLBACK_CODE_DEPLOY, "d-2", NULL},
        {"CodeDeploy, after it moved", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, "ACTIVE", TD(1),
         "CODE_DEPLOY", "d-2", DECISION_ACT, ROLLBACK_CODE_DEPLOY, "d-2", NULL},
        {"CodeDeploy, stop_deployment", CONTROLLER_CODE_DEPLOY, ROLLBACK_STOP_DEPLOYMENT, "PRIMARY",
         TD(1), "CODE_DEPLOY", "d-2", DECISION_ACT, ROLLBACK_CODE_DEPLOY, "d-2", NULL},
        {"CodeDeploy, the one before drains", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, "DRAINING",
         TD(1), "CODE_DEPLOY", "d-2", DECISION_SKIP, ROLLBACK_CODE_DEPLOY, "", "is gone"},
        {"CodeDeploy, finished", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, NULL, TD(1), "CODE_DEPLOY",
         "d-2", DECISION_SKIP, ROLLBACK_CODE_DEPLOY, "", "deploy the revision before it again"},
        {"CodeDeploy would lead elsewhere", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, "PRIMARY", TD(0),
         "CODE_DEPLOY", "d-2", DECISION_SKIP, ROLLBACK_CODE_DEPLOY, "",
         "runs my-app:0, and it would go back to my-app:1"},
        {"not CodeDeploy's", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, "PRIMARY", TD(1), "alice", "x",
         DECISION_SKIP, ROLLBACK_CODE_DEPLOY, "", "CodeDeploy did not start"},
        {"without an id", CONTROLLER_CODE_DEPLOY, ROLLBACK_AUTO, "PRIMARY", TD(1), "CODE_DEPLOY",
         NULL, DECISION_SKIP, ROLLBACK_CODE_DEPLOY, "", "CodeDeploy did not start"},
        {"EXTERNAL, auto", CONTROLLER_EXTERNAL, ROLLBACK_AUTO, "PRIMARY", TD(1), NULL, NULL,
         DECISION_SKIP, ROLLBACK_UPDATE_SERVICE, "", "unless the policy says `rollback: task_set`"},
        {"EXTERNAL, task_set", CONTROLLER_EXTERNAL, ROLLBACK_TASK_SET, "ACTIVE", TD(1), NULL, NULL,
         DECISION_ACT, ROLLBACK_TASK_SET, SET(1), NULL},
        {"EXTERNAL, the one before is gone", CONTROLLER_EXTERNAL, ROLLBACK_TASK_SET, NULL, TD(1),
         NULL, NULL, DECISION_SKIP, ROLLBACK_TASK_SET, "", "is gone"},
};

START_TEST(decides_about_task_sets) {
        const struct TaskSetFacts sets[] = {
                {.id = SET(2),
                 .status = "ACTIVE",
                 .task_definition = TD(2),
                 .created_at = S(100),
                 .started_by = SETS[_i].started_by,
                 .external_id = SETS[_i].external_id},
                {.id = SET(1),
                 .status = SETS[_i].before_status,
                 .task_definition = SETS[_i].before_definition,
                 .created_at = S(10)},
        };
        struct Scene s;
        struct Decision got;

        scene_init(&s);
        s.service.controller = SETS[_i].controller;
        s.service.task_sets = sets;
        s.service.n_task_sets = SETS[_i].before_status ? 2 : 1;
        s.service.n_deployments = 0;
        s.judged.deployment_asked = false; /* there is none to be asked for */
        s.entry.rollback = SETS[_i].asked;
        ck_assert_int_eq(policy_decide(&s.policy, &s.judged, &s.history, s.now, &got), DECIDED);
        ck_assert_msg(got.kind == SETS[_i].kind && got.method == SETS[_i].method,
                      "%s: %s by %s (%s)", SETS[_i].name, decision_kind_name(got.kind),
                      rollback_method_name(got.method), got.reason);
        ck_assert_str_eq(got.handle, SETS[_i].handle);
        ck_assert_msg(SETS[_i].reason ? strstr(got.reason, SETS[_i].reason) != NULL
                                      : got.reason[0] == '\0',
                      "%s: '%s'", SETS[_i].name, got.reason);
}
END_TEST

START_TEST(asks_for_the_service_deployment) {
        struct Scene s;
        struct Decision got;

        scene_init(&s);
        s.judged.deployment_asked = false;
        ck_assert_int_eq(policy_decide(&s.policy, &s.judged, &s.history, s.now, &got),
                         DECIDE_ASK_SERVICE_DEPLOYMENT);
        ck_assert_int_eq(got.kind, DECISION_WAIT);
        s.entry.rollback = ROLLBACK_UPDATE_SERVICE; /* which does not need it */
        ck_assert_int_eq(policy_decide(&s.policy, &s.judged, &s.history, s.now, &got), DECIDED);
        ck_assert_int_eq(got.kind, DECISION_ACT);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("way");
        ADD_ROWS(chooses_the_way, WAYS);
        tcase_add_test(tests, stops_what_has_the_same_task_definition);
        ADD_ROWS(decides_about_task_sets, SETS);
        tcase_add_test(tests, asks_for_the_service_deployment);
        return suite;
}
