/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a file's keys; clusters and policies have theirs in clusters.c and policy.c. */
#include "config/file.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static const struct ConfigKey RECEIVER_KEYS[] = {
        {"type", CONFIG_KEY_TEXT, offsetof(struct FileReceiver, type), .is_needed = true},
        {"url", CONFIG_KEY_TEXT, offsetof(struct FileReceiver, url)},
        {"url_file", CONFIG_KEY_TEXT, offsetof(struct FileReceiver, url_file)},
        {"secret_file", CONFIG_KEY_TEXT, offsetof(struct FileReceiver, secret_file)},
        {"insecure", CONFIG_KEY_FLAG, offsetof(struct FileReceiver, insecure)},
};
static const struct ConfigSection RECEIVER_SECTION = {"receiver", RECEIVER_KEYS,
                                                      ARRAY_SIZE(RECEIVER_KEYS)};

/* The URL itself is not quoted: who knows it may post. */
static void check_receiver(struct Reader *reader, const yaml_node_t *node,
                           const struct FileReceiver *receiver) {
        const char *problem;

        if (!receiver->url.text == !receiver->url_file.text)
                reader_error(reader, node, "a webhook needs one of url and url_file%s",
                             receiver->url.text ? ", not both" : "");
        if (!receiver->url.text)
                return;
        problem = url_problem(receiver->url.text, false, receiver->insecure);
        if (problem)
                reader_error(reader, node, "the receiver's url %s", problem);
        else if (url_problem(receiver->url.text, false, false))
                reader_warning(reader, node,
                               "events go to this receiver in plain text (insecure: true)");
}

static void read_receiver(struct Reader *reader, const yaml_node_t *node,
                          struct FileReceiver *receiver) {
        const yaml_node_t *key, *value;
        char quoted[CONFIG_QUOTED_MAX];
        size_t n;

        /* The type first: another type's keys are not unknown, they are of a later version. */
        n = node->type == YAML_MAPPING_NODE
                    ? (size_t) (node->data.mapping.pairs.top - node->data.mapping.pairs.start)
                    : 0;
        for (size_t i = 0; i < n; i++) {
                value = reader_pair(reader, node, i, &key);
                if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE ||
                    !text_equal((const char *) key->data.scalar.value, "type") ||
                    text_equal((const char *) value->data.scalar.value, "webhook"))
                        continue;
                reader_error(reader, value,
                             "receiver type %s is not supported yet; write type: webhook",
                             config_quote((const char *) value->data.scalar.value, quoted));
                return;
        }
        section_read(reader, &RECEIVER_SECTION, "a receiver", node, receiver);
        if (n > 0)
                check_receiver(reader, node, receiver);
}

static void read_receivers(struct Reader *reader, const struct ConfigKey *key,
                           const yaml_node_t *node, void *value) {
        struct ConfigFile *file = value;
        const yaml_node_t *name, *body;
        size_t n;

        if (!reader_mapping(reader, node, key->name, &n))
                return;
        file->receivers = reader_scratch(reader, n, sizeof(file->receivers[0]));
        for (size_t i = 0; file->receivers && i < n && reader->problem == 0; i++) {
                struct FileReceiver *receiver = file->receivers + file->n_receivers;

                body = reader_pair(reader, node, i, &name);
                if (!reader_text(reader, name, "a receiver's name", &receiver->name))
                        continue;
                read_receiver(reader, body, receiver);
                file->n_receivers++;
        }
}

static const struct ConfigKey DEFAULTS_KEYS[] = {
        {"region", CONFIG_KEY_OTHER, offsetof(struct FileDefaults, region), .read = read_region},
        INHERITED(struct FileDefaults),
};
static const struct ConfigSection DEFAULTS_SECTION = {"defaults", DEFAULTS_KEYS,
                                                      ARRAY_SIZE(DEFAULTS_KEYS)};

