/* SPDX-License-Identifier: Apache-2.0 */
/* One row a way: what is sent, and what its answer means. */
#include "daemon/act/perform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/auto_scaling.h"
#include "aws/request.h"
#include "aws/response_subject.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

enum { BODY_BYTES_MAX = 4096, ANSWER_BYTES_MAX = 16 * 1024 * 1024 };

struct Performance {
        const struct Performer *performer;
        struct AwsCall *call;
        char judged[VERDICT_ID_MAX];
        usec_t judged_created_at;
        char text[256]; /* of what an answer refuses that looks like a success */
        PerformCallback callback;
        void *userdata;
};

struct Performer {
        enum ActionKind kind;
        enum RollbackMethod method;
        enum AwsOperation operation;
        int (*body)(const struct PerformRequest *request, struct Buffer *body);
        /* Of an answer that ECS accepts: what more it tells. NULL: nothing. */
        void (*read)(struct Performance *performance, const struct AwsAnswer *from,
                     struct PerformAnswer *answer);
        const char *const *closes; /* codes by which AWS says that this way is closed */
        const char *const *waits;  /* codes by which it says: not now */
};

/* ---- UpdateService ---- */

static int update_service_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_update_service_body(request->cluster, request->service, request->action->target,
                                       body);
}

/* A deployment that is neither the judged one nor PRIMARY now, and younger than the judged one, was
 * PRIMARY until our call. */
static void read_deployments(const struct Performance *performance,
                             const struct ServiceFacts *service, struct PerformAnswer *answer) {
        const struct DeploymentFacts *primary = service_primary(service);

        if (primary)
                snprintf(answer->deployment, sizeof(answer->deployment), "%s", primary->id);
        for (size_t i = 0; i < service->n_deployments; i++) {
                const struct DeploymentFacts *d = service->deployments + i;

                if (d == primary || text_equal(d->id, performance->judged) ||
                    d->created_at <= performance->judged_created_at)
                        continue;
                snprintf(answer->overtaken, sizeof(answer->overtaken), "%s", d->id);
                answer->outcome = CALL_RACED;
        }
}

/* It has only set a count: whatever is PRIMARY now was so before. */
static void read_primary(const struct Performance *performance, const struct ServiceFacts *service,
                         struct PerformAnswer *answer) {
        const struct DeploymentFacts *primary = service_primary(service);

        if (!primary || text_equal(primary->id, performance->judged))
                return;
        snprintf(answer->overtaken, sizeof(answer->overtaken), "%s", primary->id);
        answer->outcome = CALL_RACED;
}

/* ECS has accepted, whatever we can read of how: the next observation shows the rest. */
static void update_service_read(struct Performance *performance, const struct AwsAnswer *from,
                                struct PerformAnswer *answer) {
        const struct EcsBody body = {from->body, from->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct EcsProblem problem;
        struct ServiceFacts service;

        if (arena && ecs_update_service_response(&body, arena, &problem, &service) >= 0)
                (performance->performer->kind == ACTION_QUIESCE
                         ? read_primary
                         : read_deployments)(performance, &service, answer);
}

/* ---- UpdateService with desiredCount 0 ---- */

static int quiesce_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_update_desired_count_body(request->cluster, request->service, 0, body);
}

/* ---- UpdateContainerInstancesState ---- */

static int drain_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_drain_container_instance_body(request->cluster, request->action->target, body);
}

/* What it did not do, ECS names in an answer that looks like a success. */
static void drain_read(struct Performance *performance, const struct AwsAnswer *from,
                       struct PerformAnswer *answer) {
        const struct EcsBody body = {from->body, from->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct ContainerInstancesResponse response;
        struct EcsProblem problem;

        if (!arena || ecs_container_instances_response(&body, arena, &problem, &response) < 0 ||
            response.n_failures == 0)
                return;
        snprintf(performance->text, sizeof(performance->text), "%s: %s",
                 aws_operation_name(performance->performer->operation),
                 text_or_empty(response.failures[0].reason));
        answer->text = performance->text;
        answer->outcome = CALL_REFUSED;
}

/* ---- SetDesiredCapacity ---- */

static int scale_body(const struct PerformRequest *request, struct Buffer *body) {
        return auto_scaling_set_desired_capacity_body(request->action->target,
                                                      request->action->amount, body);
}

/* ---- StopServiceDeployment ---- */

static int stop_deployment_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_stop_service_deployment_body(request->action->service_deployment, body);
}

