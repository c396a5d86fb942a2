/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP API over its sockets, asked by libcurl from another thread. */
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "asked_api.h"
#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/ledger/actions.h"
#include "daemon/ledger/events.h"
#include "daemon/ledger/outbox.h"
#include "daemon/ledger/rollouts.h"

#define PATIENCE (20 * USEC_PER_SEC)

#define HOLD "/api/v1/hold"

static const struct {
        const char *name, *path, *method, *header, *body;
        long status;
        const char *type, *part; /* of the answer */
} ROWS[] = {
        {"health", "/healthz", NULL, NULL, NULL, 200, "text/plain; charset=utf-8", "ok\n"},
        {"ready", "/readyz", NULL, NULL, NULL, 200, "text/plain; charset=utf-8", "ready\n"},
        {"metrics", "/metrics", NULL, NULL, NULL, 200, "text/plain; version=0.0.4; charset=utf-8",
         "# HELP ecswatch_test_total For the test.\n# TYPE ecswatch_test_total counter\n"
         "ecswatch_test_total 42\n"},
        {"unknown path", "/api/v2", NULL, NULL, NULL, 404, "application/problem+json",
         "\"status\":404"},
        {"unknown path, other method", "/x", "PUT", NULL, NULL, 404, "application/problem+json",
         "\"status\":404"},
        {"other method", "/healthz", "DELETE", NULL, NULL, 405, "application/problem+json",
         "only GET"},
        {"a body", "/healthz", NULL, NULL, "x=1", 413, "application/problem+json", "no body"},
        {"limit 0", "/api/v1/deployments?limit=0", NULL, NULL, NULL, 400,
         "application/problem+json", "limit must be"},
        {"limit beyond", "/api/v1/deployments?limit=1001", NULL, NULL, NULL, 400,
         "application/problem+json", "limit must be"},
        {"no history", "/api/v1/deployments?limit=1000", NULL, NULL, NULL, 200, "application/json",
         "{\"deployments\":[]}"},
        {"bad event id", "/api/v1/events", NULL, "Last-Event-ID: x", NULL, 400,
         "application/problem+json", "Last-Event-ID"},
        {"one service", "/api/v1/services?service=api", NULL, NULL, NULL, 200, "application/json",
         "{\"version\":\"1.2\",\"services\":[{\"cluster\":\"my-cluster\",\"service\":\"api\","
         "\"state\":\"unknown\",\"mode\":\"observe\"}]}"},
        {"story of nobody", "/api/v1/story?cluster=my-cluster&service=x", NULL, NULL, NULL, 404,
         "application/problem+json", "no such deployment is known"},
        {"story of no service", "/api/v1/story?cluster=my-cluster", NULL, NULL, NULL, 400,
         "application/problem+json", "cluster and service must be given"},
        {"look", "/api/v1/look?cluster=my-cluster&service=web", "POST", NULL, NULL, 202,
         "application/json", "{\"looking_at\":1}"},
        {"look at nobody", "/api/v1/look?cluster=my-cluster&service=x", "POST", NULL, NULL, 404,
         "application/problem+json", "nothing of that name is watched"},
        {"look without asking", "/api/v1/look?cluster=my-cluster", NULL, NULL, NULL, 405,
         "application/problem+json", "only POST"},
        {"holds, none", "/api/v1/holds", NULL, NULL, NULL, 200, "application/json",
         "{\"holds\":[]}"},
        {"hold", HOLD "?cluster=my-cluster&service=web&reason=freeze&for=3600", "POST", NULL, NULL,
         200, "application/json", "\"service\":\"web\",\"reason\":\"freeze\",\"author\":\""},
        {"hold everything", HOLD "?reason=a%20big%20move", "POST", NULL, NULL, 200,
         "application/json", "{\"reason\":\"a big move\",\"author\":\""},
        {"hold without a reason", HOLD "?cluster=my-cluster", "POST", NULL, NULL, 400,
         "application/problem+json", "a hold has a reason"},
        {"hold, two lines", HOLD "?cluster=my-cluster&reason=a%0Ab", "POST", NULL, NULL, 400,
         "application/problem+json", "one line of at most 256 bytes"},
        {"hold, no UTF-8", HOLD "?cluster=my-cluster&reason=a%FF", "POST", NULL, NULL, 400,
         "application/problem+json", "of UTF-8"},
        {"hold for nothing", HOLD "?reason=a&for=0", "POST", NULL, NULL, 400,
         "application/problem+json", "at least 1"},
        {"hold for an hour in words", HOLD "?reason=a&for=1h", "POST", NULL, NULL, 400,
         "application/problem+json", "a number of seconds"},
        {"hold a service of no cluster", HOLD "?service=web&reason=a", "POST", NULL, NULL, 400,
         "application/problem+json", "named with its cluster"},
        {"hold nobody", HOLD "?cluster=x&reason=a", "POST", NULL, NULL, 404,
         "application/problem+json", "nothing of that name is watched"},
        {"hold without asking", HOLD "?reason=a", NULL, NULL, NULL, 405, "application/problem+json",
         "only POST"},
        {"unhold what is not held", "/api/v1/unhold?cluster=my-cluster", "POST", NULL, NULL, 404,
         "application/problem+json", "no hold of exactly that scope"},
        {"no such cluster", "/api/v1/services?cluster=x", NULL, NULL, NULL, 200, "application/json",
         "\"services\":[]"},
};

