/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the account of a scenario and keeps it in step with the clock. */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "apply.h"
#include "base/text.h"

static int set_up_clusters(struct World *world, struct Buffer *errors) {
        struct SimCluster *cluster;
        int r;

        for (size_t i = 0; i < world->scenario->clusters.count; i++) {
                r = sim_create_cluster(world->sim, world->scenario->clusters.texts[i], &cluster);
                if (r > 0) {
                        buffer_append_format(errors, "cluster '%.64s': %s\n",
                                             world->scenario->clusters.texts[i],
                                             sim_refusal_text((enum SimRefusal) r));
                        return -EINVAL;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What was asked for, and ECS refuses. */
static int told(int r, const char *what, const char *name, const struct Buffer *message,
                struct Buffer *errors) {
        if (r == 0 || (r < 0 && r != -ENOENT))
                return r;
        buffer_append_format(errors, "%s '%.64s': %s\n", what, name,
                             r > 0 ? sim_refusal_text((enum SimRefusal) r) : buffer_text(message));
        return -EINVAL;
}

static int set_up(struct World *world, struct Buffer *errors, struct Buffer *message) {
        const struct Scenario *scenario = world->scenario;
        const struct SimDeployment *deployment;
        int r;

        r = set_up_clusters(world, errors);
        for (size_t i = 0; i < scenario->n_definitions && r == 0; i++)
                r = told(definition_apply(world, &scenario->definitions[i]), "task definition",
                         scenario->definitions[i].task_definition, message, errors);
        for (size_t i = 0; i < scenario->n_instances && r == 0; i++)
                r = told(instance_apply(world, &scenario->instances[i], message), "instance",
                         scenario->instances[i].instance, message, errors);
        for (size_t i = 0; i < scenario->n_groups && r == 0; i++)
                r = told(group_apply(world, &scenario->groups[i], message), "Auto Scaling group",
                         scenario->groups[i].group, message, errors);
        for (size_t i = 0; i < scenario->n_services && r == 0; i++)
                r = told(step_apply(world, &scenario->services[i], message, &deployment), "service",
                         scenario->services[i].service.service, message, errors);
        if (r < 0)
                return r;

        /* Deregistered after the services that still use them were made. */
        for (size_t i = 0; i < scenario->n_definitions; i++)
                if (scenario->definitions[i].status != 0)
                        sim_deregister_definition(
                                world->sim,
                                sim_find_definition(world->sim,
                                                    scenario->definitions[i].task_definition));
        return sim_advance(world->sim, world->start);
}

int world_new(struct Scenario *scenario, uint64_t seed, usec_t start, struct Buffer *errors,
              struct World **ret) {
        _cleanup_(world_freep) struct World *world = calloc(1, sizeof(*world));
        struct SimOptions options;
        struct Buffer message;
        int r;

        if (!world) {
                scenario_free(scenario);
                return -ENOMEM;
        }
        world->scenario = scenario;
        world->start = start;
        world->sim = sim_new(seed, usec_sub(start, scenario->history));
        if (!world->sim)
                return -ENOMEM;

        sim_options_default(&options);
        scheduler_apply(&scenario->scheduler, &options);
        sim_set_options(world->sim, &options);
        sim_set_region(world->sim, scenario->region);
        buffer_init(&message, SCENARIO_ERRORS_MAX);
        r = set_up(world, errors, &message);
        buffer_done(&message);
        if (r < 0)
                return r;

        quota_init(&world->quota, scenario->throttle, start);
        for (size_t i = 0; i < scenario->deny.count; i++)
                world->denied[operation_find(scenario->deny.texts[i])] = true;
        *ret = TAKE_PTR(world);
        return 0;
}

void world_free(struct World *world) {
        if (!world)
                return;

        call_log_done(&world->calls);
        sim_free(world->sim);
        scenario_free(world->scenario);
        free(world);
}

int world_advance(struct World *world, usec_t now, struct Buffer *errors) {
        const struct Scenario *scenario = world->scenario;
        const struct SimDeployment *deployment;
        int r;

        while (world->next_step < scenario->n_steps) {
                const struct Step *step = &scenario->timeline[world->next_step];
                size_t before = errors->size;

                if (usec_add(world->start, step->at) > now)
                        break;
                world->next_step++;
                r = sim_advance(world->sim, usec_add(world->start, step->at));
                if (r < 0)
                        return r;
                r = step_apply(world, step, errors, &deployment);
                if (r > 0)
                        buffer_append_format(errors, "%s", sim_refusal_text((enum SimRefusal) r));
                else if (r < 0 && r != -ENOENT)
                        return r;
                if (errors->size > before)
                        buffer_append_format(errors, " (step of line %zu)\n", step->line);
        }
        return sim_advance(world->sim, now);
}

struct SimCluster *world_cluster(const struct World *world, const char *name) {
        const char *wanted = name ? text_after_last(name, '/') : world->scenario->clusters.texts[0];

        return sim_find_cluster(world->sim, wanted);
}

int world_add_fault(struct World *world, const struct FaultPlan *plan) {
        struct Fault *fault;

        if (world->n_faults == FAULTS_MAX)
                return SIM_REFUSED_LIMIT;
        fault = &world->faults[world->n_faults++];
        *fault = (struct Fault) {
                .plan = *plan,
                .operation = plan->operation ? operation_find(plan->operation) : -1,
                .left = plan->count,
                .until = usec_add(sim_now(world->sim), plan->lasts),
        };
        fault->plan.operation = NULL; /* its text may not live as long */
        return 0;
}

/* Those that are over make room. */
static void forget_faults(struct World *world) {
        size_t kept = 0;

        for (size_t i = 0; i < world->n_faults; i++)
                if (world->faults[i].left != 0 && world->faults[i].until > sim_now(world->sim))
                        world->faults[kept++] = world->faults[i];
        world->n_faults = kept;
}

static bool strikes(struct Fault *fault, int operation) {
        if (fault->left == 0 || (fault->operation >= 0 && fault->operation != operation))
                return false;
        if (fault->left > 0)
                fault->left--;
        return true;
}

int64_t world_skew_s(struct World *world, int operation) {
        int64_t skew = 0;

        forget_faults(world);
        for (size_t i = 0; i < world->n_faults; i++)
                if (world->faults[i].plan.kind == FAULT_CLOCK_SKEW &&
                    strikes(&world->faults[i], operation))
                        skew += world->faults[i].plan.skew_s;
        return skew;
}

const struct FaultPlan *world_fault(struct World *world, int operation) {
        for (size_t i = 0; i < world->n_faults; i++)
                if (world->faults[i].plan.kind != FAULT_CLOCK_SKEW &&
                    strikes(&world->faults[i], operation))
                        return &world->faults[i].plan;
        return NULL;
}
