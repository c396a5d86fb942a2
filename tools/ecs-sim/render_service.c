/* SPDX-License-Identifier: Apache-2.0 */
/* Services, deployments, service deployments and revisions as the API shows them. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "render.h"

/* A service has one, which the step `alarm` switches. */
#define ALARM_NAME "ecs-sim-alarm"

/* What launches tasks: a launch type, or for Spot a capacity provider. */
static void render_launch(json_t *object, const struct SimService *service) {
        if (service->spot)
                json_object_set_new(object, "capacityProviderStrategy",
                                    json_pack("[{s:s, s:i, s:i}]", "capacityProvider",
                                              "FARGATE_SPOT", "weight", 1, "base", 0));
        else
                json_object_set_new(object, "launchType",
                                    json_string(sim_launch_name(service->launch)));
}

static void render_platform(json_t *object, const struct SimService *service, const char *version) {
        if (service->launch != SIM_FARGATE)
                return;
        json_object_set_new(object, "platformVersion", json_string(version));
        json_object_set_new(object, "platformFamily", json_string("Linux"));
}

json_t *render_network(const struct SimService *service, const struct SimRevision *revision) {
        if (revision->network)
                return json_loads(revision->network, 0, NULL);
        if (service->launch != SIM_FARGATE)
                return NULL;
        return json_pack("{s:{s:[s], s:[s], s:s}}", "awsvpcConfiguration", "subnets",
                         "subnet-0123456789abcdef0", "securityGroups", "sg-0123456789abcdef0",
                         "assignPublicIp", "DISABLED");
}

static json_t *render_load_balancers(const struct SimService *service) {
        if (!service->load_balancer.target_group)
                return json_array();
        return json_pack("[{s:s, s:s, s:i}]", "targetGroupArn", service->load_balancer.target_group,
                         "containerName", service->load_balancer.container, "containerPort",
                         (int) service->load_balancer.port);
}

static int minutes(usec_t duration) {
        return (int) (duration / USEC_PER_MINUTE);
}

static void render_strategy(const struct SimStrategy *strategy, json_t *shown) {
        if (strategy->kind != SIM_ROLLING || strategy->bake > 0)
                json_object_set_new(shown, "bakeTimeInMinutes",
                                    json_integer(minutes(strategy->bake)));
        if (strategy->kind == SIM_LINEAR)
                json_object_set_new(shown, "linearConfiguration",
                                    json_pack("{s:f, s:i}", "stepPercent",
                                              (double) strategy->step_percent,
                                              "stepBakeTimeInMinutes",
                                              minutes(strategy->step_bake)));
        if (strategy->kind == SIM_CANARY)
                json_object_set_new(shown, "canaryConfiguration",
                                    json_pack("{s:f, s:i}", "canaryPercent",
                                              (double) strategy->step_percent,
                                              "canaryBakeTimeInMinutes",
                                              minutes(strategy->step_bake)));
        if (strategy->pauses)
                json_object_set_new(shown, "lifecycleHooks",
                                    json_pack("[{s:s, s:[s]}]", "targetType", "PAUSE",
                                              "lifecycleStages", "POST_SCALE_UP"));
}

/* The newer members only where they say something: older accounts do not have them. */
json_t *render_configuration(const struct SimService *service) {
        const struct SimBreaker *breaker = &service->breaker;
        json_t *shown =
                json_pack("{s:b, s:b}", "enable", breaker->enable, "rollback", breaker->rollback);

        if (!breaker->reset_on_healthy_task)
                json_object_set_new(shown, "resetOnHealthyTask", json_false());
        if (breaker->threshold != SIM_BOUNDED_PERCENT || breaker->value != 50)
                json_object_set_new(shown, "thresholdConfiguration",
                                    json_pack("{s:s, s:i}", "type",
                                              sim_threshold_name(breaker->threshold), "value",
                                              (int) breaker->value));
        shown = json_pack("{s:o, s:i, s:i, s:s}", "deploymentCircuitBreaker", shown,
                          "maximumPercent", (int) service->maximum_percent, "minimumHealthyPercent",
                          (int) service->minimum_healthy_percent, "strategy",
                          sim_strategy_name(service->strategy.kind));
        render_strategy(&service->strategy, shown);
        if (service->alarms.enable)
                json_object_set_new(shown, "alarms",
                                    json_pack("{s:[s], s:b, s:b}", "alarmNames", ALARM_NAME,
                                              "enable", true, "rollback",
                                              service->alarms.rollback));
        return shown;
}

