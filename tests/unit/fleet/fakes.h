/* SPDX-License-Identifier: Apache-2.0 */
/* A clock with one timer, a log, clients, lists of services and watches for the fleet: linked
 * instead of the daemon's. */
#pragma once

#include "daemon/clock.h"
#include "daemon/fleet/fleet.h"
#include "daemon/poll/discover.h"

enum { WATCHES_MAX = 32, CLIENTS_MAX = 8, LOG_BYTES = 4096 };

extern ClockTimerHandler on_timer; /* the fleet's */
extern void *timer_userdata;
extern usec_t uptime;
extern char logged[LOG_BYTES]; /* all lines, one after another */

extern struct AwsClientOptions clients[CLIENTS_MAX]; /* those that are there, by place */
extern size_t n_clients;

struct Discovery {
        struct DiscoveryOptions options;
        struct DiscoveredService services[3];
        struct Tag tags[3];
};

extern struct Discovery *asked; /* under way, or NULL */
extern unsigned times_asked;

struct Watch {
        char name[64];
        struct WatchCluster *cluster;
        enum PolicyMode mode;
        const char *policy;
        bool is_busy, is_retiring;
        unsigned unlisted, configured, hinted;
};

extern struct Watch *watches[WATCHES_MAX]; /* NULL: a free place */
