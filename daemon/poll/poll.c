/* SPDX-License-Identifier: Apache-2.0 */
/* The poller: clusters, services, and the timer that starts rounds. */
#include "daemon/poll/poll.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/poll/internal.h"

/* Cadence needs no better; batching wake-ups saves power. */
#define TIMER_ACCURACY (50 * USEC_PER_MSEC)
#define HINTED_AT_MOST_EVERY (1 * USEC_PER_SEC)

static const struct Metric METRICS[_POLL_METRIC_COUNT] = {
        [METRIC_ROUNDS] = {"ecswatch_polls_total", NULL,
                           "Looks at up to ten services of a cluster that were begun.",
                           METRIC_COUNTER, 0},
        [METRIC_LATE] = {"ecswatch_poll_late_seconds_total", NULL,
                         "How much later than due they were begun, all together.", METRIC_COUNTER,
                         0},
        [METRIC_STRETCH] =
                {"ecswatch_poll_stretch_ratio", NULL,
                 "By how much the intervals of idle services are stretched, where that is "
                 "most; 1: not at all.",
                 METRIC_GAUGE, 1},
};

static int on_timer(void *userdata);

int poller_new(sd_event *event, const struct PollHooks *hooks, uint64_t seed, struct Poller **ret) {
        _cleanup_(poller_freep) struct Poller *poller = calloc(1, sizeof(*poller));
        int r;

        if (!poller)
                return -ENOMEM;
        poller->event = sd_event_ref(event);
        poller->hooks = *hooks;
        poller->seed = seed;
        memcpy(poller->metrics, METRICS, sizeof(METRICS));
        poller->schedule = schedule_new(seed);
        if (!poller->schedule)
                return -ENOMEM;

        r = clock_timer_init(&poller->timer, event, TIMER_ACCURACY, on_timer, poller);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(poller);
        return 0;
}

int poller_add_metrics(struct Poller *poller, struct Metrics *metrics) {
        poller->registered_with = metrics;
        return metrics_register(metrics, poller->metrics, _POLL_METRIC_COUNT);
}

void poller_free(struct Poller *poller) {
        if (!poller)
                return;
        while (poller->clusters)
                poll_cluster_free(poller->clusters);
        if (poller->registered_with)
                metrics_unregister(poller->registered_with, poller->metrics);
        clock_timer_done(&poller->timer);
        schedule_free(poller->schedule);
        free(poller->services);
        poll_budgets_free(poller);
        sd_event_unref(poller->event);
        free(poller);
}

static void poller_arm(struct Poller *poller) {
        int r;

        r = clock_timer_set(&poller->timer, schedule_next(poller->schedule));
        if (r < 0 && r != -ESTALE) /* the loop has ended: nothing is polled any more anyway */
                log_error("The poller's timer cannot be set (%s): nothing is polled any more",
                          strerror(-r));
}

/* What was said while it was being asked may be newer than what was answered. */
static void take_up_hints(struct Poller *poller, const uint32_t *members, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct PollService *service = poller->services[members[i]];

                if (!service || !service->hinted)
                        continue;
                service->hinted = false;
                poll_service_hint(service, true);
        }
}

static void on_round_ended(struct PollCluster *cluster, const uint32_t *members, size_t n,
                           usec_t began) {
        schedule_done(cluster->poller->schedule, members, n, began, clock_monotonic());
        take_up_hints(cluster->poller, members, n);
        poller_arm(cluster->poller);
}

static void poller_start_round(struct Poller *poller, const uint32_t *members, size_t n) {
        struct PollService *services[SCHEDULE_BATCH_MAX];
        struct PollCluster *cluster;
        usec_t now = clock_monotonic();
        int r;

        for (size_t i = 0; i < n; i++) {
                services[i] = poller->services[members[i]];
                services[i]->asked_at = now;
        }
        cluster = services[0]->cluster; /* all of one group, which is a cluster's */

        r = poll_round_start(cluster, services, n, on_round_ended);
        if (r < 0) {
                log_error(
                        "Cannot ask ECS about %zu services of %s (%s): trying again at the next interval",
                        n, cluster->name, strerror(-r));
                schedule_done(poller->schedule, members, n, now, now);
        }
}

static int on_timer(void *userdata) {
        struct Poller *poller = userdata;
        uint32_t members[SCHEDULE_BATCH_MAX];
        size_t n;

        for (;;) {
                usec_t due = schedule_next(poller->schedule), now = clock_monotonic();

                n = schedule_take(poller->schedule, now, members);
                if (n == 0)
                        break;
                poller->metrics[METRIC_ROUNDS].value++;
                poller->metrics[METRIC_LATE].value +=
                        (double) usec_sub(now, due) / (double) USEC_PER_SEC;
                poller_start_round(poller, members, n);
        }
        poller_arm(poller);
        return 0;
}

