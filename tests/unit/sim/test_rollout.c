/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments from their beginning to their end, and the two percentages at every instant. */
#include "stage.h"

static const struct {
        const char *name;
        unsigned desired, minimum, maximum;
        bool health_check, load_balancer;
} GOOD[] = {
        {"defaults", 4, 100, 200},
        {"one task", 1, 100, 200},
        {"no surge, one down at a time", 4, 75, 100},
        {"everything down first", 2, 0, 100},
        {"half down, half up", 5, 50, 150},
        {"many", 60, 90, 120},
        {"health check", 3, 100, 200, .health_check = true},
        {"load balancer", 3, 100, 200, .load_balancer = true},
        {"both checks", 3, 66, 133, .health_check = true, .load_balancer = true},
};

static void good_service(struct Stage *stage, int row) {
        char group[] = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1";
        char app[] = "app";
        struct SimServiceSpec spec =
                stage_spec(stage_revision(stage, NULL, GOOD[row].health_check), GOOD[row].desired);

        spec.minimum_healthy_percent = GOOD[row].minimum;
        spec.maximum_percent = GOOD[row].maximum;
        if (GOOD[row].load_balancer) {
                spec.load_balancer.target_group = group;
                spec.load_balancer.container = app;
                spec.load_balancer.port = 8080;
        }
        stage_create(stage, &spec);
        stage_pass(stage, 10 * USEC_PER_MINUTE);
}

/* Looks at every instant at which something happens. */
static void pass_within_percents(struct Stage *stage, int row, usec_t duration) {
        unsigned desired = GOOD[row].desired;
        unsigned floor = (desired * GOOD[row].minimum + 99) / 100;
        unsigned ceiling = desired * GOOD[row].maximum / 100;
        usec_t end = sim_now(stage->sim) + duration;

        while (sim_next(stage->sim) <= end) {
                struct SimCounts counts;

                ck_assert_int_eq(sim_advance(stage->sim, sim_next(stage->sim)), 0);
                counts = sim_count(stage->sim, stage->service, NULL);
                ck_assert_msg(counts.healthy >= floor, "%s: %u healthy, at least %u are promised",
                              GOOD[row].name, counts.healthy, floor);
                ck_assert_msg(counts.running + counts.pending <= ceiling,
                              "%s: %u tasks, at most %u are promised", GOOD[row].name,
                              counts.running + counts.pending, ceiling);
        }
        ck_assert_int_eq(sim_advance(stage->sim, end), 0);
}

START_TEST(completes_a_good_rollout_between_the_percentages) {
        struct Stage stage = stage_new(1);
        const struct SimDeployment *first, *second;
        struct SimCounts counts;

        good_service(&stage, _i);
        first = sim_primary(stage.service);
        ck_assert_int_eq(first->rollout, SIM_COMPLETED);

        stage_deploy(&stage, stage_revision(&stage, NULL, GOOD[_i].health_check));
        pass_within_percents(&stage, _i, 40 * USEC_PER_MINUTE);
        second = sim_primary(stage.service);
        counts = sim_count(stage.sim, stage.service, second);
        ck_assert_msg(second != first && second->rollout == SIM_COMPLETED, "%s: %s", GOOD[_i].name,
                      second->rollout_reason);
        ck_assert_uint_eq(counts.running, GOOD[_i].desired);
        ck_assert_int_eq(first->status, SIM_INACTIVE);
        ck_assert_uint_eq(stage_told(&stage, "deployment completed."), 2);
        ck_assert_int_eq(sim_current_service_deployment(stage.service)->status, SIM_SD_SUCCESSFUL);
        stage_done(&stage);
}
END_TEST

