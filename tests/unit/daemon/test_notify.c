/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries to a real server on loopback: order, retries, final answers, restarts. */
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/ledger/outbox.h"
#include "daemon/notify/answer.h"
#include "daemon/notify/notify.h"
#include "daemon/notify/receiver.h"
#include "event/webhook.h"
#include "temporary.h"

#define PATIENCE (20 * USEC_PER_SEC)

/* The server's side; its thread and ours meet at `lock`. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const unsigned *script; /* statuses in order, the last one for ever */
static size_t n_requests;
static char seen[512]; /* "event-id status, " in the order of the requests */
static char last_headers[512];
static struct MHD_Daemon *server;
static unsigned port;

static struct TemporaryDirectory directory;
static sd_event *event;
static struct HttpGlue *http;
static struct Ledger *ledger;
static struct Notify *notify;
static char url[64];

static const char *header(struct MHD_Connection *connection, const char *name) {
        const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

        return value ? value : "";
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
        struct Buffer *body = *state;
        struct MHD_Response *response;
        unsigned status = 200;
        enum MHD_Result r;

        (void) cls;
        (void) path;
        (void) method;
        (void) version;
        if (!body) {
                body = calloc(1, sizeof(*body));
                buffer_init(body, 4096);
                *state = body;
                return MHD_YES;
        }
        if (*upload_size > 0) {
                buffer_append(body, upload, *upload_size);
                *upload_size = 0;
                return MHD_YES;
        }
        pthread_mutex_lock(&lock);
        if (script) {
                status = script[0];
                if (script[1] != 0)
                        script++;
        }
        n_requests++;
        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s %u, ", buffer_text(body),
                 status);
        snprintf(last_headers, sizeof(last_headers), "%s|%s|%s|%s|%s",
                 header(connection, "Content-Type"), header(connection, "User-Agent"),
                 header(connection, "webhook-id"), header(connection, "webhook-timestamp"),
                 header(connection, "webhook-signature"));
        pthread_mutex_unlock(&lock);
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        if (status == 302)
                MHD_add_response_header(response, "Location", "/elsewhere");
        r = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return r;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
        (void) cls;
        (void) connection;
        (void) code;
        if (*state) {
                buffer_done(*state);
                free(*state);
                *state = NULL;
        }
}

static void daemon_begin(void) {
        struct LedgerOpening opening;
        char path[256];
        struct NotifyParameters parameters = {.event = event,
                                              .http = http,
                                              .version = "1.2",
                                              .retry_first = 5 * USEC_PER_MSEC};
        struct NotifyReceiver receivers[] = {{.name = "oncall", .url = url},
                                             {.name = "deploys", .url = url}};

        snprintf(path, sizeof(path), "%s/ledger.db", directory.path);
        ck_assert_int_eq(ledger_open(path, clock_realtime(), &opening, &ledger), 0);
        ck_assert_ptr_nonnull(ledger);
        parameters.ledger = ledger;
        ck_assert_int_eq(notify_new(&parameters, &notify), 0);
        ck_assert_int_eq(notify_set_receivers(notify, receivers, ARRAY_SIZE(receivers)), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);
}

static void daemon_end(void) {
        notify_free(notify);
        ledger_free(ledger);
}

static void setup(void) {
        const union MHD_DaemonInfo *info;

        script = NULL;
        n_requests = 0;
        seen[0] = last_headers[0] = '\0';
        server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
                                  answer, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                                  MHD_OPTION_END);
        ck_assert_ptr_nonnull(server);
        info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
        port = info->port;
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/hook", port);
        temporary_directory_init(&directory);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(http_glue_new(event, &(struct HttpOptions) {.user_agent = "test"}, &http),
                         0);
        daemon_begin();
}

static void teardown(void) {
        daemon_end();
        http_glue_free(http);
        sd_event_unref(event);
        MHD_stop_daemon(server);
        temporary_directory_done(&directory);
}

static void enqueue(const char *id, const char *queue, const char *receiver) {
        const char *receivers[] = {receiver};

        ck_assert_int_eq(notify_enqueue(notify, id, queue, receivers, 1, id), 0);
}

static void commit_and_kick(void) {
        ck_assert_int_eq(ledger_commit(ledger), 0);
        notify_kick(notify);
}

