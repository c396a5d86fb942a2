/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's life from start to end: what it refuses to start with, what a reload may change, and
 * how it ends. Everything is real but the fleet, and what systemd is told. */
#include "daemon/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/api/api.h"
#include "daemon/clock.h"
#include "daemon/fleet/fleet.h"
#include "daemon/ledger/ledger.h"
#include "daemon/log.h"
#include "daemon/supervisor.h"
#include "temporary.h"

#define POLICY                                       \
        "version: 1\n"                               \
        "defaults: {region: us-east-1, policy: p}\n" \
        "policies: {p: {mode: enforce}}\n"           \
        "api: {socket: $RUNTIME_DIRECTORY/s}\n"      \
        "ledger: {path: $STATE_DIRECTORY/l}\n"

enum { SIGNALS_MAX = 8, TOLD_BYTES = 8192 };

/* ---- the test's script ---- */

static struct TemporaryDirectory directory;
static char path[256], told[TOLD_BYTES], logged[TOLD_BYTES];
static int
        signals[SIGNALS_MAX]; /* one after the other, each once the loop has done the one before */
static size_t n_signals, next_signal;
static const char *next_config; /* written before the next signal */

static void write_config(const char *text) {
        FILE *file = fopen(path, "w");

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fprintf(file, "%s", text), 0);
        fclose(file);
}

static void append(char *to, const char *format, va_list arguments) _printf_(2, 0);

static void append(char *to, const char *format, va_list arguments) {
        size_t used = strlen(to);

        if (format && used + 1 < TOLD_BYTES)
                vsnprintf(to + used, TOLD_BYTES - used - 1, format, arguments);
        strcat(to, "\n");
}

static int on_script(void *userdata) {
        struct ClockTimer *timer = userdata;

        if (next_signal == n_signals)
                return 0;
        if (next_config)
                write_config(next_config);
        ck_assert_int_eq(kill(getpid(), signals[next_signal++]), 0);
        return clock_timer_set_real(timer, 50 * USEC_PER_MSEC);
}

/* ---- systemd, and the log ---- */

int supervisor_tell(const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        append(told, format, arguments);
        va_end(arguments);
        return 0;
}

/* Signals are blocked by now. */
int supervisor_watch(sd_event *event, struct ClockTimer *watchdog) {
        ck_assert_int_ge(clock_timer_init_real(watchdog, event, USEC_PER_MSEC, on_script, watchdog),
                         0);
        return clock_timer_set_real(watchdog, 0);
}

void log_line(int priority, const char *format, ...) {
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        append(logged, format, arguments);
        va_end(arguments);
}

void log_repeat(struct LogRepeat *repeat, int priority, const char *format, ...) {
        va_list arguments;

        (void) repeat;
        (void) priority;
        va_start(arguments, format);
        append(logged, format, arguments);
        va_end(arguments);
}

void log_repeat_free(struct LogRepeat *repeat) {
        (void) repeat;
}

void log_repeat_end(struct LogRepeat *repeat) {
        (void) repeat;
}

void log_event(int priority, const char *message_id, const struct LogField *fields, size_t n_fields,
               const char *message) {
        (void) priority;
        (void) message_id;
        (void) fields;
        (void) n_fields;
        (void) message;
}

/* ---- the fleet ---- */

static struct {
        unsigned configured, freed, busy_for;
        size_t clusters; /* of the configuration in force */
        bool refuses, is_dry_run, was_draining;
        struct WatchWorld *world;
        struct Config *config;
} fleet;

int fleet_new(struct WatchWorld *world, struct AwsWorld *aws, uint64_t seed, struct Fleet **ret) {
        (void) aws;
        (void) seed;
        fleet.world = world;
        fleet.is_dry_run = world->dry_run;
        *ret = (struct Fleet *) &fleet;
        return 0;
}

void fleet_free(struct Fleet *one) {
        fleet.freed += one != NULL;
        config_unref(fleet.config);
        fleet.config = NULL;
}

int fleet_configure(struct Fleet *one, struct Config *config,
                    char problem[AWS_CLIENT_PROBLEM_MAX]) {
        (void) one;
        if (fleet.refuses) {
                snprintf(problem, AWS_CLIENT_PROBLEM_MAX, "https://x: it may not be used");
                return -EINVAL;
        }
        fleet.configured++;
        config_unref(fleet.config);
        fleet.world->config = fleet.config = config_ref(config);
        fleet.clusters = config->n_clusters;
        return 0;
}