static const struct ConfigKey ROLLBACK_KEYS[] = {
        {"per_service", CONFIG_KEY_COUNT, offsetof(struct ConfigFile, rollback.per_service), 0,
         100},
        {"per_fleet", CONFIG_KEY_COUNT, offsetof(struct ConfigFile, rollback.per_fleet), 0, 10000},
        {"within", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, rollback.within),
         USEC_PER_MINUTE, 7 * USEC_PER_DAY},
        {"max_age", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, rollback.max_age),
         USEC_PER_HOUR, 3650 * USEC_PER_DAY},
};
static const struct ConfigSection ROLLBACK_SECTION = {"rollback", ROLLBACK_KEYS,
                                                      ARRAY_SIZE(ROLLBACK_KEYS)};

static void read_inhibit_causes(struct Reader *reader, const struct ConfigKey *key,
                                const yaml_node_t *node, void *value) {
        struct ConfigFile *file = value;
        size_t n = 0;
        const enum Cause *causes = read_cause_list(reader, key, node, &n);

        file->inhibit.causes = 0;
        for (size_t i = 0; causes && i < n; i++)
                file->inhibit.causes |= 1u << causes[i];
}

static const struct ConfigKey INHIBIT_KEYS[] = {
        {"services", CONFIG_KEY_COUNT, offsetof(struct ConfigFile, inhibit.services), 0, 10000},
        {"any", CONFIG_KEY_COUNT, offsetof(struct ConfigFile, inhibit.any), 0, 100000},
        {"within", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, inhibit.within),
         USEC_PER_MINUTE, USEC_PER_DAY},
        {"hold", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, inhibit.hold), 0, USEC_PER_HOUR},
        {"causes", CONFIG_KEY_OTHER, .read = read_inhibit_causes},
};
static const struct ConfigSection INHIBIT_SECTION = {"inhibit", INHIBIT_KEYS,
                                                     ARRAY_SIZE(INHIBIT_KEYS)};

static void read_sub(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                     void *value);

static const struct ConfigKey SAFETY_KEYS[] = {
        {"inhibit", CONFIG_KEY_OTHER, .read = read_sub},
        {"rollback", CONFIG_KEY_OTHER, .read = read_sub},
};
static const struct ConfigSection SAFETY_SECTION = {"safety", SAFETY_KEYS, ARRAY_SIZE(SAFETY_KEYS)};

#define HEARTBEAT_LEAST (10 * USEC_PER_SEC)

static const struct ConfigKey HEARTBEAT_KEYS[] = {
        {"receiver", CONFIG_KEY_TEXT, offsetof(struct ConfigFile, heartbeat.receiver)},
        {"every", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, heartbeat.every), 0,
         USEC_PER_DAY},
};
static const struct ConfigSection HEARTBEAT_SECTION = {"heartbeat", HEARTBEAT_KEYS,
                                                       ARRAY_SIZE(HEARTBEAT_KEYS)};

static void read_heartbeat(struct Reader *reader, const struct ConfigKey *key,
                           const yaml_node_t *node, void *value) {
        struct ConfigFile *file = reader->target;

        (void) value;
        section_read(reader, &HEARTBEAT_SECTION, key->name, node, file);
        if (file->heartbeat.every > 0 && file->heartbeat.every < HEARTBEAT_LEAST)
                reader_error(reader, node,
                             "heartbeat.every is too short; allowed are 0s and 10s to 1d");
        if (file->heartbeat.every > 0 && !file->heartbeat.receiver.text)
                reader_error(reader, node,
                             "heartbeat needs a receiver; name one, or write every: 0s");
        if (file->heartbeat.receiver.text)
                file_refer(reader, &file->heartbeat.receiver);
}

static void read_watcher_notify(struct Reader *reader, const struct ConfigKey *key,
                                const yaml_node_t *node, void *value) {
        struct TextList *list = value;

        if (!reader_text_list(reader, node, key->name, false, list))
                return;
        for (size_t i = 0; i < list->n; i++)
                file_refer(reader, list->items + i);
}

static const struct ConfigKey WATCHER_KEYS[] = {
        {"notify", CONFIG_KEY_OTHER, offsetof(struct ConfigFile, watcher_notify),
         .read = read_watcher_notify},
        {"heartbeat", CONFIG_KEY_OTHER, .read = read_heartbeat},
};
static const struct ConfigSection WATCHER_SECTION = {"watcher", WATCHER_KEYS,
                                                     ARRAY_SIZE(WATCHER_KEYS)};