static json_t *render_deployment(const struct World *world,
                                 const struct SimDeployment *deployment) {
        struct SimCounts counts = sim_count(world->sim, deployment->service, deployment);
        json_t *shown, *network = render_network(deployment->service, deployment->revision);
        char arn[ARN_MAX];

        shown = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:o, s:o}", "id", deployment->id,
                          "status", sim_deployment_status_name(deployment->status),
                          "taskDefinition",
                          definition_arn(world, deployment->revision->definition, arn),
                          "desiredCount", (int) deployment->desired, "pendingCount",
                          (int) counts.pending, "runningCount", (int) counts.running, "failedTasks",
                          (int) deployment->failed_tasks, "createdAt",
                          render_time(deployment->created_at), "updatedAt",
                          render_time(deployment->updated_at));
        render_launch(shown, deployment->service);
        render_platform(shown, deployment->service, "1.4.0");
        if (network)
                json_object_set_new(shown, "networkConfiguration", network);
        json_object_set_new(shown, "rolloutState",
                            json_string(sim_rollout_name(deployment->rollout)));
        json_object_set_new(shown, "rolloutStateReason", json_string(deployment->rollout_reason));
        return shown;
}

/* PRIMARY first here, but the API promises no order. */
static json_t *render_deployments(const struct World *world, const struct SimService *service) {
        json_t *list = json_array();

        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status == SIM_PRIMARY)
                        json_array_append_new(list,
                                              render_deployment(world, service->deployments[i]));
        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status == SIM_ACTIVE)
                        json_array_append_new(list,
                                              render_deployment(world, service->deployments[i]));
        return list;
}

static const char *task_set_status(const struct SimDeployment *set) {
        return set->is_leaving ? "DRAINING" : sim_deployment_status_name(set->status);
}

json_t *render_task_set(const struct World *world, const struct SimDeployment *set) {
        const struct SimService *service = set->service;
        struct SimCounts counts = sim_count(world->sim, service, set);
        char arn[ARN_MAX], of[ARN_MAX], in[ARN_MAX], definition[ARN_MAX];
        json_t *shown;

        arn_format(world, arn, "task-set/%s/%s/%s", service->cluster->name, service->name, set->id);
        shown = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:o, s:o, s:{s:f, s:s}, "
                          "s:s, s:[], s:o}",
                          "id", set->id, "taskSetArn", arn, "serviceArn",
                          service_arn(world, service, of), "clusterArn",
                          cluster_arn(world, service->cluster, in), "status", task_set_status(set),
                          "taskDefinition",
                          definition_arn(world, set->revision->definition, definition),
                          "computedDesiredCount", (int) set->desired, "pendingCount",
                          (int) counts.pending, "runningCount", (int) counts.running, "createdAt",
                          render_time(set->created_at), "updatedAt", render_time(set->updated_at),
                          "scale", "value", (double) set->scale, "unit", "PERCENT",
                          "stabilityStatus", set->is_steady ? "STEADY_STATE" : "STABILIZING",
                          "serviceRegistries", "loadBalancers", render_load_balancers(service));
        render_launch(shown, service);
        render_platform(shown, service, "1.4.0");
        if (service->controller == SIM_CONTROLLER_CODE_DEPLOY)
                json_object_set_new(shown, "startedBy", json_string("CODE_DEPLOY"));
        if (set->external_id[0])
                json_object_set_new(shown, "externalId", json_string(set->external_id));
        return shown;
}

json_t *render_task_sets(const struct World *world, const struct SimService *service) {
        json_t *list = json_array();

        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status != SIM_INACTIVE)
                        json_array_append_new(list,
                                              render_task_set(world, service->deployments[i]));
        return list;
}

static json_t *render_events(const struct SimService *service) {
        json_t *list = json_array();

        for (size_t i = 0; i < service->n_events; i++)
                json_array_append_new(list, json_pack("{s:s, s:o, s:s}", "id",
                                                      service->events[i].id, "createdAt",
                                                      render_time(service->events[i].created_at),
                                                      "message", service->events[i].message));
        return list;
}

