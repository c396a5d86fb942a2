/* SPDX-License-Identifier: Apache-2.0 */
/* What the API and the manager ask about the watches. */
#include <string.h>

#include "base/text.h"
#include "daemon/fleet/internal.h"

int fleet_visit(struct Fleet *fleet, ApiServiceVisitor visitor, void *userdata) {
        struct ApiService service;
        int r;

        for (size_t i = 0; i < fleet->n_clusters; i++)
                for (size_t k = 0; k < fleet->clusters[i]->n_watches; k++) {
                        watch_describe(fleet->clusters[i]->watches[k], &service);
                        r = visitor(userdata, &service);
                        if (r < 0)
                                return r;
                }
        return 0;
}

size_t fleet_evidence(const struct Fleet *fleet, const char *cluster, const char *service,
                      struct EvidenceLine lines[EVIDENCE_LINES_MAX]) {
        for (size_t i = 0; i < fleet->n_clusters; i++) {
                const struct FleetCluster *fc = fleet->clusters[i];

                for (size_t k = 0; k < fc->n_watches; k++)
                        if (text_equal(cluster, fc->cluster->name) &&
                            text_equal(service, watch_name(fc->watches[k])))
                                return watch_evidence(fc->watches[k], lines);
        }
        return 0;
}

size_t fleet_look(struct Fleet *fleet, const char *cluster, const char *service) {
        size_t n = 0;

        for (size_t i = 0; i < fleet->n_clusters; i++) {
                struct FleetCluster *fc = fleet->clusters[i];

                if (cluster && !text_equal(cluster, fc->cluster->name))
                        continue;
                for (size_t k = 0; k < fc->n_watches; k++) {
                        if (service && !text_equal(service, watch_name(fc->watches[k])))
                                continue;
                        watch_look(fc->watches[k]);
                        n++;
                }
        }
        return n;
}

bool fleet_is_ready(const struct Fleet *fleet, const char **ret_why) {
        if (!fleet->config) {
                *ret_why = "no configuration is loaded";
                return false;
        }
        for (size_t i = 0; i < fleet->n_clusters; i++)
                if (!fleet->clusters[i]->cluster->told && fleet->clusters[i]->n_watches > 0) {
                        *ret_why = "not every cluster has answered yet";
                        return false;
                }
        return true;
}

int fleet_add_metrics(struct Fleet *fleet, struct Metrics *metrics) {
        return poller_add_metrics(fleet->poller, metrics);
}

void fleet_count_states(const struct Fleet *fleet, size_t ret[FLEET_STATES]) {
        struct ApiService service;

        memset(ret, 0, FLEET_STATES * sizeof(*ret));
        for (size_t i = 0; i < fleet->n_clusters; i++)
                for (size_t k = 0; k < fleet->clusters[i]->n_watches; k++) {
                        enum WatchState state = WATCH_IDLE;

                        watch_describe(fleet->clusters[i]->watches[k], &service);
                        while (state <= WATCH_FOLLOWING &&
                               !text_equal(service.state, watch_state_name(state)))
                                state++;
                        ret[state]++;
                }
}

bool fleet_is_quiet(const struct Fleet *fleet) {
        for (size_t i = 0; i < fleet->n_clusters; i++)
                for (size_t k = 0; k < fleet->clusters[i]->n_watches; k++)
                        if (!watch_is_quiet(fleet->clusters[i]->watches[k]))
                                return false;
        return true;
}
