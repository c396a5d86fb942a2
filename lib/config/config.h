/* SPDX-License-Identifier: Apache-2.0 */
/* What is watched, under which policy, who is told: one immutable value. parse.h makes it, match.h
 * says which of its entries watches a service. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/time.h"
#include "words/inhibit.h"
#include "words/policy.h"
#include "words/tag.h"

/* A `url_file` or `secret_file`. Read again at each use: `credential` if it is set and exists, else
 * `path`. Both absolute when the environment's directories are. */
struct ConfigSecretFile {
        const char *credential; /* below $CREDENTIALS_DIRECTORY; NULL: none, or an absolute path */
        const char *path;       /* below the main file's folder, or as written when absolute */
};

struct ConfigReceiver { /* a webhook */
        const char *name;
        const char *url;                  /* NULL: `url_file` holds it */
        struct ConfigSecretFile url_file; /* path NULL: none */
        struct ConfigSecretFile secret_file;
        bool insecure;
};

/* How an entry says which services it means; the earlier goes first where several do. */
enum ConfigSelection { CONFIG_BY_NAME, CONFIG_BY_TAG, CONFIG_BY_PATTERN };

/* One entry of `services:`, with what it inherits filled in. */
struct ConfigService {
        const char *name; /* exact, or an fnmatch pattern; of tags "tag {team: payments}" */
        enum ConfigSelection by;
        const struct Tag *tags; /* all of which the service must have; sorted by key */
        size_t n_tags;
        const struct Policy *policy;
        enum PolicyMode mode; /* the policy's; observe for all but names while a file is left out */
        usec_t idle, active;  /* how often it is asked about */
        const char *const *exclude; /* patterns; not where it is by name */
        size_t n_exclude;
        const char *file; /* where it was written */
        unsigned line, column;
};

struct ConfigCluster {      /* joined over all files */
        const char *name;   /* "my-cluster", also when given as an ARN */
        const char *arn;    /* as given; NULL when given by name */
        const char *region; /* never NULL */
        const char *role_arn, *external_id, *endpoint_url; /* NULL: none */
        const struct ConfigService *services;              /* as they are written */
        size_t n_services;
        const struct ConfigService *const *by_name; /* sorted by their bytes */
        const struct ConfigService *const *found; /* those by tag or pattern, as they are written */
        size_t n_found;
        bool by_tag; /* one of them is */
};

struct Config {
        const struct ConfigCluster *clusters;
        size_t n_clusters;
        const struct Policy *policies;
        size_t n_policies;
        const struct ConfigReceiver *receivers;
        size_t n_receivers;

        const char *const *watcher_notify; /* receiver names */
        size_t n_watcher_notify;
        struct {
                const char *receiver; /* its name; NULL: none */
                usec_t every;         /* 0: off */
        } heartbeat;                  /* watcher.heartbeat */
        struct {
                unsigned per_service, per_fleet;
                usec_t within, max_age;
        } rollback;                 /* safety.rollback */
        struct InhibitRule inhibit; /* safety.inhibit */
        double api_share;           /* a share: 0.50 */
        const char *queue_url;      /* aws.events: an SQS queue; NULL: off */
        usec_t discover;
        const char *ledger_path;
        usec_t ledger_keep;
        const char *api_socket;
        const char *api_listen; /* "127.0.0.1:9470"; NULL: off */

        bool incomplete;     /* an included file is left out */
        struct Arena *arena; /* all of this */
};

struct Config *config_ref(struct Config *config);
void config_unref(struct Config *config); /* the last one frees all of it; NULL is fine */
DEFINE_FREEP(struct Config, config_unref)

/* NULL: no such. */
const struct Policy *config_policy(const struct Config *config, const char *name);
const struct ConfigReceiver *config_receiver(const struct Config *config, const char *name);
