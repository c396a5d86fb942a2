/* SPDX-License-Identifier: Apache-2.0 */
#include "fakes.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/log.h"

#define CLUSTER_ARN "arn:aws:ecs:us-east-1:123456789012:cluster/c"

/* ---- the clock: one timer, the poller's ---- */

struct FakeClock fake_clock;

usec_t clock_realtime(void) {
        return EPOCH + fake_clock.now;
}

usec_t clock_monotonic(void) {
        return fake_clock.now;
}

usec_t clock_real_monotonic(void) {
        return fake_clock.now;
}

int clock_timer_init(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                     ClockTimerHandler handler, void *userdata) {
        (void) timer;
        (void) event;
        (void) accuracy;
        fake_clock.due = USEC_INFINITY;
        fake_clock.handler = handler;
        fake_clock.userdata = userdata;
        return 0;
}

int clock_timer_set(struct ClockTimer *timer, usec_t deadline) {
        (void) timer;
        fake_clock.due = deadline;
        return 0;
}

void clock_timer_done(struct ClockTimer *timer) {
        (void) timer;
}

char said[1024];

void log_line(int priority, const char *format, ...) {
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        vsnprintf(said, sizeof(said), format, arguments);
        va_end(arguments);
}

/* ---- AWS ---- */

struct FakeAws fake_aws;

void fakes_reset(void) {
        fake_clock.now = USEC_PER_SEC;
        fake_aws = (struct FakeAws) {};
        said[0] = '\0';
}

usec_t aws_client_now(const struct AwsClient *client) {
        (void) client;
        return EPOCH + fake_clock.now;
}

struct AwsAllowance aws_client_allowance(const struct AwsClient *client) {
        (void) client;
        return (struct AwsAllowance) {"us-east-1", fake_aws.allowed, fake_aws.throttled};
}

void aws_call_hurry(struct AwsCall *call, enum Urgency urgency) {
        call->urgency = MAX(call->urgency, urgency);
}

int aws_call_start(struct AwsClient *client, const struct AwsRequest *request, AwsCallback callback,
                   void *userdata, struct AwsCall **ret) {
        struct AwsCall *call = calloc(1, sizeof(*call));

        (void) client;
        ck_assert_uint_lt(fake_aws.n_calls, CALLS_MAX);
        *call = (struct AwsCall) {request->operation, strndup(request->body, request->body_size),
                                  callback, userdata, request->urgency};
        fake_aws.calls[fake_aws.n_calls++] = call;
        fake_aws.counts[request->operation]++;
        *ret = call;
        return 0;
}

struct AwsCall *aws_call_free(struct AwsCall *call) {
        if (!call)
                return NULL;
        for (size_t i = 0; i < fake_aws.n_calls; i++)
                if (fake_aws.calls[i] == call) {
                        fake_aws.n_calls--;
                        memmove(fake_aws.calls + i, fake_aws.calls + i + 1,
                                (fake_aws.n_calls - i) * sizeof(*fake_aws.calls));
                        break;
                }
        free(call->body);
        free(call);
        return NULL;
}

static bool names(const json_t *request, const char *name) {
        size_t i;
        json_t *each;

        json_array_foreach(json_object_get(request, "services"), i,
                           each) if (text_equal(name, "*") ||
                                     text_equal(json_string_value(each), name)) return true;
        return false;
}

static json_t *answer_services(const json_t *request) {
        json_t *services = json_array(), *each;
        size_t i;

        json_array_foreach(json_object_get(request, "services"), i, each) {
                char text[1024];

                snprintf(text, sizeof(text),
                         "{\"serviceArn\": \"arn:aws:ecs:us-east-1:123456789012:service/c/%s\","
                         " \"clusterArn\": \"" CLUSTER_ARN "\", \"serviceName\": \"%s\","
                         " \"status\": \"ACTIVE\", \"desiredCount\": 1, \"runningCount\": %d,"
                         " \"pendingCount\": 0, \"createdAt\": 1, \"deployments\": [{\"id\": "
                         "\"" PRIMARY
                         "\", \"status\": \"PRIMARY\", \"desiredCount\": 1, \"runningCount\": 1,"
                         " \"pendingCount\": 0, \"createdAt\": 2, \"updatedAt\": 2,"
                         " \"taskDefinition\": \"td\"}]}",
                         json_string_value(each), json_string_value(each),
                         text_equal(json_string_value(each), fake_aws.more_of) ? 2 : 1);
                json_array_append_new(services, json_loads(text, 0, NULL));
        }
        return json_pack("{s:o, s:[]}", "services", services, "failures");
}

