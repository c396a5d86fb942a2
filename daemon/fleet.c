/* SPDX-License-Identifier: Apache-2.0 */
/* Brings the watches in line with a configuration and with what ListServices finds. */
#include "daemon/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/poll/discover.h"
#include "words/arn.h"

#define DISCOVER_ACCURACY (250 * USEC_PER_MSEC)
enum {
        FLEET_CLUSTERS_MAX = 10000,
        FLEET_WATCHES_MAX = 100000,
        UNLISTED_MAX = 2, /* one list may have skipped it */
};

struct FleetCluster {
        struct Fleet *fleet;
        const struct ConfigCluster *config; /* in the configuration in force; NULL: leaving */
        char *key;
        struct WatchCluster *cluster;
        struct Watch **watches;
        size_t n_watches, allocated;
        struct Discovery *discovery;
};

struct Fleet {
        struct WatchWorld *world;
        struct AwsWorld *aws;
        struct Poller *poller;
        struct Config *config;
        struct FleetCluster **clusters;
        size_t n_clusters, allocated;
        sd_event_source *timer;
};

static void fleet_discover(struct FleetCluster *fc);

static void fleet_cluster_free(struct FleetCluster *fc) {
        if (!fc)
                return;
        discovery_free(fc->discovery);
        for (size_t i = 0; i < fc->n_watches; i++)
                watch_free(fc->watches[i]);
        watch_cluster_free(fc->cluster);
        free(fc->watches);
        free(fc->key);
        free(fc);
}

static bool has_patterns(const struct ConfigCluster *cluster) {
        for (size_t i = 0; i < cluster->n_services; i++)
                if (cluster->services[i].is_pattern)
                        return true;
        return false;
}

static int on_discover(sd_event_source *source, uint64_t usec, void *userdata) {
        struct Fleet *fleet = userdata;

        (void) usec;
        for (size_t i = 0; i < fleet->n_clusters; i++)
                fleet_discover(fleet->clusters[i]);
        return clock_set_timer(source, usec_add(clock_monotonic(), fleet->config->discover));
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
                r = clock_add_timer(world->event, &fleet->timer, USEC_INFINITY, DISCOVER_ACCURACY,
                                    on_discover, fleet);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(fleet);
        return 0;
}

void fleet_free(struct Fleet *fleet) {
        if (!fleet)
                return;
        sd_event_source_disable_unref(fleet->timer);
        for (size_t i = 0; i < fleet->n_clusters; i++)
                fleet_cluster_free(fleet->clusters[i]);
        free(fleet->clusters);
        poller_free(fleet->poller);
        config_unref(fleet->config);
        free(fleet);
}

/* ---- the services of one cluster ---- */

static struct WatchSettings settings_of(const struct FleetCluster *fc,
                                        const struct ConfigService *service) {
        return (struct WatchSettings) {
                .config = fc->fleet->config,
                .policy = service->policy,
                .mode = service->mode,
                .idle = service->idle,
                .active = service->active,
        };
}

/* Which entry watches the name. Two equally good patterns: observed under the first, and told once.
 */
static bool find_entry(const struct FleetCluster *fc, const char *name, bool tell,
                       struct WatchSettings *ret) {
        const struct ConfigService *entry = NULL, *other = NULL;
        enum ConfigMatch match;

        if (!fc->config)
                return false;
        match = config_match_service(fc->config, arn_short_name(name), &entry, &other);
        if (match == CONFIG_MATCH_NONE)
                return false;
        *ret = settings_of(fc, entry);
        if (match == CONFIG_MATCH_AMBIGUOUS) {
                ret->mode = MODE_OBSERVE;
                if (tell)
                        log_error(
                                "%s/%s: %s (%s:%u) and %s (%s:%u) match it equally well: only observed until one of them is more particular",
                                fc->config->name, name, entry->name, entry->file, entry->line,
                                other->name, other->file, other->line);
        }
        return true;
}

static struct Watch *find_watch(const struct FleetCluster *fc, const char *name) {
        for (size_t i = 0; i < fc->n_watches; i++)
                if (text_equal(watch_name(fc->watches[i]), name))
                        return fc->watches[i];
        return NULL;
}

static int add_watch(struct FleetCluster *fc, const char *name,
                     const struct WatchSettings *settings) {
        int r;

        r = array_reserve(&fc->watches, &fc->allocated, fc->n_watches + 1, sizeof(struct Watch *),
                          FLEET_WATCHES_MAX);
        if (r < 0)
                return r;
        r = watch_new(fc->cluster, name, settings, &fc->watches[fc->n_watches]);
        if (r < 0)
                return r;
        fc->n_watches++;
        return 0;
}

static int want_watch(struct FleetCluster *fc, const char *name) {
        struct Watch *watch = find_watch(fc, name);
        struct WatchSettings settings;

        if (!find_entry(fc, name, !watch, &settings))
                return 0;
        if (!watch)
                return add_watch(fc, name, &settings);
        watch_configure(watch, &settings);
        return 0;
}

static bool is_listed(const char *name, const char *const *names, size_t n_names) {
        for (size_t i = 0; i < n_names; i++)
                if (text_equal(names[i], name))
                        return true;
        return false;
}

static bool is_named(const struct FleetCluster *fc, const char *name) {
        for (size_t i = 0; fc->config && i < fc->config->n_services; i++)
                if (!fc->config->services[i].is_pattern &&
                    text_equal(fc->config->services[i].name, name))
                        return true;
        return false;
}

