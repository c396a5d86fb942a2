/* SPDX-License-Identifier: Apache-2.0 */
/* What all watches share, and the turn: what one observation changes and tells is recorded in one
 * transaction; then the journal, the API and the receivers hear of it.
 *
 * While the ledger cannot record, the journal and the receivers hear of it all the same, once,
 * under the same ids; the ledger gets it when it can. Nothing is changed in AWS meanwhile. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "config/config.h"
#include "daemon/watch/inhibitor.h"
#include "daemon/watch/meter.h"
#include "daemon/watch/told.h"

struct ToldList {
        struct Told **items;
        size_t n, allocated;
};

struct WatchWorld { /* everything borrowed */
        sd_event *event;
        struct Ledger *ledger;
        struct Notify *notify;
        struct Api *api;             /* NULL until it listens */
        const struct Config *config; /* the one in force */
        const char *source;          /* of events about this program: "//HOST/ecswatchd" */
        bool dry_run;
        bool draining; /* no new action begins any more */

        struct WatchMeter meter;
        struct Inhibitor inhibitor;
        struct ToldList told;       /* in this turn */
        struct ToldList unrecorded; /* told in earlier ones that could not be recorded */
        int failed;                 /* the turn cannot be recorded: why, or 0 */
        usec_t degraded_since;      /* monotonic; USEC_UNKNOWN while the ledger records */
        usec_t degraded_told_at;    /* of the last watcher.degraded; USEC_UNKNOWN: never */
        bool degraded_told;         /* in this outage */
        char problem[256];          /* why it does not */
};

/* The event is part of the turn; one that was told already, recorded or not, is passed over at the
 * commit. */
void turn_tell(struct WatchWorld *world, const struct Event *event, const char *const *receivers,
               size_t n_receivers);

/* Ends the turn. A negative errno: nothing of it is recorded, so nothing of it may be done, and
 * what it changed in memory must be taken back; it has been told. */
int turn_commit(struct WatchWorld *world);
/* The turn is given up: nothing of it is recorded or told; the next observation repeats it. */
void turn_abandon(struct WatchWorld *world);

/* A turn of its own that tells watcher.degraded: something about this program that people should
 * know. */
void turn_tell_degraded(struct WatchWorld *world, const char *detail);

/* True from the first turn that could not be recorded until one could. */
bool turn_is_degraded(const struct WatchWorld *world);
/* Between turns, every few seconds: tries to record what was told meanwhile. */
void turn_retry(struct WatchWorld *world);

void turn_done(struct WatchWorld *world);
