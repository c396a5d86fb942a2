/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of one way, one after the other, and what became of them. */
#include "daemon/act/perform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "daemon/act/sending.h"

enum { BODY_BYTES_MAX = 4096 };

struct Performance {
        struct AwsClient *client;
        const struct Sending *sending;
        struct AwsCall *call;
        struct Buffer bodies[SENDING_CALLS_MAX];
        size_t n_calls, sent; /* `sent`: how many went out, the one under way included */
        char judged[VERDICT_ID_MAX];
        usec_t judged_created_at;
        char text[256];
        PerformCallback callback;
        void *userdata;
};

struct Performance *perform_free(struct Performance *performance) {
        if (!performance)
                return NULL;
        aws_call_free(performance->call);
        for (size_t i = 0; i < SENDING_CALLS_MAX; i++)
                buffer_done(performance->bodies + i);
        free(performance);
        return NULL;
}

static void on_answer(void *userdata, const struct AwsAnswer *from);

/* All of them together end within the action's deadline. */
static int send_next(struct Performance *performance) {
        const struct Buffer *body = performance->bodies + performance->sent;
        const struct AwsRequest request = {
                .operation = performance->sending->calls[performance->sent].operation,
                .body = buffer_text(body),
                .body_size = body->size,
                .urgency = URGENCY_ACTION,
                .deadline = ACT_CALL_DEADLINE / performance->n_calls,
                .at_once = true,
        };

        performance->call = aws_call_free(performance->call);
        performance->sent++;
        return aws_call_start(performance->client, &request, on_answer, performance,
                              &performance->call);
}

/* Once the first of several is done, only looking tells how far it has come. */
static enum CallOutcome not_taken(const struct Performance *performance) {
        return performance->sent > 1 ? CALL_UNCERTAIN : CALL_NOT_TAKEN;
}

static void read_refusal(const struct Performance *performance, const struct AwsAnswer *from,
                         struct PerformAnswer *answer) {
        if (from->transient || sending_waits(performance->sending, from))
                answer->outcome = not_taken(performance);
        else if (sending_closes(performance->sending, from))
                answer->outcome = CALL_CLOSED;
        else
                answer->outcome = CALL_REFUSED;
}

static void read_acceptance(struct Performance *performance, const struct AwsAnswer *from,
                            struct PerformAnswer *answer) {
        const struct SendingQuestion question = {
                .kind = performance->sending->kind,
                .judged = performance->judged,
                .judged_created_at = performance->judged_created_at,
                .body = from->body,
                .body_size = from->body_size,
        };

        answer->outcome = CALL_ACCEPTED;
        if (performance->sending->read)
                performance->sending->read(&question, answer, performance->text);
}

static void on_answer(void *userdata, const struct AwsAnswer *from) {
        struct Performance *performance = userdata;
        struct PerformAnswer answer = {.text = from->text};
        int r;

        switch (from->outcome) {
        case AWS_ANSWERED:
                if (performance->sent < performance->n_calls) {
                        r = send_next(performance);
                        if (r >= 0)
                                return;
                        answer.outcome = CALL_UNCERTAIN;
                        answer.text = strerror(-r);
                        break;
                }
                read_acceptance(performance, from, &answer);
                break;
        case AWS_REFUSED: read_refusal(performance, from, &answer); break;
        case AWS_NOT_SENT: answer.outcome = not_taken(performance); break;
        case AWS_UNCERTAIN: answer.outcome = CALL_UNCERTAIN; break;
        }
        performance->callback(performance->userdata, &answer);
}

static int write_bodies(struct Performance *performance, const struct PerformRequest *request) {
        const struct Sending *sending = performance->sending;
        int r = 0;

        for (size_t i = 0; i < SENDING_CALLS_MAX; i++)
                buffer_init(performance->bodies + i, BODY_BYTES_MAX);
        for (size_t i = 0; i < SENDING_CALLS_MAX && sending->calls[i].body && r >= 0; i++) {
                r = sending->calls[i].body(request, performance->bodies + i);
                performance->n_calls++;
        }
        return r;
}

int perform_start(struct AwsClient *client, const struct PerformRequest *request,
                  PerformCallback callback, void *userdata, struct Performance **ret) {
        const struct Sending *sending = sending_of(request->action);
        struct Performance *performance = sending ? calloc(1, sizeof(*performance)) : NULL;
        int r;

        if (!performance)
                return sending ? -ENOMEM : -EINVAL;
        performance->client = client;
        performance->sending = sending;
        snprintf(performance->judged, sizeof(performance->judged), "%s",
                 request->judged_deployment);
        performance->judged_created_at = request->judged_created_at;
        performance->callback = callback;
        performance->userdata = userdata;
        r = write_bodies(performance, request);
        if (r >= 0)
                r = send_next(performance);
        if (r < 0) {
                perform_free(performance);
                return r;
        }
        *ret = performance;
        return 0;
}
