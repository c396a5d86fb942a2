/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of clusters and their services. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "config/file.h"
#include "words/arn.h"

enum { CLUSTERS_MAX = 10000, TAGS_MAX = 50 /* as many as a service can have */ };

static const struct ConfigKey POLL_KEYS[] = {
        {"idle", CONFIG_KEY_DURATION, offsetof(struct Inherited, idle), USEC_PER_SEC, USEC_PER_DAY},
        {"active", CONFIG_KEY_DURATION, offsetof(struct Inherited, active), USEC_PER_SEC,
         USEC_PER_HOUR},
};
const struct ConfigSection POLL_SECTION = {"poll", POLL_KEYS, ARRAY_SIZE(POLL_KEYS)};

void read_poll(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
               void *value) {
        struct Inherited *own = value;

        own->poll_place = reader_place(reader, node);
        section_read(reader, &POLL_SECTION, key->name, node, own);
}

void read_region(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                 void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Text *text = value;

        if (!reader_text(reader, node, key->name, text))
                return;
        if (strspn(text->text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text->text) ||
            strlen(text->text) > 63)
                reader_error(reader, node, "region is %s; write one like eu-west-1",
                             config_quote(text->text, quoted));
}

static const struct ConfigKey SERVICE_KEYS[] = {
        {"service", CONFIG_KEY_TEXT, offsetof(struct FileService, name), .is_needed = true},
        INHERITED(struct FileService),
};
const struct ConfigSection SERVICE_SECTION = {"service", SERVICE_KEYS, ARRAY_SIZE(SERVICE_KEYS)};

static int tag_compare(const void *a, const void *b) {
        return strcmp(((const struct Tag *) a)->key, ((const struct Tag *) b)->key);
}

/* "tag {app: web, team: payments}": the same tags have the same name, however they are written. */
static const char *tags_name(struct Reader *reader, const struct Tag *tags, size_t n) {
        const char *name = "tag {";

        for (size_t i = 0; i < n && name; i++)
                name = arena_format(reader->memory.kept, "%s%s%s: %s", name, i > 0 ? ", " : "",
                                    tags[i].key, tags[i].value);
        name = name ? arena_format(reader->memory.kept, "%s}", name) : NULL;
        if (!name)
                reader->problem = -ENOMEM;
        return name;
}

static bool read_tag(struct Reader *reader, const yaml_node_t *mapping, size_t i, struct Tag *ret) {
        const yaml_node_t *key, *value = reader_pair(reader, mapping, i, &key);
        struct Text text = {}, name = {};

        if (!reader_text(reader, key, "a tag's key", &name) ||
            !reader_text(reader, value, "a tag's value", &text))
                return false;
        *ret = (struct Tag) {name.text, text.text};
        return true;
}

static void read_tags(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                      void *value) {
        struct FileService *service = value;
        struct Tag *tags;
        size_t n;

        if (!reader_mapping(reader, node, key->name, &n))
                return;
        if (n == 0 || n > TAGS_MAX) {
                reader_error(reader, node,
                             "tag has %zu keys; write one to %d, like tag: {team: payments}", n,
                             TAGS_MAX);
                return;
        }
        tags = reader_alloc(reader, n, sizeof(tags[0]));
        for (size_t i = 0; tags && i < n; i++)
                if (!read_tag(reader, node, i, tags + i))
                        return;
        if (!tags)
                return;
        qsort(tags, n, sizeof(tags[0]), tag_compare);
        service->tags = tags;
        service->n_tags = n;
        service->by = CONFIG_BY_TAG;
        service->name = (struct Text) {tags_name(reader, tags, n), reader_place(reader, node)};
}

static const struct ConfigKey TAGGED_KEYS[] = {
        {"tag", CONFIG_KEY_OTHER, .is_needed = true, .read = read_tags},
        INHERITED(struct FileService),
};
const struct ConfigSection TAGGED_SECTION = {"tagged", TAGGED_KEYS, ARRAY_SIZE(TAGGED_KEYS)};

static bool mapping_is_tagged(struct Reader *reader, const yaml_node_t *node) {
        const yaml_node_t *key;
        size_t n = (size_t) (node->data.mapping.pairs.top - node->data.mapping.pairs.start);

        for (size_t i = 0; i < n; i++) {
                reader_pair(reader, node, i, &key);
                if (key->type == YAML_SCALAR_NODE &&
                    text_equal((const char *) key->data.scalar.value, "tag"))
                        return true;
        }
        return false;
}

static void check_named(struct Reader *reader, const yaml_node_t *node,
                        struct FileService *service) {
        char quoted[CONFIG_QUOTED_MAX];

        if (text_is_pattern(service->name.text)) {
                service->by = CONFIG_BY_PATTERN;
                return;
        }
        if (!service_name_is_valid(service->name.text))
                reader_error(
                        reader, node,
                        "service is %s; write its name (letters, digits, - and _) or a pattern like api-*",
                        config_quote(service->name.text, quoted));
        if (service->own.exclude.is_given)
                reader_error(reader, node,
                             "exclude is for patterns and tags; remove it from service %s",
                             config_quote(service->name.text, quoted));
}

