/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP glue on real sockets: a small server in a thread answers by path. */
#include <dirent.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/http/http.h"

#define PATIENCE (20 * USEC_PER_SEC)

static sd_event *event;
static struct HttpGlue *glue;
static struct MHD_Daemon *server;
static char base[64];
static unsigned ended;

struct Seen {
        struct HttpCall *call;
        unsigned times;
        enum HttpOutcome outcome;
        bool may_have_acted;
        long status;
        char body[64], header[64];
        bool free_inside, start_inside;
};

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
        static char large[100000], begun;
        struct MHD_Response *response;
        const char *text = method;
        size_t size = strlen(method);
        unsigned status = 200;
        enum MHD_Result r;

        (void) cls;
        (void) version;
        (void) upload;
        if (!*state) {
                *state = &begun;
                return MHD_YES;
        }
        if (*upload_size > 0) {
                *upload_size = 0;
                return MHD_YES;
        }
        if (strcmp(url, "/large") == 0) {
                text = large;
                size = sizeof(large);
        } else if (strcmp(url, "/redirect") == 0) {
                status = 302;
        } else if (strcmp(url, "/fails") == 0) {
                status = 500;
        } else if (strcmp(url, "/close") == 0) {
                return MHD_NO;
        }
        response = MHD_create_response_from_buffer(size, (void *) text, MHD_RESPMEM_MUST_COPY);
        MHD_add_response_header(response, "X-Test", "seen");
        if (status == 302)
                MHD_add_response_header(response, "Location", "/other");
        r = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return r;
}

static void set_up(void) {
        const union MHD_DaemonInfo *info;

        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(http_glue_new(event, &(struct HttpOptions) {.user_agent = "test"}, &glue),
                         0);
        server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
                                  answer, NULL, MHD_OPTION_END);
        ck_assert_ptr_nonnull(server);
        info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
        snprintf(base, sizeof(base), "http://127.0.0.1:%u", info->port);
        ended = 0;
}

static void tear_down(void) {
        http_glue_free(glue);
        MHD_stop_daemon(server);
        sd_event_unref(event);
}

static void on_done(void *userdata, const struct HttpResponse *response);

static int start(struct Seen *seen, const char *path, const struct HttpRequest *more) {
        struct HttpRequest request = more ? *more : (struct HttpRequest) {.allow_http = true};
        char url[128];

        snprintf(url, sizeof(url), "%s%s", path[0] == '/' ? base : "", path);
        request.method = request.body ? "POST" : "GET";
        request.url = url;
        return http_call_start(glue, &request, on_done, seen, &seen->call);
}

static void on_done(void *userdata, const struct HttpResponse *response) {
        struct Seen *seen = userdata;
        const char *header = http_response_header(response, "x-test");

        ended++;
        seen->times++;
        seen->outcome = response->outcome;
        seen->may_have_acted = response->may_have_acted;
        seen->status = response->status;
        if (seen->free_inside)
                seen->call = http_call_free(seen->call);
        snprintf(seen->body, sizeof(seen->body), "%.60s", response->body);
        snprintf(seen->header, sizeof(seen->header), "%s", header ? header : "");
        if (seen->start_inside) {
                seen->start_inside = false;
                ck_assert_int_eq(start(seen, "/again", NULL), 0);
        }
}

static int on_patience(void *userdata) {
        (void) userdata;
        ck_abort_msg("nothing happened");
        return 0;
}

static void run_until(unsigned count) {
        struct ClockTimer patience;

        ck_assert_int_ge(clock_timer_init_real(&patience, event, 1000, on_patience, NULL), 0);
        ck_assert_int_ge(clock_timer_set_real(&patience, PATIENCE), 0);
        while (ended < count)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        clock_timer_done(&patience);
}

static const struct {
        const char *name, *path;
        struct HttpRequest request;
        enum HttpOutcome outcome;
        bool may_have_acted;
        long status;
} CASES[] = {
        {"an answer", "/x", {.allow_http = true}, HTTP_ANSWERED, true, 200},
        {"a failure is an answer", "/fails", {.allow_http = true}, HTTP_ANSWERED, true, 500},
        {"a redirect is not followed", "/redirect", {.allow_http = true}, HTTP_ANSWERED, true, 302},
        {"too large",
         "/large",
         {.allow_http = true, .response_ceiling = 1000},
         HTTP_TOO_LARGE,
         true,
         200},
        {"closed without an answer",
         "/close",
         {.allow_http = true, .fresh_connection = true},
         HTTP_BROKEN,
         true,
         0},
        {"nobody listens", "http://127.0.0.1:1/", {.allow_http = true}, HTTP_NOT_SENT, false, 0},
        {"plain http is refused", "/x", {.allow_http = false}, HTTP_NOT_SENT, false, 0},
        {"no such host",
         "http://no-such-host.invalid/",
         {.allow_http = true},
         HTTP_NOT_SENT,
         false,
         0},
        {"a body is sent",
         "/x",
         {.allow_http = true, .body = "{}", .body_size = 2},
         HTTP_ANSWERED,
         true,
         200},
};

