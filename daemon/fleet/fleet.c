/* SPDX-License-Identifier: Apache-2.0 */
/* Brings clusters and watches in line with a configuration. */
#include "daemon/fleet/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/fleet/internal.h"
#include "daemon/log.h"
#include "words/arn.h"

#define DISCOVER_ACCURACY (250 * USEC_PER_MSEC)
enum { FLEET_CLUSTERS_MAX = 10000 };

static void fleet_cluster_free(struct FleetCluster *fc) {
        if (!fc)
                return;
        discovery_free(fc->discovery);
        fleet_cluster_forget_tags(fc);
        log_repeat_free(&fc->unlisted);
        for (size_t i = 0; i < fc->n_watches; i++)
                watch_free(fc->watches[i]);
        text_map_clear(&fc->by_name);
        watch_cluster_free(fc->cluster);
        free(fc->watches);
        free(fc->key);
        free(fc);
}

static int on_discover(void *userdata) {
        struct Fleet *fleet = userdata;

        for (size_t i = 0; i < fleet->n_clusters; i++)
                fleet_cluster_discover(fleet->clusters[i]);
        return clock_timer_set(&fleet->timer, usec_add(clock_monotonic(), fleet->config->discover));
}

int fleet_new(struct WatchWorld *world, struct AwsWorld *aws, uint64_t seed, struct Fleet **ret) {
        _cleanup_(fleet_freep) struct Fleet *fleet = calloc(1, sizeof(*fleet));
        int r;

        if (!fleet)
                return -ENOMEM;
        fleet->world = world;
        fleet->aws = aws;
        r = poller_new(world->event, &WATCH_HOOKS, seed, &fleet->poller);
        if (r >= 0)
                r = clock_timer_init(&fleet->timer, world->event, DISCOVER_ACCURACY, on_discover,
                                     fleet);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(fleet);
        return 0;
}

void fleet_free(struct Fleet *fleet) {
        if (!fleet)
                return;
        clock_timer_done(&fleet->timer);
        for (size_t i = 0; i < fleet->n_clusters; i++)
                fleet_cluster_free(fleet->clusters[i]);
        free(fleet->clusters);
        text_map_clear(&fleet->by_key);
        poller_free(fleet->poller);
        config_unref(fleet->config);
        free(fleet);
}

/* ---- clusters ---- */

/* What makes it another client: then it is another cluster, even under the same name. */
static char *cluster_key(const struct ConfigCluster *config) {
        char *key;

        if (asprintf(&key, "%s\n%s\n%s\n%s\n%s", config->arn ? config->arn : config->name,
                     config->region, text_or_empty(config->role_arn),
                     text_or_empty(config->external_id), text_or_empty(config->endpoint_url)) < 0)
                return NULL;
        return key;
}

static int fleet_cluster_new(struct Fleet *fleet, const struct ConfigCluster *config,
                             char problem[AWS_CLIENT_PROBLEM_MAX], struct FleetCluster **ret) {
        struct AwsClientOptions options = {
                .region = config->region,
                .role_arn = config->role_arn,
                .external_id = config->external_id,
                .endpoint_url = config->endpoint_url,
        };
        struct FleetCluster *fc = calloc(1, sizeof(*fc));
        struct AwsClient *client = NULL;
        int r;

        if (!fc)
                return -ENOMEM;
        fc->fleet = fleet;
        fc->key = cluster_key(config);
        r = fc->key ? aws_client_new(fleet->aws, &options, problem, &client) : -ENOMEM;
        if (r >= 0)
                r = watch_cluster_new(fleet->world, fleet->poller,
                                      config->arn ? config->arn : config->name, client,
                                      &fc->cluster);
        if (r < 0) {
                if (!fc->cluster)
                        aws_client_free(client);
                fleet_cluster_free(fc);
                return r;
        }
        *ret = fc;
        return 0;
}

static struct FleetCluster *find_cluster(const struct Fleet *fleet,
                                         const struct ConfigCluster *config) {
        _cleanup_free_ char *key = cluster_key(config);

        return key ? text_map_get(&fleet->by_key, key) : NULL;
}

