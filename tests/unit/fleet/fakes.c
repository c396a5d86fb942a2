/* SPDX-License-Identifier: Apache-2.0 */
#include "fakes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/clock.h"
#include "daemon/log.h"

/* ---- the clock and the log ---- */

ClockTimerHandler on_timer;
void *timer_userdata;
char logged[LOG_BYTES];

usec_t uptime = USEC_PER_HOUR;

usec_t clock_monotonic(void) {
        return uptime;
}

int clock_timer_init(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                     ClockTimerHandler handler, void *userdata) {
        (void) timer;
        (void) event;
        (void) accuracy;
        on_timer = handler;
        timer_userdata = userdata;
        return 0;
}

int clock_timer_set(struct ClockTimer *timer, usec_t deadline) {
        (void) timer;
        (void) deadline;
        return 0;
}

void clock_timer_done(struct ClockTimer *timer) {
        (void) timer;
}

void log_line(int priority, const char *format, ...) {
        size_t used = strlen(logged);
        va_list arguments;

        (void) priority;
        va_start(arguments, format);
        vsnprintf(logged + used, sizeof(logged) - used, format, arguments);
        va_end(arguments);
}

/* As once, so that a test reads what is said. */
void log_repeat(struct LogRepeat *repeat, int priority, const char *format, ...) {
        size_t used = strlen(logged);
        va_list arguments;

        (void) repeat;
        (void) priority;
        va_start(arguments, format);
        vsnprintf(logged + used, sizeof(logged) - used, format, arguments);
        va_end(arguments);
}

void log_repeat_end(struct LogRepeat *repeat) {
        (void) repeat;
}

void log_repeat_free(struct LogRepeat *repeat) {
        (void) repeat;
}

/* ---- clients ---- */

struct AwsClientOptions clients[CLIENTS_MAX];
size_t n_clients;

int aws_client_new(struct AwsWorld *world, const struct AwsClientOptions *options,
                   char problem[AWS_CLIENT_PROBLEM_MAX], struct AwsClient **ret) {
        (void) world;
        if (options->endpoint_url && text_starts_with(options->endpoint_url, "https://refused")) {
                snprintf(problem, AWS_CLIENT_PROBLEM_MAX, "this may not be used");
                return -EINVAL;
        }
        clients[n_clients] = *options;
        *ret = (struct AwsClient *) (clients + n_clients++);
        return 0;
}

void aws_client_free(struct AwsClient *client) {
        if (client)
                n_clients--;
}

/* ---- the poller, and lists of services ---- */

const struct PollHooks WATCH_HOOKS;

int poller_new(sd_event *event, const struct PollHooks *hooks, uint64_t seed, struct Poller **ret) {
        (void) event;
        (void) hooks;
        (void) seed;
        *ret = NULL;
        return 0;
}

void poller_free(struct Poller *poller) {
        (void) poller;
}

void poller_balance(struct Poller *poller, struct PollStretch *ret) {
        (void) poller;
        *ret = (struct PollStretch) {.times = 1};
}

usec_t poll_cluster_now(const struct PollCluster *cluster) {
        (void) cluster;
        return USEC_PER_DAY;
}

struct Discovery *asked;
unsigned times_asked;

int discovery_start(const struct DiscoveryOptions *options, struct Discovery **ret) {
        ck_assert_ptr_null(asked);
        asked = *ret = calloc(1, sizeof(**ret));
        asked->options = *options;
        times_asked++;
        return 0;
}

struct Discovery *discovery_free(struct Discovery *discovery) {
        if (asked == discovery)
                asked = NULL;
        free(discovery);
        return NULL;
}

/* ---- watches ---- */

struct Watch *watches[WATCHES_MAX];

int watch_cluster_new(struct WatchWorld *world, struct Poller *poller, const char *name,
                      struct AwsClient *client, struct WatchCluster **ret) {
        (void) world;
        (void) poller;
        *ret = calloc(1, sizeof(**ret));
        (*ret)->name = strdup(name);
        (*ret)->client = client;
        return 0;
}

void watch_cluster_free(struct WatchCluster *cluster) {
        if (!cluster)
                return;
        aws_client_free(cluster->client);
        free(cluster->name);
        free(cluster);
}

void watch_cluster_known(struct WatchCluster *cluster, usec_t now) {
        cluster->known_since = now;
}

int watch_new(struct WatchCluster *cluster, const char *name, const struct WatchSettings *settings,
              struct Watch **ret) {
        size_t i = 0;

        while (watches[i])
                i++;
        watches[i] = *ret = calloc(1, sizeof(**ret));
        snprintf((*ret)->name, sizeof((*ret)->name), "%s", name);
        (*ret)->cluster = cluster;
        watch_configure(*ret, settings);
        return 0;
}

void watch_free(struct Watch *watch) {
        for (size_t i = 0; i < WATCHES_MAX; i++)
                if (watches[i] == watch)
                        watches[i] = NULL;
        free(watch);
}

const char *watch_name(const struct Watch *watch) {
        return watch->name;
}

void watch_configure(struct Watch *watch, const struct WatchSettings *settings) {
        watch->mode = settings->mode;
        watch->policy = settings->policy->name;
        watch->is_retiring = false;
        watch->configured++;
}

bool watch_retire(struct Watch *watch) {
        watch->is_retiring = true;
        return !watch->is_busy;
}

bool watch_is_retired(const struct Watch *watch) {
        return watch->is_retiring && !watch->is_busy;
}

void watch_hint(struct Watch *watch, bool urgent) {
        watch->hinted += urgent ? 1 : 100;
}

unsigned watch_note_listed(struct Watch *watch, bool listed) {
        watch->unlisted = listed ? 0 : watch->unlisted + 1;
        return watch->unlisted;
}
