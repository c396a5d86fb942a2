/* SPDX-License-Identifier: Apache-2.0 */
/* One DescribeTaskDefinition. */
#include "daemon/act/task_definition.h"

#include <errno.h>
#include <stdlib.h>

#include "aws/request.h"
#include "aws/response.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#define DEADLINE (30 * USEC_PER_SEC)
enum { BODY_BYTES_MAX = 4096, ANSWER_BYTES_MAX = 4 * 1024 * 1024 };

struct TaskDefinitionLook {
        struct AwsCall *call;
        TaskDefinitionCallback callback;
        void *userdata;
};

struct TaskDefinitionLook *task_definition_look_free(struct TaskDefinitionLook *look) {
        if (!look)
                return NULL;
        aws_call_free(look->call);
        free(look);
        return NULL;
}

/* "Unable to describe task definition.": there is none of that name any more. Whatever else
 * ECS blames the request for says nothing of it. */
static bool is_deleted(const struct AwsAnswer *answer) {
        return answer->outcome == AWS_REFUSED &&
               text_equal(answer->error.code, "ClientException") &&
               text_contains_ignoring_case(answer->error.message, "task definition");
}

static void on_answer(void *userdata, const struct AwsAnswer *answer) {
        struct TaskDefinitionLook *look = userdata;
        const struct EcsBody body = {answer->body, answer->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct TaskDefinitionFacts facts = {};
        struct EcsProblem problem = {"out of memory"};

        if (is_deleted(answer)) {
                look->callback(look->userdata, "DELETED", NULL);
        } else if (answer->outcome != AWS_ANSWERED) {
                look->callback(look->userdata, NULL, answer->text);
        } else if (!arena ||
                   ecs_describe_task_definition_response(&body, arena, &problem, &facts) < 0) {
                look->callback(look->userdata, NULL, problem.text);
        } else {
                look->callback(look->userdata, facts.status ? facts.status : "ACTIVE", NULL);
        }
}

int task_definition_look_start(struct AwsClient *client, const char *task_definition,
                               TaskDefinitionCallback callback, void *userdata,
                               struct TaskDefinitionLook **ret) {
        struct TaskDefinitionLook *look = calloc(1, sizeof(*look));
        struct Buffer body;
        int r;

        if (!look)
                return -ENOMEM;
        look->callback = callback;
        look->userdata = userdata;
        buffer_init(&body, BODY_BYTES_MAX);
        r = ecs_describe_task_definition_body(task_definition, &body);
        if (r >= 0)
                r = aws_call_start(client,
                                   &(struct AwsRequest) {.operation = ECS_DESCRIBE_TASK_DEFINITION,
                                                         .body = buffer_text(&body),
                                                         .body_size = body.size,
                                                         .urgency = URGENCY_ACTION,
                                                         .deadline = DEADLINE},
                                   on_answer, look, &look->call);
        buffer_done(&body);
        if (r < 0) {
                task_definition_look_free(look);
                return r;
        }
        *ret = look;
        return 0;
}