START_TEST(answers) {
        struct Client client = {.path = ROWS[_i].path,
                                .method = ROWS[_i].method,
                                .header = ROWS[_i].header,
                                .body = ROWS[_i].body};

        ask(&client);
        ck_assert_msg(client.status == ROWS[_i].status, "%s: %ld (%s)", ROWS[_i].name,
                      client.status, curl_easy_strerror(client.code));
        ck_assert_msg(strcmp(client.content_type, ROWS[_i].type) == 0, "%s: %s", ROWS[_i].name,
                      client.content_type);
        ck_assert_msg(strstr(buffer_text(&client.answer), ROWS[_i].part), "%s: got '%s'",
                      ROWS[_i].name, buffer_text(&client.answer));
        buffer_done(&client.answer);
}
END_TEST

/* A port that was free a moment ago. */
static void free_address(char address[64]) {
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof(any);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_int_eq(bind(fd, (const struct sockaddr *) &any, sizeof(any)), 0);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &any, &size), 0);
        snprintf(address, 64, "127.0.0.1:%u", (unsigned) ntohs(any.sin_port));
        close(fd);
}

/* What makes it do something is for those whom the socket's file lets in. */
START_TEST(is_read_only_on_the_network) {
        char address[64];
        struct Client reads = {.path = "/api/v1/services", .network = address};
        struct Client writes = {.path = "/api/v1/look?cluster=my-cluster",
                                .method = "POST",
                                .network = address};
        struct ApiParameters p = api_parameters();

        free_address(address);
        api_free(api);
        p.listen = address;
        ck_assert_int_eq(api_new(&p, &api), 0);
        ask(&reads);
        ck_assert_int_eq(reads.status, 200);
        ask(&writes);
        ck_assert_int_eq(writes.status, 403);
        ck_assert_ptr_nonnull(strstr(buffer_text(&writes.answer), "only on the Unix socket"));
        writes.network = NULL;
        atomic_store(&writes.done, false);
        buffer_done(&writes.answer);
        ask(&writes);
        ck_assert_int_eq(writes.status, 202);
        buffer_done(&reads.answer);
        buffer_done(&writes.answer);
}
END_TEST

static json_t *ask_json(const char *path, const char *method) {
        struct Client client = {.path = path, .method = method};
        json_t *answer;

        ask(&client);
        ck_assert_msg(client.status == 200, "%s: %ld: %s", path, client.status,
                      buffer_text(&client.answer));
        answer = json_loads(buffer_text(&client.answer), 0, NULL);
        buffer_done(&client.answer);
        return answer;
}

/* A hold is listed, shown with what it holds, replaced by another of its scope, and taken back. */
START_TEST(holds_come_and_go) {
        const char *author, *reason, *since;
        struct passwd *me = getpwuid(getuid());
        json_t *answer;

        json_decref(ask_json(HOLD "?cluster=my-cluster&reason=a", "POST"));
        json_decref(ask_json(HOLD "?cluster=my-cluster&reason=b&for=60", "POST"));
        answer = ask_json("/api/v1/holds", NULL);
        ck_assert_uint_eq(json_array_size(json_object_get(answer, "holds")), 1);
        json_decref(answer);
        answer = ask_json("/api/v1/services?service=web", NULL);
        ck_assert_int_eq(json_unpack(answer, "{s:[{s:{s:s, s:s, s:s}}]}", "services", "hold",
                                     "author", &author, "reason", &reason, "since", &since),
                         0);
        ck_assert_str_eq(reason, "b");
        if (me)
                ck_assert_str_eq(author, me->pw_name);
        json_decref(answer);
        json_decref(ask_json("/api/v1/unhold?cluster=my-cluster", "POST"));
        answer = ask_json("/api/v1/services?service=web", NULL);
        ck_assert_int_ne(json_unpack(answer, "{s:[{s:{}}]}", "services", "hold"), 0);
        json_decref(answer);
}
END_TEST