static void append_tasks(json_t *arns, const char *prefix, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                char arn[128];

                snprintf(arn, sizeof(arn), "arn:aws:ecs:us-east-1:123456789012:task/c/%s%u", prefix,
                         i);
                json_array_append_new(arns, json_string(arn));
        }
}

/* All on one page: the poller takes what it is given. */
static json_t *answer_list(const json_t *request) {
        bool stopped =
                text_equal(json_string_value(json_object_get(request, "desiredStatus")), "STOPPED");
        json_t *arns = json_array();

        append_tasks(arns, stopped ? "oldstopped" : "oldrunning",
                     stopped ? fake_aws.n_old_stopped : fake_aws.n_old_running);
        append_tasks(arns, stopped ? "newstopped" : "newrunning",
                     text_equal(json_string_value(json_object_get(request, "serviceName")), "s0") &&
                                     fake_aws.n_of_large > 0
                             ? fake_aws.n_of_large
                             : 1);
        return json_pack("{s:o}", "taskArns", arns);
}

static json_t *answer_tasks(const json_t *request) {
        json_t *tasks = json_array(), *each;
        size_t i;

        json_array_foreach(json_object_get(request, "tasks"), i, each) {
                const char *id = text_after_last(json_string_value(each), '/');
                bool stopped = strstr(id, "stopped");

                fake_aws.described_tasks++;
                if (text_starts_with(id, "newrunning"))
                        fake_aws.running_described[atoi(id + strlen("newrunning"))]++;
                json_array_append_new(tasks,
                                      json_pack("{s:O, s:s, s:s, s:s, s:s, s:f, s:[]}", "taskArn",
                                                each, "startedBy",
                                                text_starts_with(id, "old") ? "ecs-svc/1" : PRIMARY,
                                                "lastStatus", stopped ? "STOPPED" : "RUNNING",
                                                "desiredStatus", stopped ? "STOPPED" : "RUNNING",
                                                "taskDefinitionArn", "td", "createdAt", 3.0,
                                                "containers"));
        }
        return json_pack("{s:o, s:[]}", "tasks", tasks, "failures");
}

static void answer_badly(struct AwsAnswer *answer) {
        switch (fake_aws.bad_answer) {
        case BAD_DENIED:
                answer->outcome = AWS_REFUSED;
                answer->denied = true;
                answer->text = "AccessDeniedException";
                break;
        case BAD_UNREADABLE: answer->body = "<html>"; break;
        case BAD_TRANSIENT:
                answer->outcome = AWS_REFUSED;
                answer->transient = true;
                answer->text = "ServerException";
                break;
        }
        answer->body_size = strlen(answer->body);
}

void fake_aws_answer(struct AwsCall *call) {
        json_t *request = json_loads(call->body, 0, NULL), *body = NULL;
        struct AwsAnswer answer = {.outcome = AWS_ANSWERED, .text = "", .body = ""};
        char *text = NULL;

        if (fake_aws.bad_name && names(request, fake_aws.bad_name))
                answer_badly(&answer);
        else if (call->operation == ECS_DESCRIBE_SERVICES)
                body = answer_services(request);
        else if (call->operation == ECS_LIST_TASKS)
                body = answer_list(request);
        else if (call->operation == ECS_DESCRIBE_TASKS)
                body = answer_tasks(request);
        else
                body = json_pack("{s:{s:s, s:s, s:[]}}", "taskDefinition", "taskDefinitionArn",
                                 "td", "status", "ACTIVE", "containerDefinitions");
        if (body) {
                text = json_dumps(body, 0);
                answer.body = text;
                answer.body_size = strlen(text);
        }
        call->callback(call->userdata, &answer);
        json_decref(request);
        json_decref(body);
        free(text);
}
