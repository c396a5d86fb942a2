/* SPDX-License-Identifier: Apache-2.0 */
/* Of a host: ListContainerInstances (ACTIVE), all pages, then DescribeContainerInstances of the
 * one. Of a group: DescribeAutoScalingGroups. */
#include "daemon/act/subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/auto_scaling.h"
#include "aws/request.h"
#include "aws/response_subject.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "words/decision.h"

#define DEADLINE (30 * USEC_PER_SEC)
enum {
        BODY_BYTES_MAX = 16 * 1024,
        ANSWER_BYTES_MAX = 16 * 1024 * 1024,
        HOSTS_MAX = 5000, /* of a cluster; ECS's own limit */
};

struct SubjectLook {
        struct AwsClient *client;
        struct AwsCall *call;
        struct Arena *arena;
        char cluster[TASK_DEFINITION_MAX], target[TASK_DEFINITION_MAX];
        const char **active;
        struct SubjectFacts facts;
        SubjectCallback callback;
        void *userdata;
};

struct SubjectLook *subject_look_free(struct SubjectLook *look) {
        if (!look)
                return NULL;
        aws_call_free(look->call);
        arena_free(look->arena);
        free(look);
        return NULL;
}

static void look_end(struct SubjectLook *look, const char *problem) {
        look->callback(look->userdata, problem ? NULL : &look->facts, problem);
}

static int look_call(struct SubjectLook *look, enum AwsOperation operation,
                     const struct Buffer *body, AwsCallback callback) {
        look->call = aws_call_free(look->call);
        return aws_call_start(look->client,
                              &(struct AwsRequest) {.operation = operation,
                                                    .body = buffer_text(body),
                                                    .body_size = body->size,
                                                    .urgency = URGENCY_ACTION,
                                                    .deadline = DEADLINE},
                              callback, look, &look->call);
}

/* ---- a host ---- */

static void on_host(void *userdata, const struct AwsAnswer *answer) {
        struct SubjectLook *look = userdata;
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ContainerInstancesResponse response;
        struct EcsProblem problem = {"out of memory"};
        struct HostFacts *host = &look->facts.host;

        if (answer->outcome != AWS_ANSWERED) {
                look_end(look, answer->text);
                return;
        }
        if (ecs_container_instances_response(&body, look->arena, &problem, &response) < 0) {
                look_end(look, problem.text);
                return;
        }
        host->arn = look->target;
        for (size_t i = 0; i < response.n_instances; i++)
                if (text_equal(response.instances[i].arn, look->target)) {
                        host->status = response.instances[i].status;
                        host->ec2_instance_id = response.instances[i].ec2_instance_id;
                }
        look_end(look, NULL);
}

static int ask_for_host(struct SubjectLook *look) {
        const char *target = look->target;
        struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES_MAX);
        r = ecs_describe_container_instances_body(look->cluster, &(struct EcsNames) {&target, 1},
                                                  &body);
        if (r >= 0)
                r = look_call(look, ECS_DESCRIBE_CONTAINER_INSTANCES, &body, on_host);
        buffer_done(&body);
        return r;
}

static void on_page(void *userdata, const struct AwsAnswer *answer);

static int ask_for_page(struct SubjectLook *look, const char *next_token) {
        struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES_MAX);
        r = ecs_list_container_instances_body(look->cluster, "ACTIVE", next_token, &body);
        if (r >= 0)
                r = look_call(look, ECS_LIST_CONTAINER_INSTANCES, &body, on_page);
        buffer_done(&body);
        return r;
}

static void on_page(void *userdata, const struct AwsAnswer *answer) {
        struct SubjectLook *look = userdata;
        const struct EcsBody body = {answer->body, answer->body_size};
        struct HostFacts *host = &look->facts.host;
        struct EcsProblem problem = {"out of memory"};
        struct ListResponse page;
        int r;

        if (answer->outcome != AWS_ANSWERED) {
                look_end(look, answer->text);
                return;
        }
        if (ecs_list_container_instances_response(&body, look->arena, &problem, &page) < 0) {
                look_end(look, problem.text);
                return;
        }
        for (size_t i = 0; i < page.n_arns && host->n_active < HOSTS_MAX; i++)
                look->active[host->n_active++] = page.arns[i];
        r = page.next_token && host->n_active < HOSTS_MAX ? ask_for_page(look, page.next_token)
                                                          : ask_for_host(look);
        if (r < 0)
                look_end(look, strerror(-r));
}

static int begin_host(struct SubjectLook *look) {
        look->active = arena_alloc_array(look->arena, HOSTS_MAX, sizeof(look->active[0]));
        look->facts.host.active = look->active;
        return look->active ? ask_for_page(look, NULL) : -ENOMEM;
}

/* ---- a group ---- */

static void on_group(void *userdata, const struct AwsAnswer *answer) {
        struct SubjectLook *look = userdata;

        if (answer->outcome != AWS_ANSWERED)
                look_end(look, answer->text);
        else if (auto_scaling_group_response(answer->body, answer->body_size, &look->facts.group) <
                 0)
                look_end(look, "what Auto Scaling answers describes no group");
        else
                look_end(look, NULL);
}

static int begin_group(struct SubjectLook *look) {
        struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES_MAX);
        r = auto_scaling_describe_group_body(look->target, &body);
        if (r >= 0)
                r = look_call(look, AUTO_SCALING_DESCRIBE_GROUPS, &body, on_group);
        buffer_done(&body);
        return r;
}

int subject_look_start(struct AwsClient *client, const struct SubjectQuestion *question,
                       SubjectCallback callback, void *userdata, struct SubjectLook **ret) {
        struct SubjectLook *look = calloc(1, sizeof(*look));
        int r = -ENOMEM;

        if (!look)
                return r;
        look->client = client;
        look->callback = callback;
        look->userdata = userdata;
        look->facts.asked_at = aws_client_now(client);
        snprintf(look->cluster, sizeof(look->cluster), "%s", text_or_empty(question->cluster));
        snprintf(look->target, sizeof(look->target), "%s", question->target);
        look->arena = arena_new(ANSWER_BYTES_MAX);
        if (look->arena)
                r = question->kind == ACTION_SCALE_OUT ? begin_group(look) : begin_host(look);
        if (r < 0) {
                subject_look_free(look);
                return r;
        }
        *ret = look;
        return 0;
}