/* Frees those that are wanted by nobody and have nothing under way. `names` NULL: what patterns
 * found before stays. */
static void drop_unwanted(struct FleetCluster *fc, const char *const *names, size_t n_names) {
        struct WatchSettings settings;
        size_t kept = 0;

        for (size_t i = 0; i < fc->n_watches; i++) {
                struct Watch *watch = fc->watches[i];
                const char *name = watch_name(watch);
                bool wanted =
                        find_entry(fc, name, false, &settings) &&
                        (is_named(fc, name) || !names ||
                         watch_note_listed(watch, is_listed(name, names, n_names)) < UNLISTED_MAX);

                if (wanted || !watch_retire(watch))
                        fc->watches[kept++] = watch;
                else
                        watch_free(watch);
        }
        fc->n_watches = kept;
}

static void on_discovered(void *userdata, const char *const *names, size_t n_names,
                          const char *problem) {
        struct FleetCluster *fc = userdata;
        struct Discovery *discovery = TAKE_PTR(fc->discovery);
        int r = 0;

        if (problem)
                log_warning(
                        "Cluster %s: its services cannot be listed (%s); those found before go on, asking again in %llu s",
                        fc->cluster->name, problem,
                        (unsigned long long) (fc->fleet->config->discover / USEC_PER_SEC));
        else
                watch_cluster_known(fc->cluster, poll_cluster_now(fc->cluster->poll));
        for (size_t i = 0; i < n_names && r >= 0; i++)
                r = want_watch(fc, names[i]);
        if (r < 0)
                log_error("Cluster %s: not all services that were found can be watched: %s",
                          fc->config->name, strerror(-r));
        drop_unwanted(fc, names, n_names);
        discovery_free(discovery);
}

static void fleet_discover(struct FleetCluster *fc) {
        int r;

        if (!fc->config || fc->discovery || !has_patterns(fc->config))
                return;
        r = discovery_start(fc->cluster->client,
                            fc->config->arn ? fc->config->arn : fc->config->name, on_discovered, fc,
                            &fc->discovery);
        if (r < 0)
                log_error("Cluster %s: its services cannot be listed: %s", fc->cluster->name,
                          strerror(-r));
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

        for (size_t i = 0; i < fleet->n_clusters; i++)
                if (text_equal(fleet->clusters[i]->key, key))
                        return fleet->clusters[i];
        return NULL;
}

/* Creates the clusters that are new, before anything is changed: an endpoint that may not be used
 * leaves all as it was. */
static int add_new_clusters(struct Fleet *fleet, const struct Config *config,
                            char problem[AWS_CLIENT_PROBLEM_MAX]) {
        size_t before = fleet->n_clusters;
        int r = 0;

        for (size_t i = 0; i < config->n_clusters && r >= 0; i++) {
                if (find_cluster(fleet, config->clusters + i))
                        continue;
                r = array_reserve(&fleet->clusters, &fleet->allocated, fleet->n_clusters + 1,
                                  sizeof(struct FleetCluster *), FLEET_CLUSTERS_MAX);
                if (r >= 0)
                        r = fleet_cluster_new(fleet, config->clusters + i, problem,
                                              &fleet->clusters[fleet->n_clusters]);
                if (r >= 0)
                        fleet->n_clusters++;
        }
        while (r < 0 && fleet->n_clusters > before)
                fleet_cluster_free(fleet->clusters[--fleet->n_clusters]);
        return r;
}

static int configure_services(struct FleetCluster *fc) {
        struct WatchSettings settings;
        int r = 0;

        /* Those that patterns found stay until ListServices says otherwise. */
        for (size_t i = 0; i < fc->n_watches; i++)
                if (find_entry(fc, watch_name(fc->watches[i]), true, &settings))
                        watch_configure(fc->watches[i], &settings);
        for (size_t i = 0; i < fc->config->n_services && r >= 0; i++)
                if (!fc->config->services[i].is_pattern)
                        r = want_watch(fc, fc->config->services[i].name);
        return r;
}

static void drop_left_clusters(struct Fleet *fleet) {
        size_t kept = 0;

        for (size_t i = 0; i < fleet->n_clusters; i++) {
                struct FleetCluster *fc = fleet->clusters[i];

                drop_unwanted(fc, NULL, 0);
                if (fc->config || fc->n_watches > 0)
                        fleet->clusters[kept++] = fc;
                else
                        fleet_cluster_free(fc);
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
                r = configure_services(fc);
                if (r < 0)
                        log_error("Cluster %s: not all of its services can be watched: %s",
                                  fc->config->name, strerror(-r));
        }
        drop_left_clusters(fleet);
        config_unref(before); /* watches that retire hold it on */
        return clock_set_timer(fleet->timer, clock_monotonic());
}

void fleet_sweep(struct Fleet *fleet) {
        for (size_t i = 0; i < fleet->n_clusters; i++) {
                struct FleetCluster *fc = fleet->clusters[i];
                size_t kept = 0;

                for (size_t k = 0; k < fc->n_watches; k++)
                        if (watch_is_retired(fc->watches[k]) && watch_retire(fc->watches[k]))
                                watch_free(fc->watches[k]);
                        else
                                fc->watches[kept++] = fc->watches[k];
                fc->n_watches = kept;
        }
}

/* ---- for the API ---- */

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
