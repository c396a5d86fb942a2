/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and deleting services. What creates and changes them is in api_change.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"
#include "stale.h"

enum {
        SERVICES_IN_CALL = 10,
        LIST_SERVICES_PAGE = 10,
};

static bool includes_tags(const struct Call *call) {
        const json_t *include = call_value(call, "include"), *word;
        size_t i;

        json_array_foreach(include, i,
                           word) if (text_equal(json_string_value(word), "TAGS")) return true;
        return false;
}

/* A name or an ARN; anything else fails the whole call. */
static bool is_well_formed(const char *name) {
        const char *last = text_after_last(name, '/');

        if (text_starts_with(name, "arn:") ? !strstr(name, ":service/") : strchr(name, '/') != NULL)
                return false;
        return *last && strlen(last) < SIM_NAME_MAX &&
               strspn(last, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                       strlen(last);
}

static int check_names(struct Call *call, const json_t *names) {
        const json_t *name;
        size_t i;

        if (json_array_size(names) == 0)
                return call_invalid(call, "Services cannot be empty.");
        if (json_array_size(names) > SERVICES_IN_CALL)
                return call_invalid(call, "Services cannot be more than %d.", SERVICES_IN_CALL);
        json_array_foreach(names, i, name) if (
                !json_is_string(name) ||
                !is_well_formed(json_string_value(
                        name))) return call_invalid(call,
                                                    "Invalid identifier: Unable to parse service "
                                                    "name or ARN.");
        return 0;
}

static json_t *show_service(struct Call *call, const struct SimService *service) {
        usec_t now = sim_now(call->sim);
        json_t *shown = NULL;
        char arn[ARN_MAX];

        service_arn(call->world, service, arn);
        if (call->stale_age > 0)
                shown = stale_find(call->answers, arn, now, call->stale_age);
        if (shown)
                return shown;
        shown = render_service(call->world, service, call->caller, includes_tags(call));
        if (shown && stale_remember(call->answers, arn, now, shown) < 0) {
                json_decref(shown);
                return NULL;
        }
        return shown;
}

int describe_services(struct Call *call) {
        const json_t *names = call_value(call, "services"), *name;
        json_t *found, *failures;
        struct SimCluster *cluster;
        char arn[ARN_MAX];
        size_t i;
        int r;

        r = check_names(call, names);
        if (r == 0)
                r = call_cluster(call, &cluster);
        if (r != 0)
                return r;

        found = json_array();
        failures = json_array();
        json_array_foreach(names, i, name) {
                const char *last = text_after_last(json_string_value(name), '/');
                const struct SimService *service = sim_find_service(cluster, last);

                if (service)
                        json_array_append_new(found, show_service(call, service));
                else
                        json_array_append_new(failures,
                                              render_failure(arn_format(call->world, arn,
                                                                        "service/%s/%s",
                                                                        cluster->name, last),
                                                             "MISSING"));
        }
        call->response = json_pack("{s:o, s:o}", "services", found, "failures", failures);
        return 0;
}

static bool is_listed(const struct Call *call, const struct SimService *service) {
        const char *launch = call_text(call, "launchType");
        const char *scheduling = call_text(call, "schedulingStrategy");

        return service->status != SIM_SERVICE_INACTIVE &&
               (!launch || text_equal(launch, sim_launch_name(service->launch))) &&
               (!scheduling || text_equal(scheduling, sim_scheduling_name(service->scheduling)));
}

int list_services(struct Call *call) {
        _cleanup_(items_done) struct Items items = {};
        struct SimCluster *cluster;
        char arn[ARN_MAX];
        int r;

        r = call_cluster(call, &cluster);
        for (size_t i = 0; r == 0 && i < cluster->n_services; i++)
                if (is_listed(call, cluster->services[i]))
                        r = items_add(&items, cluster->services[i]->created_at,
                                      cluster->services[i]->name,
                                      json_string(
                                              service_arn(call->world, cluster->services[i], arn)));
        return r != 0 ? r : call_page(call, &items, "serviceArns", LIST_SERVICES_PAGE);
}

int delete_service(struct Call *call) {
        struct SimCluster *cluster;
        struct SimService *service;
        int r;

        r = call_service(call, call_text(call, "service"), &cluster, &service);
        if (r == 0)
                r = sim_delete_service(call->sim, service, call_truth(call, "force"));
        if (r != 0)
                return r;
        call->response = json_pack("{s:o}", "service",
                                   render_service(call->world, service, call->caller, true));
        return 0;
}

/* "arn:aws:ecs:region:account:service/cluster/name"; other resources have no tags here. */
int list_tags(struct Call *call) {
        const char *arn = call_text(call, "resourceArn"), *path = strstr(arn, ":service/");
        char cluster_name[SIM_NAME_MAX] = "";
        const struct SimService *service = NULL;
        const struct SimCluster *cluster;
        json_t *tags = NULL;

        if (path && sscanf(path, ":service/%255[^/]", cluster_name) == 1) {
                cluster = sim_find_cluster(call->sim, cluster_name);
                service = cluster ? sim_find_service(cluster, text_after_last(arn, '/')) : NULL;
        }
        if (!service)
                return call_invalid(call, "The specified resource was not found.");
        if (service->tags)
                tags = json_loads(service->tags, 0, NULL);
        call->response = json_pack("{s:o}", "tags", tags ? tags : json_array());
        return 0;
}
