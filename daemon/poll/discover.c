/* SPDX-License-Identifier: Apache-2.0 */
/* ListServices, page by page. */
#include "daemon/poll/discover.h"

#include <errno.h>
#include <string.h>

#include "aws/request.h"
#include "aws/response.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "words/arn.h"

#define CALL_DEADLINE (30 * USEC_PER_SEC)
enum { SERVICES_MAX = 100000, ARENA_BYTES = 64 * 1024 * 1024, BODY_BYTES = 16 * 1024 };

struct Discovery {
        struct AwsClient *client;
        struct AwsCall *call;
        char *cluster;
        struct Arena *arena;
        const char **names;
        size_t n_names, allocated;
        DiscoveryCallback callback;
        void *userdata;
};

struct Discovery *discovery_free(struct Discovery *discovery) {
        if (!discovery)
                return NULL;
        aws_call_free(discovery->call);
        arena_free(discovery->arena);
        free(discovery->names);
        free(discovery->cluster);
        free(discovery);
        return NULL;
}

static int discovery_ask(struct Discovery *discovery, const char *next_token);

static int take_page(struct Discovery *discovery, const struct AwsAnswer *answer,
                     struct EcsProblem *problem, const char **ret_next_token) {
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ListResponse page;
        int r;

        r = ecs_list_services_response(&body, discovery->arena, problem, &page);
        if (r >= 0)
                r = array_reserve(&discovery->names, &discovery->allocated,
                                  discovery->n_names + page.n_arns, sizeof(char *), SERVICES_MAX);
        if (r < 0)
                return r;
        for (size_t i = 0; i < page.n_arns; i++)
                discovery->names[discovery->n_names++] = arn_short_name(page.arns[i]);
        *ret_next_token = page.next_token;
        return 0;
}

static void on_page(void *userdata, const struct AwsAnswer *answer) {
        struct Discovery *discovery = userdata;
        struct EcsProblem problem = {"out of memory, or too many services"};
        const char *next_token = NULL, *text = NULL;
        int r = 0;

        discovery->call = aws_call_free(discovery->call);
        if (answer->outcome != AWS_ANSWERED)
                text = answer->text;
        else
                r = take_page(discovery, answer, &problem, &next_token);
        if (r >= 0 && next_token && !text)
                r = discovery_ask(discovery, next_token);
        if (r < 0)
                text = problem.text;
        else if (next_token && !text)
                return;
        discovery->callback(discovery->userdata, text ? NULL : discovery->names,
                            text ? 0 : discovery->n_names, text);
}

static int discovery_ask(struct Discovery *discovery, const char *next_token) {
        struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES);
        r = ecs_list_services_body(discovery->cluster, next_token, &body);
        if (r >= 0)
                r = aws_call_start(discovery->client,
                                   &(struct AwsRequest) {.operation = ECS_LIST_SERVICES,
                                                         .body = buffer_text(&body),
                                                         .body_size = body.size,
                                                         .urgency = URGENCY_DISCOVERY,
                                                         .deadline = CALL_DEADLINE},
                                   on_page, discovery, &discovery->call);
        buffer_done(&body);
        return r;
}

int discovery_start(struct AwsClient *client, const char *cluster, DiscoveryCallback callback,
                    void *userdata, struct Discovery **ret) {
        struct Discovery *discovery = calloc(1, sizeof(*discovery));
        int r;

        if (!discovery)
                return -ENOMEM;
        discovery->client = client;
        discovery->callback = callback;
        discovery->userdata = userdata;
        discovery->cluster = strdup(cluster);
        discovery->arena = arena_new(ARENA_BYTES);
        r = discovery->cluster && discovery->arena ? discovery_ask(discovery, NULL) : -ENOMEM;
        if (r < 0) {
                discovery_free(discovery);
                return r;
        }
        /* An empty list is a list. */
        discovery->names = calloc(1, sizeof(char *));
        discovery->allocated = discovery->names ? 1 : 0;
        *ret = discovery;
        return 0;
}
