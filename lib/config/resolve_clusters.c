/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters joined over files, and what their services inherit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/resolve.h"
#include "words/arn.h"

#define IDLE_DEFAULT (30 * USEC_PER_SEC)
#define ACTIVE_DEFAULT (5 * USEC_PER_SEC)

/* One block of `clusters:` on its way into a cluster. */
struct Block {
        const struct FileCluster *cluster;
        size_t order;
};

static int block_compare(const void *a, const void *b) {
        const struct Block *x = a, *y = b;
        int r = strcmp(x->cluster->cluster.text, y->cluster->cluster.text);

        if (r != 0)
                return r;
        return x->order < y->order ? -1 : x->order > y->order;
}

static struct Block *blocks_sorted(struct Resolution *resolution, size_t *ret_n) {
        struct Block *blocks;
        size_t n = 0;

        for (size_t i = 0; i < resolution->n_files; i++)
                n += resolution->files[i].n_clusters;
        blocks = resolution_scratch(resolution, n, sizeof(blocks[0]));
        if (!blocks)
                return NULL;
        *ret_n = n;
        n = 0;
        for (size_t i = 0; i < resolution->n_files; i++)
                for (size_t k = 0; k < resolution->files[i].n_clusters; k++, n++)
                        blocks[n] = (struct Block) {resolution->files[i].clusters + k, n};
        if (n > 0)
                qsort(blocks, n, sizeof(blocks[0]), block_compare);
        return blocks;
}

/* What all blocks of a cluster must agree on, or leave out. */
static const struct {
        const char *name;
        size_t offset;
} SHARED[] = {
        {"region", offsetof(struct FileCluster, region)},
        {"role_arn", offsetof(struct FileCluster, role_arn)},
        {"external_id", offsetof(struct FileCluster, external_id)},
        {"endpoint_url", offsetof(struct FileCluster, endpoint_url)},
};

static const struct Text *agreed(struct Resolution *resolution, const struct Block *blocks,
                                 size_t n, size_t shared) {
        static const struct Text none = {};
        const struct Text *first = &none;
        char quoted[CONFIG_QUOTED_MAX];

        for (size_t i = 0; i < n; i++) {
                const struct Text *text =
                        (const void *) ((const char *) blocks[i].cluster + SHARED[shared].offset);

                if (!text->text)
                        continue;
                if (!first->text)
                        first = text;
                else if (!text_equal(first->text, text->text))
                        resolution_error(resolution, &text->place,
                                         "%s differs from %s at %s:%u:%u for the same cluster; "
                                         "write the same, or leave it out here",
                                         SHARED[shared].name, config_quote(first->text, quoted),
                                         first->place.file, first->place.line, first->place.column);
        }
        return first;
}

static const char *resolve_region(struct Resolution *resolution, const struct Text *name,
                                  const struct Text *region, const struct Arn *arn) {
        const struct Text *by_default = &resolution->files[0].defaults.region;
        const char *of_arn = NULL;

        if (arn) {
                of_arn = arena_copy_n(resolution->memory.kept, arn->region.text, arn->region.size);
                if (!of_arn)
                        resolution->problem = -ENOMEM;
                if (region->text && of_arn && !text_equal(region->text, of_arn))
                        resolution_error(resolution, &region->place,
                                         "region differs from that of the cluster's ARN; leave it "
                                         "out");
                return of_arn;
        }
        if (region->text)
                return region->text;
        if (by_default->text)
                return by_default->text;
        if (!text_is_empty(resolution->environment->region))
                return arena_copy(resolution->memory.kept, resolution->environment->region);
        resolution_error(resolution, &name->place,
                         "the cluster has no region; write one here, in defaults or in AWS_REGION");
        return NULL;
}

struct Chain { /* nearest first */
        const struct Inherited *own[3];
};

static void resolve_poll(struct Resolution *resolution, const struct Chain *chain,
                         struct ConfigService *service) {
        const struct ConfigPlace *place = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(chain->own); i++) {
                if (service->idle == 0)
                        service->idle = chain->own[i]->idle;
                if (service->active == 0)
                        service->active = chain->own[i]->active;
                if (!place && (chain->own[i]->idle || chain->own[i]->active))
                        place = &chain->own[i]->poll_place;
        }
        service->idle = service->idle ? service->idle : IDLE_DEFAULT;
        service->active = service->active ? service->active : ACTIVE_DEFAULT;
        if (service->idle < service->active && place)
                resolution_error(resolution, place,
                                 "poll.idle is shorter than poll.active; write an idle of at least "
                                 "active (they default to 30s and 5s)");
}

