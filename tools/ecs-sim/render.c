/* SPDX-License-Identifier: Apache-2.0 */
/* ARNs, times, clusters, task definitions and container instances. */
#include "render.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *arn_format(const struct World *world, char arn[ARN_MAX], const char *format, ...) {
        va_list arguments;
        int used;

        used = snprintf(arn, ARN_MAX, "arn:aws:ecs:%.64s:%.32s:", world->scenario->region,
                        world->scenario->account);
        va_start(arguments, format);
        vsnprintf(arn + used, (size_t) (ARN_MAX - used), format, arguments);
        va_end(arguments);
        return arn;
}

const char *cluster_arn(const struct World *world, const struct SimCluster *cluster,
                        char arn[ARN_MAX]) {
        return arn_format(world, arn, "cluster/%s", cluster->name);
}

const char *service_arn(const struct World *world, const struct SimService *service,
                        char arn[ARN_MAX]) {
        return arn_format(world, arn, "service/%s/%s", service->cluster->name, service->name);
}

const char *task_arn(const struct World *world, const struct SimTask *task, char arn[ARN_MAX]) {
        return arn_format(world, arn, "task/%s/%s", task->service->cluster->name, task->id);
}

const char *instance_arn(const struct World *world, const struct SimInstance *instance,
                         char arn[ARN_MAX]) {
        return arn_format(world, arn, "container-instance/%s/%s", instance->cluster->name,
                          instance->id);
}

const char *definition_arn(const struct World *world, const struct SimTaskDefinition *definition,
                           char arn[ARN_MAX]) {
        return arn_format(world, arn, "task-definition/%s", definition->name);
}

const char *service_deployment_arn(const struct World *world,
                                   const struct SimServiceDeployment *deployment,
                                   char arn[ARN_MAX]) {
        return arn_format(world, arn, "service-deployment/%s/%s/%s",
                          deployment->service->cluster->name, deployment->service->name,
                          deployment->id);
}

const char *revision_arn(const struct World *world, const struct SimService *service,
                         const struct SimRevision *revision, char arn[ARN_MAX]) {
        return arn_format(world, arn, "service-revision/%s/%s/%s", service->cluster->name,
                          service->name, revision->id);
}

json_t *render_time(usec_t at) {
        return json_real((double) (at / USEC_PER_MSEC) / 1000.0);
}

void render_time_into(json_t *object, const char *member, usec_t at) {
        if (at != USEC_UNKNOWN)
                json_object_set_new(object, member, render_time(at));
}

json_t *render_failure(const char *arn, const char *reason) {
        return json_pack("{s:s, s:s}", "arn", arn, "reason", reason);
}

json_t *render_cluster(const struct World *world, const struct SimCluster *cluster) {
        unsigned running = 0, pending = 0, services = 0, instances = 0;
        char arn[ARN_MAX];

        for (size_t i = 0; i < cluster->n_services; i++) {
                struct SimCounts counts = sim_count(world->sim, cluster->services[i], NULL);

                running += counts.running;
                pending += counts.pending;
                services += cluster->services[i]->status == SIM_SERVICE_ACTIVE;
        }
        for (size_t i = 0; i < cluster->n_instances; i++)
                instances += cluster->instances[i]->status != SIM_INSTANCE_INACTIVE;

        return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:[], s:[], s:[{s:s, s:s}], "
                         "s:[s, s], s:[]}",
                         "clusterArn", cluster_arn(world, cluster, arn), "clusterName",
                         cluster->name, "status", "ACTIVE", "registeredContainerInstancesCount",
                         instances, "runningTasksCount", running, "pendingTasksCount", pending,
                         "activeServicesCount", services, "statistics", "tags", "settings", "name",
                         "containerInsights", "value", "disabled", "capacityProviders", "FARGATE",
                         "FARGATE_SPOT", "defaultCapacityProviderStrategy");
}

/* What its tasks write goes to a group of its family. */
static json_t *render_log(const struct World *world, const struct SimTaskDefinition *definition) {
        return json_pack("{s:s, s:{s:o, s:s, s:s}}", "logDriver", "awslogs", "options",
                         "awslogs-group", json_sprintf("/ecs/%s", definition->family),
                         "awslogs-region", world->scenario->region, "awslogs-stream-prefix", "ecs");
}

static json_t *render_container_definition(const struct World *world,
                                           const struct SimTaskDefinition *definition,
                                           const struct SimContainerDefinition *container) {
        json_t *shown =
                json_pack("{s:s, s:s, s:i, s:[], s:b, s:[], s:[], s:[]}", "name", container->name,
                          "image", container->image, "cpu", 0, "portMappings", "essential",
                          container->essential, "environment", "mountPoints", "volumesFrom");

        if (container->host_port != 0)
                json_array_append_new(json_object_get(shown, "portMappings"),
                                      json_pack("{s:i, s:i, s:s}", "containerPort",
                                                container->host_port, "hostPort",
                                                container->host_port, "protocol", "tcp"));
        if (container->health_check)
                json_object_set_new(shown, "healthCheck",
                                    json_pack("{s:[s, s], s:i, s:i, s:i}", "command", "CMD-SHELL",
                                              "true", "interval", 30, "timeout", 5, "retries", 3));
        if (definition->behaviour.log[0] != '\0')
                json_object_set_new(shown, "logConfiguration", render_log(world, definition));
        return shown;
}