static const char *const NONE[] = {NULL};
static const char *const GROUP_WAITS[] = {"ScalingActivityInProgress", NULL};
static const char *const STOP_CLOSES[] = {"ConflictException", "UnsupportedFeatureException",
                                          "ServiceDeploymentNotFoundException", NULL};

static const struct Performer PERFORMERS[] = {
        {ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, ECS_UPDATE_SERVICE, update_service_body,
         update_service_read, NONE, NONE},
        {ACTION_ROLLBACK, ROLLBACK_STOP_DEPLOYMENT, ECS_STOP_SERVICE_DEPLOYMENT,
         stop_deployment_body, NULL, STOP_CLOSES, NONE},
        {ACTION_QUIESCE, ROLLBACK_NEVER, ECS_UPDATE_SERVICE, quiesce_body, update_service_read,
         NONE, NONE},
        {ACTION_DRAIN_HOST, ROLLBACK_NEVER, ECS_UPDATE_CONTAINER_INSTANCES_STATE, drain_body,
         drain_read, NONE, NONE},
        {ACTION_SCALE_OUT, ROLLBACK_NEVER, AUTO_SCALING_SET_DESIRED_CAPACITY, scale_body, NULL,
         NONE, GROUP_WAITS},
};

/* ---- the call ---- */

struct Performance *perform_free(struct Performance *performance) {
        if (!performance)
                return NULL;
        aws_call_free(performance->call);
        free(performance);
        return NULL;
}

static bool names_code(const char *const *codes, const struct AwsAnswer *from) {
        for (; *codes; codes++)
                if (text_equal(*codes, from->error.code))
                        return true;
        return false;
}

/* One permission may be there where the other is not. */
static bool is_closed(const struct Performer *performer, const struct AwsAnswer *from) {
        return names_code(performer->closes, from) || (from->denied && performer->closes[0]);
}

static void on_answer(void *userdata, const struct AwsAnswer *from) {
        struct Performance *performance = userdata;
        const struct Performer *performer = performance->performer;
        struct PerformAnswer answer = {.text = from->text};

        switch (from->outcome) {
        case AWS_ANSWERED:
                answer.outcome = CALL_ACCEPTED;
                if (performer->read)
                        performer->read(performance, from, &answer);
                break;
        case AWS_REFUSED:
                answer.outcome = from->transient || names_code(performer->waits, from)
                                         ? CALL_NOT_TAKEN
                                 : is_closed(performer, from) ? CALL_CLOSED
                                                              : CALL_REFUSED;
                break;
        case AWS_NOT_SENT: answer.outcome = CALL_NOT_TAKEN; break;
        case AWS_UNCERTAIN: answer.outcome = CALL_UNCERTAIN; break;
        }
        performance->callback(performance->userdata, &answer);
}

static const struct Performer *performer_of(const struct ActionRecord *action) {
        for (size_t i = 0; i < ARRAY_SIZE(PERFORMERS); i++)
                if (PERFORMERS[i].kind == action->kind && PERFORMERS[i].method == action->method)
                        return PERFORMERS + i;
        return NULL;
}

int perform_start(struct AwsClient *client, const struct PerformRequest *request,
                  PerformCallback callback, void *userdata, struct Performance **ret) {
        const struct Performer *performer = performer_of(request->action);
        struct Performance *performance = performer ? calloc(1, sizeof(*performance)) : NULL;
        struct Buffer body;
        int r;

        if (!performance)
                return performer ? -ENOMEM : -EINVAL;
        performance->performer = performer;
        snprintf(performance->judged, sizeof(performance->judged), "%s",
                 request->judged_deployment);
        performance->judged_created_at = request->judged_created_at;
        performance->callback = callback;
        performance->userdata = userdata;

        buffer_init(&body, BODY_BYTES_MAX);
        r = performer->body(request, &body);
        if (r >= 0)
                r = aws_call_start(client,
                                   &(struct AwsRequest) {.operation = performer->operation,
                                                         .body = buffer_text(&body),
                                                         .body_size = body.size,
                                                         .deadline = ACT_CALL_DEADLINE,
                                                         .at_once = true},
                                   on_answer, performance, &performance->call);
        buffer_done(&body);
        if (r < 0) {
                perform_free(performance);
                return r;
        }
        *ret = performance;
        return 0;
}