static json_t *render_revision_counts(const struct World *world, const struct SimService *service,
                                      const struct SimRevision *revision) {
        unsigned requested = 0, running = 0, pending = 0;
        char arn[ARN_MAX];

        for (size_t i = 0; i < service->n_deployments; i++) {
                const struct SimDeployment *deployment = service->deployments[i];
                struct SimCounts counts;

                if (deployment->revision != revision || deployment->status == SIM_INACTIVE)
                        continue;
                counts = sim_count(world->sim, service, deployment);
                requested += deployment->desired;
                running += counts.running;
                pending += counts.pending;
        }
        return json_pack("{s:s, s:i, s:i, s:i}", "arn", revision_arn(world, service, revision, arn),
                         "requestedTaskCount", (int) requested, "runningTaskCount", (int) running,
                         "pendingTaskCount", (int) pending);
}

static json_t *render_current_revisions(const struct World *world,
                                        const struct SimService *service) {
        json_t *list = json_array();

        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status != SIM_INACTIVE)
                        json_array_append_new(
                                list, render_revision_counts(world, service,
                                                             service->deployments[i]->revision));
        return list;
}

static json_t *tags_of(const struct SimService *service) {
        json_t *tags = service->tags ? json_loads(service->tags, 0, NULL) : NULL;

        return tags ? tags : json_array();
}

static void render_history(const struct World *world, const struct SimService *service,
                           json_t *shown) {
        const struct SimServiceDeployment *current = sim_current_service_deployment(service);
        char arn[ARN_MAX];

        if (service->status != SIM_SERVICE_ACTIVE || !current)
                return;
        json_object_set_new(shown, "currentServiceDeployment",
                            json_string(service_deployment_arn(world, current, arn)));
        json_object_set_new(shown, "currentServiceRevisions",
                            render_current_revisions(world, service));
}

json_t *render_service(const struct World *world, const struct SimService *service,
                       const char *creator, bool with_tags) {
        const struct SimDeployment *primary = sim_primary(service);
        const struct SimRevision *revision = primary ? primary->revision
                                             : service->n_revisions > 0
                                                     ? service->revisions[service->n_revisions - 1]
                                                     : NULL;
        struct SimCounts counts = sim_count(world->sim, service, NULL);
        char arn[ARN_MAX], in[ARN_MAX], definition[ARN_MAX], role[ARN_MAX];
        json_t *shown, *network = revision ? render_network(service, revision) : NULL;

        snprintf(role, sizeof(role),
                 "arn:aws:iam::%.32s:role/aws-service-role/ecs.amazonaws.com/"
                 "AWSServiceRoleForECS",
                 world->scenario->account);
        shown = json_pack("{s:s, s:s, s:s, s:o, s:[], s:s, s:i, s:i, s:i}", "serviceArn",
                          service_arn(world, service, arn), "serviceName", service->name,
                          "clusterArn", cluster_arn(world, service->cluster, in), "loadBalancers",
                          render_load_balancers(service), "serviceRegistries", "status",
                          sim_service_status_name(service->status), "desiredCount",
                          (int) service->desired, "runningCount", (int) counts.running,
                          "pendingCount", (int) counts.pending);
        render_launch(shown, service);
        render_platform(shown, service, "LATEST");
        if (revision)
                json_object_set_new(shown, "taskDefinition",
                                    json_string(definition_arn(world, revision->definition,
                                                               definition)));
        json_object_set_new(shown, "deploymentConfiguration", render_configuration(service));
        if (service->controller == SIM_CONTROLLER_ECS) {
                json_object_set_new(shown, "deployments", render_deployments(world, service));
        } else {
                json_object_set_new(shown, "deployments", json_array());
                json_object_set_new(shown, "taskSets", render_task_sets(world, service));
        }
        json_object_set_new(shown, "roleArn", json_string(role));
        json_object_set_new(shown, "events", render_events(service));
        render_time_into(shown, "createdAt", service->created_at);
        render_history(world, service, shown);
        json_object_set_new(shown, "placementConstraints", json_array());
        json_object_set_new(shown, "placementStrategy", json_array());
        if (network)
                json_object_set_new(shown, "networkConfiguration", network);
        json_object_set_new(shown, "healthCheckGracePeriodSeconds",
                            json_integer((json_int_t) (service->grace / USEC_PER_SEC)));
        json_object_set_new(shown, "schedulingStrategy",
                            json_string(sim_scheduling_name(service->scheduling)));
        json_object_set_new(shown, "deploymentController",
                            json_pack("{s:s}", "type", sim_controller_name(service->controller)));
        json_object_set_new(shown, "createdBy", json_string(creator));
        json_object_set_new(shown, "enableECSManagedTags", json_true());
        json_object_set_new(shown, "propagateTags", json_string("NONE"));
        json_object_set_new(shown, "enableExecuteCommand", json_false());
        if (with_tags)
                json_object_set_new(shown, "tags", tags_of(service));
        return shown;
}

