/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts whose disks fill, and groups of hosts. */
#include <stdio.h>

#include "base/text.h"
#include "stage.h"

static struct SimInstance *add_host(struct Stage *stage, const char *called, unsigned disk) {
        char name[32], zone[] = "us-east-1a";
        struct SimInstance spec = {
                .name = name, .availability_zone = zone, .cpu = 4096, .memory = 8192, .disk = disk};
        struct SimInstance *host;

        snprintf(name, sizeof(name), "%s", called);
        ck_assert_int_eq(sim_register_instance(stage->sim, stage->cluster, &spec, &host), 0);
        return host;
}

/* web on hosts; its tasks take 100 MiB, and crash. */
static void create_on_hosts(struct Stage *stage, bool crashes) {
        struct SimBehaviour behaviour;
        struct SimTaskDefinition *definition;
        struct SimServiceSpec spec;

        sim_behaviour_default(&behaviour);
        if (crashes) {
                behaviour.fault = SIM_FAULT_EXIT;
                behaviour.after = USEC_PER_SEC;
        }
        definition = stage_revision(stage, &behaviour, false);
        definition->disk = 100;
        spec = stage_spec(definition, 1);
        spec.launch = SIM_EC2;
        stage_create(stage, &spec);
}

static unsigned count_of(const struct Stage *stage, const char *reason) {
        unsigned n = 0;

        for (size_t i = 0; i < stage->service->n_tasks; i++) {
                const char *told = stage->service->tasks[i]->containers[0].reason;

                n += told && strstr(told, reason);
        }
        return n;
}

START_TEST(a_crash_loop_fills_the_disk) {
        struct Stage stage = stage_new(1);
        struct SimInstance *host = add_host(&stage, "a", 500);

        create_on_hosts(&stage, true);
        stage_pass(&stage, 30 * USEC_PER_MINUTE);
        ck_assert_uint_eq(host->disk_left, 0);
        ck_assert_uint_gt(count_of(&stage, "no space left on device"), 3);
        /* The agent removes what has stopped three hours ago. */
        sim_set_behaviour(stage.service->deployments[0]->revision->definition,
                          &(struct SimBehaviour) {.fault = SIM_FAULT_NONE, .start = USEC_PER_SEC});
        stage_pass(&stage, 4 * USEC_PER_HOUR);
        ck_assert_uint_eq(host->disk_left, 400);
        stage_done(&stage);
}
END_TEST

START_TEST(what_runs_holds_its_part_alone) {
        struct Stage stage = stage_new(1);
        struct SimInstance *host = add_host(&stage, "a", 500), *other;

        create_on_hosts(&stage, false);
        stage_pass(&stage, 30 * USEC_PER_MINUTE);
        ck_assert_uint_eq(host->disk_left, 400);
        other = add_host(&stage, "b", 0); /* without a bound */
        ck_assert_int_eq(sim_set_instance_status(stage.sim, host, SIM_INSTANCE_DRAINING), 0);
        stage_pass(&stage, 30 * USEC_PER_MINUTE);
        ck_assert_uint_eq(other->n_tasks, 1);
        stage_pass(&stage, 4 * USEC_PER_HOUR);
        ck_assert_uint_eq(host->disk_left, 500);
        stage_done(&stage);
}
END_TEST

/* ---- groups ---- */

static struct SimGroup *add_group(struct Stage *stage, unsigned desired, unsigned maximum) {
        char name[] = "asg";
        struct SimGroup spec = {
                .name = name,
                .cluster = stage->cluster,
                .cpu = 256,
                .memory = 512,
                .minimum = 1,
                .maximum = maximum,
                .desired = desired,
                .launch_takes = USEC_PER_MINUTE,
        };
        struct SimGroup *group;

        ck_assert_int_eq(sim_create_group(stage->sim, &spec, &group), 0);
        return group;
}

static unsigned alive(const struct SimCluster *cluster) {
        unsigned n = 0;

        for (size_t i = 0; i < cluster->n_instances; i++)
                n += cluster->instances[i]->status == SIM_INSTANCE_ACTIVE;
        return n;
}

START_TEST(a_group_grows_after_a_while) {
        struct Stage stage = stage_new(1);
        struct SimGroup *group = add_group(&stage, 2, 4);

        ck_assert_uint_eq(alive(stage.cluster), 2);
        ck_assert_int_eq(sim_set_desired_capacity(stage.sim, group, 4), 0);
        stage_pass(&stage, 59 * USEC_PER_SEC);
        ck_assert_uint_eq(alive(stage.cluster), 2);
        ck_assert_uint_eq(group->launching, 2);
        stage_pass(&stage, 2 * USEC_PER_SEC);
        ck_assert_uint_eq(alive(stage.cluster), 4);
        ck_assert_uint_eq(group->launching, 0);
        ck_assert_ptr_nonnull(sim_find_instance(stage.cluster, "asg-4"));
        stage_done(&stage);
}
END_TEST

START_TEST(a_group_shrinks_at_once) {
        struct Stage stage = stage_new(1);
        struct SimGroup *group = add_group(&stage, 3, 4);

        ck_assert_int_eq(sim_set_desired_capacity(stage.sim, group, 1), 0);
        ck_assert_uint_eq(alive(stage.cluster), 1);
        ck_assert_int_eq(sim_find_instance(stage.cluster, "asg-1")->status, SIM_INSTANCE_ACTIVE);
        stage_done(&stage);
}
END_TEST

/* What was ordered and is not wanted any more does not come. */
START_TEST(an_order_is_taken_back) {
        struct Stage stage = stage_new(1);
        struct SimGroup *group = add_group(&stage, 1, 4);

        ck_assert_int_eq(sim_set_desired_capacity(stage.sim, group, 3), 0);
        ck_assert_int_eq(sim_set_desired_capacity(stage.sim, group, 2), 0);
        stage_pass(&stage, 2 * USEC_PER_MINUTE);
        ck_assert_uint_eq(alive(stage.cluster), 2);
        ck_assert_uint_eq(group->launching, 0);
        stage_done(&stage);
}
END_TEST

START_TEST(a_group_has_bounds) {
        struct Stage stage = stage_new(1);
        struct SimGroup *group = add_group(&stage, 1, 4);

        ck_assert_int_eq(sim_set_desired_capacity(stage.sim, group, 5),
                         SIM_REFUSED_CAPACITY_BOUNDS);
        ck_assert_int_eq(sim_set_desired_capacity(stage.sim, group, 0),
                         SIM_REFUSED_CAPACITY_BOUNDS);
        ck_assert_uint_eq(group->desired, 1);
        ck_assert(sim_find_group(stage.sim, "asg") == group);
        ck_assert_ptr_null(sim_find_group(stage.sim, "other"));
        stage_done(&stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sim/hosts");
        tcase_add_test(tests, a_crash_loop_fills_the_disk);
        tcase_add_test(tests, what_runs_holds_its_part_alone);
        tcase_add_test(tests, a_group_grows_after_a_while);
        tcase_add_test(tests, a_group_shrinks_at_once);
        tcase_add_test(tests, an_order_is_taken_back);
        tcase_add_test(tests, a_group_has_bounds);
        return suite;
}
