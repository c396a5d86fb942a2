/* SPDX-License-Identifier: Apache-2.0 */
/* How tasks live and end, what is told of it and for how long; instances; determinism. */
#include <stdio.h>

#include "base/buffer.h"
#include "stage.h"

static char GROUP[] = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1";

/* One bad revision, all that is told of its first task. */
static const struct {
        const char *name;
        enum SimFault fault;
        const char *kind;
        bool health_check, load_balancer, ec2;
        enum SimStopCode code;
        const char *stopped_reason, *container_reason; /* how they begin; NULL: none */
        int exit_code;                                 /* -1: none, -2: any */
        const char *event;                             /* NULL: none that names a failure */
} ENDS[] = {
        {"exit", SIM_FAULT_EXIT, NULL, .code = SIM_ESSENTIAL_CONTAINER_EXITED,
         .stopped_reason = "Essential container in task exited", .exit_code = 1},
        {"memory", SIM_FAULT_OOM, NULL, .code = SIM_ESSENTIAL_CONTAINER_EXITED,
         .stopped_reason = "Essential container in task exited",
         .container_reason = "OutOfMemoryError: Container killed due to memory usage",
         .exit_code = 137},
        {"container health", SIM_FAULT_HEALTH, NULL, .health_check = true,
         .code = SIM_SERVICE_SCHEDULER_INITIATED,
         .stopped_reason = "Task failed container health checks", .exit_code = -2,
         .event = ") failed container health checks."},
        {"load balancer", SIM_FAULT_LB, NULL, .load_balancer = true,
         .code = SIM_SERVICE_SCHEDULER_INITIATED,
         .stopped_reason = "Task failed ELB health checks in (target-group arn:", .exit_code = -2,
         .event = "(port 8080) is unhealthy in (target-group arn:"},
        {"image on Fargate", SIM_FAULT_PULL, "not_found", .code = SIM_TASK_FAILED_TO_START,
         .stopped_reason = "CannotPullContainerError: ", .exit_code = -1,
         .event = "was unable to place a task. Reason: CannotPullContainerError: "},
        {"image on an instance", SIM_FAULT_PULL, "disk_full", .ec2 = true,
         .code = SIM_TASK_FAILED_TO_START, .stopped_reason = "Task failed to start",
         .container_reason = "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob",
         .exit_code = -1},
        {"secrets", SIM_FAULT_INIT, "secrets_denied", .code = SIM_TASK_FAILED_TO_START,
         .stopped_reason = "ResourceInitializationError: unable to pull secrets", .exit_code = -1,
         .event = "was unable to place a task. Reason: ResourceInitializationError: "},
        {"network interface", SIM_FAULT_INIT, "eni_timeout", .code = SIM_TASK_FAILED_TO_START,
         .stopped_reason = "Timeout waiting for network interface provisioning to complete.",
         .exit_code = -1, .event = "was unable to place a task."},
        {"command", SIM_FAULT_START, "command_not_found", .code = SIM_TASK_FAILED_TO_START,
         .stopped_reason = "Task failed to start",
         .container_reason = "CannotStartContainerError: ", .exit_code = -1},
};

static bool begins(const char *text, const char *with) {
        return with ? text && strncmp(text, with, strlen(with)) == 0 : !text;
}

static struct SimTask *first_task(struct Stage *stage, int row) {
        struct SimBehaviour bad = ENDS[row].kind
                                          ? stage_start_fault(ENDS[row].fault, ENDS[row].kind)
                                          : stage_fault(ENDS[row].fault, 20 * USEC_PER_SEC);
        struct SimServiceSpec spec =
                stage_spec(stage_revision(stage, &bad, ENDS[row].health_check), 1);
        char app[] = "app";

        if (ENDS[row].load_balancer) {
                spec.load_balancer.target_group = GROUP;
                spec.load_balancer.container = app;
                spec.load_balancer.port = 8080;
        }
        if (ENDS[row].ec2) {
                spec.launch = SIM_EC2;
                stage_instance(stage, "host-1", 4096);
        }
        stage_create(stage, &spec);
        while (stage->service->n_tasks == 0)
                stage_pass(stage, USEC_PER_SEC);
        return stage->service->tasks[0];
}