static uint64_t count(const char *receiver, enum OutboxState state) {
        uint64_t n;

        ck_assert_int_eq(ledger_count_deliveries(ledger, receiver, state, &n), 0);
        return n;
}

/* Turns the loop until so many rows of the receiver are in that state. */
static void run_until(const char *receiver, enum OutboxState state, uint64_t expected) {
        usec_t end = clock_real_monotonic() + PATIENCE;

        while (count(receiver, state) != expected) {
                ck_assert_msg(clock_real_monotonic() < end, "%s: waited in vain; seen '%s'",
                              receiver, seen);
                ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
        }
}

static void run_for(usec_t duration) {
        usec_t end = clock_real_monotonic() + duration;

        while (clock_real_monotonic() < end)
                ck_assert_int_ge(sd_event_run(event, 5 * USEC_PER_MSEC), 0);
}

static const struct {
        const char *name;
        unsigned script[5];
        enum OutboxState state; /* of event a */
        const char *expected;   /* requests until b is delivered */
} ANSWERS[] = {
        {"delivered", {200}, OUTBOX_DELIVERED, "a 200, b 200, "},
        {"any 2xx", {204, 200}, OUTBOX_DELIVERED, "a 204, b 200, "},
        {"500 twice", {500, 500, 200}, OUTBOX_DELIVERED, "a 500, a 500, a 200, b 200, "},
        {"throttled", {429, 200}, OUTBOX_DELIVERED, "a 429, a 200, b 200, "},
        {"request timeout", {408, 200}, OUTBOX_DELIVERED, "a 408, a 200, b 200, "},
        {"not found", {404, 200}, OUTBOX_REFUSED, "a 404, b 200, "},
        {"redirect", {302, 200}, OUTBOX_REFUSED, "a 302, b 200, "},
        {"bad request", {400, 200}, OUTBOX_REFUSED, "a 400, b 200, "},
};

START_TEST(obeys_answers_in_order) {
        uint64_t delivered = ANSWERS[_i].state == OUTBOX_DELIVERED ? 2 : 1;

        script = ANSWERS[_i].script;
        enqueue("a", "web", "oncall");
        enqueue("b", "web", "oncall");
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, delivered);
        ck_assert_msg(strcmp(seen, ANSWERS[_i].expected) == 0, "%s: got '%s', expected '%s'",
                      ANSWERS[_i].name, seen, ANSWERS[_i].expected);
        ck_assert_uint_eq(count("oncall", ANSWERS[_i].state), delivered);
        ck_assert_uint_eq(count("oncall", OUTBOX_PENDING), 0);
}
END_TEST

START_TEST(gone_stops_the_receiver_until_reload) {
        static const unsigned SCRIPT[] = {410, 200, 0};
        struct NotifyReceiver receivers[] = {{.name = "oncall", .url = url},
                                             {.name = "deploys", .url = url}};

        script = SCRIPT;
        enqueue("a", "web", "oncall");
        commit_and_kick();
        while (n_requests == 0)
                sd_event_run(event, 10 * USEC_PER_MSEC);
        run_for(50 * USEC_PER_MSEC);
        enqueue("b", "other", "oncall");
        enqueue("sentinel", "web", "deploys");
        commit_and_kick();
        run_until("deploys", OUTBOX_DELIVERED, 1);
        ck_assert_str_eq(seen, "a 410, sentinel 200, ");
        ck_assert_uint_eq(count("oncall", OUTBOX_PENDING), 2);

        ck_assert_int_eq(notify_set_receivers(notify, receivers, 2), 0);
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, 2);
}
END_TEST

START_TEST(a_restart_keeps_ids_and_order) {
        static const unsigned SCRIPT[] = {503, 503, 200, 0};

        script = SCRIPT;
        enqueue("a", "web", "oncall");
        enqueue("b", "web", "oncall");
        commit_and_kick();
        while (n_requests < 1)
                sd_event_run(event, 10 * USEC_PER_MSEC);
        daemon_end();
        daemon_begin();
        ck_assert_uint_eq(count("oncall", OUTBOX_PENDING), 2);
        notify_kick(notify);
        run_until("oncall", OUTBOX_DELIVERED, 2);
        ck_assert_msg(text_ends_with(seen, "a 200, b 200, "), "got '%s'", seen);
        ck_assert(text_starts_with(seen, "a 503, "));
}
END_TEST

