/* SPDX-License-Identifier: Apache-2.0 */
/* One row a way. */
#include "daemon/act/sending.h"

#include <stdio.h>

#include "aws/auto_scaling.h"
#include "aws/request.h"
#include "aws/response_subject.h"
#include "base/arena.h"
#include "base/text.h"

enum { ANSWER_BYTES_MAX = 16 * 1024 * 1024, WHOLE_SHARE = 100 };

/* ---- UpdateService ---- */

static int update_service_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_update_service_body(request->cluster, request->service, request->action->target,
                                       body);
}

/* With desiredCount 0. */
static int quiesce_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_update_desired_count_body(request->cluster, request->service, 0, body);
}

/* A deployment that is neither the judged one nor PRIMARY now, and younger than the judged one, was
 * PRIMARY until our call. */
static void read_deployments(const struct SendingQuestion *question,
                             const struct ServiceFacts *service, struct PerformAnswer *answer) {
        const struct DeploymentFacts *primary = service_primary(service);

        if (primary)
                snprintf(answer->deployment, sizeof(answer->deployment), "%s", primary->id);
        for (size_t i = 0; i < service->n_deployments; i++) {
                const struct DeploymentFacts *d = service->deployments + i;

                if (d == primary || text_equal(d->id, question->judged) ||
                    d->created_at <= question->judged_created_at)
                        continue;
                snprintf(answer->overtaken, sizeof(answer->overtaken), "%s", d->id);
                answer->outcome = CALL_RACED;
        }
}

/* It has only set a count: whatever is PRIMARY now was so before. */
static void read_primary(const struct SendingQuestion *question, const struct ServiceFacts *service,
                         struct PerformAnswer *answer) {
        const struct DeploymentFacts *primary = service_primary(service);

        if (!primary || text_equal(primary->id, question->judged))
                return;
        snprintf(answer->overtaken, sizeof(answer->overtaken), "%s", primary->id);
        answer->outcome = CALL_RACED;
}

/* ECS has accepted, whatever we can read of how: the next observation shows the rest. */
static void read_service(const struct SendingQuestion *question, struct PerformAnswer *answer,
                         char text[256]) {
        const struct EcsBody body = {question->body, question->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct EcsProblem problem;
        struct ServiceFacts service;

        (void) text;
        if (!arena || ecs_update_service_response(&body, arena, &problem, &service) < 0)
                return;
        if (question->kind == ACTION_QUIESCE)
                read_primary(question, &service, answer);
        else
                read_deployments(question, &service, answer);
}

/* ---- StopServiceDeployment, CodeDeploy's StopDeployment ---- */

static int stop_deployment_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_stop_service_deployment_body(request->action->handle, body);
}

static int code_deploy_body(const struct PerformRequest *request, struct Buffer *body) {
        return code_deploy_stop_body(request->action->handle, body);
}

/* ---- task sets: each call may be repeated, and the last one is what looking asks for ---- */

static int whole_share_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_scale_task_set_body(request->cluster, request->service, request->action->handle,
                                       WHOLE_SHARE, body);
}

static int primary_set_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_primary_task_set_body(request->cluster, request->service,
                                         request->action->handle, body);
}

static int no_share_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_scale_task_set_body(request->cluster, request->service,
                                       request->judged_deployment, 0, body);
}

/* ---- UpdateContainerInstancesState ---- */

static int drain_body(const struct PerformRequest *request, struct Buffer *body) {
        return ecs_drain_container_instance_body(request->cluster, request->action->target, body);
}

/* What it did not do, ECS names in an answer that looks like a success. */
static void read_failures(const struct SendingQuestion *question, struct PerformAnswer *answer,
                          char text[256]) {
        const struct EcsBody body = {question->body, question->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct ContainerInstancesResponse response;
        struct EcsProblem problem;

        if (!arena || ecs_container_instances_response(&body, arena, &problem, &response) < 0 ||
            response.n_failures == 0)
                return;
        snprintf(text, 256, "UpdateContainerInstancesState: %s",
                 text_or_empty(response.failures[0].reason));
        answer->text = text;
        answer->outcome = CALL_REFUSED;
}

/* ---- SetDesiredCapacity ---- */

static int scale_body(const struct PerformRequest *request, struct Buffer *body) {
        return auto_scaling_set_desired_capacity_body(request->action->target,
                                                      request->action->amount, body);
}

/* ---- the table ---- */

static const char *const STOP_CLOSES[] = {"ConflictException", "UnsupportedFeatureException",
                                          "ServiceDeploymentNotFoundException", NULL};
static const char *const GROUP_WAITS[] = {"ScalingActivityInProgress", NULL};

static const struct Sending SENDINGS[] = {
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_UPDATE_SERVICE,
                .calls = {{ECS_UPDATE_SERVICE, update_service_body}},
                .read = read_service,
        },
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_STOP_DEPLOYMENT,
                .calls = {{ECS_STOP_SERVICE_DEPLOYMENT, stop_deployment_body}},
                .closes = STOP_CLOSES,
        },
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_CODE_DEPLOY,
                .calls = {{CODE_DEPLOY_STOP_DEPLOYMENT, code_deploy_body}},
        },
        {
                .kind = ACTION_ROLLBACK,
                .method = ROLLBACK_TASK_SET,
                .calls = {{ECS_UPDATE_TASK_SET, whole_share_body},
                          {ECS_UPDATE_SERVICE_PRIMARY_TASK_SET, primary_set_body},
                          {ECS_UPDATE_TASK_SET, no_share_body}},
        },
        {
                .kind = ACTION_QUIESCE,
                .calls = {{ECS_UPDATE_SERVICE, quiesce_body}},
                .read = read_service,
        },
        {
                .kind = ACTION_DRAIN_HOST,
                .calls = {{ECS_UPDATE_CONTAINER_INSTANCES_STATE, drain_body}},
                .read = read_failures,
        },
        {
                .kind = ACTION_SCALE_OUT,
                .calls = {{AUTO_SCALING_SET_DESIRED_CAPACITY, scale_body}},
                .waits = GROUP_WAITS,
        },
};

const struct Sending *sending_of(const struct ActionRecord *action) {
        for (size_t i = 0; i < ARRAY_SIZE(SENDINGS); i++)
                if (SENDINGS[i].kind == action->kind && SENDINGS[i].method == action->method)
                        return SENDINGS + i;
        return NULL;
}

static bool names_code(const char *const *codes, const struct AwsAnswer *answer) {
        for (; codes && *codes; codes++)
                if (text_equal(*codes, answer->error.code))
                        return true;
        return false;
}

/* One permission may be there where the other is not. */
bool sending_closes(const struct Sending *sending, const struct AwsAnswer *answer) {
        return names_code(sending->closes, answer) || (answer->denied && sending->closes);
}

bool sending_waits(const struct Sending *sending, const struct AwsAnswer *answer) {
        return names_code(sending->waits, answer);
}