int poll_cluster_new(struct Poller *poller, struct AwsClient *client, const char *name,
                     void *userdata, struct PollCluster **ret) {
        struct PollCluster *cluster = calloc(1, sizeof(*cluster));

        if (!cluster)
                return -ENOMEM;
        cluster->name = strdup(name);
        if (!cluster->name) {
                free(cluster);
                return -ENOMEM;
        }
        cluster->poller = poller;
        cluster->client = client;
        cluster->userdata = userdata;
        cluster->group = poller->next_group++;
        cluster->next = poller->clusters;
        cluster->back = &poller->clusters;
        if (cluster->next)
                cluster->next->back = &cluster->next;
        poller->clusters = cluster;
        *ret = cluster;
        return 0;
}

void poll_cluster_free(struct PollCluster *cluster) {
        if (!cluster)
                return;
        while (cluster->services)
                poll_service_free(cluster->services);
        while (cluster->rounds)
                poll_round_free(cluster->rounds);
        *cluster->back = cluster->next;
        if (cluster->next)
                cluster->next->back = cluster->back;
        free(cluster->name);
        free(cluster);
}

static struct SchedulePace schedule_pace(const struct PollPace *pace) {
        return (struct SchedulePace) {pace->interval, pace->urgency == URGENCY_IDLE};
}

static int poller_schedule(struct Poller *poller, struct PollService *service,
                           const struct PollPace *pace) {
        int r;

        r = schedule_add(poller->schedule, service->cluster->group, schedule_pace(pace),
                         clock_monotonic(), &service->member);
        if (r < 0)
                return r;
        r = array_reserve(&poller->services, &poller->services_allocated,
                          (size_t) service->member + 1, sizeof(poller->services[0]),
                          SCHEDULE_MEMBERS_MAX);
        if (r < 0)
                schedule_remove(poller->schedule, service->member);
        else
                poller->services[service->member] = service;
        return r;
}

int poll_service_new(struct PollCluster *cluster, const char *name, const struct PollPace *pace,
                     void *userdata, struct PollService **ret) {
        struct PollService *service = calloc(1, sizeof(*service));
        int r;

        if (!service)
                return -ENOMEM;
        service->name = strdup(name);
        service->cluster = cluster;
        service->userdata = userdata;
        service->urgency = pace->urgency;
        r = service->name ? poller_schedule(cluster->poller, service, pace) : -ENOMEM;
        if (r < 0) {
                free(service->name);
                free(service);
                return r;
        }
        service->next = cluster->services;
        service->back = &cluster->services;
        if (service->next)
                service->next->back = &service->next;
        cluster->services = service;
        poller_arm(cluster->poller);
        *ret = service;
        return 0;
}

void poll_service_free(struct PollService *service) {
        if (!service)
                return;
        /* A member under way goes when its round ends: its number must not be given away before. */
        if (service->round)
                poll_round_forget(service->round, service);
        else
                schedule_remove(service->cluster->poller->schedule, service->member);
        *service->back = service->next;
        if (service->next)
                service->next->back = service->back;
        service->cluster->poller->services[service->member] = NULL;
        arena_free(service->definition_arena);
        text_set_clear(&service->foreign);
        free(service->foreign_to);
        free(service->turn_of);
        free(service->name);
        free(service);
}

void poll_service_set_pace(struct PollService *service, const struct PollPace *pace) {
        if (service->round && pace->urgency > service->urgency)
                poll_round_hurry(service->round, service, pace->urgency);
        service->urgency = pace->urgency;
        schedule_set_pace(service->cluster->poller->schedule, service->member, schedule_pace(pace),
                          clock_monotonic());
        poller_arm(service->cluster->poller);
}

void poll_service_make_due(struct PollService *service) {
        if (service->round)
                poll_round_hurry(service->round, service, URGENCY_JUDGING);
        service->hurried = true;
        schedule_make_due(service->cluster->poller->schedule, service->member, clock_monotonic());
        poller_arm(service->cluster->poller);
}

void poll_service_hint(struct PollService *service, bool urgent) {
        struct Schedule *schedule = service->cluster->poller->schedule;
        usec_t due;

        if (service->urgency > URGENCY_IDLE && !urgent)
                return;
        if (schedule_due(schedule, service->member) == USEC_UNKNOWN) {
                service->hinted = true;
                return;
        }
        due = service->asked_at == 0
                      ? clock_monotonic()
                      : MAX(clock_monotonic(), usec_add(service->asked_at, HINTED_AT_MOST_EVERY));
        service->hurried = service->hurried || urgent;
        if (due < schedule_due(schedule, service->member))
                schedule_make_due(schedule, service->member, due);
        poller_arm(service->cluster->poller);
}

usec_t poll_service_next(const struct PollService *service) {
        return schedule_due(service->cluster->poller->schedule, service->member);
}
