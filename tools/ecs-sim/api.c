/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, and what they all need. */
#include "api.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auto_scaling.h"
#include "base/array.h"
#include "base/text.h"
#include "sts.h"

enum {
        PAGE_MAX = 100,
        ITEMS_MAX = 1000000,
};

#define TEXT(name) \
        { name, JSON_STRING, false }
#define NUMBER(name) \
        { name, JSON_INTEGER, false }
#define TRUTH(name) \
        { name, JSON_TRUE, false }
#define LIST(name) \
        { name, JSON_ARRAY, false }
#define OBJECT(name) \
        { name, JSON_OBJECT, false }
#define NEEDED(name, type) \
        { name, type, true }
#define PAGED NUMBER("maxResults"), TEXT("nextToken")

static const struct Operation OPERATIONS[] = {
        {"ListClusters", QUOTA_CLUSTER_READ, list_clusters, {PAGED}},
        {"DescribeClusters",
         QUOTA_CLUSTER_READ,
         describe_clusters,
         {LIST("clusters"), LIST("include")}},
        {"CreateCluster", QUOTA_CLUSTER_MODIFY, create_cluster, {TEXT("clusterName")}},
        {"RegisterTaskDefinition",
         QUOTA_DEFINITION_MODIFY,
         register_task_definition,
         {NEEDED("family", JSON_STRING), NEEDED("containerDefinitions", JSON_ARRAY), TEXT("cpu"),
          TEXT("memory")}},
        {"DeregisterTaskDefinition",
         QUOTA_DEFINITION_MODIFY,
         deregister_task_definition,
         {NEEDED("taskDefinition", JSON_STRING)}},
        {"DescribeTaskDefinition",
         QUOTA_DEFINITION_READ,
         describe_task_definition,
         {NEEDED("taskDefinition", JSON_STRING), LIST("include")}},
        {"ListTaskDefinitions",
         QUOTA_DEFINITION_READ,
         list_task_definitions,
         {TEXT("familyPrefix"), TEXT("status"), TEXT("sort"), PAGED}},
        {"CreateService",
         QUOTA_SERVICE_MODIFY,
         create_service,
         {TEXT("cluster"), NEEDED("serviceName", JSON_STRING), TEXT("taskDefinition"),
          NUMBER("desiredCount"), TEXT("launchType"), LIST("capacityProviderStrategy"),
          LIST("loadBalancers"), LIST("tags"), OBJECT("deploymentConfiguration"),
          OBJECT("networkConfiguration"), NUMBER("healthCheckGracePeriodSeconds"),
          TEXT("schedulingStrategy"), OBJECT("deploymentController")}},
        {"UpdateService",
         QUOTA_SERVICE_MODIFY,
         update_service,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), TEXT("taskDefinition"),
          NUMBER("desiredCount"), OBJECT("deploymentConfiguration"), OBJECT("networkConfiguration"),
          TRUTH("forceNewDeployment"), NUMBER("healthCheckGracePeriodSeconds"),
          OBJECT("deploymentController")}},
        {"DeleteService",
         QUOTA_SERVICE_MODIFY,
         delete_service,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), TRUTH("force")}},
        {"DescribeServices",
         QUOTA_SERVICE_READ,
         describe_services,
         {TEXT("cluster"), NEEDED("services", JSON_ARRAY), LIST("include")}},
        {"ListServices",
         QUOTA_SERVICE_READ,
         list_services,
         {TEXT("cluster"), TEXT("launchType"), TEXT("schedulingStrategy"), PAGED}},
        {"ListTagsForResource", QUOTA_TAG_READ, list_tags, {NEEDED("resourceArn", JSON_STRING)}},
        {"ListTasks",
         QUOTA_CLUSTER_RESOURCE_READ,
         list_tasks,
         {TEXT("cluster"), TEXT("containerInstance"), TEXT("family"), TEXT("startedBy"),
          TEXT("serviceName"), TEXT("desiredStatus"), TEXT("launchType"), PAGED}},
        {"DescribeTasks",
         QUOTA_CLUSTER_RESOURCE_READ,
         describe_tasks,
         {TEXT("cluster"), NEEDED("tasks", JSON_ARRAY), LIST("include")}},
        {"StopTask",
         QUOTA_CLUSTER_RESOURCE_MODIFY,
         stop_task,
         {TEXT("cluster"), NEEDED("task", JSON_STRING), TEXT("reason")}},
        {"ListContainerInstances",
         QUOTA_CLUSTER_RESOURCE_READ,
         list_container_instances,
         {TEXT("cluster"), TEXT("filter"), TEXT("status"), PAGED}},
        {"DescribeContainerInstances",
         QUOTA_CLUSTER_RESOURCE_READ,
         describe_container_instances,
         {TEXT("cluster"), NEEDED("containerInstances", JSON_ARRAY), LIST("include")}},
        {"UpdateContainerInstancesState",
         QUOTA_CLUSTER_RESOURCE_MODIFY,
         update_container_instances_state,
         {TEXT("cluster"), NEEDED("containerInstances", JSON_ARRAY),
          NEEDED("status", JSON_STRING)}},
        {"ListServiceDeployments",
         QUOTA_SERVICE_DEPLOYMENT,
         list_service_deployments,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), LIST("status"), OBJECT("createdAt"),
          PAGED}},
        {"DescribeServiceDeployments",
         QUOTA_SERVICE_DEPLOYMENT,
         describe_service_deployments,
         {NEEDED("serviceDeploymentArns", JSON_ARRAY)}},
        {"DescribeServiceRevisions",
         QUOTA_SERVICE_REVISION,
         describe_service_revisions,
         {NEEDED("serviceRevisionArns", JSON_ARRAY)}},
        {"StopServiceDeployment",
         QUOTA_NONE,
         stop_service_deployment,
         {NEEDED("serviceDeploymentArn", JSON_STRING), TEXT("stopType")}},
        {"CreateTaskSet",
         QUOTA_SERVICE_MODIFY,
         create_task_set,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), NEEDED("taskDefinition", JSON_STRING),
          TEXT("externalId"), OBJECT("scale"), TEXT("launchType"), LIST("capacityProviderStrategy"),
          OBJECT("networkConfiguration"), LIST("loadBalancers")}},
        {"UpdateTaskSet",
         QUOTA_SERVICE_MODIFY,
         update_task_set,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), NEEDED("taskSet", JSON_STRING),
          NEEDED("scale", JSON_OBJECT)}},
        {"UpdateServicePrimaryTaskSet",
         QUOTA_SERVICE_MODIFY,
         update_primary_task_set,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), NEEDED("primaryTaskSet", JSON_STRING)}},
        {"DeleteTaskSet",
         QUOTA_SERVICE_MODIFY,
         delete_task_set,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), NEEDED("taskSet", JSON_STRING),
          TRUTH("force")}},
        {"DescribeTaskSets",
         QUOTA_SERVICE_READ,
         describe_task_sets,
         {TEXT("cluster"), NEEDED("service", JSON_STRING), LIST("taskSets"), LIST("include")}},
        {"GetDeployment",
         QUOTA_NONE,
         code_deploy_get,
         {NEEDED("deploymentId", JSON_STRING)},
         "codedeploy"},
        {"StopDeployment",
         QUOTA_NONE,
         code_deploy_stop,
         {NEEDED("deploymentId", JSON_STRING), TRUTH("autoRollbackEnabled")},
         "codedeploy"},
        {"GetLogEvents",
         QUOTA_NONE,
         get_log_events,
         {NEEDED("logGroupName", JSON_STRING), NEEDED("logStreamName", JSON_STRING),
          NUMBER("limit"), TRUTH("startFromHead"), TEXT("nextToken")},
         "logs"},
        {"GetCallerIdentity", QUOTA_NONE, NULL, {}, "sts", sts_caller_identity},
        {"AssumeRole", QUOTA_NONE, NULL, {}, "sts", sts_assume_role},
        {"DescribeAutoScalingGroups", QUOTA_NONE, NULL, {}, "autoscaling", auto_scaling_describe},
        {"SetDesiredCapacity", QUOTA_NONE, NULL, {}, "autoscaling", auto_scaling_set_desired},
};