/* "" is a value here: off. */
static void read_queue_url(struct Reader *reader, const struct ConfigKey *key,
                           const yaml_node_t *node, void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Text *text = value;
        const char *problem;

        if (!reader_text(reader, node, key->name, text) || text->text[0] == '\0')
                return;
        problem = url_problem(text->text, true, false);
        if (problem)
                reader_error(reader, node, "queue_url %s %s", config_quote(text->text, quoted),
                             problem);
        else if (!strchr(strstr(text->text, "//") + 2, '/'))
                reader_error(
                        reader, node,
                        "queue_url %s has no path; write the queue's whole URL, like https://sqs.eu-west-1.amazonaws.com/123456789012/ecswatch",
                        config_quote(text->text, quoted));
}

static const struct ConfigKey EVENTS_KEYS[] = {
        {"queue_url", CONFIG_KEY_OTHER, offsetof(struct ConfigFile, queue_url),
         .read = read_queue_url},
};
static const struct ConfigSection EVENTS_SECTION = {"events", EVENTS_KEYS, ARRAY_SIZE(EVENTS_KEYS)};

static const struct ConfigKey AWS_KEYS[] = {
        {"api_share", CONFIG_KEY_SHARE, offsetof(struct ConfigFile, api_share), 10000, 1000000},
        {"events", CONFIG_KEY_OTHER, .read = read_sub},
};
static const struct ConfigSection AWS_SECTION = {"aws", AWS_KEYS, ARRAY_SIZE(AWS_KEYS)};

static const struct ConfigKey LEDGER_KEYS[] = {
        {"path", CONFIG_KEY_TEXT, offsetof(struct ConfigFile, ledger_path)},
        {"keep", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, ledger_keep), USEC_PER_DAY,
         3650 * USEC_PER_DAY},
};
static const struct ConfigSection LEDGER_SECTION = {"ledger", LEDGER_KEYS, ARRAY_SIZE(LEDGER_KEYS)};

/* "" is a value here: off. */
static void read_listen(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                        void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Text *text = value;
        const char *colon;
        uint64_t port;

        if (!reader_text(reader, node, key->name, text) || text->text[0] == '\0')
                return;
        colon = strrchr(text->text, ':');
        if (!colon || colon == text->text || text_parse_u64(colon + 1, 1, 65535, &port) < 0)
                reader_error(reader, node, "listen is %s; write ADDRESS:PORT, like 127.0.0.1:9470",
                             config_quote(text->text, quoted));
}

static const struct ConfigKey API_KEYS[] = {
        {"socket", CONFIG_KEY_TEXT, offsetof(struct ConfigFile, api_socket)},
        {"listen", CONFIG_KEY_OTHER, offsetof(struct ConfigFile, api_listen), .read = read_listen},
};
static const struct ConfigSection API_SECTION = {"api", API_KEYS, ARRAY_SIZE(API_KEYS)};

static void read_version(struct Reader *reader, const struct ConfigKey *key,
                         const yaml_node_t *node, void *value) {
        (void) key;
        (void) value;
        if (node->type != YAML_SCALAR_NODE ||
            !text_equal((const char *) node->data.scalar.value, "1"))
                reader_error(reader, node, "version must be 1; write \"version: 1\"");
}

static void read_defaults(struct Reader *reader, const struct ConfigKey *key,
                          const yaml_node_t *node, void *value) {
        section_read(reader, &DEFAULTS_SECTION, key->name, node, value);
}

#define FOR_INCLUDED_TOO                                                        \
        {"version", CONFIG_KEY_OTHER, .is_needed = true, .read = read_version}, \
                {"clusters", CONFIG_KEY_OTHER, .read = read_clusters},          \
                {"policies", CONFIG_KEY_OTHER, .read = read_policies}, {        \
                "receivers", CONFIG_KEY_OTHER, .read = read_receivers           \
        }

