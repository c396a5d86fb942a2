/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor hears, and that a deaf one stops nobody. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/supervisor.h"
#include "temporary.h"

static struct TemporaryDirectory directory;
static char path[200];
static int fd;

static void setup(void) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        temporary_directory_init(&directory);
        snprintf(path, sizeof(path), "%s/notify", directory.path);
        memcpy(address.sun_path, path, strlen(path) + 1);
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        setenv("NOTIFY_SOCKET", path, 1);
}

static void teardown(void) {
        unsetenv("NOTIFY_SOCKET");
        unsetenv("WATCHDOG_USEC");
        close(fd);
        temporary_directory_done(&directory);
}

static const char *heard(void) {
        static char message[4096];
        ssize_t n = recv(fd, message, sizeof(message) - 1, 0);

        message[n < 0 ? 0 : n] = '\0';
        return message;
}

START_TEST(is_heard) {
        ck_assert_int_eq(supervisor_tell("READY=1\nSTATUS=%s", "well"), 0);
        ck_assert_str_eq(heard(), "READY=1\nSTATUS=well");
        ck_assert_int_eq(supervisor_tell("STATUS=%04000d", 7), 0);
        ck_assert_uint_eq(strlen(heard()), 2047);
}
END_TEST

/* With sd_notify() this ends in the test's time-out. */
START_TEST(waits_for_nobody) {
        int r = 0;

        for (unsigned i = 0; i < 100000 && r == 0; i++)
                r = supervisor_tell("STATUS=%u", i);
        ck_assert_int_eq(r, -EAGAIN);
        ck_assert_str_eq(heard(), "STATUS=0");
        ck_assert_int_eq(supervisor_tell("READY=1"), 0);
}
END_TEST

START_TEST(does_without) {
        unsetenv("NOTIFY_SOCKET");
        ck_assert_int_eq(supervisor_tell("READY=1"), 0);
        setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
        ck_assert_int_eq(supervisor_tell("READY=1"), -ENOENT);
        setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
        ck_assert_int_eq(supervisor_tell("READY=1"), -EINVAL);
}
END_TEST

START_TEST(feeds_the_watchdog) {
        struct ClockTimer watchdog = {};
        sd_event *event;

        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_ge(supervisor_watch(event, &watchdog), 0);
        ck_assert_ptr_null(watchdog.at_deadline);

        setenv("WATCHDOG_USEC", "40000", 1);
        ck_assert_int_ge(supervisor_watch(event, &watchdog), 0);
        ck_assert_ptr_nonnull(watchdog.at_deadline);
        for (unsigned i = 0; i < 3; i++) {
                const char *message = "";

                while (text_is_empty(message)) {
                        ck_assert_int_ge(sd_event_run(event, USEC_PER_SEC), 0);
                        message = heard();
                }
                ck_assert_str_eq(message, "WATCHDOG=1");
        }
        clock_timer_done(&watchdog);
        sd_event_unref(event);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("supervisor");
        tcase_add_checked_fixture(tests, setup, teardown);
        tcase_add_test(tests, is_heard);
        tcase_add_test(tests, waits_for_nobody);
        tcase_add_test(tests, does_without);
        tcase_add_test(tests, feeds_the_watchdog);
        return suite;
}