START_TEST(nothing_leaves_before_it_is_committed) {
        enqueue("a", "web", "oncall");
        notify_kick(notify); /* too early: the intent is not durable */
        run_for(50 * USEC_PER_MSEC);
        ck_assert_uint_eq(n_requests, 0);
        ledger_abandon(ledger);
        enqueue("sentinel", "web", "oncall");
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, 1);
        ck_assert_str_eq(seen, "sentinel 200, ");
}
END_TEST

START_TEST(the_same_event_is_stored_once) {
        enqueue("a", "web", "oncall");
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, 1);
        enqueue("a", "web", "oncall"); /* decided again after a crash */
        enqueue("b", "web", "oncall");
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, 2);
        ck_assert_str_eq(seen, "a 200, b 200, ");
}
END_TEST

START_TEST(queues_do_not_wait_for_each_other) {
        static const unsigned SCRIPT[] = {500, 200, 0};

        script = SCRIPT;
        notify_free(notify);
        ck_assert_int_eq(notify_new(&(struct NotifyParameters) {.event = event,
                                                                .http = http,
                                                                .ledger = ledger,
                                                                .version = "1.2",
                                                                .retry_first = USEC_PER_HOUR},
                                    &notify),
                         0);
        ck_assert_int_eq(
                notify_set_receivers(notify,
                                     &(struct NotifyReceiver) {.name = "oncall", .url = url}, 1),
                0);
        enqueue("a", "web", "oncall");
        commit_and_kick();
        while (n_requests < 1)
                sd_event_run(event, 10 * USEC_PER_MSEC);
        run_for(20 * USEC_PER_MSEC);
        enqueue("b", "web", "oncall"); /* behind a */
        enqueue("c", "api", "oncall");
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, 1);
        ck_assert_str_eq(seen, "a 500, c 200, ");
        ck_assert_uint_eq(count("oncall", OUTBOX_PENDING), 2);
}
END_TEST

START_TEST(drops_what_waits_for_a_receiver_that_went) {
        enqueue("a", "web", "deploys");
        enqueue("b", "web", "oncall");
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ck_assert_int_eq(
                notify_set_receivers(notify,
                                     &(struct NotifyReceiver) {.name = "oncall", .url = url}, 1),
                0);
        commit_and_kick();
        run_until("oncall", OUTBOX_DELIVERED, 1);
        ck_assert_str_eq(seen, "b 200, ");
        ck_assert_uint_eq(count("deploys", OUTBOX_DROPPED), 1);
}
END_TEST

START_TEST(keeps_at_most_the_ceiling) {
        char id[16];

        for (unsigned i = 0; i < NOTIFY_UNDELIVERED_MAX + 3; i++) {
                struct OutboxRow row = {.event_id = id,
                                        .receiver = "oncall",
                                        .queue = "web",
                                        .body = "x"};

                snprintf(id, sizeof(id), "e%u", i);
                ck_assert_int_eq(ledger_put_delivery(ledger, &row), 0);
        }
        enqueue("last", "web", "oncall");
        ck_assert_uint_eq(count("oncall", OUTBOX_PENDING), NOTIFY_UNDELIVERED_MAX);
        ck_assert_uint_eq(count("oncall", OUTBOX_DROPPED), 4);
}
END_TEST

static void write_file(const char *name, const char *text, char path[256]) {
        FILE *file;

        snprintf(path, 256, "%s/%s", directory.path, name);
        file = fopen(path, "we");
        fputs(text, file);
        fclose(file);
}

START_TEST(signs_and_reads_its_files_at_each_use) {
        struct NotifyReceiver receiver = {.name = "signed"};
        char url_path[256], secret_path[256], signature[WEBHOOK_SIGNATURE_SIZE], expected[512];
        char timestamp[32];
        const char *stamp;

        snprintf(url_path, sizeof(url_path), "%s/url", directory.path);
        write_file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", secret_path);
        receiver.url_file = url_path;
        receiver.secret_file = secret_path;
        ck_assert_int_eq(notify_set_receivers(notify, &receiver, 1), 0);
        enqueue("a", "web", "signed");
        commit_and_kick();
        run_for(20 * USEC_PER_MSEC); /* the file is not there yet */
        ck_assert_uint_eq(n_requests, 0);
        write_file("url", url, url_path);
        run_until("signed", OUTBOX_DELIVERED, 1);

        ck_assert(text_starts_with(last_headers, "application/cloudevents+json|ecswatch/1.2|a|"));
        stamp = strchr(strstr(last_headers, "|a|"), '|') + 3;
        snprintf(timestamp, sizeof(timestamp), "%.*s", (int) strcspn(stamp, "|"), stamp);
        ck_assert_int_eq(webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a",
                                      strtoull(timestamp, NULL, 10), "a", 1, signature),
                         0);
        snprintf(expected, sizeof(expected), "|%s", signature);
        ck_assert_msg(text_ends_with(last_headers, expected), "%s", last_headers);
}
END_TEST

