/* SPDX-License-Identifier: Apache-2.0 */
/* Named YAML texts in, one immutable value out: what is watched, under which policy, who is told.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/time.h"
#include "config/errors.h"
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

struct ConfigText {
        const char *name; /* as it shall stand in messages */
        const char *text; /* borrowed; NULL: it could not be read, for `problem` */
        size_t size;
        const char *problem; /* "permission denied"; NULL when it was read */
};

enum ConfigIncludeState { CONFIG_INCLUDE_USED, CONFIG_INCLUDE_LAST_VALID, CONFIG_INCLUDE_LEFT_OUT };

struct ConfigInclude {
        struct ConfigText now;
        struct ConfigText last_valid;  /* .text NULL: there is none */
        enum ConfigIncludeState state; /* set by config_parse() */
};

/* What the process was given, as parameters. Any may be NULL where said. */
struct ConfigEnvironment {
        const char *folder;                /* the main file's, absolute */
        const char *state_directory;       /* $STATE_DIRECTORY, or what stands in for it */
        const char *runtime_directory;     /* $RUNTIME_DIRECTORY, likewise */
        const char *credentials_directory; /* may be NULL */
        const char *region;                /* $AWS_REGION; may be NULL */
};

enum { CONFIG_TEXT_MAX = 1024 * 1024, CONFIG_INCLUDES_MAX = 256, CONFIG_SERVICES_MAX = 100000 };

/* The patterns of `include:`, as written, for the caller to expand (relative to `folder`, in byte
 * order); in `arena`. None when main is invalid: config_parse() says why. 0, -ENOMEM, -ENOBUFS. */
int config_includes(const struct ConfigText *main, struct Arena *arena, const char *const **ret,
                    size_t *ret_n);

/* `included` in byte order of their names. An included file with errors is replaced by its last
 * valid text, or else left out; `state` says which, and what its absence breaks in other files
 * makes those invalid too. `errors` (initialised, empty) tells about every text as it is now,
 * warnings included, whatever is returned. 0; -EINVAL: main is invalid (included states are then
 * not meaningful); -ENOMEM. */
int config_parse(const struct ConfigText *main, struct ConfigInclude *included, size_t n,
                 const struct ConfigEnvironment *environment, struct Config **ret,
                 struct ConfigErrors *errors);

struct Config *config_ref(struct Config *config);
void config_unref(struct Config *config); /* the last one frees all of it; NULL is fine */
DEFINE_FREEP(struct Config, config_unref)

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

/* NULL: no such. */
const struct Policy *config_policy(const struct Config *config, const char *name);
const struct ConfigReceiver *config_receiver(const struct Config *config, const char *name);
