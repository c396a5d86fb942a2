/* SPDX-License-Identifier: Apache-2.0 */
/* Blue/green, linear and canary deployments, bake times, hooks that pause, alarms. */
#include "base/text.h"
#include "stage.h"

static struct Stage stage;

static void begin(struct SimStrategy strategy, struct SimAlarms alarms) {
        struct SimServiceSpec spec;

        stage = stage_new(1);
        spec = stage_spec(stage_revision(&stage, NULL, false), 2);
        spec.strategy = strategy;
        spec.alarms = alarms;
        stage_create(&stage, &spec);
        /* Its first deployment goes through the stages, too. */
        stage_pass(&stage, USEC_PER_HOUR);
        ck_assert_int_eq(sim_current_service_deployment(stage.service)->status, SIM_SD_SUCCESSFUL);
}

static const struct SimServiceDeployment *current(void) {
        return sim_current_service_deployment(stage.service);
}

static unsigned running(void) {
        return sim_count(stage.sim, stage.service, NULL).running;
}

static const struct {
        struct SimStrategy strategy;
        unsigned shifts_for; /* minutes */
} STRATEGIES[] = {
        {{SIM_BLUE_GREEN, 10 * USEC_PER_MINUTE, 0, 0, false}, 0},
        {{SIM_LINEAR, 10 * USEC_PER_MINUTE, 25, 2 * USEC_PER_MINUTE, false}, 8},
        {{SIM_CANARY, 10 * USEC_PER_MINUTE, 10, 5 * USEC_PER_MINUTE, false}, 10},
};

START_TEST(both_run_until_it_is_baked) {
        begin(STRATEGIES[_i].strategy, (struct SimAlarms) {});
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert_uint_eq(running(), 4);
        ck_assert_int_eq(current()->stage, STRATEGIES[_i].shifts_for > 0
                                                   ? SIM_STAGE_PRODUCTION_TRAFFIC_SHIFT
                                                   : SIM_STAGE_BAKE_TIME);
        stage_pass(&stage, STRATEGIES[_i].shifts_for * USEC_PER_MINUTE);
        ck_assert_int_eq(current()->stage, SIM_STAGE_BAKE_TIME);
        ck_assert_uint_eq(current()->shifted, 100);
        ck_assert_uint_eq(running(), 4);
        stage_pass(&stage, 12 * USEC_PER_MINUTE);
        ck_assert_uint_eq(running(), 2);
        ck_assert_int_eq(current()->status, SIM_SD_SUCCESSFUL);
        stage_done(&stage);
}
END_TEST

START_TEST(a_hook_pauses_it) {
        begin((struct SimStrategy) {SIM_BLUE_GREEN, 0, 0, 0, false}, (struct SimAlarms) {});
        stage.service->strategy.pauses = true;
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        stage_pass(&stage, USEC_PER_HOUR);
        ck_assert_int_eq(current()->stage, SIM_STAGE_POST_SCALE_UP);
        ck_assert_uint_eq(running(), 4);
        ck_assert_int_eq(sim_continue_service_deployment(stage.sim, stage.service), 0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(current()->status, SIM_SD_SUCCESSFUL);
        ck_assert_int_eq(sim_continue_service_deployment(stage.sim, stage.service),
                         SIM_REFUSED_NOT_STOPPABLE);
        stage_done(&stage);
}
END_TEST

START_TEST(a_stopped_one_goes_back) {
        begin((struct SimStrategy) {SIM_BLUE_GREEN, USEC_PER_HOUR / 4, 0, 0, false},
              (struct SimAlarms) {});
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(current()->stage, SIM_STAGE_BAKE_TIME);
        ck_assert_int_eq(sim_stop_service_deployment(stage.sim,
                                                     sim_current_service_deployment(stage.service)),
                         0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(current()->status, SIM_SD_ROLLBACK_SUCCESSFUL);
        ck_assert_str_eq(sim_primary(stage.service)->revision->definition->name, "web:1");
        ck_assert_uint_eq(running(), 2);
        stage_done(&stage);
}
END_TEST

static const struct {
        struct SimAlarms alarms;
        bool in_alarm_before;
        enum SimServiceDeploymentStatus status;
} ALARMS[] = {
        {{.enable = true, .rollback = true}, false, SIM_SD_ROLLBACK_SUCCESSFUL},
        {{.enable = true}, false, SIM_SD_STOPPED},
        {{.enable = true, .rollback = true},
         true,
         SIM_SD_SUCCESSFUL}, /* then it is not looked at */
        {{}, false, SIM_SD_SUCCESSFUL},
};

START_TEST(an_alarm_ends_it) {
        begin((struct SimStrategy) {SIM_ROLLING, 10 * USEC_PER_MINUTE, 0, 0, false},
              ALARMS[_i].alarms);
        if (ALARMS[_i].in_alarm_before)
                ck_assert_int_eq(sim_set_alarm(stage.sim, stage.service, true), 0);
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(current()->status, SIM_SD_IN_PROGRESS); /* it bakes */
        ck_assert_int_eq(sim_set_alarm(stage.sim, stage.service, true), 0);
        stage_pass(&stage, 30 * USEC_PER_MINUTE);
        ck_assert_int_eq(current()->status, ALARMS[_i].status);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sim/stages");
        ADD_ROWS(both_run_until_it_is_baked, STRATEGIES);
        tcase_add_test(tests, a_hook_pauses_it);
        tcase_add_test(tests, a_stopped_one_goes_back);
        ADD_ROWS(an_alarm_ends_it, ALARMS);
        return suite;
}
