/* SPDX-License-Identifier: Apache-2.0 */
/* The poller over a clock and an AWS of the test's: whom one bad answer hides, and what a round
 * costs in calls. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/poll/poll.h"

#define EPOCH ((usec_t) 1790000000 * USEC_PER_SEC)
#define INTERVAL (30 * USEC_PER_SEC)
#define PRIMARY "ecs-svc/2"

static const struct SchedulePace PACE = {INTERVAL, true};
#define CLUSTER_ARN "arn:aws:ecs:us-east-1:123456789012:cluster/c"
enum { SERVICES_MAX = 64, CALLS_MAX = 64, OLD_TASKS_MAX = 1000 };

/* ---- the clock: one timer, the poller's ---- */

static usec_t now, due;
static sd_event_time_handler_t timer_handler;
static void *timer_userdata;

usec_t clock_realtime(void) {
        return EPOCH + now;
}

usec_t clock_monotonic(void) {
        return now;
}

usec_t clock_real_monotonic(void) {
        return now;
}

int clock_add_timer(sd_event *event, sd_event_source **ret, usec_t deadline, usec_t accuracy,
                    sd_event_time_handler_t handler, void *userdata) {
        (void) event;
        (void) accuracy;
        due = deadline;
        timer_handler = handler;
        timer_userdata = userdata;
        *ret = NULL;
        return 0;
}

int clock_set_timer(sd_event_source *timer, usec_t deadline) {
        (void) timer;
        due = deadline;
        return 0;
}

static char said[1024]; /* the last line of the log */

void log_line(int priority, const char *format, ...) {
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        vsnprintf(said, sizeof(said), format, arguments);
        va_end(arguments);
}

/* ---- AWS ---- */

struct AwsCall {
        enum AwsOperation operation;
        char *body;
        AwsCallback callback;
        void *userdata;
        enum Urgency urgency;
};

static double allowed; /* calls of DescribeServices a second */
static bool throttled;

enum BadAnswer { BAD_DENIED, BAD_UNREADABLE, BAD_TRANSIENT };

static struct AwsCall *calls[CALLS_MAX];
static size_t n_calls;
static unsigned counts[_AWS_OPERATION_COUNT], described_tasks;
static const char *bad_name; /* a call that names it fails as a whole; "*": any call */
static enum BadAnswer bad_answer;
static const char *more_of;                   /* the service that runs one more */
static unsigned n_old_stopped, n_old_running; /* tasks of an older deployment */
static unsigned n_of_large;                   /* tasks of the service s0; of others one */

usec_t aws_client_now(const struct AwsClient *client) {
        (void) client;
        return EPOCH + now;
}

struct AwsAllowance aws_client_allowance(const struct AwsClient *client) {
        (void) client;
        return (struct AwsAllowance) {"us-east-1", allowed, throttled};
}

void aws_call_hurry(struct AwsCall *call, enum Urgency urgency) {
        call->urgency = MAX(call->urgency, urgency);
}

int aws_call_start(struct AwsClient *client, const struct AwsRequest *request, AwsCallback callback,
                   void *userdata, struct AwsCall **ret) {
        struct AwsCall *call = calloc(1, sizeof(*call));

        (void) client;
        ck_assert_uint_lt(n_calls, CALLS_MAX);
        *call = (struct AwsCall) {request->operation, strndup(request->body, request->body_size),
                                  callback, userdata, request->urgency};
        calls[n_calls++] = call;
        counts[request->operation]++;
        *ret = call;
        return 0;
}

struct AwsCall *aws_call_free(struct AwsCall *call) {
        if (!call)
                return NULL;
        for (size_t i = 0; i < n_calls; i++)
                if (calls[i] == call) {
                        n_calls--;
                        memmove(calls + i, calls + i + 1, (n_calls - i) * sizeof(*calls));
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
                         text_equal(json_string_value(each), more_of) ? 2 : 1);
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
                     stopped ? n_old_stopped : n_old_running);
        append_tasks(arns, stopped ? "newstopped" : "newrunning",
                     text_equal(json_string_value(json_object_get(request, "serviceName")), "s0") &&
                                     n_of_large > 0
                             ? n_of_large
                             : 1);
        return json_pack("{s:o}", "taskArns", arns);
}