START_TEST(ends_as_ecs_ends_it) {
        struct Stage stage = stage_new(4);
        struct SimTask *task = first_task(&stage, _i);
        const struct SimContainer *container = &task->containers[0];

        while (task->wanted)
                stage_pass(&stage, USEC_PER_SEC / 10);
        ck_assert_msg(task->stop_code == ENDS[_i].code, "%s: %s", ENDS[_i].name,
                      sim_stop_code_name(task->stop_code));
        ck_assert_msg(begins(task->stopped_reason, ENDS[_i].stopped_reason), "%s: %s",
                      ENDS[_i].name, task->stopped_reason);
        ck_assert_msg(task->status != SIM_STOPPED && !container->has_exit_code,
                      "%s: the exit code comes at the end", ENDS[_i].name);
        while (task->status != SIM_STOPPED)
                stage_pass(&stage, USEC_PER_SEC / 10);

        ck_assert_msg(begins(container->reason, ENDS[_i].container_reason), "%s: %s", ENDS[_i].name,
                      container->reason ? container->reason : "no reason");
        ck_assert_msg(container->has_exit_code == (ENDS[_i].exit_code != -1), "%s", ENDS[_i].name);
        if (ENDS[_i].exit_code >= 0)
                ck_assert_int_eq(container->exit_code, ENDS[_i].exit_code);
        ck_assert_msg((task->started_at != USEC_UNKNOWN) ==
                              (ENDS[_i].code != SIM_TASK_FAILED_TO_START),
                      "%s: started", ENDS[_i].name);
        if (ENDS[_i].event)
                ck_assert_msg(stage_told(&stage, ENDS[_i].event) >= 1, "%s: '%s' is not told",
                              ENDS[_i].name, ENDS[_i].event);
        else
                ck_assert_msg(stage_told(&stage, "unhealthy") + stage_told(&stage, "unable") == 0,
                              "%s: nothing names a failure", ENDS[_i].name);
        stage_done(&stage);
}
END_TEST

START_TEST(a_replacement_for_bad_health_is_told_as_such) {
        struct SimBehaviour sick = stage_fault(SIM_FAULT_HEALTH, 20 * USEC_PER_SEC);
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, &sick, true), 2);

        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_MINUTE);
        ck_assert_uint_ge(stage_told(&stage, "has started 2 tasks: (task "), 2);
        ck_assert_uint_ge(stage_told(&stage, "). Amazon ECS replaced 2 tasks due to an unhealthy "
                                             "status."),
                          1);
        stage_done(&stage);
}
END_TEST

START_TEST(bad_health_is_no_reason_during_the_grace_period) {
        struct SimBehaviour sick = stage_fault(SIM_FAULT_HEALTH, 20 * USEC_PER_SEC);
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, &sick, true), 1);
        const struct SimTask *task;

        spec.grace = 5 * USEC_PER_MINUTE;
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_MINUTE);
        task = stage.service->tasks[0];
        ck_assert_int_eq(task->health, SIM_UNHEALTHY);
        ck_assert(task->wanted);
        stage_pass(&stage, 3 * USEC_PER_MINUTE);
        ck_assert(task->wanted);
        stage_pass(&stage, 2 * USEC_PER_MINUTE);
        ck_assert(!task->wanted);
        ck_assert(task->stopping_at >= task->started_at + spec.grace);
        stage_done(&stage);
}
END_TEST

START_TEST(goes_through_its_states_in_order) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, true), 1);
        char app[] = "app";
        unsigned seen = 0, expected = 0;
        const struct SimTask *task;
        enum SimTaskStatus last = SIM_PROVISIONING;

        spec.load_balancer.target_group = GROUP;
        spec.load_balancer.container = app;
        stage_create(&stage, &spec);
        while (stage.service->n_tasks == 0)
                stage_pass(&stage, USEC_PER_MSEC);
        task = stage.service->tasks[0];
        for (unsigned i = 0; i < 300 && task->status != SIM_STOPPED; i++) {
                seen |= 1U << task->status;
                ck_assert_msg(task->status >= last, "from %s to %s", sim_task_status_name(last),
                              sim_task_status_name(task->status));
                last = task->status;
                stage_pass(&stage, USEC_PER_SEC / 4);
                if (i == 100)
                        ck_assert_int_eq(sim_stop_task(stage.sim, stage.service->tasks[0], "drill"),
                                         0);
        }
        for (enum SimTaskStatus status = SIM_PROVISIONING; status < SIM_STOPPED; status++)
                expected |= 1U << status;
        ck_assert_uint_eq(seen, expected);
        ck_assert_int_eq(task->status, SIM_STOPPED);
        ck_assert_int_eq(task->stop_code, SIM_USER_INITIATED);
        ck_assert_str_eq(task->stopped_reason, "drill");
        ck_assert(task->created_at < task->pull_started_at);
        ck_assert(task->pull_started_at < task->pull_stopped_at);
        ck_assert(task->pull_stopped_at < task->started_at);
        ck_assert(task->stopping_at < task->execution_stopped_at);
        ck_assert(task->execution_stopped_at < task->stopped_at);
        stage_done(&stage);
}
END_TEST