START_TEST(says_why_it_is_not_ready) {
        struct Client client = {.path = "/readyz"};

        not_ready = "cluster my-cluster has not answered yet";
        ask(&client);
        ck_assert_int_eq(client.status, 503);
        ck_assert_ptr_nonnull(strstr(buffer_text(&client.answer), not_ready));
        buffer_done(&client.answer);
}
END_TEST

START_TEST(shows_services) {
        struct Client client = {.path = "/api/v1/services"};
        const char *deployment, *cause, *mode;
        int ordinal, failed;
        json_t *answer;

        ask(&client);
        answer = json_loads(buffer_text(&client.answer), 0, NULL);
        ck_assert_int_eq(json_unpack(answer, "{s:[{s:s, s:{s:s, s:i}, s:{s:s, s:{s:i}}}, {}]}",
                                     "services", "mode", &mode, "rollout", "deployment",
                                     &deployment, "rollout", &ordinal, "verdict", "cause", &cause,
                                     "counts", "failed", &failed),
                         0);
        ck_assert_str_eq(mode, "enforce");
        ck_assert_str_eq(deployment, "ecs-svc/1");
        ck_assert_int_eq(ordinal, 2);
        ck_assert_str_eq(cause, "app_exit");
        ck_assert_int_eq(failed, 4);
        json_decref(answer);
        buffer_done(&client.answer);
}
END_TEST

