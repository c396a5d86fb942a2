/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/poll/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aws/request.h"
#include "aws/response_deployments.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/text.h"

#define DEADLINE (30 * USEC_PER_SEC)
enum {
        DEPLOYMENTS_MAX = 10000, /* of 90 days */
        ARENA_BYTES = 32 * 1024 * 1024,
        BODY_BYTES_MAX = 64 * 1024,
};

_Static_assert((int) HISTORY_DEPLOYMENTS_MAX == (int) ECS_DESCRIBE_SERVICE_REVISIONS_MAX,
               "one call describes them all");

struct HistoryLook {
        struct AwsClient *client;
        struct AwsCall *call;
        char *cluster, *service;
        usec_t since;
        struct Arena *arena;
        struct ServiceDeploymentFacts *deployments;
        size_t n, allocated;
        HistoryCallback callback;
        void *userdata;
};

struct HistoryLook *history_look_free(struct HistoryLook *look) {
        if (!look)
                return NULL;
        aws_call_free(look->call);
        arena_free(look->arena);
        free(look->deployments);
        free(look->cluster);
        free(look->service);
        free(look);
        return NULL;
}

static void history_end(struct HistoryLook *look, const char *problem) {
        look->callback(look->userdata, problem ? NULL : look->deployments, problem ? 0 : look->n,
                       problem);
}

static int history_call(struct HistoryLook *look, enum AwsOperation operation,
                        const struct Buffer *body, AwsCallback callback) {
        return aws_call_start(look->client,
                              &(struct AwsRequest) {.operation = operation,
                                                    .body = buffer_text(body),
                                                    .body_size = body->size,
                                                    .urgency = URGENCY_JUDGING,
                                                    .deadline = DEADLINE},
                              callback, look, &look->call);
}

/* ---- the revisions ---- */

static void set_task_definitions(struct HistoryLook *look,
                                 const struct ServiceRevisionsResponse *revisions) {
        for (size_t i = 0; i < look->n; i++)
                for (size_t k = 0; k < revisions->n_revisions; k++)
                        if (text_equal(look->deployments[i].target_revision,
                                       revisions->revisions[k].arn))
                                look->deployments[i].task_definition =
                                        revisions->revisions[k].task_definition;
}

static void on_revisions(void *userdata, const struct AwsAnswer *answer) {
        struct HistoryLook *look = userdata;
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ServiceRevisionsResponse revisions;
        struct EcsProblem problem = {"out of memory"};
        const char *text = NULL;

        look->call = aws_call_free(look->call);
        if (answer->outcome != AWS_ANSWERED)
                text = answer->text;
        else if (ecs_describe_service_revisions_response(&body, look->arena, &problem, &revisions) <
                 0)
                text = problem.text;
        else
                set_task_definitions(look, &revisions);
        history_end(look, text);
}

static int ask_for_revisions(struct HistoryLook *look) {
        const char *arns[HISTORY_DEPLOYMENTS_MAX];
        struct EcsNames names = {arns, 0};
        struct Buffer body;
        int r;

        for (size_t i = 0; i < look->n; i++)
                if (look->deployments[i].target_revision)
                        arns[names.n_names++] = look->deployments[i].target_revision;
        if (names.n_names == 0) {
                history_end(look, NULL);
                return 0;
        }
        buffer_init(&body, BODY_BYTES_MAX);
        r = ecs_describe_service_revisions_body(&names, &body);
        if (r >= 0)
                r = history_call(look, ECS_DESCRIBE_SERVICE_REVISIONS, &body, on_revisions);
        buffer_done(&body);
        return r;
}

/* ---- the list ---- */

static int newest_first(const void *a, const void *b) {
        const struct ServiceDeploymentFacts *left = a, *right = b;

        return left->created_at < right->created_at   ? 1
               : left->created_at > right->created_at ? -1
                                                      : 0;
}

static int take_page(struct HistoryLook *look, const struct AwsAnswer *answer,
                     struct EcsProblem *problem, const char **ret_next_token) {
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ServiceDeploymentsResponse page;
        int r;

        r = ecs_list_service_deployments_response(&body, look->arena, problem, &page);
        if (r >= 0)
                r = array_reserve(&look->deployments, &look->allocated,
                                  look->n + page.n_deployments, sizeof(*look->deployments),
                                  DEPLOYMENTS_MAX);
        if (r < 0)
                return r;
        for (size_t i = 0; i < page.n_deployments; i++)
                look->deployments[look->n++] = page.deployments[i];
        *ret_next_token = page.next_token;
        return 0;
}

static void on_page(void *userdata, const struct AwsAnswer *answer);

static int ask_for_page(struct HistoryLook *look, const char *next_token) {
        struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES_MAX);
        r = ecs_list_service_deployments_body(look->cluster, look->service, look->since, next_token,
                                              &body);
        if (r >= 0)
                r = history_call(look, ECS_LIST_SERVICE_DEPLOYMENTS, &body, on_page);
        buffer_done(&body);
        return r;
}

static void on_page(void *userdata, const struct AwsAnswer *answer) {
        struct HistoryLook *look = userdata;
        struct EcsProblem problem = {"out of memory, or too many service deployments"};
        const char *next_token = NULL;
        int r;

        look->call = aws_call_free(look->call);
        if (answer->outcome != AWS_ANSWERED) {
                history_end(look, answer->text);
                return;
        }
        r = take_page(look, answer, &problem, &next_token);
        if (r >= 0 && next_token) {
                r = ask_for_page(look, next_token);
        } else if (r >= 0) {
                if (look->n > 1)
                        qsort(look->deployments, look->n, sizeof(*look->deployments), newest_first);
                look->n = MIN(look->n, (size_t) HISTORY_DEPLOYMENTS_MAX);
                r = ask_for_revisions(look);
        }
        if (r < 0)
                history_end(look, problem.text);
}

int history_look_start(struct AwsClient *client, const char *cluster, const char *service,
                       usec_t since, HistoryCallback callback, void *userdata,
                       struct HistoryLook **ret) {
        struct HistoryLook *look = calloc(1, sizeof(*look));
        int r;

        if (!look)
                return -ENOMEM;
        look->client = client;
        look->since = since;
        look->callback = callback;
        look->userdata = userdata;
        look->cluster = strdup(cluster);
        look->service = strdup(service);
        look->arena = arena_new(ARENA_BYTES);
        r = look->cluster && look->service && look->arena ? ask_for_page(look, NULL) : -ENOMEM;
        if (r < 0) {
                history_look_free(look);
                return r;
        }
        *ret = look;
        return 0;
}