static void render_rollback(const struct World *world,
                            const struct SimServiceDeployment *deployment, json_t *shown) {
        char arn[ARN_MAX];

        if (deployment->rollback_at == USEC_UNKNOWN)
                return;
        json_object_set_new(shown, "rollback",
                            json_pack("{s:s, s:o, s:s}", "reason", deployment->rollback_reason,
                                      "startedAt", render_time(deployment->rollback_at),
                                      "serviceRevisionArn",
                                      revision_arn(world, deployment->service,
                                                   deployment->rollback_to->revision, arn)));
}

static const char *lifecycle_stage(const struct SimServiceDeployment *deployment) {
        switch (deployment->status) {
        case SIM_SD_IN_PROGRESS: return sim_stage_name(deployment->stage);
        case SIM_SD_ROLLBACK_REQUESTED:
        case SIM_SD_ROLLBACK_IN_PROGRESS: return "SCALE_UP";
        case SIM_SD_PENDING:
        case SIM_SD_SUCCESSFUL:
        case SIM_SD_STOPPED:
        case SIM_SD_ROLLBACK_SUCCESSFUL:
        case SIM_SD_ROLLBACK_FAILED: return NULL;
        }
        return NULL;
}

static void render_times(const struct SimServiceDeployment *deployment, json_t *shown) {
        render_time_into(shown, "createdAt", deployment->created_at);
        render_time_into(shown, "startedAt", deployment->started_at);
        render_time_into(shown, "finishedAt", deployment->finished_at);
        render_time_into(shown, "stoppedAt", deployment->stopped_at);
        render_time_into(shown, "updatedAt", deployment->updated_at);
}

static const char *alarm_status(const struct SimServiceDeployment *deployment) {
        if (!deployment->service->alarms.enable || !deployment->alarm_monitored)
                return "DISABLED";
        if (deployment->alarm_triggered)
                return "TRIGGERED";
        return deployment->status == SIM_SD_IN_PROGRESS ? "MONITORING" : "MONITORING_COMPLETE";
}

/* Its one alarm; see deploymentConfiguration. */
static json_t *render_monitored(const struct SimServiceDeployment *deployment) {
        json_t *shown = json_pack("{s:s}", "status", alarm_status(deployment));

        if (deployment->service->alarms.enable)
                json_object_set_new(shown, "alarmNames", json_pack("[s]", ALARM_NAME));
        if (deployment->alarm_triggered)
                json_object_set_new(shown, "triggeredAlarmNames", json_pack("[s]", ALARM_NAME));
        return shown;
}

/* The one that `pause` makes, once it has been reached. */
static json_t *render_hooks(const struct SimServiceDeployment *deployment) {
        bool awaits = deployment->status == SIM_SD_IN_PROGRESS &&
                      deployment->stage == SIM_STAGE_POST_SCALE_UP && !deployment->continued;

        if (!deployment->service->strategy.pauses || deployment->n_sources == 0 ||
            !(awaits || deployment->continued))
                return json_array();
        return json_pack("[{s:s, s:s, s:s, s:s}]", "hookId", "pause", "targetType", "PAUSE",
                         "status", awaits ? "AWAITING_ACTION" : "SUCCEEDED", "timeoutAction",
                         "ROLLBACK");
}

