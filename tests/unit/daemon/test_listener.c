/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets the API takes, and whose turn it is when it is asked while the loop has other work.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "asked_api.h"
#include "base/macros.h"
#include "base/text.h"
#include "check_main.h"

#define REQUEST "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define ANSWER_END "\r\n\r\nok\n"

enum { WAITING = 100, FEW_TURNS = 8, MANY_TURNS = 120, REQUESTS_AHEAD = 300 };

static size_t n_worked;

static int on_work(sd_event_source *source, void *userdata) {
        (void) source;
        (void) userdata;
        n_worked++;
        return 0;
}

static sd_event_source *work_new(int enabled) {
        sd_event_source *source;

        ck_assert_int_ge(sd_event_add_defer(event, &source, on_work, NULL), 0);
        ck_assert_int_ge(sd_event_source_set_enabled(source, enabled), 0);
        return source;
}

static int connected(void) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", socket_path);
        ck_assert_int_eq(connect(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

static void ask_for_health(int fd, size_t times) {
        char text[REQUESTS_AHEAD * sizeof(REQUEST)];
        size_t size = 0;

        for (size_t i = 0; i < times; i++, size += strlen(REQUEST))
                memcpy(text + size, REQUEST, strlen(REQUEST));
        ck_assert_int_eq(send(fd, text, size, 0), size);
}

/* How many have come since the last time. */
static size_t answers_read(int fd) {
        static char text[1 << 18];
        ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
        size_t n = 0;

        if (size < 0)
                ck_assert_int_eq(errno, EAGAIN);
        text[MAX(size, 0)] = '\0';
        for (const char *p = text; (p = strstr(p, ANSWER_END)); p++)
                n++;
        return n;
}

/* As many answers of AWS may wait in one moment. */
START_TEST(who_asks_does_not_stand_in_line) {
        sd_event_source *work[WAITING];
        int fd = connected();

        n_worked = 0;
        for (size_t i = 0; i < WAITING; i++)
                work[i] = work_new(SD_EVENT_ONESHOT);
        ask_for_health(fd, 1);
        while (answers_read(fd) == 0) {
                turn();
                ck_assert_uint_le(n_worked, FEW_TURNS);
        }
        for (size_t i = 0; i < WAITING; i++)
                sd_event_source_unref(work[i]);
        close(fd);
}
END_TEST

START_TEST(who_asks_without_a_pause_keeps_nobody_from_working) {
        sd_event_source *work = work_new(SD_EVENT_ON);
        size_t n_answers;
        int fd = connected();

        n_worked = 0;
        ask_for_health(fd, REQUESTS_AHEAD);
        for (size_t i = 0; i < MANY_TURNS; i++)
                turn();
        n_answers = answers_read(fd);
        ck_assert_uint_gt(n_answers, 0);
        ck_assert_uint_lt(n_answers, REQUESTS_AHEAD); /* it was still asking */
        ck_assert_uint_ge(n_worked, MANY_TURNS / 3 - 1);
        sd_event_source_unref(work);
        close(fd);
}
END_TEST

START_TEST(owns_its_socket) {
        struct ApiParameters p = api_parameters();
        struct Api *second = NULL;
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        struct stat status;
        int fd;

        ck_assert_int_eq(stat(socket_path, &status), 0);
        ck_assert_int_eq(status.st_mode & 0777, 0660);
        ck_assert_int_eq(api_new(&p, &second), -EADDRINUSE);
        ck_assert_ptr_null(second);
        ck_assert_int_eq(stat(socket_path, &status), 0);
        api_free(api);
        api = NULL;
        ck_assert_int_eq(stat(socket_path, &status), -1);

        /* A leftover on which nobody answers is replaced. */
        snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", socket_path);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        close(fd);
        ck_assert_int_eq(api_new(&p, &api), 0);
}
END_TEST

static const struct {
        const char *listen;
        int r;
} LISTENS[] = {
        {"127.0.0.1:0", 0},        {"[::1]:0", 0},          {"0.0.0.0:9470", -EPERM},
        {"10.0.0.1:9470", -EPERM}, {"[::]:9470", -EPERM},   {"localhost:9470", -EINVAL},
        {"127.0.0.1", -EINVAL},    {"127.0.0.1:", -EINVAL}, {"127.0.0.1:70000", -EINVAL},
        {":9470", -EINVAL},        {"[::1:9470", -EINVAL},
};

START_TEST(listens_on_loopback_only) {
        struct ApiParameters p = api_parameters();
        struct Api *second = NULL;
        int r;

        p.socket = NULL;
        p.listen = LISTENS[_i].listen;
        r = api_new(&p, &second);
        api_free(second);
        ck_assert_msg(r == LISTENS[_i].r ||
                              (text_starts_with(p.listen, "[::1]") && r == -EADDRNOTAVAIL),
                      "%s: got %d", p.listen, r);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("listener");
        tcase_add_checked_fixture(tests, api_setup, api_teardown);
        tcase_add_test(tests, owns_its_socket);
        ADD_ROWS(listens_on_loopback_only, LISTENS);
        tcase_add_test(tests, who_asks_does_not_stand_in_line);
        tcase_add_test(tests, who_asks_without_a_pause_keeps_nobody_from_working);
        return suite;
}