START_TEST(is_forgotten_after_an_hour) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);
        char id[SIM_ID_MAX];
        struct SimTask *task;

        stage_create(&stage, &spec);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        task = stage.service->tasks[0];
        memcpy(id, task->id, sizeof(id));
        ck_assert_int_eq(sim_interrupt_task(stage.sim, task), 0);
        ck_assert_str_eq(task->stopped_reason, "Your Spot Task was interrupted.");
        ck_assert_int_eq(task->stop_code, SIM_SPOT_INTERRUPTION);
        while (task->status != SIM_STOPPED)
                stage_pass(&stage, USEC_PER_SEC);
        stage_pass(&stage, USEC_PER_HOUR - 2 * USEC_PER_SEC);
        ck_assert_ptr_eq(sim_find_task(stage.sim, stage.cluster, id), task);
        stage_pass(&stage, 2 * USEC_PER_SEC);
        ck_assert_ptr_null(sim_find_task(stage.sim, stage.cluster, id));
        ck_assert_uint_eq(stage.service->n_tasks, 1); /* its successor */
        stage_done(&stage);
}
END_TEST

START_TEST(moves_away_from_a_draining_and_a_lost_host) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 4);
        struct SimInstance *first, *second;

        spec.launch = SIM_EC2;
        stage_instance(&stage, "host-1", 4096);
        stage_instance(&stage, "host-2", 4096);
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        first = sim_find_instance(stage.cluster, "host-1");
        second = sim_find_instance(stage.cluster, "host-2");
        ck_assert_uint_eq(first->n_tasks, 2);
        ck_assert_uint_eq(first->memory_left, 4096 - 2 * 512);

        ck_assert_int_eq(sim_set_instance_status(stage.sim, first, SIM_INSTANCE_DRAINING), 0);
        for (unsigned i = 0; i < 300; i++) {
                stage_pass(&stage, USEC_PER_SEC);
                ck_assert_uint_ge(sim_count(stage.sim, stage.service, NULL).healthy, 4);
        }
        ck_assert_uint_eq(first->n_tasks, 0);
        ck_assert_uint_eq(second->n_tasks, 4);

        ck_assert_int_eq(sim_terminate_instance(stage.sim, second), 0);
        ck_assert_uint_eq(sim_count(stage.sim, stage.service, NULL).running, 0);
        for (size_t i = 0; i < stage.service->n_tasks; i++) {
                const struct SimTask *task = stage.service->tasks[i];

                if (task->instance == second) {
                        ck_assert_int_eq(task->stop_code, SIM_TERMINATION_NOTICE);
                        ck_assert(begins(task->stopped_reason, "Host EC2 (instance i-0"));
                }
        }
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(stage_told(&stage, "Reason: No Container Instances were found in your "
                                             "cluster. For more information, see the "
                                             "Troubleshooting section"),
                          1);
        ck_assert_int_eq(sim_set_instance_status(stage.sim, first, SIM_INSTANCE_ACTIVE), 0);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(first->n_tasks, 4);
        stage_done(&stage);
}
END_TEST

START_TEST(tells_placement_trouble_again_after_six_hours) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);

        spec.launch = SIM_EC2;
        stage_create(&stage, &spec);
        stage_pass(&stage, 5 * USEC_PER_HOUR);
        ck_assert_uint_eq(stage_told(&stage, "was unable to place a task"), 1);
        stage_pass(&stage, 2 * USEC_PER_HOUR);
        ck_assert_uint_eq(stage_told(&stage, "was unable to place a task"), 2);
        stage_instance(&stage, "host-1", 100); /* another cause is told at once */
        stage_pass(&stage, USEC_PER_MINUTE);
        ck_assert_uint_eq(stage_told(&stage, "has insufficient memory available."), 1);
        stage_done(&stage);
}
END_TEST

