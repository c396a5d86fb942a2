/* SPDX-License-Identifier: Apache-2.0 */
/* The fakes: the least that behaves as the headers promise. */
#include "fakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/act/task_definition.h"
#include "daemon/act/update_service.h"
#include "daemon/clock.h"
#include "daemon/http/http.h"
#include "daemon/log.h"
#include "daemon/poll/history.h"
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

int clock_add_timer(sd_event *event, sd_event_source **ret, usec_t deadline, usec_t accuracy,
                    sd_event_time_handler_t handler, void *userdata) {
        (void) event;
        (void) deadline;
        (void) accuracy;
        (void) handler;
        (void) userdata;
        *ret = NULL;
        return 0;
}

int clock_set_timer(sd_event_source *timer, usec_t deadline) {
        (void) timer;
        (void) deadline;
        return 0;
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
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        vsnprintf(repeat->text, sizeof(repeat->text), format, arguments);
        va_end(arguments);
        log_add(repeat->text);
}

void log_repeat_end(struct LogRepeat *repeat) {
        (void) repeat;
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
        int unused;
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

int poll_service_new(struct PollCluster *cluster, const char *service, usec_t interval,
                     void *userdata, struct PollService **ret) {
        (void) cluster;
        (void) service;
        (void) interval;
        (void) userdata;
        *ret = calloc(1, sizeof(**ret));
        return 0;
}

void poll_service_free(struct PollService *service) {
        free(service);
}

void poll_service_set_interval(struct PollService *service, usec_t interval) {
        (void) service;
        (void) interval;
}

usec_t poll_service_next(const struct PollService *service) {
        (void) service;
        return USEC_UNKNOWN;
}

void poll_service_make_due(struct PollService *service) {
        (void) service;
}

usec_t poll_cluster_now(const struct PollCluster *cluster) {
        (void) cluster;
        return stage->now;
}

/* ---- AWS ---- */

void aws_client_free(struct AwsClient *client) {
        (void) client;
}

const char *aws_client_region(const struct AwsClient *client) {
        (void) client;
        return "us-east-1";
}

struct TaskDefinitionLook {
        TaskDefinitionCallback callback;
        void *userdata;
};

static struct TaskDefinitionLook *looks[STAGE_SERVICES];

int task_definition_look_start(struct AwsClient *client, const char *task_definition,
                               TaskDefinitionCallback callback, void *userdata,
                               struct TaskDefinitionLook **ret) {
        (void) client;
        (void) task_definition;
        *ret = calloc(1, sizeof(**ret));
        **ret = (struct TaskDefinitionLook) {callback, userdata};
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (!looks[i]) {
                        looks[i] = *ret;
                        return 0;
                }
        ck_abort_msg("more looks than services");
        return 0;
}

struct TaskDefinitionLook *task_definition_look_free(struct TaskDefinitionLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (looks[i] == look)
                        looks[i] = NULL;
        free(look);
        return NULL;
}

struct UpdateService {
        UpdateCallback callback;
        void *userdata;
        struct UpdateAnswer answer;
};

static struct UpdateService *updates[STAGE_SERVICES];

int update_service_start(struct AwsClient *client, const struct UpdateRequest *request,
                         UpdateCallback callback, void *userdata, struct UpdateService **ret) {
        struct UpdateService *update = calloc(1, sizeof(*update));
        const char *target = text_after_last(request->task_definition, '/');
        size_t i = 0, free_place = 0;

        (void) client;
        snprintf(stage->writes + strlen(stage->writes),
                 sizeof(stage->writes) - strlen(stage->writes), "%s->%s ",
                 text_after_last(request->service, '/'), target);
        while (!text_equal(stage->services[i].name, text_after_last(request->service, '/')))
                i++;
        stage_deploy(stage, i, (unsigned) atoi(text_after_last(target, ':')),
                     (struct Behaviour) {});
        *update = (struct UpdateService) {callback, userdata, {.outcome = CALL_ACCEPTED}};
        update->answer.text = "";
        snprintf(update->answer.deployment, sizeof(update->answer.deployment), "%s",
                 stage->services[i].deployments[stage->services[i].n_deployments - 1].id);
        while (updates[free_place])
                free_place++;
        updates[free_place] = update;
        *ret = update;
        return 0;
}

struct UpdateService *update_service_free(struct UpdateService *update) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (updates[i] == update)
                        updates[i] = NULL;
        free(update);
        return NULL;
}

void fakes_answer_aws(void) {
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                struct TaskDefinitionLook *look = looks[i];
                struct UpdateService *update = updates[i];

                if (look)
                        look->callback(look->userdata, "ACTIVE", NULL);
                if (update && !stage->update_hangs)
                        update->callback(update->userdata, &update->answer);
        }
}

struct HistoryLook {
        struct StageService *service;
        usec_t since;
        HistoryCallback callback;
        void *userdata;
        char arns[STAGE_DEPLOYMENTS_MAX][160];
        struct ServiceDeploymentFacts deployments[STAGE_DEPLOYMENTS_MAX];
};

static struct HistoryLook *histories[STAGE_SERVICES];

int history_look_start(struct AwsClient *client, const char *cluster, const char *service,
                       usec_t since, HistoryCallback callback, void *userdata,
                       struct HistoryLook **ret) {
        struct HistoryLook *look = calloc(1, sizeof(*look));
        size_t i = 0;

        (void) client;
        (void) cluster;
        while (!text_equal(stage->services[i].name, text_after_last(service, '/')))
                i++;
        look->service = stage->services + i;
        look->since = since;
        look->callback = callback;
        look->userdata = userdata;
        ck_assert_ptr_null(histories[i]);
        histories[i] = *ret = look;
        stage->looks_back++;
        return 0;
}

struct HistoryLook *history_look_free(struct HistoryLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (histories[i] == look)
                        histories[i] = NULL;
        free(look);
        return NULL;
}

static enum ServiceDeploymentStatus status_of(const struct StageService *service,
                                              const struct StageDeployment *of) {
        if (of->rolled_back)
                return SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL;
        return of == stage_primary(service) ? SERVICE_DEPLOYMENT_IN_PROGRESS
                                            : SERVICE_DEPLOYMENT_STOPPED;
}

static void answer_history(struct HistoryLook *look) {
        size_t n = 0;

        if (stage->history_is_refused) {
                look->callback(look->userdata, NULL, 0, "AccessDeniedException");
                return;
        }
        for (size_t i = look->service->n_deployments; i-- > 0;) {
                const struct StageDeployment *of = look->service->deployments + i;

                if (of->created_at <= look->since)
                        continue;
                stage_service_deployment(look->service, of, look->arns[n]);
                look->deployments[n] = (struct ServiceDeploymentFacts) {
                        .arn = look->arns[n],
                        .status = status_of(look->service, of),
                        .created_at = of->created_at,
                        .task_definition = of->task_definition,
                };
                n++;
        }
        look->callback(look->userdata, look->deployments, n, NULL);
}

void fakes_answer_history(void) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (histories[i] && !stage->history_hangs)
                        answer_history(histories[i]);
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
        fakes_forget();
}

void fakes_forget(void) {
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                looks[i] = task_definition_look_free(looks[i]);
                updates[i] = update_service_free(updates[i]);
                histories[i] = history_look_free(histories[i]);
        }
        while (calls)
                http_call_free(calls);
}