static void resolve_policy(struct Resolution *resolution, const struct Chain *chain,
                           const struct FileService *from, const struct Named *policies, size_t n,
                           struct ConfigService *service) {
        char quoted[CONFIG_QUOTED_MAX];
        const struct Text *name = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(chain->own) && !name; i++)
                if (chain->own[i]->policy.text)
                        name = &chain->own[i]->policy;
        if (!name) {
                resolution_error(resolution, &from->name.place,
                                 "service %s has no policy; write \"policy: NAME\" here, in its "
                                 "cluster or in defaults",
                                 config_quote(from->name.text, quoted));
                return;
        }
        service->policy = named_find(policies, n, name->text);
        if (!service->policy)
                resolution_error(resolution, &name->place,
                                 "no policy %s; define it under \"policies\"",
                                 config_quote(name->text, quoted));
}

static void resolve_exclude(struct Resolution *resolution, const struct Chain *chain,
                            struct ConfigService *service) {
        const struct TextList *list = NULL;
        const char **patterns;

        for (size_t i = 0; i < ARRAY_SIZE(chain->own) && !list; i++)
                if (chain->own[i]->exclude.is_given)
                        list = &chain->own[i]->exclude;
        if (!list || service->by == CONFIG_BY_NAME)
                return;
        patterns = resolution_alloc(resolution, list->n, sizeof(patterns[0]));
        for (size_t i = 0; patterns && i < list->n; i++)
                patterns[i] = list->items[i].text;
        service->exclude = patterns;
        service->n_exclude = patterns ? list->n : 0;
}

static void resolve_service(struct Resolution *resolution, const struct FileCluster *cluster,
                            const struct FileService *from, const struct Named *policies, size_t n,
                            bool incomplete, struct ConfigService *service) {
        const struct Chain chain = {
                {&from->own, &cluster->own, &resolution->files[0].defaults.own}};

        *service = (struct ConfigService) {
                .name = from->name.text,
                .by = from->by,
                .tags = from->tags,
                .n_tags = from->n_tags,
                .file = from->name.place.file,
                .line = from->name.place.line,
                .column = from->name.place.column,
        };
        resolve_policy(resolution, &chain, from, policies, n, service);
        resolve_poll(resolution, &chain, service);
        resolve_exclude(resolution, &chain, service);
        /* A broken file must not hand its services to another file's policy. */
        if (service->policy)
                service->mode = incomplete && service->by != CONFIG_BY_NAME ? MODE_OBSERVE
                                                                            : service->policy->mode;
}

/* `named` is sorted. */
static void index_services(struct Resolution *resolution, const struct Named *named,
                           struct ConfigCluster *cluster) {
        const struct ConfigService **by_name, **found;

        by_name = resolution_alloc(resolution, cluster->n_services, sizeof(by_name[0]));
        found = resolution_alloc(resolution, cluster->n_services, sizeof(found[0]));
        if (!by_name || !found)
                return;
        for (size_t i = 0; i < cluster->n_services; i++) {
                by_name[i] = named[i].value;
                if (cluster->services[i].by != CONFIG_BY_NAME)
                        found[cluster->n_found++] = cluster->services + i;
                cluster->by_tag = cluster->by_tag || cluster->services[i].by == CONFIG_BY_TAG;
        }
        cluster->by_name = by_name;
        cluster->found = found;
}

