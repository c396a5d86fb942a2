/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker, rollbacks by it and by request, and the service deployments that tell. */
#include <stdio.h>

#include "stage.h"

static const struct {
        enum SimThreshold type;
        unsigned value, desired, expected;
} THRESHOLDS[] = {
        {SIM_BOUNDED_PERCENT, 50, 1, 3},
        {SIM_BOUNDED_PERCENT, 50, 25, 13},
        {SIM_BOUNDED_PERCENT, 50, 400, 200},
        {SIM_BOUNDED_PERCENT, 50, 800, 200},
        {SIM_UNBOUNDED_PERCENT, 50, 1, 1},
        {SIM_UNBOUNDED_PERCENT, 50, 800, 400},
        {SIM_COUNT, 7, 100, 7},
};

START_TEST(knows_its_threshold) {
        struct SimService service = {
                .desired = THRESHOLDS[_i].desired,
                .breaker = {.threshold = THRESHOLDS[_i].type, .value = THRESHOLDS[_i].value},
        };

        ck_assert_uint_eq(sim_breaker_threshold(&service), THRESHOLDS[_i].expected);
}
END_TEST

/* A service with a good past, and a breaker. */
static struct Stage stage_with_breaker(unsigned desired, bool rollback) {
        struct Stage stage = stage_new(9);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), desired);

        spec.breaker.enable = true;
        spec.breaker.rollback = rollback;
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        return stage;
}

START_TEST(trips_and_makes_the_old_deployment_primary_again) {
        struct SimBehaviour pull = stage_start_fault(SIM_FAULT_PULL, "denied");
        struct Stage stage = stage_with_breaker(2, true);
        const struct SimService *service = stage.service;
        const struct SimDeployment *old = sim_primary(service);
        const struct SimServiceDeployment *told;
        char expected[SIM_NAME_MAX];

        stage_deploy(&stage, stage_revision(&stage, &pull, false));
        while (sim_primary(service) != old)
                stage_pass(&stage, USEC_PER_SEC);
        ck_assert_int_eq(old->rollout, SIM_IN_PROGRESS);
        ck_assert_uint_eq(old->failed_tasks, 0);
        snprintf(expected, sizeof(expected),
                 "ECS deployment circuit breaker: rolling back to deploymentId %s.", old->id);
        ck_assert_str_eq(old->rollout_reason, expected);
        ck_assert_int_eq(service->deployments[1]->status, SIM_ACTIVE);
        ck_assert_int_eq(service->deployments[1]->rollout, SIM_FAILED);
        ck_assert_str_eq(service->deployments[1]->rollout_reason,
                         "ECS deployment circuit breaker: tasks failed to start.");
        told = sim_current_service_deployment(service);
        ck_assert_int_eq(told->status, SIM_SD_ROLLBACK_IN_PROGRESS);
        ck_assert_int_eq(told->breaker, SIM_BREAKER_TRIGGERED);
        ck_assert_uint_ge(told->failure_count, told->threshold);

        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(service->n_deployments, 2);
        ck_assert_int_eq(old->rollout, SIM_COMPLETED);
        ck_assert_int_eq(told->status, SIM_SD_ROLLBACK_SUCCESSFUL);
        snprintf(expected, sizeof(expected),
                 "(service web) (deployment %s) deployment failed: tasks failed to start.",
                 service->deployments[1]->id);
        ck_assert_str_eq(stage_event(&stage, "deployment failed"), expected);
        snprintf(expected, sizeof(expected), "(service web) rolling back to deployment %s.",
                 old->id);
        ck_assert_str_eq(stage_event(&stage, "rolling back"), expected);
        stage_done(&stage);
}
END_TEST

