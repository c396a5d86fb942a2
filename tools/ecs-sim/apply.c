/* SPDX-License-Identifier: Apache-2.0 */
/* What a step does to the control plane. */
#include "apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "sim/taskset.h"

static int unknown(struct Buffer *message, const char *what, const char *name) {
        int r = buffer_append_format(message, "there is no %s '%.64s'", what, text_or_empty(name));

        return r < 0 ? r : -ENOENT;
}

static void set_behaviour(const struct World *world, const struct DefinitionPlan *plan,
                          const char *image, struct SimBehaviour *ret) {
        *ret = plan->behaviour.behaviour;
        if (plan->behaviour.until_at != USEC_INFINITY)
                ret->until = usec_add(world->start, plan->behaviour.until_at);
        if (plan->behaviour.fault_kind)
                sim_fault_text(ret->fault, plan->behaviour.fault_kind, image,
                               world->scenario->region, ret->reason);
}

/* "web:3" is family and revision, "web" leaves the revision to the core. */
static void split_name(const char *name, char family[SIM_NAME_MAX], unsigned *revision) {
        const char *colon = strrchr(name, ':');
        uint64_t number = 0;

        if (colon && text_parse_u64(colon + 1, 1, UINT32_MAX, &number) < 0)
                colon = NULL;
        snprintf(family, SIM_NAME_MAX, "%.*s", colon ? (int) (colon - name) : SIM_NAME_MAX - 1,
                 name);
        *revision = (unsigned) number;
}

int definition_apply(struct World *world, const struct DefinitionPlan *plan) {
        char family[SIM_NAME_MAX], image[SIM_NAME_MAX], app[] = "app";
        struct SimTaskDefinition spec = {
                .cpu = (unsigned) plan->cpu,
                .memory = (unsigned) plan->memory,
                .disk = (unsigned) plan->disk,
                .n_containers = plan->n_containers,
        };
        struct SimTaskDefinition *definition;

        split_name(plan->task_definition, family, &spec.revision);
        snprintf(image, sizeof(image), "%.*s", SIM_NAME_MAX - 1, plan->task_definition);
        spec.family = family;
        memcpy(spec.containers, plan->containers, sizeof(spec.containers));
        if (spec.n_containers == 0) {
                spec.n_containers = 1;
                spec.containers[0].name = app;
                spec.containers[0].essential = true;
        }
        for (size_t i = 0; i < spec.n_containers; i++)
                if (!spec.containers[i].image)
                        spec.containers[i].image = image;
        set_behaviour(world, plan, spec.containers[0].image, &spec.behaviour);
        return sim_register_definition(world->sim, &spec, &definition);
}

int instance_apply(struct World *world, const struct InstancePlan *plan, struct Buffer *message) {
        struct SimCluster *cluster = world_cluster(world, plan->cluster);
        char zone[SIM_NAME_MAX], name[SIM_NAME_MAX];
        struct SimInstance *instance;
        struct SimInstance spec = {
                .cpu = (unsigned) plan->cpu,
                .memory = (unsigned) plan->memory,
                .disk = (unsigned) plan->disk,
                .n_ports = plan->n_ports,
                .name = name,
                .availability_zone = zone,
        };

        if (!cluster)
                return unknown(message, "cluster", plan->cluster);
        snprintf(name, sizeof(name), "%s", plan->instance);
        if (plan->availability_zone)
                snprintf(zone, sizeof(zone), "%s", plan->availability_zone);
        else
                snprintf(zone, sizeof(zone), "%.200s%c", world->scenario->region,
                         (char) ('a' + cluster->n_instances % 3));
        memcpy(spec.ports, plan->ports, sizeof(spec.ports));
        return sim_register_instance(world->sim, cluster, &spec, &instance);
}

int group_apply(struct World *world, const struct GroupPlan *plan, struct Buffer *message) {
        char name[SIM_NAME_MAX];
        struct SimGroup *group;
        struct SimGroup spec = {
                .name = name,
                .cluster = world_cluster(world, plan->instance.cluster),
                .cpu = (unsigned) plan->instance.cpu,
                .memory = (unsigned) plan->instance.memory,
                .disk = (unsigned) plan->instance.disk,
                .minimum = (unsigned) plan->minimum,
                .maximum = (unsigned) plan->maximum,
                .desired = (unsigned) plan->desired,
                .launch_takes = plan->launch_takes,
        };

        if (!spec.cluster)
                return unknown(message, "cluster", plan->instance.cluster);
        snprintf(name, sizeof(name), "%s", plan->group);
        return sim_create_group(world->sim, &spec, &group);
}

static void take_duration(usec_t given, usec_t *value) {
        if (given != USEC_INFINITY)
                *value = given;
}