START_TEST(tells_the_story_of_a_deployment) {
        struct Client client = {.path = "/api/v1/story?cluster=my-cluster&service=web"};
        struct ServiceRecord service = {.arn = WEB, .name = "web", .cluster = "my-cluster"};
        struct RolloutRecord record = {.rollout = {.service_arn = WEB,
                                                   .deployment = "ecs-svc/1",
                                                   .ordinal = 2,
                                                   .started_at = USEC_PER_DAY},
                                       .verdict = VERDICT_FAILED};
        struct EventRecord told = {.id = "a",
                                   .type = "ecswatch.deployment.failed",
                                   .service_arn = WEB,
                                   .body = "{\"subject\":\"ecs-svc/1\",\"type\":\"t1\"}"};
        struct EventRecord other = {.id = "b",
                                    .type = "ecswatch.deployment.failed",
                                    .service_arn = WEB,
                                    .body = "{\"subject\":\"ecs-svc/0\",\"type\":\"t0\"}"};
        const char *deployment, *type, *container, *state;
        json_t *answer;

        ck_assert_int_ge(ledger_put_service(ledger, &service), 0);
        ck_assert_int_ge(ledger_put_rollout(ledger, &record), 0);
        ck_assert_int_eq(ledger_put_event(ledger, &other), 0);
        ck_assert_int_eq(ledger_put_event(ledger, &told), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ask(&client);
        answer = json_loads(buffer_text(&client.answer), 0, NULL);
        ck_assert_msg(json_unpack(answer, "{s:{s:s}, s:[{s:s}!], s:[{s:s}!], s:{s:s}}",
                                  "deployment", "deployment", &deployment, "events", "type", &type,
                                  "evidence", "container", &container, "service", "state",
                                  &state) == 0,
                      "got %s", buffer_text(&client.answer));
        ck_assert_str_eq(deployment, "ecs-svc/1");
        ck_assert_str_eq(type, "t1");
        ck_assert_str_eq(container, "app");
        ck_assert_str_eq(state, "watching");
        json_decref(answer);
        buffer_done(&client.answer);
}
END_TEST

START_TEST(shows_history_with_actions) {
        struct Client client = {.path = "/api/v1/deployments?service=web"};
        struct ServiceRecord service = {.arn = WEB, .name = "web", .cluster = "my-cluster"};
        struct RolloutRecord record = {.rollout = {.service_arn = WEB,
                                                   .deployment = "ecs-svc/1",
                                                   .ordinal = 1,
                                                   .started_at = USEC_PER_DAY},
                                       .verdict = VERDICT_FAILED,
                                       .cause = CAUSE_OOM,
                                       .verdict_at = USEC_PER_DAY,
                                       .numbers = "{\"counts\":{\"failed\":4}}"};
        struct ActionRecord action = {.method = ROLLBACK_UPDATE_SERVICE, .target = "web:1"};

        ck_assert_int_eq(ledger_put_service(ledger, &service), 0);
        ck_assert_int_eq(ledger_put_rollout(ledger, &record), 0);
        action.rollout_id = record.id;
        ck_assert_int_eq(ledger_put_action(ledger, &action), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ask(&client);
        ck_assert_str_eq(
                buffer_text(&client.answer),
                "{\"deployments\":[{\"cluster\":\"my-cluster\",\"service\":\"web\","
                "\"service_arn\":\"" WEB "\",\"deployment\":\"ecs-svc/1\",\"rollout\":1,"
                "\"kind\":\"deploy\",\"started_at\":\"1970-01-02T00:00:00Z\","
                "\"before_watch\":false,\"mode\":\"observe\",\"verdict\":\"failed\","
                "\"cause\":\"oom\",\"verdict_at\":\"1970-01-02T00:00:00Z\","
                "\"counts\":{\"failed\":4},\"actions\":[{\"action\":\"rollback\","
                "\"method\":\"update_service\",\"to\":\"web:1\",\"state\":\"intended\"}]}]}");
        buffer_done(&client.answer);
}
END_TEST

/* Two old events from the ledger, then one that happens while the client waits. */
START_TEST(streams_events) {
        struct Client client = {.path = "/api/v1/events",
                                .header = "Last-Event-ID: 1",
                                .enough = "data: {\"n\":3}\n\n"};
        struct EventRecord record = {.type = "ecswatch.deployment.failed"};
        static const char *const IDS[] = {"a", "b"}, *const BODIES[] = {"{\"n\":1}", "{\"n\":2}"};
        usec_t end = clock_real_monotonic() + PATIENCE, published = 0;
        pthread_t thread;

        for (size_t i = 0; i < 2; i++) {
                record.id = IDS[i];
                record.body = BODIES[i];
                ck_assert_int_eq(ledger_put_event(ledger, &record), 0);
        }
        ck_assert_int_eq(ledger_commit(ledger), 0);
        buffer_init(&client.answer, 1 << 20);
        ck_assert_int_eq(pthread_create(&thread, NULL, client_run, &client), 0);
        while (!atomic_load(&client.done)) {
                ck_assert(clock_real_monotonic() < end);
                turn();
                if (published == 0 && clock_real_monotonic() + PATIENCE - end > USEC_PER_SEC / 2) {
                        api_publish(api, 3, "ecswatch.deployment.succeeded", "{\"n\":3}");
                        published = 1;
                }
        }
        pthread_join(thread, NULL);
        ck_assert_str_eq(client.content_type, "text/event-stream");
        ck_assert_str_eq(buffer_text(&client.answer),
                         ": ecswatch\n\n"
                         "id: 2\nevent: ecswatch.deployment.failed\ndata: {\"n\":2}\n\n"
                         "id: 3\nevent: ecswatch.deployment.succeeded\ndata: {\"n\":3}\n\n");
        buffer_done(&client.answer);
}
END_TEST

START_TEST(ends_with_a_client_waiting) {
        struct Client client = {.path = "/api/v1/events"};
        usec_t end = clock_real_monotonic() + USEC_PER_SEC / 2;
        pthread_t thread;

        buffer_init(&client.answer, 1 << 20);
        ck_assert_int_eq(pthread_create(&thread, NULL, client_run, &client), 0);
        while (clock_real_monotonic() < end)
                turn();
        ck_assert(!atomic_load(&client.done));
        api_free(api);
        api = NULL;
        pthread_join(thread, NULL);
        ck_assert_str_eq(buffer_text(&client.answer), ": ecswatch\n\n");
        buffer_done(&client.answer);
}
END_TEST

/* What a client that lags gets is whole, and then the stream ends. */
START_TEST(a_backlog_beyond_the_queue_ends_the_stream) {
        struct Client client = {.path = "/api/v1/events?after=0"};
        struct EventRecord record = {.type = "t", .body = "{}"};
        char id[16], last[32];

        for (int i = 0; i < API_STREAM_QUEUE_MAX + 10; i++) {
                snprintf(id, sizeof(id), "e%d", i);
                record.id = id;
                ck_assert_int_eq(ledger_put_event(ledger, &record), 0);
        }
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ask(&client);
        ck_assert_int_eq(client.code, CURLE_OK);
        snprintf(last, sizeof(last), "id: %d\nevent: t\ndata: {}\n\n", API_STREAM_QUEUE_MAX);
        ck_assert(text_ends_with(buffer_text(&client.answer), last));
        buffer_done(&client.answer);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("api");
        tcase_add_checked_fixture(tests, api_setup, api_teardown);
        ADD_ROWS(answers, ROWS);
        tcase_add_test(tests, is_read_only_on_the_network);
        tcase_add_test(tests, holds_come_and_go);
        tcase_add_test(tests, says_why_it_is_not_ready);
        tcase_add_test(tests, shows_services);
        tcase_add_test(tests, tells_the_story_of_a_deployment);
        tcase_add_test(tests, shows_history_with_actions);
        tcase_add_test(tests, streams_events);
        tcase_add_test(tests, ends_with_a_client_waiting);
        tcase_add_test(tests, a_backlog_beyond_the_queue_ends_the_stream);
        return suite;
}