START_TEST(shows_a_new_primary_with_nothing_desired_first) {
        struct Stage stage = stage_new(1);
        struct SimOptions options = *sim_options(stage.sim);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 2);

        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        ck_assert_uint_eq(sim_primary(stage.service)->desired, 0);
        ck_assert_int_eq(sim_primary(stage.service)->rollout, SIM_IN_PROGRESS);
        ck_assert_int_eq(stage.service->deployments[0]->status, SIM_ACTIVE);
        ck_assert_int_eq(sim_current_service_deployment(stage.service)->status, SIM_SD_PENDING);
        stage_pass(&stage, options.tick);
        ck_assert_uint_eq(sim_primary(stage.service)->desired, 2);
        ck_assert_int_eq(sim_current_service_deployment(stage.service)->status, SIM_SD_IN_PROGRESS);

        options.primary_starts_at_zero = false;
        sim_set_options(stage.sim, &options);
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        ck_assert_uint_eq(sim_primary(stage.service)->desired, 2);
        stage_done(&stage);
}
END_TEST

START_TEST(crash_loop_never_completes_and_is_not_throttled) {
        struct SimBehaviour crash = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(3);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);
        const struct SimDeployment *primary;
        size_t attempts = 0;

        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, &crash, false));
        stage_pass(&stage, 30 * USEC_PER_MINUTE);

        primary = sim_primary(stage.service);
        for (size_t i = 0; i < stage.service->n_tasks; i++)
                attempts += stage.service->tasks[i]->deployment == primary;
        ck_assert_int_eq(primary->rollout, SIM_IN_PROGRESS);
        ck_assert_uint_eq(primary->failed_tasks, 0);
        ck_assert_msg(attempts > 80, "%zu attempts in 30 min", attempts);
        ck_assert_uint_eq(stage_told(&stage, "unable to consistently start"), 0);
        /* The old deployment serves on. */
        ck_assert_uint_eq(
                sim_count(stage.sim, stage.service, stage.service->deployments[0]).running, 1);
        stage_done(&stage);
}
END_TEST

START_TEST(tasks_that_never_run_are_throttled) {
        struct SimBehaviour pull = stage_start_fault(SIM_FAULT_PULL, "not_found");
        struct Stage stage = stage_new(3);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);
        size_t attempts;

        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, &pull, false));
        stage_pass(&stage, 45 * USEC_PER_MINUTE);
        attempts = stage.service->n_tasks - 1;
        ck_assert_msg(attempts >= 6 && attempts <= 12, "%zu attempts in 45 min", attempts);
        ck_assert_uint_ge(stage_told(&stage, "unable to consistently start"), 3);
        /* At the end of the back-off, one attempt in 15 min. */
        stage_pass(&stage, 2 * USEC_PER_HOUR);
        attempts = stage_told(&stage, "has started");
        stage_pass(&stage, USEC_PER_HOUR);
        ck_assert_uint_eq(stage_told(&stage, "has started") - attempts, 4);
        stage_done(&stage);
}
END_TEST

START_TEST(a_tenth_failing_does_not_keep_a_rollout_from_completing) {
        struct SimBehaviour some = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(11);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 100);
        unsigned failed = 0;

        some.share = 0.1;
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, &some, false));
        stage_pass(&stage, 20 * USEC_PER_MINUTE);
        for (size_t i = 0; i < stage.service->n_tasks; i++)
                failed += stage.service->tasks[i]->stop_code == SIM_ESSENTIAL_CONTAINER_EXITED;
        ck_assert_int_eq(sim_primary(stage.service)->rollout, SIM_COMPLETED);
        ck_assert_msg(failed >= 4 && failed <= 22, "%u of about 110 failed", failed);
        stage_done(&stage);
}
END_TEST

