/* SPDX-License-Identifier: Apache-2.0 */
/* Which entry of a cluster watches a service. */
#pragma once

#include "config/config.h"

enum ConfigMatch { CONFIG_MATCH_NONE, CONFIG_MATCH_ONE, CONFIG_MATCH_AMBIGUOUS };

/* The entry of exactly that name; NULL: there is none. */
const struct ConfigService *config_named_service(const struct ConfigCluster *cluster,
                                                 const char *name);

/* What is known of a service that may be watched. */
struct ConfigCandidate {
        const char *name;
        const struct Tag *tags;
        size_t n_tags;
};

/* Which entry watches a service: the exact name, else of those that do not exclude it the one with
 * the most tags, all of which it has, else the pattern with the most literal characters. AMBIGUOUS:
 * `ret` and `ret_other` are equally good (observe, and tell). Both outputs are untouched unless
 * named. */
enum ConfigMatch config_match_service(const struct ConfigCluster *cluster,
                                      const struct ConfigCandidate *service,
                                      const struct ConfigService **ret,
                                      const struct ConfigService **ret_other);
