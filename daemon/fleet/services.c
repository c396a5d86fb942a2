/* SPDX-License-Identifier: Apache-2.0 */
/* The services of one cluster: those that are named, and those that ListServices finds. */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "daemon/fleet/internal.h"
#include "daemon/log.h"
#include "words/arn.h"

enum {
        FLEET_WATCHES_MAX = 100000,
        UNLISTED_MAX = 2, /* one list may have skipped it */
};

static bool has_patterns(const struct ConfigCluster *cluster) {
        for (size_t i = 0; i < cluster->n_services; i++)
                if (cluster->services[i].is_pattern)
                        return true;
        return false;
}

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

void fleet_cluster_drop_unwanted(struct FleetCluster *fc, const char *const *names,
                                 size_t n_names) {
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
        fleet_cluster_drop_unwanted(fc, names, n_names);
        discovery_free(discovery);
}

void fleet_cluster_discover(struct FleetCluster *fc) {
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

int fleet_cluster_configure(struct FleetCluster *fc) {
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

void fleet_cluster_sweep(struct FleetCluster *fc) {
        size_t kept = 0;

        for (size_t i = 0; i < fc->n_watches; i++)
                if (watch_is_retired(fc->watches[i]) && watch_retire(fc->watches[i]))
                        watch_free(fc->watches[i]);
                else
                        fc->watches[kept++] = fc->watches[i];
        fc->n_watches = kept;
}