static void resolve_services(struct Resolution *resolution, const struct Block *blocks,
                             size_t n_blocks, const struct Named *policies, size_t n,
                             bool incomplete, struct ConfigCluster *cluster) {
        struct ConfigService *services;
        struct Named *named;
        size_t i = 0;

        for (size_t b = 0; b < n_blocks; b++)
                cluster->n_services += blocks[b].cluster->n_services;
        services = resolution_alloc(resolution, cluster->n_services, sizeof(services[0]));
        named = resolution_scratch(resolution, cluster->n_services, sizeof(named[0]));
        if (!services || !named)
                return;
        for (size_t b = 0; b < n_blocks; b++)
                for (size_t k = 0; k < blocks[b].cluster->n_services; k++, i++) {
                        const struct FileService *from = blocks[b].cluster->services + k;

                        resolve_service(resolution, blocks[b].cluster, from, policies, n,
                                        incomplete, services + i);
                        named[i] = (struct Named) {&from->name, i, services + i};
                }
        named_sort(resolution, named, i, "service");
        cluster->services = services;
        index_services(resolution, named, cluster);
}

static void join(struct Resolution *resolution, const struct Block *blocks, size_t n_blocks,
                 const struct Named *policies, size_t n, bool incomplete,
                 struct ConfigCluster *ret) {
        const struct Text *name = &blocks[0].cluster->cluster, *shared[ARRAY_SIZE(SHARED)];
        struct Arn arn;
        bool is_arn = arn_parse(name->text, &arn);

        for (size_t i = 0; i < ARRAY_SIZE(SHARED); i++)
                shared[i] = agreed(resolution, blocks, n_blocks, i);
        *ret = (struct ConfigCluster) {
                .name = text_after_last(name->text, '/'),
                .arn = is_arn ? name->text : NULL,
                .region = resolve_region(resolution, name, shared[0], is_arn ? &arn : NULL),
                .role_arn = shared[1]->text,
                .external_id = shared[2]->text,
                .endpoint_url = shared[3]->text,
        };
        resolve_services(resolution, blocks, n_blocks, policies, n, incomplete, ret);
}

/* A cluster and how it was written. */
struct Written {
        const struct ConfigCluster *cluster;
        const struct Text *text;
        size_t order;
};

static int written_compare(const void *a, const void *b) {
        const struct Written *x = a, *y = b;
        int r = strcmp(x->cluster->name, y->cluster->name);

        if (r == 0)
                r = strcmp(text_or_empty(x->cluster->region), text_or_empty(y->cluster->region));
        if (r != 0)
                return r;
        return x->order < y->order ? -1 : x->order > y->order;
}

/* One cluster by name here and by ARN there would be watched twice. */
static void check_named_twice(struct Resolution *resolution, struct Written *written, size_t n) {
        char quoted[CONFIG_QUOTED_MAX];
        const struct Written *first = written;

        if (n > 0)
                qsort(written, n, sizeof(written[0]), written_compare);
        for (const struct Written *w = written; w < written + n; w++) {
                if (!text_equal(w->cluster->name, first->cluster->name) ||
                    !text_equal(w->cluster->region, first->cluster->region))
                        first = w;
                else if (!w->cluster->arn != !first->cluster->arn)
                        resolution_error(resolution, &w->text->place,
                                         "the cluster is also written as %s at %s:%u:%u; "
                                         "write it the same way",
                                         config_quote(first->text->text, quoted),
                                         first->text->place.file, first->text->place.line,
                                         first->text->place.column);
        }
}

void resolve_clusters(struct Resolution *resolution, const struct Named *policies, size_t n,
                      struct Config *config) {
        struct ConfigCluster *clusters;
        struct Written *written;
        struct Block *blocks;
        size_t n_blocks, last;

        blocks = blocks_sorted(resolution, &n_blocks);
        if (!blocks)
                return;
        clusters = resolution_alloc(resolution, n_blocks, sizeof(clusters[0]));
        written = resolution_scratch(resolution, n_blocks, sizeof(written[0]));
        if (!clusters || !written)
                return;
        for (size_t i = 0; i < n_blocks && resolution->problem == 0; i = last) {
                last = i + 1;
                while (last < n_blocks && text_equal(blocks[i].cluster->cluster.text,
                                                     blocks[last].cluster->cluster.text))
                        last++;
                written[config->n_clusters] = (struct Written) {clusters + config->n_clusters,
                                                                &blocks[i].cluster->cluster, i};
                join(resolution, blocks + i, last - i, policies, n, config->incomplete,
                     clusters + config->n_clusters++);
        }
        check_named_twice(resolution, written, config->n_clusters);
        config->clusters = clusters;
}
