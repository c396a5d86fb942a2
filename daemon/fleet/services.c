/* SPDX-License-Identifier: Apache-2.0 */
/* The services of one cluster: those that are named, and those that ListServices finds. */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "config/match.h"
#include "daemon/clock.h"
#include "daemon/fleet/internal.h"
#include "daemon/log.h"
#include "words/arn.h"

enum {
        FLEET_WATCHES_MAX = 100000,
        UNLISTED_MAX = 2, /* one list may have skipped it */
};

/* For services that are hinted at and not known: their names may match nothing, or be made up. */
#define LISTED_AT_MOST_EVERY (10 * USEC_PER_SEC)
#define LISTED_WITH_TAGS_AT_MOST_EVERY (60 * USEC_PER_SEC)

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

/* Which entry watches the name. Two equally good ones: observed under the first, and told once.
 */
static bool find_entry(const struct FleetCluster *fc, const char *name, bool tell,
                       struct WatchSettings *ret) {
        const struct ConfigService *entry = NULL, *other = NULL;
        const struct DiscoveredService *tagged = text_map_get(&fc->tags, name);
        const struct ConfigCandidate candidate = {
                .name = arn_short_name(name),
                .tags = tagged ? tagged->tags : NULL,
                .n_tags = tagged ? tagged->n_tags : 0,
        };
        enum ConfigMatch match;

        if (!fc->config)
                return false;
        match = config_match_service(fc->config, &candidate, &entry, &other);
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

static int add_watch(struct FleetCluster *fc, const char *name,
                     const struct WatchSettings *settings) {
        struct Watch *watch;
        int r;

        r = array_reserve(&fc->watches, &fc->allocated, fc->n_watches + 1, sizeof(struct Watch *),
                          FLEET_WATCHES_MAX);
        if (r < 0)
                return r;
        r = watch_new(fc->cluster, name, settings, &watch);
        if (r < 0)
                return r;
        r = text_map_put(&fc->by_name, watch_name(watch), watch, FLEET_WATCHES_MAX);
        if (r < 0)
                watch_free(watch);
        else
                fc->watches[fc->n_watches++] = watch;
        return r;
}

void fleet_cluster_drop_watch(struct FleetCluster *fc, struct Watch *watch) {
        text_map_remove(&fc->by_name, watch_name(watch));
        watch_free(watch);
}

static int want_watch(struct FleetCluster *fc, const char *name) {
        struct Watch *watch = text_map_get(&fc->by_name, name);
        struct WatchSettings settings;

        if (!find_entry(fc, name, !watch, &settings))
                return 0;
        if (!watch)
                return add_watch(fc, name, &settings);
        watch_configure(watch, &settings);
        return 0;
}

/* `listed` NULL: there is no newer list. */
static bool is_wanted(const struct FleetCluster *fc, struct Watch *watch,
                      const struct TextSet *listed) {
        const char *name = watch_name(watch);
        struct WatchSettings settings;
        bool is_listed = !listed || text_set_has(listed, name);

        if (!fc->config)
                return false;
        if (config_named_service(fc->config, name))
                return true;
        /* What a list skips it says nothing of, its tags neither. */
        if (listed && watch_note_listed(watch, is_listed) >= UNLISTED_MAX)
                return false;
        return !is_listed || find_entry(fc, name, false, &settings);
}

void fleet_cluster_drop_unwanted(struct FleetCluster *fc, const struct TextSet *listed) {
        size_t kept = 0;

        for (size_t i = 0; i < fc->n_watches; i++) {
                struct Watch *watch = fc->watches[i];

                if (is_wanted(fc, watch, listed) || !watch_retire(watch))
                        fc->watches[kept++] = watch;
                else
                        fleet_cluster_drop_watch(fc, watch);
        }
        fc->n_watches = kept;
}

void fleet_cluster_forget_tags(struct FleetCluster *fc) {
        text_map_clear(&fc->tags);
        fc->tagged = discovery_free(fc->tagged);
}

/* The newest tags in place of the last ones; takes the discovery over. */
static int keep_tags(struct FleetCluster *fc, struct Discovery *discovery,
                     const struct DiscoveredService *services, size_t n_services) {
        int r = 0;

        fleet_cluster_forget_tags(fc);
        fc->tagged = discovery;
        for (size_t i = 0; i < n_services && r >= 0; i++)
                if (services[i].n_tags > 0)
                        r = text_map_put(&fc->tags, services[i].name, (void *) (services + i),
                                         FLEET_WATCHES_MAX);
        return r;
}

static void on_discovered(void *userdata, const struct DiscoveredService *services,
                          size_t n_services, const char *problem) {
        struct FleetCluster *fc = userdata;
        struct Discovery *discovery = TAKE_PTR(fc->discovery);
        struct TextSet listed = {};
        int r = 0;

        if (problem) {
                log_repeat(
                        &fc->unlisted, LOG_WARNING,
                        "Cluster %s: its services cannot be listed (%s); those found before go on, asking again in %llu s",
                        fc->cluster->name, problem,
                        (unsigned long long) (fc->fleet->config->discover / USEC_PER_SEC));
        } else {
                log_repeat_end(&fc->unlisted);
                watch_cluster_known(fc->cluster, poll_cluster_now(fc->cluster->poll));
        }
        if (!problem && fc->config && fc->config->by_tag)
                r = keep_tags(fc, TAKE_PTR(discovery), services, n_services);
        for (size_t i = 0; i < n_services && r >= 0; i++) {
                r = text_set_add(&listed, services[i].name, FLEET_WATCHES_MAX);
                if (r >= 0)
                        r = want_watch(fc, services[i].name);
        }
        if (r < 0)
                log_error("Cluster %s: not all services that were found can be watched: %s",
                          fc->config->name, strerror(-r));
        /* A list that is not whole says of nobody that he is gone. */
        fleet_cluster_drop_unwanted(fc, services && r >= 0 ? &listed : NULL);
        text_set_clear(&listed);
        discovery_free(discovery);
}

/* A service that is named is watched under its name, whatever its tags are. */
static bool wants_tags(void *userdata, const char *name) {
        const struct FleetCluster *fc = userdata;

        return fc->config && !config_named_service(fc->config, name);
}

void fleet_cluster_discover(struct FleetCluster *fc) {
        int r;

        if (!fc->config || fc->discovery || fc->config->n_found == 0)
                return;
        if (!fc->config->by_tag)
                fleet_cluster_forget_tags(fc);
        fc->discovered_at = clock_monotonic();
        r = discovery_start(
                &(struct DiscoveryOptions) {.client = fc->cluster->client,
                                            .cluster = fc->config->arn ? fc->config->arn
                                                                       : fc->config->name,
                                            .wants_tags = fc->config->by_tag ? wants_tags : NULL,
                                            .callback = on_discovered,
                                            .userdata = fc},
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
        for (size_t i = 0; i < fc->config->n_services && r >= 0; i++) {
                const struct ConfigService *service = fc->config->services + i;

                if (service->by == CONFIG_BY_NAME && !text_map_get(&fc->by_name, service->name))
                        r = want_watch(fc, service->name);
        }
        return r;
}

void fleet_cluster_sweep(struct FleetCluster *fc) {
        size_t kept = 0;

        for (size_t i = 0; i < fc->n_watches; i++)
                if (watch_is_retired(fc->watches[i]) && watch_retire(fc->watches[i]))
                        fleet_cluster_drop_watch(fc, fc->watches[i]);
                else
                        fc->watches[kept++] = fc->watches[i];
        fc->n_watches = kept;
}

bool fleet_cluster_hint(struct FleetCluster *fc, const struct FleetHint *hint) {
        struct Watch *watch = text_map_get(&fc->by_name, hint->service);
        usec_t least = fc->config->by_tag ? LISTED_WITH_TAGS_AT_MOST_EVERY : LISTED_AT_MOST_EVERY;

        if (watch)
                watch_hint(watch, hint->urgent);
        else if (fc->config->n_found > 0 && clock_monotonic() >= fc->discovered_at + least)
                fleet_cluster_discover(fc);
        return watch;
}
