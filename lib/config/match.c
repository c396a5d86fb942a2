/* SPDX-License-Identifier: Apache-2.0 */
/* Which entry watches a service. */
#include <fnmatch.h>
#include <string.h>

#include "config/match.h"

/* Characters that match only themselves; the more, the closer the pattern is to a name. */
static size_t literal_characters(const char *pattern) {
        size_t n = 0;

        for (const char *p = pattern; *p != '\0'; p++) {
                const char *end = *p == '[' && p[1] != '\0' ? strchr(p + 2, ']') : NULL;

                if (end)
                        p = end;
                else if (*p == '\\' && p[1] != '\0')
                        n++, p++;
                else if (*p != '*' && *p != '?')
                        n++;
        }
        return n;
}

static bool is_excluded(const struct ConfigService *entry, const char *name) {
        for (size_t i = 0; i < entry->n_exclude; i++)
                if (fnmatch(entry->exclude[i], name, 0) == 0)
                        return true;
        return false;
}

static bool entry_matches(const struct ConfigService *entry,
                          const struct ConfigCandidate *service) {
        switch (entry->by) {
        case CONFIG_BY_NAME: return false;
        case CONFIG_BY_TAG:
                return tags_hold(service->tags, service->n_tags, entry->tags, entry->n_tags) &&
                       !is_excluded(entry, service->name);
        case CONFIG_BY_PATTERN:
                return fnmatch(entry->name, service->name, 0) == 0 &&
                       !is_excluded(entry, service->name);
        }
        return false;
}

/* How closely an entry that matches says what it means: below 0 less so than the other one. */
static int closer(const struct ConfigService *entry, const struct ConfigService *than) {
        size_t a, b;

        if (entry->by != than->by)
                return entry->by == CONFIG_BY_TAG ? 1 : -1;
        a = entry->by == CONFIG_BY_TAG ? entry->n_tags : literal_characters(entry->name);
        b = entry->by == CONFIG_BY_TAG ? than->n_tags : literal_characters(than->name);
        return (a > b) - (a < b);
}

static int compare_name(const void *name, const void *service) {
        return strcmp(name, (*(const struct ConfigService *const *) service)->name);
}

const struct ConfigService *config_named_service(const struct ConfigCluster *cluster,
                                                 const char *name) {
        const struct ConfigService *const *found =
                cluster->n_services == 0 ? NULL
                                         : bsearch(name, cluster->by_name, cluster->n_services,
                                                   sizeof(cluster->by_name[0]), compare_name);

        return found && (*found)->by == CONFIG_BY_NAME ? *found : NULL;
}

enum ConfigMatch config_match_service(const struct ConfigCluster *cluster,
                                      const struct ConfigCandidate *service,
                                      const struct ConfigService **ret,
                                      const struct ConfigService **ret_other) {
        const struct ConfigService *best = config_named_service(cluster, service->name);
        const struct ConfigService *other = NULL;

        if (best) {
                *ret = best;
                return CONFIG_MATCH_ONE;
        }
        for (size_t i = 0; i < cluster->n_found; i++) {
                const struct ConfigService *entry = cluster->found[i];
                int order;

                if (!entry_matches(entry, service))
                        continue;
                order = best ? closer(entry, best) : 1;
                if (order > 0) {
                        best = entry;
                        other = NULL;
                } else if (order == 0 && !other)
                        other = entry;
        }
        if (!best)
                return CONFIG_MATCH_NONE;
        *ret = best;
        if (!other)
                return CONFIG_MATCH_ONE;
        *ret_other = other;
        return CONFIG_MATCH_AMBIGUOUS;
}