static const struct {
        enum SimCapacity capacity;
        const char *reason;
} CAPACITIES[] = {
        {SIM_CAPACITY_UNAVAILABLE, "Capacity is unavailable at this time. Please try again later "
                                   "or in a different availability zone."},
        {SIM_CAPACITY_TASK_LIMIT,
         "You've reached the limit on the number of tasks you can run concurrently"},
        {SIM_CAPACITY_VCPU_LIMIT,
         "You’ve reached the limit on the number of vCPUs you can run concurrently"},
        {SIM_CAPACITY_INTERNAL_ERROR, "Internal error."},
};

START_TEST(fargate_has_no_room) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);

        sim_set_capacity(stage.sim, CAPACITIES[_i].capacity);
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_HOUR);
        ck_assert_uint_eq(stage.service->n_tasks, 0);
        ck_assert_uint_eq(stage.service->n_events, 1);
        ck_assert_uint_eq(stage_told(&stage, CAPACITIES[_i].reason), 1);
        sim_set_capacity(stage.sim, SIM_CAPACITY_AVAILABLE);
        stage_pass(&stage, 5 * USEC_PER_MINUTE);
        ck_assert_int_eq(sim_primary(stage.service)->rollout, SIM_COMPLETED);
        stage_done(&stage);
}
END_TEST

START_TEST(a_bad_host_strikes_only_there) {
        struct SimBehaviour bad = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec;

        snprintf(bad.instance, sizeof(bad.instance), "host-2");
        spec = stage_spec(stage_revision(&stage, &bad, false), 4);
        spec.launch = SIM_EC2;
        stage_instance(&stage, "host-1", 4096);
        stage_instance(&stage, "host-2", 4096);
        stage_create(&stage, &spec);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        for (size_t i = 0; i < stage.service->n_tasks; i++)
                ck_assert((stage.service->tasks[i]->stop_code != SIM_STOP_NONE) <=
                          (strcmp(stage.service->tasks[i]->instance->name, "host-2") == 0));
        ck_assert_uint_gt(stage.service->n_tasks, 4);
        stage_done(&stage);
}
END_TEST

START_TEST(a_bad_zone_strikes_only_there) {
        struct SimBehaviour bad = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(1);
        struct SimServiceSpec spec;
        size_t struck = 0, spared = 0;

        strcpy(bad.availability_zone, "us-east-1b");
        spec = stage_spec(stage_revision(&stage, &bad, false), 30);
        stage_create(&stage, &spec);
        stage_pass(&stage, USEC_PER_MINUTE);
        for (size_t i = 0; i < stage.service->n_tasks; i++) {
                const struct SimTask *task = stage.service->tasks[i];
                bool there = strcmp(task->availability_zone, "us-east-1b") == 0;

                ck_assert_int_eq(task->struck, there);
                struck += there && !task->wanted;
                spared += !there && task->wanted;
        }
        ck_assert_uint_ge(struck, 10);
        ck_assert_uint_ge(spared, 20);
        stage_done(&stage);
}
END_TEST

START_TEST(starts_take_anything_between_two_durations) {
        struct SimBehaviour slow;
        struct Stage stage = stage_new(1);
        struct SimServiceSpec spec;
        usec_t least = USEC_INFINITY, most = 0;

        sim_behaviour_default(&slow);
        slow.start = 30 * USEC_PER_SEC;
        slow.start_at_most = 300 * USEC_PER_SEC;
        spec = stage_spec(stage_revision(&stage, &slow, false), 50);
        stage_create(&stage, &spec);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_uint_eq(stage.service->n_tasks, 50);
        for (size_t i = 0; i < stage.service->n_tasks; i++) {
                usec_t took =
                        stage.service->tasks[i]->started_at - stage.service->tasks[i]->created_at;

                least = MIN(least, took);
                most = MAX(most, took);
        }
        ck_assert(least >= slow.start - USEC_PER_SEC && least < 60 * USEC_PER_SEC);
        ck_assert(most > 270 * USEC_PER_SEC && most <= slow.start_at_most + USEC_PER_SEC);
        stage_done(&stage);
}
END_TEST