static void take_truth(int given, bool *value) {
        if (given >= 0)
                *value = given;
}

void scheduler_apply(const struct SchedulerPlan *plan, struct SimOptions *options) {
        take_duration(plan->tick, &options->tick);
        take_duration(plan->healthy_wait, &options->healthy_wait);
        take_duration(plan->stopped_tasks_kept, &options->stopped_tasks_kept);
        take_duration(plan->containers_kept, &options->containers_kept);
        take_duration(plan->steady_state_every, &options->steady_state_every);
        take_duration(plan->placement_event_every, &options->placement_event_every);
        take_duration(plan->breaker_delay, &options->breaker_delay);
        take_truth(plan->primary_starts_at_zero, &options->primary_starts_at_zero);
        take_truth(plan->reuse_deployment_id, &options->reuse_deployment_id);
        take_truth(plan->start_throttle, &options->start_throttle);
        take_truth(plan->breaker_counts_exits, &options->breaker_counts_exits);
        take_truth(plan->breaker_stands_still, &options->breaker_stands_still);
        take_truth(plan->events_named, &options->events_named);
}

static void breaker_from_plan(const struct BreakerPlan *plan, struct SimBreaker *breaker) {
        take_truth(plan->enable, &breaker->enable);
        take_truth(plan->rollback, &breaker->rollback);
        take_truth(plan->reset_on_healthy_task, &breaker->reset_on_healthy_task);
        if (plan->threshold >= 0) {
                breaker->threshold = (enum SimThreshold) plan->threshold_type;
                breaker->value = (unsigned) plan->threshold;
        }
}

static void strategy_from_plan(const struct StrategyPlan *plan, struct SimStrategy *strategy) {
        if (plan->kind >= 0)
                strategy->kind = (enum SimStrategyKind) plan->kind;
        take_duration(plan->bake, &strategy->bake);
        take_duration(plan->step_bake, &strategy->step_bake);
        take_truth(plan->pauses, &strategy->pauses);
        if (plan->step_percent >= 0)
                strategy->step_percent = (unsigned) plan->step_percent;
}

void service_spec_from_plan(const struct World *world, const struct ServicePlan *plan,
                            struct SimServiceSpec *spec, char target_group[SIM_NAME_MAX]) {
        sim_service_spec_default(spec, plan->scheduling > 0 ? SIM_DAEMON : SIM_REPLICA);
        spec->name = plan->service;
        spec->launch = plan->launch_type > 0 || plan->scheduling > 0 ? SIM_EC2 : SIM_FARGATE;
        spec->spot = plan->spot > 0;
        spec->controller =
                plan->controller > 0 ? (enum SimController) plan->controller : SIM_CONTROLLER_ECS;
        spec->tags = plan->tags;
        take_duration(plan->grace, &spec->grace);
        if (plan->desired >= 0)
                spec->desired = (unsigned) plan->desired;
        if (plan->minimum_healthy_percent >= 0)
                spec->minimum_healthy_percent = (unsigned) plan->minimum_healthy_percent;
        if (plan->maximum_percent >= 0)
                spec->maximum_percent = (unsigned) plan->maximum_percent;
        breaker_from_plan(&plan->breaker, &spec->breaker);
        strategy_from_plan(&plan->strategy, &spec->strategy);
        take_truth(plan->alarms.enable, &spec->alarms.enable);
        take_truth(plan->alarms.rollback, &spec->alarms.rollback);
        if (!plan->load_balancer.target_group)
                return;

        if (text_starts_with(plan->load_balancer.target_group, "arn:"))
                snprintf(target_group, SIM_NAME_MAX, "%s", plan->load_balancer.target_group);
        else
                snprintf(target_group, SIM_NAME_MAX,
                         "arn:aws:elasticloadbalancing:%.32s:%.16s:targetgroup/%.100s/"
                         "0123456789abcdef",
                         world->scenario->region, world->scenario->account,
                         plan->load_balancer.target_group);
        spec->load_balancer.target_group = target_group;
        spec->load_balancer.port = (uint16_t) plan->load_balancer.port;
        take_duration(plan->load_balancer.deregistration_delay,
                      &spec->load_balancer.deregistration_delay);
}

static int create_from_plan(struct World *world, struct SimCluster *cluster,
                            const struct ServicePlan *plan, struct Buffer *message) {
        char target_group[SIM_NAME_MAX], container[SIM_NAME_MAX];
        struct SimServiceSpec spec;
        struct SimService *service;

        service_spec_from_plan(world, plan, &spec, target_group);
        spec.definition = sim_find_definition(world->sim, plan->task_definition);
        if (!spec.definition)
                return unknown(message, "task definition", plan->task_definition);
        snprintf(container, sizeof(container), "%.255s",
                 plan->load_balancer.container ? plan->load_balancer.container
                                               : spec.definition->containers[0].name);
        if (spec.load_balancer.target_group)
                spec.load_balancer.container = container;
        return sim_create_service(world->sim, cluster, &spec, &service);
}