/* What the options and the service's own settings make of the same bad image. */
static const struct {
        const char *name;
        bool rollback, stands_still, new_id, unnamed;
        usec_t delay;
        enum SimRollout primary_after_2min;
        bool rolled_back;
} VARIANTS[] = {
        {"rollback", .rollback = true, .primary_after_2min = SIM_COMPLETED, .rolled_back = true},
        {"no rollback", .primary_after_2min = SIM_FAILED},
        {"stands still", .rollback = true, .stands_still = true, .primary_after_2min = SIM_FAILED},
        {"a new id", .rollback = true, .new_id = true, .primary_after_2min = SIM_COMPLETED,
         .rolled_back = true},
        {"late", .rollback = true, .delay = USEC_PER_HOUR, .primary_after_2min = SIM_IN_PROGRESS},
        {"unnamed", .rollback = true, .unnamed = true, .primary_after_2min = SIM_COMPLETED,
         .rolled_back = true},
};

START_TEST(varies_as_told) {
        struct SimBehaviour pull = stage_start_fault(SIM_FAULT_PULL, "denied");
        struct Stage stage = stage_with_breaker(2, VARIANTS[_i].rollback);
        struct SimOptions options = *sim_options(stage.sim);
        const struct SimDeployment *primary;
        size_t started;

        options.breaker_stands_still = VARIANTS[_i].stands_still;
        options.reuse_deployment_id = !VARIANTS[_i].new_id;
        options.breaker_delay = VARIANTS[_i].delay;
        options.events_named = !VARIANTS[_i].unnamed;
        sim_set_options(stage.sim, &options);
        stage_deploy(&stage, stage_revision(&stage, &pull, false));
        stage_pass(&stage, 2 * USEC_PER_MINUTE);

        primary = sim_primary(stage.service);
        ck_assert_msg(primary->rollout == VARIANTS[_i].primary_after_2min, "%s: %s",
                      VARIANTS[_i].name, primary->rollout_reason);
        ck_assert_msg((primary != stage.service->deployments[1]) == VARIANTS[_i].rolled_back, "%s",
                      VARIANTS[_i].name);
        ck_assert_uint_eq(stage.service->n_deployments, VARIANTS[_i].new_id ? 3 : 2);
        ck_assert_uint_eq(stage_told(&stage, "(service web) deployment failed: tasks failed"),
                          VARIANTS[_i].unnamed);
        /* What ECS gave up on starts nothing more; the old tasks serve on in any case. */
        started = stage_told(&stage, "has started");
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        if (VARIANTS[_i].delay == 0)
                ck_assert_uint_eq(stage_told(&stage, "has started"), started);
        ck_assert_uint_eq(sim_count(stage.sim, stage.service, NULL).running, 2);
        stage_done(&stage);
}
END_TEST

static const struct {
        const char *name;
        enum SimFault fault;
        bool health_check, counts_exits, trips;
} COUNTED[] = {
        {"health check", SIM_FAULT_HEALTH, .health_check = true, .trips = true},
        {"exit after RUNNING", SIM_FAULT_EXIT, .trips = false},
        {"exit after RUNNING, counted", SIM_FAULT_EXIT, .counts_exits = true, .trips = true},
        {"killed for memory", SIM_FAULT_OOM, .trips = false},
};

START_TEST(counts_what_ecs_counts) {
        struct SimBehaviour bad = stage_fault(COUNTED[_i].fault, 20 * USEC_PER_SEC);
        struct Stage stage = stage_with_breaker(2, true);
        struct SimOptions options = *sim_options(stage.sim);

        options.breaker_counts_exits = COUNTED[_i].counts_exits;
        sim_set_options(stage.sim, &options);
        stage_deploy(&stage, stage_revision(&stage, &bad, COUNTED[_i].health_check));
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_msg((stage_told(&stage, "deployment failed") == 1) == COUNTED[_i].trips, "%s",
                      COUNTED[_i].name);
        stage_done(&stage);
}
END_TEST

