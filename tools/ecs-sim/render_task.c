/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks as the API shows them. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "render.h"

/* Containers follow their task; one that never ran has neither runtime nor exit code. */
static const char *container_status(const struct SimTask *task) {
        switch (task->status) {
        case SIM_PROVISIONING:
        case SIM_PENDING: return "PENDING";
        case SIM_ACTIVATING:
        case SIM_RUNNING:
        case SIM_DEACTIVATING:
        case SIM_STOPPING: return "RUNNING";
        case SIM_DEPROVISIONING:
        case SIM_STOPPED: return "STOPPED";
        }
        return "PENDING";
}

static json_t *render_container(const struct World *world, const struct SimTask *task, size_t i) {
        const struct SimContainerDefinition *definition = &task->definition->containers[i];
        const struct SimContainer *container = &task->containers[i];
        char arn[ARN_MAX], of[ARN_MAX], runtime[SIM_ID_MAX * 2];
        json_t *shown;

        shown = json_pack("{s:s, s:s, s:s, s:s}", "containerArn",
                          arn_format(world, arn, "container/%s/%s/%s", task->service->cluster->name,
                                     task->id, container->id),
                          "taskArn", task_arn(world, task, of), "name", definition->name, "image",
                          definition->image);
        if (container->ran) {
                snprintf(runtime, sizeof(runtime), "%s-%.10s", task->id, container->id);
                json_object_set_new(shown, "runtimeId", json_string(runtime));
        }
        json_object_set_new(shown, "lastStatus", json_string(container_status(task)));
        if (container->has_exit_code)
                json_object_set_new(shown, "exitCode", json_integer(container->exit_code));
        if (container->reason)
                json_object_set_new(shown, "reason", json_string(container->reason));
        json_object_set_new(shown, "networkBindings", json_array());
        json_object_set_new(shown, "networkInterfaces", json_array());
        json_object_set_new(shown, "healthStatus", json_string(sim_health_name(container->health)));
        json_object_set_new(shown, "cpu", json_string("0"));
        return shown;
}

static json_t *render_containers(const struct World *world, const struct SimTask *task) {
        json_t *list = json_array();

        for (size_t i = 0; i < task->definition->n_containers; i++)
                json_array_append_new(list, render_container(world, task, i));
        return list;
}

static void render_end(const struct SimTask *task, json_t *shown) {
        const char *code = sim_stop_code_name(task->stop_code);

        if (code)
                json_object_set_new(shown, "stopCode", json_string(code));
        render_time_into(shown, "stoppedAt", task->stopped_at);
        if (task->stopped_reason)
                json_object_set_new(shown, "stoppedReason", json_string(task->stopped_reason));
        render_time_into(shown, "stoppingAt", task->stopping_at);
}

static void render_place(const struct World *world, const struct SimTask *task, json_t *shown) {
        char arn[ARN_MAX];

        json_object_set_new(shown, "availabilityZone", json_string(task->availability_zone));
        if (task->instance)
                json_object_set_new(shown, "containerInstanceArn",
                                    json_string(instance_arn(world, task->instance, arn)));
        if (task->service->spot)
                json_object_set_new(shown, "capacityProviderName", json_string("FARGATE_SPOT"));
        json_object_set_new(shown, "launchType",
                            json_string(sim_launch_name(task->service->launch)));
        if (!task->instance) {
                json_object_set_new(shown, "platformVersion", json_string("1.4.0"));
                json_object_set_new(shown, "platformFamily", json_string("Linux"));
        }
}

json_t *render_task(const struct World *world, const struct SimTask *task) {
        char arn[ARN_MAX], in[ARN_MAX], definition[ARN_MAX], group[SIM_NAME_MAX * 2];
        char cpu[32], memory[32];
        json_t *shown;

        snprintf(group, sizeof(group), "service:%s", task->service->name);
        snprintf(cpu, sizeof(cpu), "%u", task->definition->cpu);
        snprintf(memory, sizeof(memory), "%u", task->definition->memory);
        shown = json_pack("{s:[], s:[{s:s, s:s}], s:s, s:s, s:o, s:s, s:s, s:b, s:s, s:s, s:s, "
                          "s:s, s:{s:[], s:[]}, s:s, s:[], s:s, s:s, s:I}",
                          "attachments", "attributes", "name", "ecs.cpu-architecture", "value",
                          "x86_64", "clusterArn", cluster_arn(world, task->service->cluster, in),
                          "connectivity", "CONNECTED", "containers", render_containers(world, task),
                          "cpu", cpu, "desiredStatus", task->wanted ? "RUNNING" : "STOPPED",
                          "enableExecuteCommand", 0, "group", group, "healthStatus",
                          sim_health_name(task->health), "lastStatus",
                          sim_task_status_name(task->status), "memory", memory, "overrides",
                          "containerOverrides", "inferenceAcceleratorOverrides", "startedBy",
                          task->deployment->id, "tags", "taskArn", task_arn(world, task, arn),
                          "taskDefinitionArn", definition_arn(world, task->definition, definition),
                          "version", (json_int_t) task->version);
        render_place(world, task, shown);
        render_time_into(shown, "createdAt", task->created_at);
        render_time_into(shown, "executionStoppedAt", task->execution_stopped_at);
        render_time_into(shown, "pullStartedAt", task->pull_started_at);
        render_time_into(shown, "pullStoppedAt", task->pull_stopped_at);
        render_time_into(shown, "startedAt", task->started_at);
        render_end(task, shown);
        return shown;
}
