/* SPDX-License-Identifier: Apache-2.0 */
/* Commands beside the loop: what they print, how they end, and that nothing of them is left. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/child.h"
#include "daemon/clock.h"

#define PATIENCE (30 * USEC_PER_SEC)

static sd_event *event;

static void setup(void) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGTERM);
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
        ck_assert_int_ge(sd_event_new(&event), 0);
}

static void teardown(void) {
        sd_event_unref(event);
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
        ck_assert_int_eq(errno, ECHILD);
}

struct Seen {
        bool done;
        enum ChildOutcome outcome;
        int status;
        char output[256];
};

static void on_end(void *userdata, const struct ChildEnd *end) {
        struct Seen *seen = userdata;

        ck_assert(!seen->done);
        seen->done = true;
        seen->outcome = end->outcome;
        seen->status = end->status;
        snprintf(seen->output, sizeof(seen->output), "%s", end->output);
}

static struct Seen run(const char *command, usec_t timeout) {
        usec_t end = clock_real_monotonic() + PATIENCE;
        struct Seen seen = {};
        struct Child *child;

        ck_assert_int_eq(child_start(&(struct ChildOptions) {.event = event,
                                                             .command = command,
                                                             .timeout = timeout,
                                                             .output_ceiling = 128 * 1024},
                                     on_end, &seen, &child),
                         0);
        while (!seen.done) {
                ck_assert(clock_real_monotonic() < end);
                ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
        }
        ck_assert_ptr_null(child_free(child));
        return seen;
}

static const struct {
        const char *command;
        enum ChildOutcome outcome;
        int status;
        const char *output;
} COMMANDS[] = {
        {"echo hello; echo secret >&2", CHILD_EXITED, 0, "hello\n"},
        {"exit 3", CHILD_EXITED, 3, ""},
        {"cat", CHILD_EXITED, 0, ""},
        {"kill -KILL $$", CHILD_KILLED, SIGKILL, ""},
        {"no-such-program-here", CHILD_EXITED, 127, ""},
        {"kill -TERM $$; sleep 60", CHILD_KILLED, SIGTERM, ""}, /* not blocked as it is with us */
        {"sleep 600 & echo left one behind", CHILD_EXITED, 0, "left one behind\n"},
        {"sleep 0.2; exec >&-; sleep 0.2; exit 4", CHILD_EXITED, 4, ""},
};

START_TEST(tells_the_end) {
        struct Seen seen = run(COMMANDS[_i].command, PATIENCE);

        ck_assert_int_eq(seen.outcome, COMMANDS[_i].outcome);
        ck_assert_int_eq(seen.status, COMMANDS[_i].status);
        ck_assert_str_eq(seen.output, COMMANDS[_i].output);
}
END_TEST

START_TEST(kills_what_takes_too_long) {
        ck_assert_int_eq(run("trap '' TERM; sleep 600", 200 * USEC_PER_MSEC).outcome,
                         CHILD_TIMED_OUT);
}
END_TEST

START_TEST(kills_what_prints_too_much) {
        ck_assert_int_eq(run("yes", PATIENCE).outcome, CHILD_TOO_LARGE);
}
END_TEST

START_TEST(is_freed_while_it_runs) {
        struct Seen seen = {};
        struct Child *child;

        ck_assert_int_eq(child_start(&(struct ChildOptions) {.event = event,
                                                             .command = "sleep 600",
                                                             .timeout = PATIENCE,
                                                             .output_ceiling = 10},
                                     on_end, &seen, &child),
                         0);
        ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
        child_free(child);
        ck_assert(!seen.done);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("child");
        tcase_add_checked_fixture(tests, setup, teardown);
        ADD_ROWS(tells_the_end, COMMANDS);
        tcase_add_test(tests, kills_what_takes_too_long);
        tcase_add_test(tests, kills_what_prints_too_much);
        tcase_add_test(tests, is_freed_while_it_runs);
        return suite;
}
