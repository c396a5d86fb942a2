/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters and container instances. */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"

enum {
        CLUSTERS_IN_CALL = 100,
        INSTANCES_IN_CALL = 100,
        INSTANCES_IN_CHANGE = 10,
        LIST_PAGE = 100,
};

int list_clusters(struct Call *call) {
        _cleanup_(items_done) struct Items items = {};
        size_t count;
        struct SimCluster *const *clusters = sim_clusters(call->sim, &count);
        char arn[ARN_MAX];
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++)
                r = items_add(&items, 0, clusters[i]->name,
                              json_string(cluster_arn(call->world, clusters[i], arn)));
        return r < 0 ? r : call_page(call, &items, "clusterArns", LIST_PAGE);
}

int describe_clusters(struct Call *call) {
        const json_t *names = call_value(call, "clusters");
        json_t *found = json_array(), *failures = json_array(), *fallback = NULL;
        const json_t *name;
        char arn[ARN_MAX];
        size_t i;

        if (json_array_size(names) > CLUSTERS_IN_CALL) {
                json_decref(found);
                json_decref(failures);
                return call_invalid(call, "Clusters cannot be more than %d.", CLUSTERS_IN_CALL);
        }
        if (!names)
                names = fallback = json_pack("[s]", "default");
        json_array_foreach(names, i, name) {
                const char *last = text_after_last(text_or_empty(json_string_value(name)), '/');
                const struct SimCluster *cluster = sim_find_cluster(call->sim, last);

                if (cluster)
                        json_array_append_new(found, render_cluster(call->world, cluster));
                else
                        json_array_append_new(failures,
                                              render_failure(arn_format(call->world, arn,
                                                                        "cluster/%.255s", last),
                                                             "MISSING"));
        }
        json_decref(fallback);
        call->response = json_pack("{s:o, s:o}", "clusters", found, "failures", failures);
        return 0;
}

int create_cluster(struct Call *call) {
        const char *name = call_text(call, "clusterName");
        struct SimCluster *cluster;
        int r;

        r = sim_create_cluster(call->sim, name ? name : "default", &cluster);
        if (r != 0)
                return r;
        call->response = json_pack("{s:o}", "cluster", render_cluster(call->world, cluster));
        return 0;
}

static bool status_matches(const char *wanted, const struct SimInstance *instance) {
        if (!wanted)
                return instance->status != SIM_INSTANCE_INACTIVE;
        return text_equal(wanted, sim_instance_status_name(instance->status));
}

int list_container_instances(struct Call *call) {
        _cleanup_(items_done) struct Items items = {};
        struct SimCluster *cluster;
        char arn[ARN_MAX];
        int r;

        if (call_text(call, "filter"))
                return call_fail(call, "UnsupportedFeatureException",
                                 "The cluster query language is not simulated.");
        r = call_cluster(call, &cluster);
        for (size_t i = 0; r == 0 && i < cluster->n_instances; i++)
                if (status_matches(call_text(call, "status"), cluster->instances[i]))
                        r = items_add(&items, cluster->instances[i]->registered_at,
                                      cluster->instances[i]->id,
                                      json_string(instance_arn(call->world, cluster->instances[i],
                                                               arn)));
        return r != 0 ? r : call_page(call, &items, "containerInstanceArns", LIST_PAGE);
}

/* Fills both lists of an answer; `change` may refuse one instance. */
static int each_instance(struct Call *call, size_t most,
                         int (*change)(struct Call *call, struct SimInstance *instance)) {
        const json_t *names = call_value(call, "containerInstances"), *name;
        json_t *found, *failures;
        struct SimCluster *cluster;
        char arn[ARN_MAX];
        size_t i;
        int r;

        if (json_array_size(names) == 0)
                return call_invalid(call, "Container instances cannot be empty.");
        if (json_array_size(names) > most)
                return call_invalid(call, "Container instances cannot be more than %zu.", most);
        r = call_cluster(call, &cluster);
        if (r != 0)
                return r;

        found = json_array();
        failures = json_array();
        json_array_foreach(names, i, name) {
                const char *last = text_after_last(text_or_empty(json_string_value(name)), '/');
                struct SimInstance *instance = sim_find_instance(cluster, last);

                /* Names are the scenario's; the API only knows ids. */
                if (instance && text_equal(instance->id, last) &&
                    (!change || change(call, instance) == 0))
                        json_array_append_new(found, render_instance(call->world, instance));
                else
                        json_array_append_new(
                                failures,
                                render_failure(arn_format(call->world, arn,
                                                          "container-instance/%.255s", last),
                                               instance && change ? "INACTIVE" : "MISSING"));
        }
        call->response = json_pack("{s:o, s:o}", "containerInstances", found, "failures", failures);
        return 0;
}

int describe_container_instances(struct Call *call) {
        return each_instance(call, INSTANCES_IN_CALL, NULL);
}

static int change_status(struct Call *call, struct SimInstance *instance) {
        return sim_set_instance_status(call->sim, instance,
                                       text_equal(call_text(call, "status"), "DRAINING")
                                               ? SIM_INSTANCE_DRAINING
                                               : SIM_INSTANCE_ACTIVE);
}

int update_container_instances_state(struct Call *call) {
        const char *status = call_text(call, "status");

        if (!text_equal(status, "ACTIVE") && !text_equal(status, "DRAINING"))
                return call_invalid(call, "Container instance status should be one of [ACTIVE, "
                                          "DRAINING].");
        return each_instance(call, INSTANCES_IN_CHANGE, change_status);
}