static_assert(ARRAY_SIZE(OPERATIONS) <= OPERATIONS_MAX, "World.denied has one flag for each");

const struct Operation *operation_at(int index) {
        return &OPERATIONS[index];
}

int operation_find(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(OPERATIONS); i++)
                if (text_equal(OPERATIONS[i].name, name))
                        return (int) i;
        return -1;
}

bool operation_is_known(const char *operation) {
        return operation_find(operation) >= 0;
}

int call_fail(struct Call *call, const char *code, const char *format, ...) {
        va_list arguments;

        call->code = code;
        va_start(arguments, format);
        vsnprintf(call->message, sizeof(call->message), format, arguments);
        va_end(arguments);
        return CALL_FAILED;
}

int call_invalid(struct Call *call, const char *format, ...) {
        va_list arguments;

        call->code = "InvalidParameterException";
        va_start(arguments, format);
        vsnprintf(call->message, sizeof(call->message), format, arguments);
        va_end(arguments);
        return CALL_FAILED;
}

/* null is as good as absent: botocore sends none, other clients do. */
const json_t *call_value(const struct Call *call, const char *name) {
        const json_t *value = json_object_get(call->request, name);

        return json_is_null(value) ? NULL : value;
}

const char *call_text(const struct Call *call, const char *name) {
        return json_string_value(call_value(call, name));
}

