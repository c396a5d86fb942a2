/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/act/service_deployment.h"

#include <errno.h>
#include <stdlib.h>

#include "aws/request.h"
#include "aws/response_deployments.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#define DEADLINE (30 * USEC_PER_SEC)
enum { BODY_BYTES_MAX = 8192, ANSWER_BYTES_MAX = 4 * 1024 * 1024 };

struct ServiceDeploymentLook {
        struct AwsClient *client;
        struct AwsCall *call;
        struct Arena *arena;
        struct ServiceDeploymentFacts deployment;
        ServiceDeploymentCallback callback;
        void *userdata;
};

struct ServiceDeploymentLook *service_deployment_look_free(struct ServiceDeploymentLook *look) {
        if (!look)
                return NULL;
        aws_call_free(look->call);
        arena_free(look->arena);
        free(look);
        return NULL;
}

static void look_end(struct ServiceDeploymentLook *look, const char *problem) {
        look->callback(look->userdata, problem ? NULL : &look->deployment, problem);
}

static int look_call(struct ServiceDeploymentLook *look, enum AwsOperation operation,
                     const struct EcsNames *names,
                     int (*write)(const struct EcsNames *arns, struct Buffer *body),
                     AwsCallback callback) {
        struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES_MAX);
        r = write(names, &body);
        if (r >= 0)
                r = aws_call_start(look->client,
                                   &(struct AwsRequest) {.operation = operation,
                                                         .body = buffer_text(&body),
                                                         .body_size = body.size,
                                                         .urgency = URGENCY_ACTION,
                                                         .deadline = DEADLINE},
                                   callback, look, &look->call);
        buffer_done(&body);
        return r;
}

static const char *task_definition_of(const struct ServiceRevisionsResponse *revisions,
                                      const char *arn) {
        for (size_t i = 0; i < revisions->n_revisions; i++)
                if (text_equal(revisions->revisions[i].arn, arn))
                        return revisions->revisions[i].task_definition;
        return NULL;
}

static void on_revisions(void *userdata, const struct AwsAnswer *answer) {
        struct ServiceDeploymentLook *look = userdata;
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ServiceDeploymentFacts *deployment = &look->deployment;
        struct ServiceRevisionsResponse revisions;
        struct EcsProblem problem = {"out of memory"};

        if (answer->outcome != AWS_ANSWERED) {
                look_end(look, answer->text);
                return;
        }
        if (ecs_describe_service_revisions_response(&body, look->arena, &problem, &revisions) < 0) {
                look_end(look, problem.text);
                return;
        }
        deployment->task_definition = task_definition_of(&revisions, deployment->target_revision);
        if (deployment->n_source_revisions == 1)
                deployment->source_task_definition =
                        task_definition_of(&revisions, deployment->source_revisions[0]);
        look_end(look, NULL);
}

static int ask_for_revisions(struct ServiceDeploymentLook *look) {
        const char *arns[2] = {look->deployment.target_revision};
        struct EcsNames names = {arns, 1};

        if (look->deployment.n_source_revisions == 1)
                arns[names.n_names++] = look->deployment.source_revisions[0];
        return look_call(look, ECS_DESCRIBE_SERVICE_REVISIONS, &names,
                         ecs_describe_service_revisions_body, on_revisions);
}

static void on_deployment(void *userdata, const struct AwsAnswer *answer) {
        struct ServiceDeploymentLook *look = userdata;
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ServiceDeploymentsResponse response;
        struct EcsProblem problem = {"out of memory"};

        look->call = aws_call_free(look->call);
        if (answer->outcome != AWS_ANSWERED) {
                look_end(look, answer->text);
                return;
        }
        if (ecs_describe_service_deployments_response(&body, look->arena, &problem, &response) <
            0) {
                look_end(look, problem.text);
                return;
        }
        if (response.n_deployments != 1 || !response.deployments[0].target_revision) {
                look_end(look, "ECS does not describe it");
                return;
        }
        look->deployment = response.deployments[0];
        if (ask_for_revisions(look) < 0)
                look_end(look, "its revisions cannot be asked for");
}

int service_deployment_look_start(struct AwsClient *client, const char *arn,
                                  ServiceDeploymentCallback callback, void *userdata,
                                  struct ServiceDeploymentLook **ret) {
        struct ServiceDeploymentLook *look = calloc(1, sizeof(*look));
        int r;

        if (!look)
                return -ENOMEM;
        look->client = client;
        look->callback = callback;
        look->userdata = userdata;
        look->arena = arena_new(ANSWER_BYTES_MAX);
        r = look->arena ? look_call(look, ECS_DESCRIBE_SERVICE_DEPLOYMENTS,
                                    &(struct EcsNames) {&arn, 1},
                                    ecs_describe_service_deployments_body, on_deployment)
                        : -ENOMEM;
        if (r < 0) {
                service_deployment_look_free(look);
                return r;
        }
        *ret = look;
        return 0;
}
