/* SPDX-License-Identifier: Apache-2.0 */
/* It is neither recorded nor repeated: one that comes late, or out of a queue, would say that the
 * watcher is alive when it is not. It stops while the ledger cannot record, because then nothing is
 * acted on. */
#include "daemon/heartbeat.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/log.h"

#define ACCURACY (250 * USEC_PER_MSEC)

static void beat(struct WatchWorld *world) {
        const struct Event event = {
                .type = EVENT_WATCHER_HEARTBEAT,
                .time = clock_realtime(),
                .source = world->source,
                .counter = clock_realtime(),
        };
        struct Told *told;
        int r;

        if (turn_is_degraded(world) || world->draining)
                return;
        r = told_new(&event, NULL, 0, &told);
        if (r < 0) {
                log_error("The heartbeat cannot be sent: %s", strerror(-r));
                return;
        }
        notify_beat(world->notify, world->config->heartbeat.receiver, told->id, told->body);
        told_free(told);
}

static int on_timer(void *userdata) {
        struct Heartbeat *heartbeat = userdata;
        struct WatchWorld *world = heartbeat->world;

        beat(world);
        return clock_timer_set(&heartbeat->timer,
                               usec_add(clock_monotonic(), world->config->heartbeat.every));
}

int heartbeat_begin(struct Heartbeat *heartbeat, struct WatchWorld *world) {
        heartbeat->world = world;
        return clock_timer_init(&heartbeat->timer, world->event, ACCURACY, on_timer, heartbeat);
}

int heartbeat_configure(struct Heartbeat *heartbeat) {
        bool on = heartbeat->world->config->heartbeat.every > 0;

        return clock_timer_set(&heartbeat->timer, on ? clock_monotonic() : USEC_INFINITY);
}

void heartbeat_end(struct Heartbeat *heartbeat) {
        clock_timer_done(&heartbeat->timer);
}