json_t *render_service_deployment(const struct World *world,
                                  const struct SimServiceDeployment *deployment) {
        const struct SimService *service = deployment->service;
        json_t *shown, *sources = json_array();
        char arn[ARN_MAX], of[ARN_MAX], in[ARN_MAX];

        for (size_t i = 0; i < deployment->n_sources; i++)
                json_array_append_new(sources, render_revision_counts(world, service,
                                                                      deployment->sources[i]));
        shown = json_pack("{s:s, s:s, s:s}", "serviceDeploymentArn",
                          service_deployment_arn(world, deployment, arn), "serviceArn",
                          service_arn(world, service, of), "clusterArn",
                          cluster_arn(world, service->cluster, in));
        render_times(deployment, shown);
        json_object_set_new(shown, "sourceServiceRevisions", sources);
        json_object_set_new(shown, "targetServiceRevision",
                            render_revision_counts(world, service, deployment->revision));
        json_object_set_new(shown, "status",
                            json_string(sim_service_deployment_status_name(deployment->status)));
        if (deployment->status_reason[0])
                json_object_set_new(shown, "statusReason", json_string(deployment->status_reason));
        if (lifecycle_stage(deployment))
                json_object_set_new(shown, "lifecycleStage",
                                    json_string(lifecycle_stage(deployment)));
        json_object_set_new(shown, "deploymentConfiguration", render_configuration(service));
        render_rollback(world, deployment, shown);
        json_object_set_new(shown, "deploymentCircuitBreaker",
                            json_pack("{s:s, s:i, s:i}", "status",
                                      sim_breaker_status_name(deployment->breaker), "failureCount",
                                      (int) deployment->failure_count, "threshold",
                                      (int) deployment->threshold));
        json_object_set_new(shown, "alarms", render_monitored(deployment));
        json_object_set_new(shown, "lifecycleHookDetails", render_hooks(deployment));
        return shown;
}

json_t *render_service_deployment_brief(const struct World *world,
                                        const struct SimServiceDeployment *deployment) {
        const struct SimService *service = deployment->service;
        char arn[ARN_MAX], of[ARN_MAX], in[ARN_MAX], target[ARN_MAX];
        json_t *shown;

        shown = json_pack("{s:s, s:s, s:s, s:s, s:s}", "serviceDeploymentArn",
                          service_deployment_arn(world, deployment, arn), "serviceArn",
                          service_arn(world, service, of), "clusterArn",
                          cluster_arn(world, service->cluster, in), "targetServiceRevisionArn",
                          revision_arn(world, service, deployment->revision, target), "status",
                          sim_service_deployment_status_name(deployment->status));
        render_time_into(shown, "startedAt", deployment->started_at);
        render_time_into(shown, "createdAt", deployment->created_at);
        render_time_into(shown, "finishedAt", deployment->finished_at);
        if (deployment->status_reason[0])
                json_object_set_new(shown, "statusReason", json_string(deployment->status_reason));
        return shown;
}

/* The same image has the same digest, another one another: enough to compare revisions by. */
static json_t *render_images(const struct SimTaskDefinition *definition) {
        json_t *list = json_array();

        for (size_t i = 0; i < definition->n_containers; i++) {
                const struct SimContainerDefinition *container = &definition->containers[i];
                uint64_t hash = UINT64_C(0xcbf29ce484222325);
                char digest[SIM_NAME_MAX];

                for (const char *c = container->image; *c; c++)
                        hash = (hash ^ (unsigned char) *c) * UINT64_C(0x100000001b3);
                snprintf(digest, sizeof(digest), "sha256:%016llx%016llx%016llx%016llx",
                         (unsigned long long) hash, (unsigned long long) ~hash,
                         (unsigned long long) (hash >> 7), (unsigned long long) (hash << 7));
                json_array_append_new(list,
                                      json_pack("{s:s, s:s, s:s}", "containerName", container->name,
                                                "imageDigest", digest, "image", container->image));
        }
        return list;
}

json_t *render_revision(const struct World *world, const struct SimService *service,
                        const struct SimRevision *revision) {
        char arn[ARN_MAX], of[ARN_MAX], in[ARN_MAX], definition[ARN_MAX];
        json_t *shown, *network = render_network(service, revision);

        shown = json_pack("{s:s, s:s, s:s, s:s}", "serviceRevisionArn",
                          revision_arn(world, service, revision, arn), "serviceArn",
                          service_arn(world, service, of), "clusterArn",
                          cluster_arn(world, service->cluster, in), "taskDefinition",
                          definition_arn(world, revision->definition, definition));
        render_launch(shown, service);
        render_platform(shown, service, "1.4.0");
        json_object_set_new(shown, "loadBalancers", render_load_balancers(service));
        if (network)
                json_object_set_new(shown, "networkConfiguration", network);
        json_object_set_new(shown, "containerImages", render_images(revision->definition));
        json_object_set_new(shown, "guardDutyEnabled", json_false());
        render_time_into(shown, "createdAt", revision->created_at);
        return shown;
}