START_TEST(has_nowhere_to_go_while_it_rolls_back) {
        struct SimBehaviour pull = stage_start_fault(SIM_FAULT_PULL, "denied");
        struct Stage stage = stage_with_breaker(2, true);
        const struct SimService *service = stage.service;
        const struct SimDeployment *old = sim_primary(service);

        stage_deploy(&stage, stage_revision(&stage, &pull, false));
        while (sim_primary(service) != old)
                stage_pass(&stage, USEC_PER_SEC);
        stage_deploy(&stage, stage_revision(&stage, &pull, false));
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_ptr_eq(sim_primary(service), service->deployments[2]);
        ck_assert_int_eq(sim_primary(service)->rollout, SIM_FAILED);
        ck_assert_uint_eq(stage_told(&stage, "rolling back"), 1);
        stage_done(&stage);
}
END_TEST

START_TEST(rolls_back_on_request) {
        struct SimBehaviour crash = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(9);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 2);
        struct SimServiceDeployment *told;
        const struct SimDeployment *old;

        stage_create(&stage, &spec);
        told = sim_current_service_deployment(stage.service);
        ck_assert_int_eq(sim_stop_service_deployment(stage.sim, told), SIM_REFUSED_NO_SOURCE);
        stage_pass(&stage, USEC_PER_HOUR);
        ck_assert_int_eq(sim_stop_service_deployment(stage.sim, told), SIM_REFUSED_NOT_STOPPABLE);

        old = sim_primary(stage.service);
        stage_deploy(&stage, stage_revision(&stage, &crash, false));
        stage_pass(&stage, 2 * USEC_PER_MINUTE);
        told = sim_current_service_deployment(stage.service);
        ck_assert_uint_eq(told->n_sources, 1);
        ck_assert_ptr_eq(told->sources[0], old->revision);
        ck_assert_int_eq(sim_stop_service_deployment(stage.sim, told), 0);
        ck_assert_int_eq(told->status, SIM_SD_ROLLBACK_REQUESTED);
        ck_assert_int_eq(sim_stop_service_deployment(stage.sim, told), 0);
        stage_pass(&stage, 10 * USEC_PER_SEC);
        ck_assert_ptr_eq(sim_primary(stage.service), old);
        ck_assert_int_eq(sim_stop_service_deployment(stage.sim, told), 0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(told->status, SIM_SD_ROLLBACK_SUCCESSFUL);
        ck_assert_ptr_eq(told->rollback_to, old);
        ck_assert_uint_eq(stage_told(&stage, "deployment failed"), 0);
        stage_done(&stage);
}
END_TEST

START_TEST(placement_trouble_trips_it_after_three_quarters_of_an_hour) {
        struct Stage stage = stage_new(9);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);
        usec_t begun;

        spec.launch = SIM_EC2;
        spec.breaker.enable = spec.breaker.rollback = true;
        stage_instance(&stage, "host-1", 600);
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, NULL, false)); /* there is no room for two */
        begun = sim_now(stage.sim);
        while (stage_told(&stage, "deployment failed") == 0)
                stage_pass(&stage, 10 * USEC_PER_SEC);
        ck_assert_msg(sim_now(stage.sim) - begun > 44 * USEC_PER_MINUTE &&
                              sim_now(stage.sim) - begun < 48 * USEC_PER_MINUTE,
                      "after %llu s",
                      (unsigned long long) ((sim_now(stage.sim) - begun) / USEC_PER_SEC));
        ck_assert_uint_eq(stage_told(&stage, "insufficient memory"), 1);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sim breaker");
        ADD_ROWS(knows_its_threshold, THRESHOLDS);
        ADD_ROWS(varies_as_told, VARIANTS);
        ADD_ROWS(counts_what_ecs_counts, COUNTED);
        tcase_add_test(tests, trips_and_makes_the_old_deployment_primary_again);
        tcase_add_test(tests, has_nowhere_to_go_while_it_rolls_back);
        tcase_add_test(tests, rolls_back_on_request);
        tcase_add_test(tests, placement_trouble_trips_it_after_three_quarters_of_an_hour);
        return suite;
}
