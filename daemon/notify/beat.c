/* SPDX-License-Identifier: Apache-2.0 */
/* The heartbeat: its absence is the message, so it is sent at once or not at all. */
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/notify/answer.h"
#include "daemon/notify/queues.h"

static void missed(struct Beat *beat, const char *problem) {
        log_repeat(&beat->trouble, LOG_WARNING, "Receiver %s did not take the heartbeat: %s",
                   beat->receiver, problem);
}

static void on_answer(void *userdata, const struct HttpResponse *response) {
        struct Beat *beat = userdata;
        char problem[64];

        beat->call = http_call_free(beat->call);
        snprintf(problem, sizeof(problem), "answered %ld", response->status);
        if (response->outcome != HTTP_ANSWERED)
                missed(beat, response->text);
        else if (answer_of_status(response->status) != ANSWER_DELIVERED)
                missed(beat, problem);
        else
                log_repeat_end(&beat->trouble);
}

void notify_beat(struct Notify *notify, const char *receiver, const char *event_id,
                 const char *body) {
        const struct OutboxRow row = {.event_id = event_id, .body = body};
        const struct Receiver *to = notify_receiver(notify, receiver);
        char problem[RECEIVER_PROBLEM_MAX];
        struct Beat *beat = &notify->beat;

        if (!to || beat->call || notify->draining)
                return;
        snprintf(beat->receiver, sizeof(beat->receiver), "%s", receiver);
        if (receiver_send(to, notify->parameters.http, &row, notify->user_agent, clock_realtime(),
                          on_answer, beat, problem, &beat->call) < 0)
                missed(beat, problem);
}
