/* SPDX-License-Identifier: Apache-2.0 */
/* ListServices, page by page, then tags, ten services a call. */
#include "daemon/poll/discover.h"

#include <errno.h>
#include <string.h>

#include "aws/request.h"
#include "aws/response.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/text.h"
#include "words/arn.h"

#define CALL_DEADLINE (30 * USEC_PER_SEC)
enum {
        SERVICES_MAX = 100000,
        ARENA_BYTES = 64 * 1024 * 1024,
        ANSWER_ARENA_BYTES = 64 * 1024 * 1024,
        BODY_BYTES = 16 * 1024,
};

struct Discovery {
        struct DiscoveryOptions options;
        struct AwsCall *call;
        char *cluster;
        struct Arena *arena;
        struct DiscoveredService *services;
        size_t n_services, allocated;
        /* Those whose tags are being asked for. */
        size_t batch[ECS_DESCRIBE_SERVICES_MAX];
        size_t n_batch, n_asked; /* how far the services have been gone through */
};

struct Discovery *discovery_free(struct Discovery *discovery) {
        if (!discovery)
                return NULL;
        aws_call_free(discovery->call);
        arena_free(discovery->arena);
        free(discovery->services);
        free(discovery->cluster);
        free(discovery);
        return NULL;
}

static void discovery_end(struct Discovery *discovery, const char *problem) {
        discovery->options.callback(discovery->options.userdata,
                                    problem ? NULL : discovery->services,
                                    problem ? 0 : discovery->n_services, problem);
}

static int discovery_call(struct Discovery *discovery, enum AwsOperation operation,
                          const struct Buffer *body, AwsCallback callback) {
        return aws_call_start(discovery->options.client,
                              &(struct AwsRequest) {.operation = operation,
                                                    .body = buffer_text(body),
                                                    .body_size = body->size,
                                                    .urgency = URGENCY_DISCOVERY,
                                                    .deadline = CALL_DEADLINE},
                              callback, discovery, &discovery->call);
}

static int copy_tags(struct Discovery *discovery, const struct EcsTags *from,
                     struct DiscoveredService *service) {
        struct Tag *tags = arena_alloc(discovery->arena, MAX(from->n_tags, 1) * sizeof(tags[0]));

        if (!tags)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_tags; i++) {
                tags[i].key = arena_copy(discovery->arena, from->tags[i].key);
                tags[i].value = from->tags[i].value
                                        ? arena_copy(discovery->arena, from->tags[i].value)
                                        : NULL;
                if (!tags[i].key || (from->tags[i].value && !tags[i].value))
                        return -ENOMEM;
        }
        service->tags = tags;
        service->n_tags = from->n_tags;
        return 0;
}

static struct DiscoveredService *find_asked(struct Discovery *discovery, const char *name) {
        for (size_t i = 0; i < discovery->n_batch; i++)
                if (text_equal(discovery->services[discovery->batch[i]].name, name))
                        return discovery->services + discovery->batch[i];
        return NULL;
}

static int take_tags(struct Discovery *discovery, const struct AwsAnswer *answer,
                     struct EcsProblem *problem) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_ARENA_BYTES);
        const struct EcsBody body = {answer->body, answer->body_size};
        struct DescribeServicesResponse response;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ecs_describe_services_response(&body, arena, problem, &response);
        for (size_t i = 0; r >= 0 && i < response.n_services; i++) {
                struct DiscoveredService *service =
                        find_asked(discovery, response.services[i].name);

                if (service)
                        r = copy_tags(discovery, response.tags + i, service);
        }
        return r;
}

static int discovery_ask_tags(struct Discovery *discovery);

static void on_tags(void *userdata, const struct AwsAnswer *answer) {
        struct Discovery *discovery = userdata;
        struct EcsProblem problem = {"out of memory, or too many tags"};
        int r;

        discovery->call = aws_call_free(discovery->call);
        if (answer->outcome != AWS_ANSWERED) {
                discovery_end(discovery, answer->text);
                return;
        }
        r = take_tags(discovery, answer, &problem);
        if (r >= 0)
                r = discovery_ask_tags(discovery);
        if (r < 0)
                discovery_end(discovery, problem.text);
        else if (r == 0)
                discovery_end(discovery, NULL);
}

