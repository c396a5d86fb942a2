/* SPDX-License-Identifier: Apache-2.0 */
/* Task sets, and CodeDeploy's way from one to the next. */
#include "base/text.h"
#include "sim/taskset.h"
#include "stage.h"

static struct Stage stage;
static struct SimCodeDeployment *deployment;

static struct SimTaskDefinition *revision(bool crashes) {
        struct SimBehaviour behaviour;

        sim_behaviour_default(&behaviour);
        if (crashes) {
                behaviour.fault = SIM_FAULT_EXIT;
                behaviour.after = USEC_PER_SEC;
        }
        return stage_revision(&stage, &behaviour, false);
}

static void begin(enum SimController controller) {
        struct SimServiceSpec spec;

        stage = stage_new(1);
        spec = stage_spec(revision(false), 2);
        spec.controller = controller;
        stage_create(&stage, &spec);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
}

static const struct SimDeployment *set_at(size_t i) {
        ck_assert_uint_lt(i, stage.service->n_deployments);
        return stage.service->deployments[i];
}

static unsigned running(size_t i) {
        return sim_count(stage.sim, stage.service, set_at(i)).running;
}

static bool told(const char *text) {
        for (size_t i = 0; i < stage.service->n_events; i++)
                if (strstr(stage.service->events[i].message, text))
                        return true;
        return false;
}

START_TEST(a_service_has_one_set) {
        begin(SIM_CONTROLLER_CODE_DEPLOY);
        ck_assert_int_eq(set_at(0)->status, SIM_PRIMARY);
        ck_assert(set_at(0)->is_steady);
        ck_assert_uint_eq(running(0), 2);
        ck_assert(told("(service web, taskSet ecs-svc/"));
        ck_assert(told("has reached a steady state."));
        ck_assert_ptr_null(sim_current_service_deployment(stage.service));
        stage_done(&stage);
}
END_TEST

START_TEST(update_service_moves_nothing) {
        struct SimServiceChange change = {};
        unsigned desired = 3;

        begin(SIM_CONTROLLER_CODE_DEPLOY);
        change.definition = revision(false);
        ck_assert_int_eq(sim_update_service(stage.sim, stage.service, &change),
                         SIM_REFUSED_NOT_BY_UPDATE);
        change.definition = NULL;
        change.desired = &desired;
        ck_assert_int_eq(sim_update_service(stage.sim, stage.service, &change), 0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(running(0), 3);
        stage_done(&stage);
}
END_TEST

START_TEST(code_deploy_moves_the_service) {
        begin(SIM_CONTROLLER_CODE_DEPLOY);
        ck_assert_int_eq(sim_code_deploy(stage.sim, stage.service, revision(false), &deployment),
                         0);
        ck_assert_str_eq(set_at(1)->external_id, deployment->id);
        ck_assert_int_eq(set_at(1)->status, SIM_ACTIVE);
        ck_assert_int_eq(sim_code_deploy(stage.sim, stage.service, revision(false), &deployment),
                         SIM_REFUSED_CODE_OPEN);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_int_eq(set_at(1)->status, SIM_PRIMARY);
        ck_assert_int_eq(set_at(0)->status, SIM_ACTIVE);
        ck_assert_uint_eq(running(0) + running(1), 4);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_int_eq(set_at(0)->status, SIM_INACTIVE);
        ck_assert_int_eq(deployment->status, SIM_CODE_SUCCEEDED);
        ck_assert_int_eq(sim_stop_code_deployment(stage.sim, deployment, true),
                         SIM_REFUSED_CODE_COMPLETED);
        stage_done(&stage);
}
END_TEST

/* Before the traffic has moved, and after it has while the old one is still there. */
START_TEST(code_deploy_goes_back) {
        bool crashes = _i;

        begin(SIM_CONTROLLER_CODE_DEPLOY);
        ck_assert_int_eq(sim_code_deploy(stage.sim, stage.service, revision(crashes), &deployment),
                         0);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_int_eq(set_at(1)->status, crashes ? SIM_ACTIVE : SIM_PRIMARY);
        ck_assert_int_eq(sim_stop_code_deployment(stage.sim, deployment, true), 0);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_int_eq(set_at(0)->status, SIM_PRIMARY);
        ck_assert_int_eq(set_at(1)->status, SIM_INACTIVE);
        ck_assert_uint_eq(running(0), 2);
        ck_assert_int_eq(deployment->status, SIM_CODE_STOPPED);
        stage_done(&stage);
}
END_TEST

START_TEST(somebody_elses_sets) {
        struct SimDeployment *set;

        begin(SIM_CONTROLLER_EXTERNAL);
        ck_assert_int_eq(sim_create_task_set(stage.sim, stage.service, revision(false), 50, "x",
                                             &set),
                         0);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_uint_eq(running(1), 1);
        ck_assert_int_eq(sim_delete_task_set(stage.sim, stage.service->deployments[0], false),
                         SIM_REFUSED_TASK_SET_PRIMARY);
        ck_assert_int_eq(sim_promote_task_set(stage.sim, set), 0);
        ck_assert_int_eq(sim_scale_task_set(stage.sim, stage.service->deployments[0], 0), 0);
        ck_assert_int_eq(sim_scale_task_set(stage.sim, set, 100), 0);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_uint_eq(running(0), 0);
        ck_assert_uint_eq(running(1), 2);
        ck_assert_int_eq(set_at(0)->status, SIM_ACTIVE); /* with no share, and there */
        ck_assert(sim_find_task_set(stage.service, set->id) == set);
        ck_assert_ptr_null(sim_find_task_set(stage.service, "ecs-svc/1"));
        ck_assert_int_eq(sim_delete_task_set(stage.sim, stage.service->deployments[0], false), 0);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_int_eq(set_at(0)->status, SIM_INACTIVE);
        stage_done(&stage);
}
END_TEST

START_TEST(ecs_has_none) {
        struct SimDeployment *set;

        begin(SIM_CONTROLLER_ECS);
        ck_assert_int_eq(sim_create_task_set(stage.sim, stage.service, revision(false), 100, NULL,
                                             &set),
                         SIM_REFUSED_NO_TASK_SETS);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sim/tasksets");
        tcase_add_test(tests, a_service_has_one_set);
        tcase_add_test(tests, update_service_moves_nothing);
        tcase_add_test(tests, code_deploy_moves_the_service);
        tcase_add_loop_test(tests, code_deploy_goes_back, 0, 2);
        tcase_add_test(tests, somebody_elses_sets);
        tcase_add_test(tests, ecs_has_none);
        return suite;
}
