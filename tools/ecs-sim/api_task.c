/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"

enum {
        TASKS_IN_CALL = 100,
        LIST_TASKS_PAGE = 100,
};

struct Filter {
        const char *family, *started_by, *launch;
        const struct SimService *service;
        const struct SimInstance *instance;
        bool by_instance;
        bool wanted; /* desiredStatus RUNNING, else STOPPED */
        bool nothing;
};

/* Documented: startedBy "must be the only filter that you use"; family and serviceName exclude
 * each other. */
static int check_combination(struct Call *call) {
        static const char *const OTHERS[] = {"containerInstance", "family", "serviceName",
                                             "desiredStatus", "launchType"};

        if (call_text(call, "family") && call_text(call, "serviceName"))
                return call_invalid(call, "family and serviceName cannot both be specified.");
        for (size_t i = 0; call_text(call, "startedBy") && i < ARRAY_SIZE(OTHERS); i++)
                if (call_text(call, OTHERS[i]))
                        return call_invalid(call, "startedBy must be the only filter that is "
                                                  "specified.");
        return 0;
}

static int read_filter(struct Call *call, const struct SimCluster *cluster, struct Filter *filter) {
        const char *service = call_text(call, "serviceName");
        const char *instance = call_text(call, "containerInstance");
        const char *status = call_text(call, "desiredStatus");
        int r;

        r = check_combination(call);
        if (r != 0)
                return r;
        *filter = (struct Filter) {
                .family = call_text(call, "family"),
                .started_by = call_text(call, "startedBy"),
                .launch = call_text(call, "launchType"),
                .wanted = !text_equal(status, "STOPPED"),
                .nothing = text_equal(status, "PENDING"),
                .by_instance = instance != NULL,
        };
        if (status && !text_equal(status, "RUNNING") && !text_equal(status, "STOPPED") &&
            !text_equal(status, "PENDING"))
                return call_invalid(call, "Invalid desired status.");
        if (service) {
                filter->service = sim_find_service(cluster, text_after_last(service, '/'));
                if (!filter->service)
                        return SIM_REFUSED_SERVICE_NOT_FOUND;
        }
        if (instance)
                filter->instance = sim_find_instance(cluster, text_after_last(instance, '/'));
        return 0;
}

static bool passes(const struct Filter *filter, const struct SimTask *task) {
        return !filter->nothing && task->wanted == filter->wanted &&
               (!filter->service || task->service == filter->service) &&
               (!filter->family || text_equal(task->definition->family, filter->family)) &&
               (!filter->started_by || text_equal(task->deployment->id, filter->started_by)) &&
               (!filter->by_instance || (filter->instance && task->instance == filter->instance)) &&
               (!filter->launch ||
                text_equal(sim_launch_name(task->service->launch), filter->launch));
}

int list_tasks(struct Call *call) {
        _cleanup_(items_done) struct Items items = {};
        struct SimCluster *cluster;
        struct Filter filter;
        char arn[ARN_MAX];
        int r;

        r = call_cluster(call, &cluster);
        if (r == 0)
                r = read_filter(call, cluster, &filter);
        for (size_t i = 0; r == 0 && i < cluster->n_services; i++)
                for (size_t j = 0; r == 0 && j < cluster->services[i]->n_tasks; j++) {
                        const struct SimTask *task = cluster->services[i]->tasks[j];

                        if (passes(&filter, task))
                                r = items_add(&items, task->created_at, task->id,
                                              json_string(task_arn(call->world, task, arn)));
                }
        return r != 0 ? r : call_page(call, &items, "taskArns", LIST_TASKS_PAGE);
}

int describe_tasks(struct Call *call) {
        const json_t *names = call_value(call, "tasks"), *name;
        json_t *found, *failures;
        struct SimCluster *cluster;
        char arn[ARN_MAX];
        size_t i;
        int r;

        if (json_array_size(names) == 0)
                return call_invalid(call, "Tasks cannot be empty.");
        if (json_array_size(names) > TASKS_IN_CALL)
                return call_invalid(call, "Tasks cannot be more than %d.", TASKS_IN_CALL);
        r = call_cluster(call, &cluster);
        if (r != 0)
                return r;

        found = json_array();
        failures = json_array();
        json_array_foreach(names, i, name) {
                const char *id = text_after_last(text_or_empty(json_string_value(name)), '/');
                const struct SimTask *task = sim_find_task(call->sim, cluster, id);

                if (task)
                        json_array_append_new(found, render_task(call->world, task));
                else
                        json_array_append_new(failures,
                                              render_failure(arn_format(call->world, arn,
                                                                        "task/%s/%.255s",
                                                                        cluster->name, id),
                                                             "MISSING"));
        }
        call->response = json_pack("{s:o, s:o}", "tasks", found, "failures", failures);
        return 0;
}

int stop_task(struct Call *call) {
        struct SimCluster *cluster;
        struct SimTask *task;
        int r;

        r = call_cluster(call, &cluster);
        if (r != 0)
                return r;
        task = sim_find_task(call->sim, cluster, text_after_last(call_text(call, "task"), '/'));
        if (!task)
                return SIM_REFUSED_TASK_NOT_FOUND;
        r = sim_stop_task(call->sim, task, call_text(call, "reason"));
        if (r != 0)
                return r;
        call->response = json_pack("{s:o}", "task", render_task(call->world, task));
        return 0;
}