/* What somebody does there in UpdateService's place: CodeDeploy's CreateDeployment, or a task set
 * beside the others. */
static int move_on(struct World *world, struct SimService *service,
                   struct SimTaskDefinition *definition) {
        struct SimCodeDeployment *deployment;
        struct SimDeployment *set;

        if (service->controller == SIM_CONTROLLER_CODE_DEPLOY)
                return sim_code_deploy(world->sim, service, definition, &deployment);
        return sim_create_task_set(world->sim, service, definition, 100, NULL, &set);
}

static int update_from_plan(struct World *world, struct SimService *service,
                            const struct ServicePlan *plan, struct Buffer *message) {
        struct SimBreaker breaker = service->breaker;
        unsigned desired = (unsigned) plan->desired;
        unsigned minimum = (unsigned) plan->minimum_healthy_percent;
        unsigned maximum = (unsigned) plan->maximum_percent;
        struct SimServiceChange change = {
                .desired = plan->desired >= 0 ? &desired : NULL,
                .minimum_healthy_percent = plan->minimum_healthy_percent >= 0 ? &minimum : NULL,
                .maximum_percent = plan->maximum_percent >= 0 ? &maximum : NULL,
                .breaker = plan->breaker.given ? &breaker : NULL,
                .grace = plan->grace != USEC_INFINITY ? &plan->grace : NULL,
                .force_new_deployment = plan->force_new_deployment > 0,
        };

        breaker_from_plan(&plan->breaker, &breaker);
        if (plan->task_definition) {
                change.definition = sim_find_definition(world->sim, plan->task_definition);
                if (!change.definition)
                        return unknown(message, "task definition", plan->task_definition);
        }
        if (service->controller != SIM_CONTROLLER_ECS && change.definition)
                return move_on(world, service, change.definition);
        return sim_update_service(world->sim, service, &change);
}

/* The newest task set becomes PRIMARY. */
static int promote(struct World *world, struct SimService *service) {
        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status != SIM_INACTIVE)
                        return sim_promote_task_set(world->sim, service->deployments[i]);
        return SIM_REFUSED_TASK_SET_NOT_FOUND;
}

/* The oldest ones: those that serve. */
static int strike_tasks(struct World *world, struct SimService *service,
                        const struct ServicePlan *plan, bool spot) {
        int64_t left = plan->count;
        int r;

        for (size_t i = 0; i < service->n_tasks && left > 0; i++) {
                struct SimTask *task = service->tasks[i];

                if (!task->wanted)
                        continue;
                r = spot ? sim_interrupt_task(world->sim, task)
                         : sim_stop_task(world->sim, task, plan->reason);
                if (r != 0)
                        return r;
                left--;
        }
        return 0;
}

static int apply_to_service(struct World *world, const struct Step *step, struct Buffer *message,
                            const struct SimDeployment **ret_deployment) {
        const struct ServicePlan *plan = &step->service;
        struct SimCluster *cluster = world_cluster(world, plan->cluster);
        const struct SimDeployment *before;
        struct SimService *service;
        struct SimTask *task;
        int r = 0;

        if (!cluster)
                return unknown(message, "cluster", plan->cluster);
        if (step->kind == STEP_STOP_TASK && plan->task) {
                task = sim_find_task(world->sim, cluster, text_after_last(plan->task, '/'));
                return task ? sim_stop_task(world->sim, task, plan->reason)
                            : SIM_REFUSED_TASK_NOT_FOUND;
        }
        service = sim_find_service(cluster, plan->service);
        if (!service && step->kind != STEP_CREATE_SERVICE)
                return SIM_REFUSED_SERVICE_NOT_FOUND;

        before = service ? sim_primary(service) : NULL;
        if (step->kind == STEP_CREATE_SERVICE)
                r = create_from_plan(world, cluster, plan, message);
        else if (step->kind == STEP_UPDATE_SERVICE || step->kind == STEP_SCALE)
                r = update_from_plan(world, service, plan, message);
        else if (step->kind == STEP_DELETE_SERVICE)
                r = sim_delete_service(world->sim, service, plan->force > 0);
        else if (step->kind == STEP_PROMOTE)
                r = promote(world, service);
        else if (step->kind == STEP_CONTINUE)
                r = sim_continue_service_deployment(world->sim, service);
        else if (step->kind == STEP_ALARM)
                r = sim_set_alarm(world->sim, service, plan->in_alarm > 0);
        else if (step->kind == STEP_STOP_SERVICE_DEPLOYMENT)
                r = sim_current_service_deployment(service)
                            ? sim_stop_service_deployment(world->sim,
                                                          sim_current_service_deployment(service))
                            : SIM_REFUSED_SERVICE_DEPLOYMENT_NOT_FOUND;
        else
                r = strike_tasks(world, service, plan, step->kind == STEP_SPOT_INTERRUPT);
        if (r != 0)
                return r;

        service = sim_find_service(cluster, plan->service);
        if (sim_primary(service) != before)
                *ret_deployment = sim_primary(service);
        return 0;
}