/* What the API was given is given back, as far as it goes. */
static json_t *containers_of(const struct World *world,
                             const struct SimTaskDefinition *definition) {
        json_t *document = definition->document ? json_loads(definition->document, 0, NULL) : NULL;
        json_t *containers = json_incref(json_object_get(document, "containerDefinitions"));

        json_decref(document);
        if (containers)
                return containers;
        containers = json_array();
        for (size_t i = 0; i < definition->n_containers; i++)
                json_array_append_new(containers,
                                      render_container_definition(world, definition,
                                                                  &definition->containers[i]));
        return containers;
}

json_t *render_definition(const struct World *world, const struct SimTaskDefinition *definition) {
        char arn[ARN_MAX], cpu[32], memory[32];
        json_t *shown;

        snprintf(cpu, sizeof(cpu), "%u", definition->cpu);
        snprintf(memory, sizeof(memory), "%u", definition->memory);
        shown = json_pack("{s:s, s:o, s:s, s:s, s:i, s:[], s:s, s:[], s:[], s:[s, s], s:s, s:s}",
                          "taskDefinitionArn", definition_arn(world, definition, arn),
                          "containerDefinitions", containers_of(world, definition), "family",
                          definition->family, "networkMode", "awsvpc", "revision",
                          (int) definition->revision, "volumes", "status",
                          definition->active ? "ACTIVE" : "INACTIVE", "requiresAttributes",
                          "placementConstraints", "compatibilities", "EC2", "FARGATE", "cpu", cpu,
                          "memory", memory);
        render_time_into(shown, "registeredAt", definition->registered_at);
        render_time_into(shown, "deregisteredAt", definition->deregistered_at);
        return shown;
}

static json_t *integer_resource(const char *name, unsigned value) {
        return json_pack("{s:s, s:s, s:f, s:i, s:i}", "name", name, "type", "INTEGER",
                         "doubleValue", 0.0, "longValue", 0, "integerValue", value);
}

static json_t *port_resource(const struct SimInstance *instance) {
        static const char *const RESERVED[] = {"22", "2376", "2375", "51678", "51679"};
        json_t *ports = json_array();
        char text[16];

        for (size_t i = 0; i < ARRAY_SIZE(RESERVED); i++)
                json_array_append_new(ports, json_string(RESERVED[i]));
        for (size_t i = 0; i < instance->n_ports; i++) {
                snprintf(text, sizeof(text), "%u", instance->ports[i]);
                json_array_append_new(ports, json_string(text));
        }
        return json_pack("{s:s, s:s, s:f, s:i, s:i, s:o}", "name", "PORTS", "type", "STRINGSET",
                         "doubleValue", 0.0, "longValue", 0, "integerValue", 0, "stringSetValue",
                         ports);
}

static void count_tasks(const struct SimInstance *instance, int *running, int *pending) {
        const struct SimCluster *cluster = instance->cluster;

        *running = *pending = 0;
        for (size_t i = 0; i < cluster->n_services; i++)
                for (size_t j = 0; j < cluster->services[i]->n_tasks; j++) {
                        const struct SimTask *task = cluster->services[i]->tasks[j];

                        if (task->instance != instance)
                                continue;
                        *running += task->status == SIM_RUNNING;
                        *pending += task->status < SIM_RUNNING;
                }
}

json_t *render_instance(const struct World *world, const struct SimInstance *instance) {
        char arn[ARN_MAX];
        int running, pending;
        json_t *shown;

        count_tasks(instance, &running, &pending);
        shown = json_pack(
                "{s:s, s:s, s:i, s:{s:s, s:s, s:s}, s:[o, o, o], s:[o, o, o], s:s, s:b, s:i, s:i, "
                "s:[{s:s, s:s}], s:[], s:[]}",
                "containerInstanceArn", instance_arn(world, instance, arn), "ec2InstanceId",
                instance->ec2_id, "version", 1, "versionInfo", "agentVersion", "1.89.1",
                "agentHash", "0a1b2c3d", "dockerVersion", "DockerVersion: 25.0.6",
                "remainingResources", integer_resource("CPU", instance->cpu_left),
                integer_resource("MEMORY", instance->memory_left), port_resource(instance),
                "registeredResources", integer_resource("CPU", instance->cpu),
                integer_resource("MEMORY", instance->memory), port_resource(instance), "status",
                sim_instance_status_name(instance->status), "agentConnected",
                instance->agent_connected, "runningTasksCount", running, "pendingTasksCount",
                pending, "attributes", "name", "ecs.availability-zone", "value",
                instance->availability_zone, "attachments", "tags");
        render_time_into(shown, "registeredAt", instance->registered_at);
        return shown;
}