static const struct {
        const char *url;
        bool insecure, allowed;
} URLS[] = {
        {"https://hooks.example.com/x", false, true},
        {"http://hooks.example.com/x", false, false},
        {"http://hooks.example.com/x", true, true},
        {"http://127.0.0.1:8080/", false, true},
        {"http://127.1.2.3/", false, true},
        {"http://localhost/", false, true},
        {"http://[::1]:80/", false, true},
        {"http://localhost.example.com/", false, false},
        {"http://127.0.0.1.example.com/", false, false},
        {"http://127.0.0.1@example.com/", false, false},
        {"ftp://127.0.0.1/", true, false},
        {"file:///etc/passwd", true, false},
        {"not a url", true, false},
        {"", true, false},
};

START_TEST(allows_urls) {
        ck_assert_msg(receiver_url_is_allowed(URLS[_i].url, URLS[_i].insecure) == URLS[_i].allowed,
                      "%s", URLS[_i].url);
}
END_TEST

#define S USEC_PER_SEC
static const struct {
        const char *name;
        uint64_t attempts;
        const char *retry_after;
        usec_t least, most;
} DELAYS[] = {
        {"first", 1, NULL, S / 2, S},
        {"fourth", 4, NULL, 4 * S, 8 * S},
        {"many", 1000, NULL, NOTIFY_RETRY_CAP / 2, NOTIFY_RETRY_CAP},
        {"retry after", 1, "30", 30 * S, 30 * S},
        {"shorter than ours", 6, "1", 16 * S, 32 * S},
        {"beyond the cap", 1, "86400", NOTIFY_RETRY_CAP, NOTIFY_RETRY_CAP},
        {"a date", 1, "Mon, 23 Nov 2026 01:03:03 GMT", 60 * S, 60 * S},
        {"a date gone by", 1, "Mon, 23 Nov 2020 01:03:03 GMT", S / 2, S},
        {"nonsense", 1, "soon", S / 2, S},
};

START_TEST(waits_longer_each_time) {
        struct Random random;
        usec_t least = USEC_INFINITY, most = 0;

        random_init(&random, 7);
        for (int i = 0; i < 200; i++) {
                usec_t delay = answer_delay(DELAYS[_i].attempts, S, DELAYS[_i].retry_after,
                                            1795395723 * S, &random);

                least = MIN(least, delay);
                most = MAX(most, delay);
        }
        ck_assert_msg(least >= DELAYS[_i].least && most <= DELAYS[_i].most, "%s: %llu to %llu",
                      DELAYS[_i].name, (unsigned long long) least, (unsigned long long) most);
        ck_assert(DELAYS[_i].least == DELAYS[_i].most || least < most); /* jitter */
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("notify");
        TCase *pure = tcase_create("pure");

        tcase_add_checked_fixture(tests, setup, teardown);
        ADD_ROWS(obeys_answers_in_order, ANSWERS);
        tcase_add_test(tests, gone_stops_the_receiver_until_reload);
        tcase_add_test(tests, a_restart_keeps_ids_and_order);
        tcase_add_test(tests, nothing_leaves_before_it_is_committed);
        tcase_add_test(tests, the_same_event_is_stored_once);
        tcase_add_test(tests, queues_do_not_wait_for_each_other);
        tcase_add_test(tests, drops_what_waits_for_a_receiver_that_went);
        tcase_add_test(tests, keeps_at_most_the_ceiling);
        tcase_add_test(tests, signs_and_reads_its_files_at_each_use);
        suite_add_tcase(suite, pure);
        tcase_add_loop_test(pure, allows_urls, 0, (int) ARRAY_SIZE(URLS));
        tcase_add_loop_test(pure, waits_longer_each_time, 0, (int) ARRAY_SIZE(DELAYS));
        return suite;
}
