/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/poll/log_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aws/request.h"
#include "aws/response_logs.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#define DEADLINE (5 * USEC_PER_SEC)
enum { BODY_BYTES_MAX = 4096, ANSWER_BYTES_MAX = 16 * 1024 * 1024 };

struct LogLook {
        struct AwsCall *call;
        LogCallback callback;
        void *userdata;
};

struct LogLook *log_look_free(struct LogLook *look) {
        if (!look)
                return NULL;
        aws_call_free(look->call);
        free(look);
        return NULL;
}

static int read_messages(const struct AwsAnswer *answer, struct Arena *arena,
                         struct EcsProblem *problem, const char ***ret, size_t *ret_n) {
        const struct EcsBody body = {answer->body, answer->body_size};
        struct LogEventsResponse response;
        int r;

        r = cloudwatch_logs_get_log_events_response(&body, arena, problem, &response);
        if (r < 0)
                return r;
        *ret = arena_alloc_array(arena, response.n_events, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < response.n_events; i++)
                (*ret)[i] = response.events[i].message;
        *ret_n = response.n_events;
        return 0;
}

/* Its container never came to write a word, or the stream has been deleted. */
static bool says_there_is_none(const struct AwsAnswer *answer) {
        return answer->outcome == AWS_REFUSED &&
               text_equal(answer->error.code, "ResourceNotFoundException");
}

static void on_answer(void *userdata, const struct AwsAnswer *answer) {
        struct LogLook *look = userdata;
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_BYTES_MAX);
        struct EcsProblem problem = {"out of memory"};
        const char **messages;
        size_t n;

        if (says_there_is_none(answer))
                look->callback(look->userdata, NULL, 0, NULL);
        else if (answer->outcome != AWS_ANSWERED)
                look->callback(look->userdata, NULL, 0, answer->text);
        else if (!arena || read_messages(answer, arena, &problem, &messages, &n) < 0)
                look->callback(look->userdata, NULL, 0, problem.text);
        else
                look->callback(look->userdata, messages, n, NULL);
}

int log_look_start(struct AwsClient *client, const char *group, const char *stream, unsigned limit,
                   LogCallback callback, void *userdata, struct LogLook **ret) {
        struct LogLook *look = calloc(1, sizeof(*look));
        struct Buffer body;
        int r;

        if (!look)
                return -ENOMEM;
        *look = (struct LogLook) {.callback = callback, .userdata = userdata};
        buffer_init(&body, BODY_BYTES_MAX);
        r = cloudwatch_logs_get_log_events_body(group, stream, limit, &body);
        if (r >= 0)
                r = aws_call_start(client,
                                   &(struct AwsRequest) {.operation =
                                                                 CLOUDWATCH_LOGS_GET_LOG_EVENTS,
                                                         .body = buffer_text(&body),
                                                         .body_size = body.size,
                                                         .urgency = URGENCY_JUDGING,
                                                         .deadline = DEADLINE,
                                                         .patience = DEADLINE},
                                   on_answer, look, &look->call);
        buffer_done(&body);
        if (r < 0) {
                log_look_free(look);
                return r;
        }
        *ret = look;
        return 0;
}