int64_t call_integer(const struct Call *call, const char *name, int64_t absent) {
        const json_t *value = call_value(call, name);

        return value ? json_integer_value(value) : absent;
}

bool call_truth(const struct Call *call, const char *name) {
        return json_is_true(call_value(call, name));
}

static bool has_type(const json_t *value, json_type type) {
        if (type == JSON_TRUE)
                return json_is_boolean(value);
        if (json_typeof(value) != type)
                return false;
        /* A text with a NUL in it would be cut in silence. */
        return type != JSON_STRING || strlen(json_string_value(value)) == json_string_length(value);
}

int operation_answer(const struct Operation *operation, struct Call *call) {
        for (size_t i = 0; i < PARAMETERS_MAX && operation->parameters[i].name; i++) {
                const struct Parameter *parameter = &operation->parameters[i];
                const json_t *value = call_value(call, parameter->name);

                if (!value && parameter->required)
                        return call_invalid(call, "%s cannot be empty.", parameter->name);
                if (value && !has_type(value, parameter->type))
                        return call_fail(call, "SerializationException",
                                         "%s is of an unexpected type.", parameter->name);
        }
        return operation->answer(call);
}

int call_cluster(struct Call *call, struct SimCluster **ret) {
        const char *name = call_text(call, "cluster");

        /* ECS: without one, the cluster named "default". */
        *ret = sim_find_cluster(call->sim, name ? text_after_last(name, '/') : "default");
        return *ret ? 0 : SIM_REFUSED_CLUSTER_NOT_FOUND;
}

int call_service(struct Call *call, const char *name, struct SimCluster **ret_cluster,
                 struct SimService **ret) {
        int r;

        r = call_cluster(call, ret_cluster);
        if (r != 0)
                return r;
        *ret = sim_find_service(*ret_cluster, text_after_last(name, '/'));
        return *ret ? 0 : SIM_REFUSED_SERVICE_NOT_FOUND;
}

int call_definition(struct Call *call, const char *name, struct SimTaskDefinition **ret) {
        *ret = sim_find_definition(call->sim, text_after_last(name, '/'));
        return *ret ? 0 : SIM_REFUSED_DEFINITION_NOT_FOUND;
}

int items_add(struct Items *items, usec_t at, const char *key, json_t *shown) {
        int r;

        r = array_reserve(&items->items, &items->allocated, items->count + 1, sizeof(*items->items),
                          ITEMS_MAX);
        if (r < 0 || !shown) {
                json_decref(shown);
                return r < 0 ? r : -ENOMEM;
        }
        items->items[items->count++] = (struct Item) {at, key, shown};
        return 0;
}

void items_done(struct Items *items) {
        for (size_t i = 0; i < items->count; i++)
                json_decref(items->items[i].shown);
        free(items->items);
        *items = (struct Items) {};
}

static int compare_items(const void *left, const void *right) {
        const struct Item *a = left, *b = right;

        if (a->at != b->at)
                return a->at < b->at ? -1 : 1;
        return strcmp(a->key, b->key);
}

/* A token names the last item of the page before: "microseconds.key". */
static int after_token(struct Call *call, const struct Items *items, const char *token,
                       size_t *ret_first) {
        char *end;
        struct Item last = {.at = strtoull(token, &end, 10)};
        size_t first = 0;

        if (end == token || *end != '.')
                return call_invalid(call, "Invalid token.");
        last.key = end + 1;
        while (first < items->count && compare_items(&items->items[first], &last) <= 0)
                first++;
        *ret_first = first;
        return 0;
}

int call_page(struct Call *call, struct Items *items, const char *member, int64_t page_default) {
        int64_t size = call_integer(call, "maxResults", page_default);
        const char *token = call_text(call, "nextToken");
        json_t *list;
        size_t first = 0, last;
        char next[MESSAGE_MAX];
        int r;

        if (size < 1 || size > PAGE_MAX)
                return call_invalid(call, "MaxResults must be between 1 and %d.", PAGE_MAX);
        if (items->count > 0)
                qsort(items->items, items->count, sizeof(*items->items), compare_items);
        if (token) {
                r = after_token(call, items, token, &first);
                if (r != 0)
                        return r;
        }

        last = MIN(first + (size_t) size, items->count);
        list = json_array();
        for (size_t i = first; i < last; i++)
                json_array_append(list, items->items[i].shown);
        call->response = json_pack("{s:o}", member, list);
        if (last < items->count) {
                snprintf(next, sizeof(next), "%llu.%s",
                         (unsigned long long) items->items[last - 1].at,
                         items->items[last - 1].key);
                json_object_set_new(call->response, "nextToken", json_string(next));
        }
        return call->response ? 0 : -ENOMEM;
}