START_TEST(tells_what_happened) {
        struct Seen seen = {};

        ck_assert_int_eq(start(&seen, CASES[_i].path, &CASES[_i].request), 0);
        ck_assert_uint_eq(seen.times, 0);
        run_until(1);
        ck_assert_msg(seen.outcome == CASES[_i].outcome, "%s: outcome %d", CASES[_i].name,
                      seen.outcome);
        ck_assert_msg(seen.may_have_acted == CASES[_i].may_have_acted, "%s", CASES[_i].name);
        ck_assert_msg(seen.status == CASES[_i].status, "%s: status %ld", CASES[_i].name,
                      seen.status);
        if (CASES[_i].outcome == HTTP_ANSWERED) {
                ck_assert_str_eq(seen.header, "seen");
                ck_assert_str_eq(seen.body, CASES[_i].request.body ? "POST" : "GET");
        }
        http_call_free(seen.call);
}
END_TEST

START_TEST(five_that_end_together_are_all_told) {
        struct Seen seen[5] = {};

        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
                ck_assert_int_eq(start(seen + i, "/x", NULL), 0);
        run_until(5);
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
                ck_assert_uint_eq(seen[i].times, 1);
                http_call_free(seen[i].call);
        }
}
END_TEST

static unsigned count_open_files(void) {
        DIR *folder = opendir("/proc/self/fd");
        unsigned n = 0;

        ck_assert_ptr_nonnull(folder);
        while (readdir(folder))
                n++;
        closedir(folder);
        return n;
}

/* Each has a connection of its own, with two ends in this process. */
START_TEST(a_hundred_begin_few_in_a_turn) {
        struct Seen seen[100] = {}, cancelled[10] = {};
        unsigned before;

        for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
                ck_assert_int_eq(start(seen + i, "/x", NULL), 0);
                if (i % 10 == 0)
                        ck_assert_int_eq(start(cancelled + i / 10, "/x", NULL), 0);
        }
        before = count_open_files();
        ck_assert_int_gt(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_le(count_open_files() - before, 20);
        for (size_t i = 0; i < ARRAY_SIZE(cancelled); i++)
                http_call_free(cancelled[i].call);
        run_until(ARRAY_SIZE(seen));
        for (size_t i = 0; i < ARRAY_SIZE(cancelled); i++)
                ck_assert_uint_eq(cancelled[i].times, 0);
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
                ck_assert_uint_eq(seen[i].times, 1);
                ck_assert_int_eq(seen[i].outcome, HTTP_ANSWERED);
                http_call_free(seen[i].call);
        }
}
END_TEST

/* A listener that accepts and never answers. */
START_TEST(times_out) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct Seen seen = {};
        char url[64];

        ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        ck_assert_int_eq(listen(fd, 1), 0);
        getsockname(fd, (struct sockaddr *) &address, &length);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(address.sin_port));
        ck_assert_int_eq(start(&seen, url,
                               &(struct HttpRequest) {.allow_http = true,
                                                      .timeout = 200 * USEC_PER_MSEC}),
                         0);
        run_until(1);
        ck_assert_int_eq(seen.outcome, HTTP_TIMED_OUT);
        ck_assert(seen.may_have_acted);
        http_call_free(seen.call);
        close(fd);
}
END_TEST

/* The negative is proven by a sentinel that ends after the cancelled one would have. */
START_TEST(a_freed_call_says_nothing) {
        struct Seen cancelled = {}, sentinel = {};

        ck_assert_int_eq(start(&cancelled, "/x", NULL), 0);
        cancelled.call = http_call_free(cancelled.call);
        ck_assert_int_eq(start(&sentinel, "/x", NULL), 0);
        run_until(1);
        ck_assert_uint_eq(sentinel.times, 1);
        ck_assert_uint_eq(cancelled.times, 0);
        http_call_free(sentinel.call);
}
END_TEST

START_TEST(a_callback_may_free_and_start) {
        struct Seen seen = {.free_inside = true, .start_inside = true};

        ck_assert_int_eq(start(&seen, "/x", NULL), 0);
        run_until(2);
        ck_assert_uint_eq(seen.times, 2);
        ck_assert_str_eq(seen.body, "GET");
        ck_assert_ptr_null(seen.call);
}
END_TEST

START_TEST(the_glue_may_go_first) {
        struct Seen seen[20] = {};

        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
                ck_assert_int_eq(start(seen + i, "/x", NULL), 0);
        http_glue_free(glue);
        glue = NULL;
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
                ck_assert_uint_eq(seen[i].times, 0);
                http_call_free(seen[i].call);
        }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("http");
        tcase_add_checked_fixture(tests, set_up, tear_down);
        ADD_ROWS(tells_what_happened, CASES);
        tcase_add_test(tests, five_that_end_together_are_all_told);
        tcase_add_test(tests, a_hundred_begin_few_in_a_turn);
        tcase_add_test(tests, times_out);
        tcase_add_test(tests, a_freed_call_says_nothing);
        tcase_add_test(tests, a_callback_may_free_and_start);
        tcase_add_test(tests, the_glue_may_go_first);
        return suite;
}