/* The next ten. 1: they are being asked for, 0: there are no more. */
static int discovery_ask_tags(struct Discovery *discovery) {
        const char *names[ECS_DESCRIBE_SERVICES_MAX];
        _cleanup_(buffer_done) struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES);
        discovery->n_batch = 0;
        while (discovery->options.wants_tags && discovery->n_asked < discovery->n_services &&
               discovery->n_batch < ECS_DESCRIBE_SERVICES_MAX) {
                size_t i = discovery->n_asked++;

                if (!discovery->options.wants_tags(discovery->options.userdata,
                                                   discovery->services[i].name))
                        continue;
                names[discovery->n_batch] = discovery->services[i].name;
                discovery->batch[discovery->n_batch++] = i;
        }
        if (discovery->n_batch == 0)
                return 0;
        r = ecs_describe_services_body(discovery->cluster,
                                       &(struct EcsNames) {names, discovery->n_batch}, true, &body);
        if (r >= 0)
                r = discovery_call(discovery, ECS_DESCRIBE_SERVICES, &body, on_tags);
        return r < 0 ? r : 1;
}

static int discovery_ask(struct Discovery *discovery, const char *next_token);

static int take_page(struct Discovery *discovery, const struct AwsAnswer *answer,
                     struct EcsProblem *problem, const char **ret_next_token) {
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ListResponse page;
        int r;

        r = ecs_list_services_response(&body, discovery->arena, problem, &page);
        if (r >= 0)
                r = array_reserve(&discovery->services, &discovery->allocated,
                                  discovery->n_services + page.n_arns,
                                  sizeof(discovery->services[0]), SERVICES_MAX);
        if (r < 0)
                return r;
        for (size_t i = 0; i < page.n_arns; i++)
                discovery->services[discovery->n_services++] =
                        (struct DiscoveredService) {.name = arn_short_name(page.arns[i])};
        *ret_next_token = page.next_token;
        return 0;
}

static void on_page(void *userdata, const struct AwsAnswer *answer) {
        struct Discovery *discovery = userdata;
        struct EcsProblem problem = {"out of memory, or too many services"};
        const char *next_token = NULL;
        int r;

        discovery->call = aws_call_free(discovery->call);
        if (answer->outcome != AWS_ANSWERED) {
                discovery_end(discovery, answer->text);
                return;
        }
        r = take_page(discovery, answer, &problem, &next_token);
        if (r >= 0)
                r = next_token ? discovery_ask(discovery, next_token)
                               : discovery_ask_tags(discovery);
        if (r < 0)
                discovery_end(discovery, problem.text);
        else if (r == 0)
                discovery_end(discovery, NULL);
}

/* 1, or a negative errno. */
static int discovery_ask(struct Discovery *discovery, const char *next_token) {
        _cleanup_(buffer_done) struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES);
        r = ecs_list_services_body(discovery->cluster, next_token, &body);
        if (r >= 0)
                r = discovery_call(discovery, ECS_LIST_SERVICES, &body, on_page);
        return r < 0 ? r : 1;
}

int discovery_start(const struct DiscoveryOptions *options, struct Discovery **ret) {
        struct Discovery *discovery = calloc(1, sizeof(*discovery));
        int r;

        if (!discovery)
                return -ENOMEM;
        discovery->options = *options;
        discovery->cluster = strdup(options->cluster);
        discovery->arena = arena_new(ARENA_BYTES);
        /* An empty list is a list. */
        discovery->services = calloc(1, sizeof(discovery->services[0]));
        discovery->allocated = discovery->services ? 1 : 0;
        r = discovery->cluster && discovery->arena && discovery->services
                    ? discovery_ask(discovery, NULL)
                    : -ENOMEM;
        if (r < 0) {
                discovery_free(discovery);
                return r;
        }
        *ret = discovery;
        return 0;
}