static json_t *answer_tasks(const json_t *request) {
        json_t *tasks = json_array(), *each;
        size_t i;

        json_array_foreach(json_object_get(request, "tasks"), i, each) {
                const char *id = text_after_last(json_string_value(each), '/');
                bool stopped = strstr(id, "stopped");

                described_tasks++;
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
        switch (bad_answer) {
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

static void answer(struct AwsCall *call) {
        json_t *request = json_loads(call->body, 0, NULL), *body = NULL;
        struct AwsAnswer answer = {.outcome = AWS_ANSWERED, .text = "", .body = ""};
        char *text = NULL;

        if (bad_name && names(request, bad_name))
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

/* ---- who is watched ---- */

struct Watched {
        unsigned seen, unchanged, unseen;
        bool judged, settled;
};

static struct Watched watched[SERVICES_MAX];
static struct Poller *poller;
static struct PollCluster *cluster;
static struct PollService *services[SERVICES_MAX];
static size_t n_services;

static bool wants_unchanged(void *service) {
        const struct Watched *w = service;

        return !w->settled;
}

static void unchanged(void *service, usec_t at) {
        struct Watched *w = service;

        ck_assert(w->settled && at == EPOCH + now);
        w->unchanged++;
}

static bool needs_tasks(void *service, const struct ServiceFacts *facts, struct TaskNeeds *ret) {
        const struct Watched *w = service;

        (void) facts;
        *ret = (struct TaskNeeds) {.deployment = PRIMARY};
        return w->judged;
}

static bool needs_description(void *service, const char *task_arn, bool stopped) {
        (void) service;
        (void) task_arn;
        (void) stopped;
        return true;
}

static void observed(void *service, struct Facts *facts) {
        struct Watched *w = service;

        w->seen++;
        facts_free(facts);
}

static void missing(void *service, usec_t at) {
        (void) service;
        (void) at;
        ck_abort_msg("nobody is missing");
}

static void unseen(void *service, const struct PollProblem *problem) {
        struct Watched *w = service;

        ck_assert_str_ne(problem->text, "");
        w->unseen++;
}

static void cluster_seen(void *userdata, usec_t at) {
        (void) userdata;
        (void) at;
}

static const struct PollHooks HOOKS = {
        .wants_unchanged = wants_unchanged,
        .unchanged = unchanged,
        .needs_tasks = needs_tasks,
        .needs_description = needs_description,
        .observed = observed,
        .missing = missing,
        .unseen = unseen,
        .cluster_seen = cluster_seen,
};

static void begin(size_t n) {
        char name[32];

        now = USEC_PER_SEC;
        said[0] = '\0';
        memset(watched, 0, sizeof(watched));
        memset(counts, 0, sizeof(counts));
        described_tasks = 0;
        bad_name = more_of = NULL;
        ck_assert_int_eq(poller_new(NULL, &HOOKS, 1, &poller), 0);
        ck_assert_int_eq(poll_cluster_new(poller, NULL, "c", NULL, &cluster), 0);
        for (size_t i = 0; i < n; i++) {
                snprintf(name, sizeof(name), "s%zu", i);
                ck_assert_int_eq(poll_service_new(cluster, name, &PACE, watched + i, services + i),
                                 0);
        }
        n_services = n;
}

static void end(void) {
        for (size_t i = 0; i < n_services; i++)
                poll_service_free(services[i]);
        poll_cluster_free(cluster);
        poller_free(poller);
}

/* Time passes; what is due is asked and answered at once. */
static void run(usec_t duration) {
        for (usec_t until = now + duration; now < until; now += USEC_PER_SEC) {
                if (due <= now)
                        timer_handler(NULL, now, timer_userdata);
                while (n_calls > 0)
                        answer(calls[0]);
        }
}

static const struct {
        const char *name, *bad;
        enum BadAnswer answer;
        bool others_seen; /* by everybody but s7, in every interval */
        unsigned most_calls;
} HIDDEN[] = {
        /* 25 services in 3 calls each 30 s, for 20 intervals: 60 calls; the culprit costs one more
         * each, and the halvings that find it. */
        {"nobody", NULL, BAD_DENIED, true, 66},
        {"denied", "s7", BAD_DENIED, true, 100},
        {"unreadable", "s7", BAD_UNREADABLE, true, 100},
        {"all denied", "*", BAD_DENIED, false, 180},
        {"in trouble", "s7", BAD_TRANSIENT, false, 66},
};

START_TEST(hides_no_others) {
        begin(25);
        bad_name = HIDDEN[_i].bad;
        bad_answer = HIDDEN[_i].answer;
        run(20 * INTERVAL);
        ck_assert_msg(counts[ECS_DESCRIBE_SERVICES] <= HIDDEN[_i].most_calls,
                      "%s: %u calls, at most %u expected", HIDDEN[_i].name,
                      counts[ECS_DESCRIBE_SERVICES], HIDDEN[_i].most_calls);
        for (size_t i = 0; i < 25; i++) {
                bool seen = !HIDDEN[_i].bad || (HIDDEN[_i].others_seen && i != 7);

                if (seen)
                        ck_assert_msg(watched[i].seen >= 18 && watched[i].unseen == 0,
                                      "%s: s%zu was seen %u and unseen %u times", HIDDEN[_i].name,
                                      i, watched[i].seen, watched[i].unseen);
        }
        if (HIDDEN[_i].bad)
                ck_assert_msg(watched[7].seen == 0 && watched[7].unseen >= 18,
                              "%s: s7 was seen %u and unseen %u times", HIDDEN[_i].name,
                              watched[7].seen, watched[7].unseen);
        end();
}
END_TEST

START_TEST(takes_the_culprit_back) {
        begin(25);
        bad_name = "s7";
        bad_answer = BAD_DENIED;
        run(3 * INTERVAL);
        bad_name = NULL;
        run(2 * INTERVAL);
        counts[ECS_DESCRIBE_SERVICES] = watched[7].seen = 0;
        run(10 * INTERVAL);
        ck_assert_uint_ge(watched[7].seen, 9);
        ck_assert_uint_le(counts[ECS_DESCRIBE_SERVICES], 44); /* alone no longer */
        end();
}
END_TEST

START_TEST(sees_some_again_when_not_all_are_refused_any_more) {
        begin(10);
        bad_name = "*";
        bad_answer = BAD_DENIED;
        run(5 * INTERVAL);
        bad_name = "s7";
        run(20 * INTERVAL);
        ck_assert_uint_ge(watched[3].seen, 5);
        ck_assert_uint_eq(watched[7].seen, 0);
        end();
}
END_TEST

/* Two calls a second are our share. Somebody whose one look takes 22 calls leaves the half of it to
 * the others: four calls each 5 s. */
START_TEST(takes_no_more_than_half) {
        begin(2);
        watched[0].judged = watched[1].judged = true;
        n_of_large = 1000;
        for (size_t i = 0; i < 2; i++)
                poll_service_set_pace(services[i],
                                      &(struct SchedulePace) {5 * USEC_PER_SEC, false});
        for (usec_t until = now + 200 * USEC_PER_SEC; now < until; now += USEC_PER_SEC) {
                if (due <= now)
                        timer_handler(NULL, now, timer_userdata);
                for (unsigned share = 2; share > 0 && n_calls > 0; share--)
                        answer(calls[0]);
        }
        ck_assert_uint_ge(watched[1].seen, 30);
        ck_assert_uint_ge(watched[0].seen, 10);
        n_of_large = 0;
        end();
}
END_TEST

START_TEST(describes_foreign_tasks_once) {
        begin(1);
        watched[0].judged = true;
        n_old_stopped = 400;
        n_old_running = 200;
        run(16 * INTERVAL);
        ck_assert_uint_ge(watched[0].seen, 15);
        /* 600 once, and the service's own two in each of the rounds. */
        ck_assert_msg(described_tasks <= 600 + 2 * 17, "%u descriptions of 602 tasks in %u rounds",
                      described_tasks, watched[0].seen);
        end();
}
END_TEST

/* Also of services that somebody hides at first, which are then asked in another call. */
START_TEST(reads_what_is_settled_when_it_changes) {
        begin(25);
        run(2 * INTERVAL);
        for (size_t i = 1; i < 25; i++)
                watched[i] = (struct Watched) {.settled = true};
        run(10 * INTERVAL);
        for (size_t i = 1; i < 25; i++)
                ck_assert_msg(watched[i].seen == 0 && watched[i].unchanged >= 9,
                              "s%zu was read %u times, and unchanged %u times", i, watched[i].seen,
                              watched[i].unchanged);
        ck_assert_uint_ge(watched[0].seen, 11);
        ck_assert_uint_eq(watched[0].unchanged, 0);

        more_of = "s3";
        watched[4].settled = false;
        run(10 * INTERVAL);
        ck_assert_uint_eq(watched[3].seen, 1);
        ck_assert_uint_ge(watched[3].unchanged, 17);
        ck_assert_uint_ge(watched[4].seen, 9);
        ck_assert_uint_eq(watched[5].seen, 0);
        end();
}
END_TEST

/* 64 services want seven calls in 30 s. */
START_TEST(stretches_the_idle_where_the_quota_is_short) {
        struct PollStretch stretch;

        begin(SERVICES_MAX);
        allowed = 1;
        poller_balance(poller, &stretch);
        ck_assert_double_eq(stretch.times, 1);
        ck_assert_ptr_null(stretch.where);
        ck_assert_str_eq(said, "");

        allowed = 0.1;
        for (unsigned i = 0; i < 3; i++) {
                poller_balance(poller, &stretch);
                ck_assert_double_eq_tol(stretch.times, 7 / 30.0 / 0.1, 1e-6);
                ck_assert_uint_eq(stretch.interval, 70 * USEC_PER_SEC);
                ck_assert_str_eq(stretch.where, "us-east-1");
                ck_assert_msg(!strstr(said, "64 idle services in us-east-1 ") == (i > 0), "%s",
                              said);
                said[0] = '\0';
        }
        run(20 * INTERVAL);
        for (size_t i = 0; i < SERVICES_MAX; i++)
                ck_assert_msg(watched[i].seen >= 7 && watched[i].seen <= 12,
                              "s%zu was seen %u times", i, watched[i].seen);

        allowed = 1;
        poller_balance(poller, &stretch);
        ck_assert_double_eq(stretch.times, 1);
        ck_assert_ptr_nonnull(strstr(said, "as often as configured again"));

        allowed = 0.1;
        throttled = true;
        poller_balance(poller, &stretch);
        ck_assert_ptr_nonnull(strstr(said, "AWS throttles us to 0.1;"));
        ck_assert_ptr_nonnull(strstr(said, "who else calls ECS"));
        throttled = false;
        end();
}
END_TEST

/* A round that waits for the quota, and one that is still to come. */
START_TEST(hurries_for_whom_somebody_waits) {
        begin(20);
        timer_handler(NULL, now, timer_userdata);
        ck_assert_uint_eq(n_calls, 1);
        ck_assert_int_eq(calls[0]->urgency, URGENCY_IDLE);
        poll_service_make_due(services[0]);
        poll_service_make_due(services[19]);
        timer_handler(NULL, now, timer_userdata);
        ck_assert_uint_eq(n_calls, 2);
        for (size_t i = 0; i < 2; i++)
                ck_assert_int_eq(calls[i]->urgency, URGENCY_JUDGING);
        while (n_calls > 0)
                answer(calls[0]);
        run(2 * INTERVAL);
        end();
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("poll");
        ADD_ROWS(hides_no_others, HIDDEN);
        tcase_add_test(tests, stretches_the_idle_where_the_quota_is_short);
        tcase_add_test(tests, hurries_for_whom_somebody_waits);
        tcase_add_test(tests, takes_the_culprit_back);
        tcase_add_test(tests, reads_what_is_settled_when_it_changes);
        tcase_add_test(tests, sees_some_again_when_not_all_are_refused_any_more);
        tcase_add_test(tests, takes_no_more_than_half);
        tcase_add_test(tests, describes_foreign_tasks_once);
        return suite;
}
