/* SPDX-License-Identifier: Apache-2.0 */
/* A dead man's switch: tells one receiver that the watcher is alive, so that silence can alarm. */
#pragma once

#include "daemon/clock.h"
#include "daemon/watch/turn.h"

/* Plain value; zeroed is none. */
struct Heartbeat {
        struct WatchWorld *world; /* borrowed */
        struct ClockTimer timer;
};

/* 0 or a negative errno. Nothing is sent before heartbeat_configure(). */
int heartbeat_begin(struct Heartbeat *heartbeat, struct WatchWorld *world);
/* By the configuration in force (world->config): the first one at once. */
int heartbeat_configure(struct Heartbeat *heartbeat);
void heartbeat_end(struct Heartbeat *heartbeat);
