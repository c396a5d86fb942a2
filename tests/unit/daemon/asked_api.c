/* SPDX-License-Identifier: Apache-2.0 */
#include "asked_api.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/ledger/holds.h"
#include "daemon/metrics.h"
#include "temporary.h"

#define PATIENCE (20 * USEC_PER_SEC)

static struct TemporaryDirectory directory;
char socket_path[200];
sd_event *event;
struct Ledger *ledger;
static struct Metrics *metrics;
struct Api *api;
static struct Metric row = {"ecswatch_test_total", NULL, "For the test.", METRIC_COUNTER, 42};
const char *not_ready;

static int visit_services(void *userdata, ApiServiceVisitor visitor, void *visitor_userdata) {
        struct Rollout rollout = {.service_arn = WEB,
                                  .deployment = "ecs-svc/1",
                                  .ordinal = 2,
                                  .task_definition = "web:2",
                                  .started_at = USEC_PER_DAY};
        struct Verdict verdict = {.kind = VERDICT_FAILED,
                                  .cause = CAUSE_APP_EXIT,
                                  .counts = {.attempts = 4, .failed = 4},
                                  .summary = "4 of 4 attempts failed"};
        struct ApiService service = {.cluster = "my-cluster",
                                     .service = "web",
                                     .state = "watching",
                                     .mode = MODE_ENFORCE,
                                     .rollout = &rollout,
                                     .verdict = &verdict};
        int r;

        (void) userdata;
        r = visitor(visitor_userdata, &service);
        if (r < 0)
                return r;
        return visitor(visitor_userdata, &(struct ApiService) {.cluster = "my-cluster",
                                                               .service = "api",
                                                               .state = "unknown"});
}

static size_t evidence(void *userdata, const char *cluster, const char *service,
                       struct EvidenceLine lines[EVIDENCE_LINES_MAX]) {
        (void) userdata;
        ck_assert_str_eq(cluster, "my-cluster");
        ck_assert_str_eq(service, "web");
        lines[0] = (struct EvidenceLine) {.count = 4,
                                          .cause = CAUSE_APP_EXIT,
                                          .container = "app",
                                          .at = USEC_PER_DAY};
        return 1;
}

static size_t look(void *userdata, const char *cluster, const char *service) {
        (void) userdata;
        return text_equal(cluster, "my-cluster") && (!service || text_equal(service, "web"));
}

static int hold(void *userdata, const struct Hold *wanted) {
        int r;

        (void) userdata;
        if (!text_is_empty(wanted->cluster) && !text_equal(wanted->cluster, "my-cluster"))
                return -ENOENT;
        r = ledger_put_hold(ledger, wanted);
        return r < 0 ? r : 2;
}

static int unhold(void *userdata, const char *cluster, const char *service) {
        (void) userdata;
        return ledger_drop_hold(ledger, cluster, service);
}

static bool is_ready(void *userdata, const char **ret_why) {
        (void) userdata;
        *ret_why = not_ready;
        return !not_ready;
}

struct ApiParameters api_parameters(void) {
        return (struct ApiParameters) {
                .event = event,
                .ledger = ledger,
                .metrics = metrics,
                .source = {.visit_services = visit_services,
                           .evidence = evidence,
                           .look = look,
                           .hold = hold,
                           .unhold = unhold,
                           .is_ready = is_ready},
                .version = "1.2",
                .socket_fd = -1,
                .socket = socket_path,
        };
}

void api_setup(void) {
        struct LedgerOpening opening;
        struct ApiParameters p;
        char path[256];

        temporary_directory_init(&directory);
        snprintf(path, sizeof(path), "%s/ledger.db", directory.path);
        snprintf(socket_path, sizeof(socket_path), "%s/api.sock", directory.path);
        not_ready = NULL;
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(ledger_open(path, USEC_PER_DAY, &opening, &ledger), 0);
        metrics = metrics_new();
        ck_assert_int_eq(metrics_register(metrics, &row, 1), 0);
        p = api_parameters();
        ck_assert_int_eq(api_new(&p, &api), 0);
}

void api_teardown(void) {
        api_free(api);
        metrics_free(metrics);
        ledger_free(ledger);
        sd_event_unref(event);
        temporary_directory_done(&directory);
}

static size_t on_data(char *data, size_t size, size_t n, void *userdata) {
        struct Client *client = userdata;

        buffer_append(&client->answer, data, size * n);
        if (client->enough && strstr(buffer_text(&client->answer), client->enough))
                return 0;
        return size * n;
}

void *client_run(void *userdata) {
        struct Client *client = userdata;
        struct curl_slist *headers =
                client->header ? curl_slist_append(NULL, client->header) : NULL;
        CURL *easy = curl_easy_init();
        const char *type = NULL;
        char url[256];

        snprintf(url, sizeof(url), "http://%s%s", client->network ? client->network : "localhost",
                 client->path);
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        if (!client->network)
                curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
        if (client->method)
                curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, client->method);
        if (client->body)
                curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, client->body);
        client->code = curl_easy_perform(easy);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &client->status);
        curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
        snprintf(client->content_type, sizeof(client->content_type), "%s", type ? type : "");
        curl_easy_cleanup(easy);
        curl_slist_free_all(headers);
        atomic_store(&client->done, true);
        return NULL;
}

void turn(void) {
        ck_assert_int_ge(sd_event_run(event, 5 * USEC_PER_MSEC), 0);
}

void ask(struct Client *client) {
        usec_t end = clock_real_monotonic() + PATIENCE;
        pthread_t thread;

        buffer_init(&client->answer, 1 << 20);
        ck_assert_int_eq(pthread_create(&thread, NULL, client_run, client), 0);
        while (!atomic_load(&client->done)) {
                ck_assert_msg(clock_real_monotonic() < end, "%s: no answer", client->path);
                turn();
        }
        pthread_join(thread, NULL);
}
