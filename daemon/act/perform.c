/* SPDX-License-Identifier: Apache-2.0 */
/* UpdateService, and what its answer says of who was PRIMARY between our last look and the call. */
#include "daemon/act/update_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/request.h"
#include "aws/response.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

enum { BODY_BYTES_MAX = 4096, ANSWER_BYTES_MAX = 16 * 1024 * 1024 };

struct UpdateService {
        struct AwsCall *call;
        char judged[VERDICT_ID_MAX];
        usec_t judged_created_at;
        UpdateCallback callback;
        void *userdata;
};

struct UpdateService *update_service_free(struct UpdateService *update) {
        if (!update)
                return NULL;
        aws_call_free(update->call);
        free(update);
        return NULL;
}

/* A deployment that is neither the judged one nor PRIMARY now, and younger than the judged one, was
 * PRIMARY until our call. */
static void read_deployments(const struct UpdateService *update, const struct ServiceFacts *service,
                             struct UpdateAnswer *answer) {
        const struct DeploymentFacts *primary = service_primary(service);

        if (primary)
                snprintf(answer->deployment, sizeof(answer->deployment), "%s", primary->id);
        for (size_t i = 0; i < service->n_deployments; i++) {
                const struct DeploymentFacts *d = service->deployments + i;

                if (d == primary || text_equal(d->id, update->judged) ||
                    d->created_at <= update->judged_created_at)
                        continue;
                snprintf(answer->overtaken, sizeof(answer->overtaken), "%s", d->id);
                answer->outcome = CALL_RACED;
        }
}

static void read_answer(const struct UpdateService *update, const struct AwsAnswer *from,
                        struct UpdateAnswer *answer) {
        const struct EcsBody body = {from->body, from->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct EcsProblem problem;
        struct ServiceFacts service;

        /* ECS has accepted, whatever we can read of how: the next observation shows the rest. */
        answer->outcome = CALL_ACCEPTED;
        if (arena && ecs_update_service_response(&body, arena, &problem, &service) >= 0)
                read_deployments(update, &service, answer);
}

static void on_answer(void *userdata, const struct AwsAnswer *from) {
        struct UpdateService *update = userdata;
        struct UpdateAnswer answer = {.text = from->text};

        switch (from->outcome) {
        case AWS_ANSWERED: read_answer(update, from, &answer); break;
        case AWS_REFUSED: answer.outcome = from->transient ? CALL_NOT_TAKEN : CALL_REFUSED; break;
        case AWS_NOT_SENT: answer.outcome = CALL_NOT_TAKEN; break;
        case AWS_UNCERTAIN: answer.outcome = CALL_UNCERTAIN; break;
        }
        update->callback(update->userdata, &answer);
}

int update_service_start(struct AwsClient *client, const struct UpdateRequest *request,
                         UpdateCallback callback, void *userdata, struct UpdateService **ret) {
        struct UpdateService *update = calloc(1, sizeof(*update));
        struct Buffer body;
        int r;

        if (!update)
                return -ENOMEM;
        snprintf(update->judged, sizeof(update->judged), "%s", request->judged_deployment);
        update->judged_created_at = request->judged_created_at;
        update->callback = callback;
        update->userdata = userdata;

        buffer_init(&body, BODY_BYTES_MAX);
        r = ecs_update_service_body(request->cluster, request->service, request->task_definition,
                                    &body);
        if (r >= 0)
                r = aws_call_start(client,
                                   &(struct AwsRequest) {.operation = ECS_UPDATE_SERVICE,
                                                         .body = buffer_text(&body),
                                                         .body_size = body.size,
                                                         .deadline = ACT_CALL_DEADLINE,
                                                         .at_once = true},
                                   on_answer, update, &update->call);
        buffer_done(&body);
        if (r < 0) {
                update_service_free(update);
                return r;
        }
        *ret = update;
        return 0;
}
