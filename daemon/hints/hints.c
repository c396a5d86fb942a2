/* SPDX-License-Identifier: Apache-2.0 */
/* Receive, tell, delete, again: one call at a time. */
#include "daemon/hints/hints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/request.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "daemon/clock.h"
#include "daemon/log.h"

/* SQS holds its answer back until there is a message; that is no delay. */
#define ATTEMPT (SQS_WAIT_SECONDS_MAX * USEC_PER_SEC + 10 * USEC_PER_SEC)
#define DEADLINE (60 * USEC_PER_SEC)
#define DELETE_DEADLINE (10 * USEC_PER_SEC)
#define TRIED_AGAIN_AFTER (10 * USEC_PER_SEC)
#define TIMER_ACCURACY (100 * USEC_PER_MSEC)

enum { ARENA_BYTES = 32 * 1024 * 1024, BODY_BYTES = 64 * 1024 };

enum HintMetric { METRIC_WATCHED, METRIC_OTHER, METRIC_UNREADABLE, _HINT_METRIC_COUNT };

#define MESSAGES "ecswatch_queue_messages_total"
#define MESSAGES_HELP \
        "Messages of the queue of aws.events: about a watched service, about another, no event."

static const struct Metric METRICS[_HINT_METRIC_COUNT] = {
        [METRIC_WATCHED] = {MESSAGES, "about=\"watched\"", MESSAGES_HELP, METRIC_COUNTER, 0},
        [METRIC_OTHER] = {MESSAGES, "about=\"other\"", MESSAGES_HELP, METRIC_COUNTER, 0},
        [METRIC_UNREADABLE] = {MESSAGES, "about=\"nothing\"", MESSAGES_HELP, METRIC_COUNTER, 0},
};

struct Hints {
        struct AwsClient *client;
        struct AwsCall *call;
        char *queue_url;
        HintCallback callback;
        void *userdata;
        struct ClockTimer again;
        struct LogRepeat unread, unreadable;
        bool cut_off; /* the queue cannot be read */
        struct Metric metrics[_HINT_METRIC_COUNT];
        struct Metrics *registered_with;
};

void hints_free(struct Hints *hints) {
        if (!hints)
                return;
        if (hints->registered_with)
                metrics_unregister(hints->registered_with, hints->metrics);
        aws_call_free(hints->call);
        aws_client_free(hints->client);
        clock_timer_done(&hints->again);
        log_repeat_free(&hints->unread);
        log_repeat_free(&hints->unreadable);
        free(hints->queue_url);
        free(hints);
}

static void receive_later(struct Hints *hints, usec_t delay) {
        (void) clock_timer_set_real(&hints->again, delay);
}

static void cut_off(struct Hints *hints, const char *why) {
        hints->cut_off = true;
        log_repeat(
                &hints->unread, LOG_WARNING,
                "The queue of aws.events cannot be read (%s): services are looked at by their intervals alone, trying again in %llu s",
                why, (unsigned long long) (TRIED_AGAIN_AFTER / USEC_PER_SEC));
        receive_later(hints, TRIED_AGAIN_AFTER);
}

static void read_again(struct Hints *hints) {
        if (!hints->cut_off)
                return;
        hints->cut_off = false;
        log_repeat_end(&hints->unread);
        log_notice("The queue of aws.events can be read again");
}

static void take_message(struct Hints *hints, const struct QueueMessage *message) {
        struct EcsEvent event;

        if (ecs_event_read(message->body, &event) < 0) {
                hints->metrics[METRIC_UNREADABLE].value++;
                log_repeat(
                        &hints->unreadable, LOG_WARNING,
                        "The queue of aws.events holds messages that are no events of ECS: they are deleted; docs/eventbridge.md has the rule that feeds it");
                return;
        }
        if (event.kind != ECS_EVENT_OTHER && hints->callback(hints->userdata, &event))
                hints->metrics[METRIC_WATCHED].value++;
        else
                hints->metrics[METRIC_OTHER].value++;
}

static int hints_call(struct Hints *hints, const struct AwsRequest *request, AwsCallback callback) {
        hints->call = aws_call_free(hints->call);
        return aws_call_start(hints->client, request, callback, hints, &hints->call);
}

/* What was not deleted comes again, and costs one more look. */
static void on_deleted(void *userdata, const struct AwsAnswer *answer) {
        struct Hints *hints = userdata;

        hints->call = aws_call_free(hints->call);
        if (answer->outcome == AWS_ANSWERED)
                receive_later(hints, 0);
        else
                cut_off(hints, answer->text);
}