int fleet_add_metrics(struct Fleet *one, struct Metrics *metrics) {
        (void) one;
        (void) metrics;
        return 0;
}

void fleet_count_states(struct Fleet *one, size_t ret[FLEET_STATES]) {
        (void) one;
        memset(ret, 0, FLEET_STATES * sizeof(ret[0]));
}

struct ApiSource fleet_api_source(struct Fleet *one) {
        (void) one;
        return (struct ApiSource) {};
}

struct PollStretch fleet_balance(struct Fleet *one) {
        (void) one;
        return (struct PollStretch) {.times = 1};
}

bool fleet_hint(struct Fleet *one, const struct FleetHint *hint) {
        (void) one;
        (void) hint;
        return false;
}

void fleet_sweep(struct Fleet *one) {
        (void) one;
}

bool fleet_is_quiet(struct Fleet *one) {
        (void) one;
        fleet.was_draining = fleet.world->draining;
        if (fleet.busy_for == 0)
                return true;
        fleet.busy_for--;
        return false;
}

/* ---- the test's words ---- */

#define ONE POLICY "clusters: [{cluster: a, services: [x]}]\n"
#define TWO POLICY "clusters: [{cluster: a, services: [x]}, {cluster: b, services: [y]}]\n"

static void begin(const char *config) {
        temporary_directory_init(&directory);
        snprintf(path, sizeof(path), "%s/ecswatch.yaml", directory.path);
        ck_assert_int_eq(chdir(directory.path), 0);
        setenv("STATE_DIRECTORY", directory.path, 1);
        setenv("RUNTIME_DIRECTORY", directory.path, 1);
        ck_assert_int_ge(clock_init(), 0);
        if (config)
                write_config(config);
}

static int run(void) {
        return manager_run(&(struct ManagerOptions) {.config_path = path});
}

static void end(void) {
        ck_assert_int_eq(chdir("/"), 0);
        temporary_directory_done(&directory);
}