/* Takes it over, also when it fails. */
static int fleet_add_cluster(struct Fleet *fleet, struct FleetCluster *fc) {
        int r;

        r = array_reserve(&fleet->clusters, &fleet->allocated, fleet->n_clusters + 1,
                          sizeof(struct FleetCluster *), FLEET_CLUSTERS_MAX);
        if (r >= 0)
                r = text_map_put(&fleet->by_key, fc->key, fc, FLEET_CLUSTERS_MAX);
        if (r < 0)
                fleet_cluster_free(fc);
        else
                fleet->clusters[fleet->n_clusters++] = fc;
        return r;
}

static void fleet_drop_cluster(struct Fleet *fleet, struct FleetCluster *fc) {
        text_map_remove(&fleet->by_key, fc->key);
        fleet_cluster_free(fc);
}

/* Creates the clusters that are new, before anything is changed: an endpoint that may not be used
 * leaves all as it was. */
static int add_new_clusters(struct Fleet *fleet, const struct Config *config,
                            char problem[AWS_CLIENT_PROBLEM_MAX]) {
        size_t before = fleet->n_clusters;
        int r = 0;

        for (size_t i = 0; i < config->n_clusters && r >= 0; i++) {
                struct FleetCluster *fc;

                if (find_cluster(fleet, config->clusters + i))
                        continue;
                r = fleet_cluster_new(fleet, config->clusters + i, problem, &fc);
                if (r >= 0)
                        r = fleet_add_cluster(fleet, fc);
        }
        while (r < 0 && fleet->n_clusters > before)
                fleet_drop_cluster(fleet, fleet->clusters[--fleet->n_clusters]);
        return r;
}

static void drop_left_clusters(struct Fleet *fleet) {
        size_t kept = 0;

        for (size_t i = 0; i < fleet->n_clusters; i++) {
                struct FleetCluster *fc = fleet->clusters[i];

                fleet_cluster_drop_unwanted(fc, NULL);
                if (fc->config || fc->n_watches > 0)
                        fleet->clusters[kept++] = fc;
                else
                        fleet_drop_cluster(fleet, fc);
        }
        fleet->n_clusters = kept;
}

int fleet_configure(struct Fleet *fleet, struct Config *config,
                    char problem[AWS_CLIENT_PROBLEM_MAX]) {
        struct Config *before = fleet->config;
        int r;

        r = add_new_clusters(fleet, config, problem);
        if (r < 0)
                return r;

        fleet->config = config_ref(config);
        fleet->world->config = config;
        for (size_t i = 0; i < fleet->n_clusters; i++)
                fleet->clusters[i]->config = NULL;
        for (size_t i = 0; i < config->n_clusters; i++) {
                struct FleetCluster *fc = find_cluster(fleet, config->clusters + i);

                fc->config = config->clusters + i;
                r = fleet_cluster_configure(fc);
                if (r < 0)
                        log_error("Cluster %s: not all of its services can be watched: %s",
                                  fc->config->name, strerror(-r));
        }
        drop_left_clusters(fleet);
        config_unref(before); /* watches that retire hold it on */
        return clock_timer_set(&fleet->timer, clock_monotonic());
}

/* The account is only compared where the configuration says one. */
static bool cluster_is_hinted(const struct FleetCluster *fc, const struct FleetHint *hint) {
        const char *texts[] = {fc->config ? fc->config->arn : NULL,
                               fc->config ? fc->config->role_arn : NULL};
        struct Arn arn;

        if (!fc->config || !text_equal(fc->config->name, hint->cluster) ||
            !text_equal(fc->config->region, hint->region))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (texts[i] && arn_parse(texts[i], &arn))
                        return text_is_empty(hint->account) ||
                               (strlen(hint->account) == arn.account.size &&
                                memcmp(hint->account, arn.account.text, arn.account.size) == 0);
        return true;
}

bool fleet_hint(struct Fleet *fleet, const struct FleetHint *hint) {
        bool watched = false;

        for (size_t i = 0; i < fleet->n_clusters; i++)
                if (cluster_is_hinted(fleet->clusters[i], hint) &&
                    fleet_cluster_hint(fleet->clusters[i], hint))
                        watched = true;
        return watched;
}

struct PollStretch fleet_balance(struct Fleet *fleet) {
        struct PollStretch stretch;

        poller_balance(fleet->poller, &stretch);
        return stretch;
}

void fleet_sweep(struct Fleet *fleet) {
        for (size_t i = 0; i < fleet->n_clusters; i++)
                fleet_cluster_sweep(fleet->clusters[i]);
}
