/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/restart.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"

/* "(service web) has started 2 tasks: (task 0123…) (task 4567…)." */
static int64_t started_by(const struct ServiceEvent *event) {
        static const char STARTED[] = " has started ";
        const char *found = event->message ? strstr(event->message, STARTED) : NULL;

        if (!found || text_contains_ignoring_case(event->message, "rebalanc"))
                return 0;
        return MAX(strtol(found + strlen(STARTED), NULL, 10), 1);
}

static int64_t started_since(const struct ServiceFacts *service, usec_t since) {
        int64_t ret = 0;

        for (size_t i = 0; i < service->n_events; i++)
                if (service->events[i].created_at > since)
                        ret += started_by(&service->events[i]);
        return ret;
}

bool restart_seen(struct Calm *calm, const struct ServiceFacts *service) {
        struct Calm before = *calm;
        int64_t more = MAX(service->desired_count - before.desired, (int64_t) 0);

        *calm = (struct Calm) {true, before.events_until, service->desired_count,
                               service->running_count};
        for (size_t i = 0; i < service->n_events; i++)
                calm->events_until = MAX(calm->events_until, service->events[i].created_at);
        if (!before.known)
                return false;
        return started_since(service, before.events_until) > more ||
               (service->running_count < service->desired_count &&
                service->running_count < before.running);
}