static void assert_said(const char *text, const char *part) {
        ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

/* ---- tests ---- */

START_TEST(starts_and_ends) {
        int number = _i == 0 ? SIGTERM : SIGINT;

        begin(ONE);
        signals[n_signals++] = number;
        ck_assert_int_eq(run(), EX_OK);
        ck_assert_uint_eq(fleet.configured, 1);
        ck_assert_uint_eq(fleet.freed, 1);
        ck_assert(fleet.was_draining);
        ck_assert(!fleet.is_dry_run);
        assert_said(told, "READY=1");
        assert_said(told, "STOPPING=1");
        end();
}
END_TEST

START_TEST(a_dry_run_is_one) {
        begin(ONE);
        signals[n_signals++] = SIGTERM;
        ck_assert_int_eq(manager_run(
                                 &(struct ManagerOptions) {.config_path = path, .dry_run = true}),
                         EX_OK);
        ck_assert(fleet.is_dry_run);
        assert_said(logged, "dry run");
        end();
}
END_TEST

/* A call that is under way holds up the end no longer than it takes. */
START_TEST(waits_for_what_is_under_way) {
        begin(ONE);
        fleet.busy_for = 3;
        signals[n_signals++] = SIGTERM;
        ck_assert_int_eq(run(), EX_OK);
        ck_assert_uint_eq(fleet.busy_for, 0);
        ck_assert_ptr_null(strstr(logged, "while a call to AWS is under way"));
        end();
}
END_TEST

START_TEST(a_second_signal_ends_at_once) {
        begin(ONE);
        fleet.busy_for = 1000000;
        signals[n_signals++] = SIGTERM;
        signals[n_signals++] = SIGTERM;
        ck_assert_int_eq(run(), EX_OK);
        end();
}
END_TEST

START_TEST(a_reload_takes_over) {
        begin(ONE);
        next_config = TWO;
        signals[n_signals++] = SIGHUP;
        signals[n_signals++] = SIGTERM;
        ck_assert_int_eq(run(), EX_OK);
        ck_assert_uint_eq(fleet.configured, 2);
        ck_assert_uint_eq(fleet.clusters, 2);
        assert_said(told, "RELOADING=1");
        assert_said(logged, "Reloaded ");
        end();
}
END_TEST

START_TEST(a_reload_that_is_invalid_changes_nothing) {
        begin(ONE);
        next_config = POLICY "clusters: [{cluster: a, servces: [x]}]\n";
        signals[n_signals++] = SIGHUP;
        signals[n_signals++] = SIGTERM;
        ck_assert_int_eq(run(), EX_OK);
        ck_assert_uint_eq(fleet.configured, 1);
        assert_said(logged, "did you mean \"services\"?");
        assert_said(logged, "the configuration before stays in force");
        end();
}
END_TEST

START_TEST(what_cannot_change_while_it_runs_is_said) {
        begin(ONE);
        next_config = "version: 1\n"
                      "defaults: {region: us-east-1, policy: p}\n"
                      "policies: {p: {mode: enforce}}\n"
                      "api: {socket: $RUNTIME_DIRECTORY/t}\n"
                      "ledger: {path: $STATE_DIRECTORY/m}\n"
                      "clusters: [{cluster: a, services: [x]}]\n";
        signals[n_signals++] = SIGHUP;
        signals[n_signals++] = SIGTERM;
        ck_assert_int_eq(run(), EX_OK);
        assert_said(logged, "ledger.path has changed: that takes effect at the next start");
        assert_said(logged, "api.socket has changed: that takes effect at the next start");
        ck_assert_int_ne(access("m", F_OK), 0);
        end();
}
END_TEST

START_TEST(does_not_start_without_a_configuration) {
        begin(_i == 0 ? NULL : "version: 1\nclutsers: []\n");
        ck_assert_int_eq(run(), EX_CONFIG);
        ck_assert_uint_eq(fleet.configured, 0);
        end();
}
END_TEST

START_TEST(does_not_start_with_what_the_fleet_refuses) {
        begin(ONE);
        fleet.refuses = true;
        ck_assert_int_eq(run(), EX_CONFIG);
        assert_said(logged, "ecswatch.yaml: https://x: it may not be used");
        ck_assert_uint_eq(fleet.freed, 1);
        end();
}
END_TEST

START_TEST(does_not_start_on_anothers_ledger) {
        struct LedgerOpening opening;
        struct Ledger *ledger;
        char ledger_path[256];

        begin(ONE);
        snprintf(ledger_path, sizeof(ledger_path), "%s/l", directory.path);
        ck_assert_int_eq(ledger_open(ledger_path, clock_realtime(), &opening, &ledger), 0);
        ck_assert_int_eq(run(), EX_UNAVAILABLE);
        ck_assert_uint_eq(fleet.configured, 0);
        ledger_free(ledger);
        end();
}
END_TEST

/* Where its socket should be is a file of somebody's. */
START_TEST(does_not_start_without_its_socket) {
        char socket_path[256];
        int fd;

        begin(ONE);
        snprintf(socket_path, sizeof(socket_path), "%s/s", directory.path);
        fd = open(socket_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        close(fd);
        ck_assert_int_eq(run(), EX_UNAVAILABLE);
        assert_said(logged, "The API cannot be served on ");
        assert_said(logged, "File exists");
        ck_assert_int_eq(access(socket_path, F_OK), 0);
        ck_assert_uint_eq(fleet.freed, 1);
        end();
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("manager");
        tcase_add_loop_test(tests, starts_and_ends, 0, 2);
        tcase_add_test(tests, a_dry_run_is_one);
        tcase_add_test(tests, waits_for_what_is_under_way);
        tcase_add_test(tests, a_second_signal_ends_at_once);
        tcase_add_test(tests, a_reload_takes_over);
        tcase_add_test(tests, a_reload_that_is_invalid_changes_nothing);
        tcase_add_test(tests, what_cannot_change_while_it_runs_is_said);
        tcase_add_loop_test(tests, does_not_start_without_a_configuration, 0, 2);
        tcase_add_test(tests, does_not_start_with_what_the_fleet_refuses);
        tcase_add_test(tests, does_not_start_on_anothers_ledger);
        tcase_add_test(tests, does_not_start_without_its_socket);
        return suite;
}
