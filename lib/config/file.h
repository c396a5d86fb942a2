/* SPDX-License-Identifier: Apache-2.0 */
/* What one file says, checked as far as it can be without the others. Internal to lib/config. */
#pragma once

#include "config/reader.h"

/* What a service, its cluster and the defaults may all say; the nearest wins, key by key. */
struct Inherited {
        struct Text policy;
        usec_t idle, active; /* 0: not given */
        struct ConfigPlace poll_place;
        struct TextList exclude;
};

struct FileService {
        struct Text name;
        enum ConfigSelection by;
        const struct Tag *tags; /* sorted by key */
        size_t n_tags;
        struct Inherited own;
};

struct FileCluster {
        struct Text cluster, region, role_arn, external_id, endpoint_url;
        struct Inherited own;
        struct FileService *services;
        size_t n_services;
};

struct FilePolicy {
        struct Text name;
        struct Policy policy;
};

struct FileReceiver {
        struct Text name;
        struct Text type, url, url_file, secret_file;
        bool insecure;
};

/* A list of receiver names, to be looked up when all files are known. */
struct FileReference {
        struct Text name;
        struct FileReference *next;
};

struct FileDefaults {
        struct Text region;
        struct Inherited own;
};

struct ConfigFile {
        bool invalid;
        bool is_not_yaml; /* nothing is known of it */
        const char *name;
        unsigned index;

        struct TextList include;
        struct FileDefaults defaults;
        struct FileCluster *clusters;
        size_t n_clusters;
        struct FilePolicy *policies;
        size_t n_policies;
        struct FileReceiver *receivers;
        size_t n_receivers;
        struct FileReference *references;
        struct TextList watcher_notify;
        struct {
                struct Text receiver;
                usec_t every;
        } heartbeat;
        struct {
                unsigned per_service, per_fleet;
                usec_t within, max_age;
        } rollback;
        struct InhibitRule inhibit;
        double api_share;
        struct Text queue_url; /* aws.events */
        usec_t discover;
        struct Text ledger_path;
        usec_t ledger_keep;
        struct Text api_socket, api_listen;
};

/* Reads one text; `index` 0 is the main file, which may hold more keys. The file's
 * values are whole only if it is not `invalid`. 0 or -ENOMEM. */
int config_file_read(struct ConfigFile *file, const struct ConfigText *text, unsigned index,
                     const struct ConfigMemory *memory, struct ConfigErrors *errors);

/* Of clusters: the tables and readers are clusters.c's. */
void read_clusters(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                   void *value);
void read_region(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                 void *value);
void read_poll(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
               void *value);
extern const struct ConfigSection CLUSTER_SECTION, SERVICE_SECTION, TAGGED_SECTION, POLL_SECTION;

/* The keys of struct Inherited in the member `own` of a section's struct. */
#define INHERITED(type)                                                               \
        {"policy", CONFIG_KEY_TEXT, offsetof(type, own.policy)},                      \
                {"poll", CONFIG_KEY_OTHER, offsetof(type, own), .read = read_poll}, { \
                "exclude", CONFIG_KEY_TEXT_LIST, offsetof(type, own.exclude)          \
        }

/* Of a policy: the tables and readers are policy.c's. */
void read_policies(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                   void *value);
/* The names of causes that a verdict may have; NULL after an error. */
const enum Cause *read_cause_list(struct Reader *reader, const struct ConfigKey *key,
                                  const yaml_node_t *node, size_t *ret_n);
/* Of the file being read: where receiver names that occur are noted. */
void file_refer(struct Reader *reader, const struct Text *name);

extern const struct ConfigSection POLICY_SECTION, JUDGE_SECTION, ENTRY_SECTION, WHEN_SECTION;
extern const struct ConfigSection QUIESCE_SECTION, DRAIN_SECTION, SCALE_SECTION;
extern const struct ConfigSection EVIDENCE_SECTION;

/* What is wrong with a URL, as a sentence's end; NULL: nothing. `local_too`: link-local hosts may
 * use plain http, as loopback may. */
const char *url_problem(const char *url, bool local_too, bool insecure);
bool service_name_is_valid(const char *name);
bool text_is_pattern(const char *text);