static int apply_to_definition(struct World *world, const struct Step *step,
                               struct Buffer *message) {
        const struct DefinitionPlan *plan = &step->definition;
        struct SimTaskDefinition *definition;
        struct SimBehaviour behaviour;

        if (step->kind == STEP_REGISTER_TASK_DEFINITION)
                return definition_apply(world, plan);
        definition = sim_find_definition(world->sim, plan->task_definition);
        if (!definition)
                return unknown(message, "task definition", plan->task_definition);
        if (step->kind == STEP_DEREGISTER_TASK_DEFINITION) {
                sim_deregister_definition(world->sim, definition);
                return 0;
        }
        set_behaviour(world, plan, definition->containers[0].image, &behaviour);
        sim_set_behaviour(definition, &behaviour);
        return 0;
}

static int apply_to_instance(struct World *world, const struct Step *step, struct Buffer *message) {
        struct SimCluster *cluster = world_cluster(world, step->instance.cluster);
        struct SimInstance *instance;

        if (!cluster)
                return unknown(message, "cluster", step->instance.cluster);
        if (step->kind == STEP_REGISTER_INSTANCE)
                return instance_apply(world, &step->instance, message);
        instance = sim_find_instance(cluster, step->instance.instance);
        if (!instance)
                return unknown(message, "instance", step->instance.instance);
        if (step->kind == STEP_TERMINATE_INSTANCE && !step->disconnect)
                return sim_terminate_instance(world->sim, instance);
        if (step->kind == STEP_TERMINATE_INSTANCE) {
                sim_set_agent(world->sim, instance, false);
                return 0;
        }
        sim_set_agent(world->sim, instance, true);
        return sim_set_instance_status(world->sim, instance,
                                       step->kind == STEP_DRAIN ? SIM_INSTANCE_DRAINING
                                                                : SIM_INSTANCE_ACTIVE);
}

static void set_denied(struct World *world, const struct TextList *operations, bool denied) {
        for (size_t i = 0; i < operations->count; i++)
                world->denied[operation_find(operations->texts[i])] = denied;
}

int step_apply(struct World *world, const struct Step *step, struct Buffer *message,
               const struct SimDeployment **ret_deployment) {
        struct SimOptions options = *sim_options(world->sim);

        *ret_deployment = NULL;
        switch (step->kind) {
        case STEP_CREATE_SERVICE:
        case STEP_UPDATE_SERVICE:
        case STEP_SCALE:
        case STEP_DELETE_SERVICE:
        case STEP_STOP_TASK:
        case STEP_SPOT_INTERRUPT:
        case STEP_STOP_SERVICE_DEPLOYMENT:
        case STEP_PROMOTE:
        case STEP_CONTINUE:
        case STEP_ALARM: return apply_to_service(world, step, message, ret_deployment);
        case STEP_REGISTER_TASK_DEFINITION:
        case STEP_DEREGISTER_TASK_DEFINITION:
        case STEP_SET_BEHAVIOUR: return apply_to_definition(world, step, message);
        case STEP_REGISTER_INSTANCE:
        case STEP_DRAIN:
        case STEP_ACTIVATE:
        case STEP_TERMINATE_INSTANCE: return apply_to_instance(world, step, message);
        case STEP_CAPACITY:
                sim_set_capacity(world->sim, (enum SimCapacity) step->capacity);
                return 0;
        case STEP_SCHEDULER:
                scheduler_apply(&step->scheduler, &options);
                sim_set_options(world->sim, &options);
                return 0;
        case STEP_DENY: set_denied(world, &step->operations, true); return 0;
        case STEP_ALLOW: set_denied(world, &step->operations, false); return 0;
        case STEP_THROTTLE:
                quota_init(&world->quota, step->throttle, sim_now(world->sim));
                return 0;
        case STEP_FAULT: return world_add_fault(world, &step->fault);
        case STEP_CLEAR_FAULTS: world->n_faults = 0; return 0;
        }
        return 0;
}
