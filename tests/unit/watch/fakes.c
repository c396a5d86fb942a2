/* SPDX-License-Identifier: Apache-2.0 */
/* The fakes: the least that behaves as the headers promise. */
#include "fakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/http/http.h"
#include "daemon/log.h"
#include "daemon/poll/poll.h"
#include "words/arn.h"

static struct Stage *stage;

/* ---- the clock ---- */

usec_t clock_realtime(void) {
        return stage->now;
}

usec_t clock_monotonic(void) {
        return stage->now;
}

usec_t clock_real_monotonic(void) {
        return stage->now;
}

int clock_timer_init(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                     ClockTimerHandler handler, void *userdata) {
        (void) timer;
        (void) event;
        (void) accuracy;
        (void) handler;
        (void) userdata;
        return 0;
}

int clock_timer_set(struct ClockTimer *timer, usec_t deadline) {
        (void) timer;
        (void) deadline;
        return 0;
}

void clock_timer_done(struct ClockTimer *timer) {
        (void) timer;
}

/* ---- the log: its last lines ---- */

static char lines[64 * 1024];

const char *stage_log(void) {
        return lines;
}

static void log_add(const char *text) {
        size_t used = strlen(lines), size = strlen(text);

        if (used + size + 32 > sizeof(lines)) {
                memmove(lines, lines + sizeof(lines) / 2, used - sizeof(lines) / 2 + 1);
                used = strlen(lines);
        }
        snprintf(lines + used, sizeof(lines) - used, "%5llu %.1000s\n",
                 (unsigned long long) ((stage->now - STAGE_EPOCH) / USEC_PER_SEC), text);
}

void log_event(int priority, const char *message_id, const struct LogField *fields, size_t n_fields,
               const char *message) {
        (void) priority;
        (void) message_id;
        (void) fields;
        (void) n_fields;
        log_add(message);
}

void log_line(int priority, const char *format, ...) {
        char text[2048];
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        log_add(text);
}

void log_repeat(struct LogRepeat *repeat, int priority, const char *format, ...) {
        char text[LOG_REPEAT_MAX];
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        log_add(text);
        log_repeat_free(repeat);
        repeat->text = strdup(text);
}

void log_repeat_free(struct LogRepeat *repeat) {
        free(repeat->text);
        *repeat = (struct LogRepeat) {};
}

void log_repeat_end(struct LogRepeat *repeat) {
        log_repeat_free(repeat);
}

/* ---- the API: nobody listens ---- */

void api_publish(struct Api *api, uint64_t sequence, const char *type, const char *body) {
        (void) api;
        (void) sequence;
        (void) type;
        (void) body;
}

/* ---- the poller: the stage looks at every service at every tick ---- */

struct PollService {
        size_t number; /* among the stage's */
};

struct PollCluster {
        int unused;
};

int poll_cluster_new(struct Poller *poller, struct AwsClient *client, const char *cluster,
                     void *userdata, struct PollCluster **ret) {
        (void) poller;
        (void) client;
        (void) cluster;
        (void) userdata;
        *ret = calloc(1, sizeof(**ret));
        return 0;
}

void poll_cluster_free(struct PollCluster *cluster) {
        free(cluster);
}

int poll_service_new(struct PollCluster *cluster, const char *service, const struct PollPace *pace,
                     void *userdata, struct PollService **ret) {
        (void) cluster;
        (void) userdata;
        *ret = calloc(1, sizeof(**ret));
        (*ret)->number = stage_service_at(stage, service);
        poll_service_set_pace(*ret, pace);
        return 0;
}

void poll_service_free(struct PollService *service) {
        free(service);
}

void poll_service_set_pace(struct PollService *service, const struct PollPace *pace) {
        stage->urgencies[service->number] = pace->urgency;
}

usec_t poll_service_next(const struct PollService *service) {
        (void) service;
        return USEC_UNKNOWN;
}

void poll_service_hint(struct PollService *service, bool urgent) {
        (void) service;
        (void) urgent;
}

void poll_service_make_due(struct PollService *service) {
        (void) service;
}

usec_t poll_cluster_now(const struct PollCluster *cluster) {
        (void) cluster;
        return stage->now;
}

/* ---- HTTP: the one receiver ---- */

struct HttpCall {
        struct HttpCall *next;
        HttpCallback callback;
        void *userdata;
        char *body;
};

static struct HttpCall *calls;

int http_call_start(struct HttpGlue *glue, const struct HttpRequest *request, HttpCallback callback,
                    void *userdata, struct HttpCall **ret) {
        struct HttpCall *call = calloc(1, sizeof(*call)), **last = &calls;

        (void) glue;
        *call = (struct HttpCall) {NULL, callback, userdata, strdup(request->body)};
        while (*last)
                last = &(*last)->next;
        *last = *ret = call;
        return 0;
}

struct HttpCall *http_call_free(struct HttpCall *call) {
        if (!call)
                return NULL;
        for (struct HttpCall **p = &calls; *p; p = &(*p)->next)
                if (*p == call) {
                        *p = call->next;
                        break;
                }
        free(call->body);
        free(call);
        return NULL;
}

const char *http_response_header(const struct HttpResponse *response, const char *name) {
        (void) response;
        (void) name;
        return NULL;
}

void fakes_answer_http(void) {
        /* An answer starts the next delivery of its queue, and so on until nothing is owed. */
        while (calls && stage->receiver_is_up) {
                stage_note_delivery(stage, calls->body);
                calls->callback(calls->userdata, &(struct HttpResponse) {.outcome = HTTP_ANSWERED,
                                                                         .status = 200,
                                                                         .text = "",
                                                                         .body = ""});
        }
}

/* ---- all of it ---- */

void fakes_use(struct Stage *used) {
        stage = used;
        lines[0] = '\0';
        fake_aws_use(used);
        fakes_forget();
}

void fakes_forget(void) {
        fake_aws_forget();
        while (calls)
                http_call_free(calls);
}