static const struct ConfigKey MAIN_KEYS[] = {
        FOR_INCLUDED_TOO,
        {"include", CONFIG_KEY_TEXT_LIST, offsetof(struct ConfigFile, include), .most = 1},
        {"defaults", CONFIG_KEY_OTHER, offsetof(struct ConfigFile, defaults),
         .read = read_defaults},
        {"watcher", CONFIG_KEY_OTHER, .read = read_sub},
        {"safety", CONFIG_KEY_OTHER, .read = read_sub},
        {"aws", CONFIG_KEY_OTHER, .read = read_sub},
        {"discover", CONFIG_KEY_DURATION, offsetof(struct ConfigFile, discover), 10 * USEC_PER_SEC,
         USEC_PER_DAY},
        {"ledger", CONFIG_KEY_OTHER, .read = read_sub},
        {"api", CONFIG_KEY_OTHER, .read = read_sub},
};
static const struct ConfigSection MAIN_SECTION = {"", MAIN_KEYS, ARRAY_SIZE(MAIN_KEYS)};
static const struct ConfigKey INCLUDED_KEYS[] = {FOR_INCLUDED_TOO};
static const struct ConfigSection INCLUDED_SECTION = {"included", INCLUDED_KEYS,
                                                      ARRAY_SIZE(INCLUDED_KEYS)};

static const struct ConfigSection *const SECTIONS[] = {
        &MAIN_SECTION,      &INCLUDED_SECTION, &DEFAULTS_SECTION, &POLL_SECTION,
        &CLUSTER_SECTION,   &SERVICE_SECTION,  &TAGGED_SECTION,   &POLICY_SECTION,
        &JUDGE_SECTION,     &ENTRY_SECTION,    &WHEN_SECTION,     &QUIESCE_SECTION,
        &DRAIN_SECTION,     &SCALE_SECTION,    &RECEIVER_SECTION, &WATCHER_SECTION,
        &HEARTBEAT_SECTION, &SAFETY_SECTION,   &ROLLBACK_SECTION, &INHIBIT_SECTION,
        &AWS_SECTION,       &EVENTS_SECTION,   &LEDGER_SECTION,   &API_SECTION,
        &EVIDENCE_SECTION,
};

/* Sections that write straight into the file: named like their key. */
static void read_sub(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                     void *value) {
        for (size_t i = 0; i < ARRAY_SIZE(SECTIONS); i++)
                if (text_equal(SECTIONS[i]->name, key->name))
                        section_read(reader, SECTIONS[i], key->name, node, value);
}

const struct ConfigSection *const *config_sections(size_t *ret_n) {
        *ret_n = ARRAY_SIZE(SECTIONS);
        return SECTIONS;
}

static void file_init(struct ConfigFile *file, const char *name, unsigned index) {
        *file = (struct ConfigFile) {
                .name = name,
                .index = index,
                .rollback = {2, 10, USEC_PER_HOUR, 30 * USEC_PER_DAY},
                .inhibit = inhibit_rule_default(),
                .api_share = 0.5,
                .discover = 5 * USEC_PER_MINUTE,
                .ledger_keep = 90 * USEC_PER_DAY,
        };
}

int config_file_read(struct ConfigFile *file, const struct ConfigText *text, unsigned index,
                     const struct ConfigMemory *memory, struct ConfigErrors *errors) {
        const char *name = arena_copy(memory->kept, text->name);
        const yaml_node_t *root;
        struct Reader reader;

        if (!name)
                return -ENOMEM;
        file_init(file, name, index);
        reader_init(&reader, &(struct ConfigPlace) {.file = name, .file_index = index}, memory,
                    errors);
        reader.target = file;
        root = reader_load(&reader, text);
        if (root)
                section_read(&reader, index == 0 ? &MAIN_SECTION : &INCLUDED_SECTION,
                             index == 0 ? "the main file" : "an included file", root, file);
        reader_done(&reader);
        file->invalid = reader.invalid;
        file->is_not_yaml = !root;
        return reader.problem;
}

void file_refer(struct Reader *reader, const struct Text *name) {
        struct FileReference *reference = reader_scratch(reader, 1, sizeof(*reference));

        if (!reference)
                return;
        *reference = (struct FileReference) {.name = *name, .next = reader->target->references};
        reader->target->references = reference;
}