static void read_service(struct Reader *reader, const yaml_node_t *node,
                         struct FileCluster *cluster) {
        struct FileService *service = cluster->services + cluster->n_services;
        bool tagged = node->type == YAML_MAPPING_NODE && mapping_is_tagged(reader, node);

        *service = (struct FileService) {}; /* likewise */
        if (node->type == YAML_SCALAR_NODE)
                reader_text(reader, node, "a service", &service->name);
        else
                section_read(reader, tagged ? &TAGGED_SECTION : &SERVICE_SECTION, "a service", node,
                             service);
        if (!service->name.text)
                return;
        if (!tagged)
                check_named(reader, node, service);
        cluster->n_services++;
}

static void read_services(struct Reader *reader, const struct ConfigKey *key,
                          const yaml_node_t *node, void *value) {
        struct FileCluster *cluster = value;
        size_t n;

        if (!reader_sequence(reader, node, key->name, CONFIG_SERVICES_MAX, &n))
                return;
        if (n == 0)
                reader_error(reader, node, "services is empty; name at least one");
        cluster->services = reader_scratch(reader, n, sizeof(cluster->services[0]));
        for (size_t i = 0; cluster->services && i < n && reader->problem == 0; i++)
                read_service(reader, reader_item(reader, node, i), cluster);
}

static void read_cluster_name(struct Reader *reader, const struct ConfigKey *key,
                              const yaml_node_t *node, void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Text *text = value;
        const char *name;
        struct Arn arn;

        if (!reader_text(reader, node, key->name, text))
                return;
        name = text->text;
        if (arn_parse(text->text, &arn) && arn.service.size == 3 &&
            strncmp(arn.service.text, "ecs", 3) == 0 && arn.region.size > 0 &&
            text_starts_with(arn.resource.text, "cluster/"))
                name = arn.resource.text + strlen("cluster/");
        if (!service_name_is_valid(name))
                reader_error(reader, node,
                             "cluster is %s; write its name (letters, digits, - and _) or its ARN",
                             config_quote(text->text, quoted));
}

static void read_role(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                      void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Text *text = value;
        struct Arn arn;

        if (!reader_text(reader, node, key->name, text))
                return;
        if (!arn_parse(text->text, &arn) || !text_starts_with(arn.resource.text, "role/"))
                reader_error(reader, node,
                             "role_arn is %s; write one like arn:aws:iam::123456789012:role/NAME",
                             config_quote(text->text, quoted));
}

static void read_endpoint(struct Reader *reader, const struct ConfigKey *key,
                          const yaml_node_t *node, void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Text *text = value;
        const char *problem;

        if (!reader_text(reader, node, key->name, text))
                return;
        problem = url_problem(text->text, true, false);
        if (problem)
                reader_error(reader, node, "endpoint_url %s %s", config_quote(text->text, quoted),
                             problem);
}

static const struct ConfigKey CLUSTER_KEYS[] = {
        {"cluster", CONFIG_KEY_OTHER, offsetof(struct FileCluster, cluster), .is_needed = true,
         .read = read_cluster_name},
        {"region", CONFIG_KEY_OTHER, offsetof(struct FileCluster, region), .read = read_region},
        {"role_arn", CONFIG_KEY_OTHER, offsetof(struct FileCluster, role_arn), .read = read_role},
        {"external_id", CONFIG_KEY_TEXT, offsetof(struct FileCluster, external_id)},
        {"endpoint_url", CONFIG_KEY_OTHER, offsetof(struct FileCluster, endpoint_url),
         .read = read_endpoint},
        INHERITED(struct FileCluster),
        {"services", CONFIG_KEY_OTHER, .is_needed = true, .read = read_services},
};
const struct ConfigSection CLUSTER_SECTION = {"cluster", CLUSTER_KEYS, ARRAY_SIZE(CLUSTER_KEYS)};

void read_clusters(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                   void *value) {
        struct ConfigFile *file = value;
        size_t n;

        if (!reader_sequence(reader, node, key->name, CLUSTERS_MAX, &n))
                return;
        file->clusters = reader_scratch(reader, n, sizeof(file->clusters[0]));
        for (size_t i = 0; file->clusters && i < n && reader->problem == 0; i++) {
                struct FileCluster *cluster = file->clusters + file->n_clusters;
                const yaml_node_t *item = reader_item(reader, node, i);

                *cluster = (struct FileCluster) {}; /* one without a name may have been here */
                section_read(reader, &CLUSTER_SECTION, "a cluster", item, cluster);
                if (cluster->external_id.text && !cluster->role_arn.text)
                        reader_error(reader, item, "external_id needs a role_arn beside it");
                file->n_clusters += cluster->cluster.text != NULL;
        }
}