static int delete_messages(struct Hints *hints, const struct ReceiveMessageResponse *received) {
        const char *handles[SQS_MESSAGES_MAX];
        _cleanup_(buffer_done) struct Buffer body;
        size_t n = MIN(received->n_messages, (size_t) SQS_MESSAGES_MAX);
        int r;

        for (size_t i = 0; i < n; i++)
                handles[i] = received->messages[i].receipt_handle;
        buffer_init(&body, BODY_BYTES);
        r = sqs_delete_message_batch_body(hints->queue_url, &(struct EcsNames) {handles, n}, &body);
        if (r < 0)
                return r;
        return hints_call(hints,
                          &(struct AwsRequest) {.operation = SQS_DELETE_MESSAGE_BATCH,
                                                .body = buffer_text(&body),
                                                .body_size = body.size,
                                                .deadline = DELETE_DEADLINE},
                          on_deleted);
}

static void take_messages(struct Hints *hints, const struct AwsAnswer *answer) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ARENA_BYTES);
        const struct EcsBody body = {answer->body, answer->body_size};
        struct EcsProblem problem = {"out of memory"};
        struct ReceiveMessageResponse received;
        int r;

        r = arena ? sqs_receive_message_response(&body, arena, &problem, &received) : -ENOMEM;
        if (r < 0) {
                cut_off(hints, problem.text);
                return;
        }
        read_again(hints);
        for (size_t i = 0; i < received.n_messages; i++)
                take_message(hints, received.messages + i);
        if (received.n_messages == 0) {
                receive_later(hints, 0);
                return;
        }
        r = delete_messages(hints, &received);
        if (r < 0)
                cut_off(hints, strerror(-r));
}

static void on_received(void *userdata, const struct AwsAnswer *answer) {
        struct Hints *hints = userdata;

        if (answer->outcome == AWS_ANSWERED)
                take_messages(hints, answer);
        else
                cut_off(hints, answer->text);
}

static int on_again(void *userdata) {
        struct Hints *hints = userdata;
        _cleanup_(buffer_done) struct Buffer body;
        int r;

        buffer_init(&body, BODY_BYTES);
        r = sqs_receive_message_body(hints->queue_url, SQS_WAIT_SECONDS_MAX, &body);
        if (r >= 0)
                r = hints_call(hints,
                               &(struct AwsRequest) {.operation = SQS_RECEIVE_MESSAGE,
                                                     .body = buffer_text(&body),
                                                     .body_size = body.size,
                                                     .deadline = DEADLINE,
                                                     .attempt = ATTEMPT},
                               on_received);
        if (r < 0)
                cut_off(hints, strerror(-r));
        return 0;
}

static int open_client(struct Hints *hints, const struct HintsOptions *options,
                       char problem[AWS_CLIENT_PROBLEM_MAX]) {
        char region[AWS_REGION_MAX];
        struct AwsUrl url;

        if (aws_url_parse(options->queue_url, &url) < 0) {
                snprintf(problem, AWS_CLIENT_PROBLEM_MAX, "%.200s is no http or https URL",
                         options->queue_url);
                return -EINVAL;
        }
        return aws_client_new(options->aws,
                              &(struct AwsClientOptions) {.region = aws_queue_region(&url, region)
                                                                            ? region
                                                                            : options->region,
                                                          .queue_url = options->queue_url},
                              problem, &hints->client);
}

int hints_new(const struct HintsOptions *options, char problem[AWS_CLIENT_PROBLEM_MAX],
              struct Hints **ret) {
        _cleanup_(hints_freep) struct Hints *hints = calloc(1, sizeof(*hints));
        int r;

        if (!hints)
                return -ENOMEM;
        hints->callback = options->callback;
        hints->userdata = options->userdata;
        memcpy(hints->metrics, METRICS, sizeof(METRICS));
        hints->queue_url = strdup(options->queue_url);
        r = hints->queue_url ? open_client(hints, options, problem) : -ENOMEM;
        if (r >= 0)
                r = metrics_register(options->metrics, hints->metrics, _HINT_METRIC_COUNT);
        if (r < 0)
                return r;
        hints->registered_with = options->metrics;
        r = clock_timer_init_real(&hints->again, options->event, TIMER_ACCURACY, on_again, hints);
        if (r >= 0)
                r = clock_timer_set_real(&hints->again, 0);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(hints);
        return 0;
}