START_TEST(a_daemon_has_one_task_on_each_instance) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec;
        const struct SimInstance *instance;

        sim_service_spec_default(&spec, SIM_DAEMON);
        spec.name = "web";
        spec.launch = SIM_EC2;
        spec.definition = stage_revision(&stage, NULL, false);
        stage_instance(&stage, "host-1", 4096);
        stage_instance(&stage, "host-2", 4096);
        stage_create(&stage, &spec);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        stage_instance(&stage, "host-3", 4096);
        stage_pass(&stage, 10 * USEC_PER_MINUTE);
        ck_assert_uint_eq(stage.service->desired, 3);
        stage_deploy(&stage, stage_revision(&stage, NULL, false));
        stage_pass(&stage, 20 * USEC_PER_MINUTE);
        ck_assert_int_eq(sim_primary(stage.service)->rollout, SIM_COMPLETED);
        for (size_t i = 0; i < stage.cluster->n_instances; i++) {
                instance = stage.cluster->instances[i];
                ck_assert_msg(instance->n_tasks == 1, "%s has %u", instance->name,
                              instance->n_tasks);
        }
        stage_done(&stage);
}
END_TEST

/* Everything that an eventful hour tells. */
static char *tell_all(uint64_t seed) {
        struct SimBehaviour some = stage_fault(SIM_FAULT_EXIT, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(seed);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, true), 10);
        struct Buffer story;
        char *text;

        buffer_init(&story, 1024 * 1024);
        some.share = 0.3;
        spec.breaker.enable = spec.breaker.rollback = true;
        stage_create(&stage, &spec);
        stage_pass(&stage, 30 * USEC_PER_MINUTE);
        stage_deploy(&stage, stage_revision(&stage, &some, true));
        stage_pass(&stage, 30 * USEC_PER_MINUTE);
        for (size_t i = 0; i < stage.service->n_events; i++)
                ck_assert_int_eq(buffer_append_format(
                                         &story, "%llu %s %s\n",
                                         (unsigned long long) stage.service->events[i].created_at,
                                         stage.service->events[i].id,
                                         stage.service->events[i].message),
                                 0);
        text = buffer_take(&story);
        stage_done(&stage);
        return text;
}

START_TEST(the_same_seed_tells_the_same_story) {
        char *one = tell_all(77), *again = tell_all(77), *other = tell_all(78);

        ck_assert_str_eq(one, again);
        ck_assert_str_ne(one, other);
        free(one);
        free(again);
        free(other);
}
END_TEST

START_TEST(keeps_the_newest_hundred_events_apart) {
        /* Several events at each look. */
        struct SimBehaviour sick = stage_fault(SIM_FAULT_HEALTH, 5 * USEC_PER_SEC);
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, &sick, true), 3);
        const struct SimEvent *events;

        stage_create(&stage, &spec);
        stage_pass(&stage, 3 * USEC_PER_HOUR);
        events = stage.service->events;
        ck_assert_uint_eq(stage.service->n_events, SIM_EVENTS_KEPT);
        ck_assert(sim_now(stage.sim) - events[0].created_at < USEC_PER_MINUTE);
        for (size_t i = 1; i < SIM_EVENTS_KEPT; i++) {
                ck_assert(events[i - 1].created_at > events[i].created_at);
                ck_assert_str_ne(events[i - 1].id, events[i].id);
        }
        stage_done(&stage);
}
END_TEST

START_TEST(says_now_and_then_that_all_is_well) {
        struct Stage stage = stage_new(4);
        struct SimServiceSpec spec = stage_spec(stage_revision(&stage, NULL, false), 1);

        stage_create(&stage, &spec);
        stage_pass(&stage, 24 * USEC_PER_HOUR);
        ck_assert_uint_eq(stage_told(&stage, "(service web) has reached a steady state."), 4);
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sim tasks");
        ADD_ROWS(ends_as_ecs_ends_it, ENDS);
        ADD_ROWS(fargate_has_no_room, CAPACITIES);
        tcase_add_test(tests, a_replacement_for_bad_health_is_told_as_such);
        tcase_add_test(tests, bad_health_is_no_reason_during_the_grace_period);
        tcase_add_test(tests, goes_through_its_states_in_order);
        tcase_add_test(tests, is_forgotten_after_an_hour);
        tcase_add_test(tests, moves_away_from_a_draining_and_a_lost_host);
        tcase_add_test(tests, tells_placement_trouble_again_after_six_hours);
        tcase_add_test(tests, a_bad_host_strikes_only_there);
        tcase_add_test(tests, a_bad_zone_strikes_only_there);
        tcase_add_test(tests, starts_take_anything_between_two_durations);
        tcase_add_test(tests, a_daemon_has_one_task_on_each_instance);
        tcase_add_test(tests, the_same_seed_tells_the_same_story);
        tcase_add_test(tests, keeps_the_newest_hundred_events_apart);
        tcase_add_test(tests, says_now_and_then_that_all_is_well);
        return suite;
}