START_TEST(a_dependency_that_comes_back_lets_the_rollout_complete) {
        struct SimBehaviour away = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(5);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 4);
        usec_t begun, last = 0;

        away.until_age = 30 * USEC_PER_SEC;
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, &away, false));
        begun = sim_now(stage.sim);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        for (size_t i = 0; i < stage.service->n_tasks; i++)
                if (stage.service->tasks[i]->stop_code == SIM_ESSENTIAL_CONTAINER_EXITED)
                        last = MAX(last, stage.service->tasks[i]->stopping_at);
        ck_assert_int_eq(sim_primary(stage.service)->rollout, SIM_COMPLETED);
        ck_assert_msg(last > begun && last < begun + away.until_age, "last failure at %llu s",
                      (unsigned long long) ((last - begun) / USEC_PER_SEC));
        stage_done(&stage);
}
END_TEST

START_TEST(percentages_that_block_are_told) {
        struct Stage stage = stage_new(5);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);

        spec.maximum_percent = 150; /* of one task is still one */
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_str_eq(stage_event(&stage, "unable to stop or start"),
                         "(service web) was unable to stop or start tasks during a deployment "
                         "because of the service deployment configuration. Update the "
                         "minimumHealthyPercent or maximumPercent value and try again.");
        ck_assert_uint_eq(stage_told(&stage, "unable to stop or start"), 1);
        stage_done(&stage);
}
END_TEST

START_TEST(a_newer_deployment_overtakes) {
        struct SimBehaviour crash = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(5);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 2);
        const struct SimService *service;

        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        stage_deploy(&stage, stage_revision(&stage, &crash, false));
        stage_pass(&stage, USEC_PER_MINUTE);
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        service = stage.service;
        ck_assert_int_eq(service->service_deployments[1]->status, SIM_SD_STOPPED);
        ck_assert_uint_eq(service->service_deployments[2]->n_sources, 2);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_int_eq(sim_primary(service)->rollout, SIM_COMPLETED);
        ck_assert_ptr_eq(sim_primary(service), service->deployments[2]);
        ck_assert_int_eq(service->deployments[1]->status, SIM_INACTIVE);
        stage_done(&stage);
}
END_TEST

START_TEST(scales_and_deletes) {
        struct Stage stage = stage_new(5);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 2);
        unsigned five = 5, one = 1;
        struct SimServiceChange up = {.desired = &five}, down = {.desired = &one};

        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        ck_assert_int_eq(sim_update_service(stage.sim, stage.service, &up), 0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(sim_count(stage.sim, stage.service, NULL).running, 5);
        ck_assert_uint_eq(stage.service->n_deployments, 1);
        ck_assert_int_eq(sim_update_service(stage.sim, stage.service, &down), 0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(sim_count(stage.sim, stage.service, NULL).running, 1);

        ck_assert_int_eq(sim_delete_service(stage.sim, stage.service, false),
                         SIM_REFUSED_SERVICE_RUNNING);
        ck_assert_int_eq(sim_delete_service(stage.sim, stage.service, true), 0);
        ck_assert_int_eq(stage.service->status, SIM_SERVICE_DRAINING);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(stage.service->status, SIM_SERVICE_INACTIVE);
        ck_assert_int_eq(sim_update_service(stage.sim, stage.service, &up),
                         SIM_REFUSED_SERVICE_NOT_ACTIVE);
        ck_assert_int_eq(sim_create_service(stage.sim, stage.cluster, &spec, &stage.service), 0);
        ck_assert_ptr_eq(sim_find_service(stage.cluster, "web"), stage.service);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sim rollout");
        ADD_ROWS(completes_a_good_rollout_between_the_percentages, GOOD);
        tcase_add_test(tests, shows_a_new_primary_with_nothing_desired_first);
        tcase_add_test(tests, crash_loop_never_completes_and_is_not_throttled);
        tcase_add_test(tests, tasks_that_never_run_are_throttled);
        tcase_add_test(tests, a_tenth_failing_does_not_keep_a_rollout_from_completing);
        tcase_add_test(tests, a_dependency_that_comes_back_lets_the_rollout_complete);
        tcase_add_test(tests, percentages_that_block_are_told);
        tcase_add_test(tests, a_newer_deployment_overtakes);
        tcase_add_test(tests, scales_and_deletes);
        return suite;
}
