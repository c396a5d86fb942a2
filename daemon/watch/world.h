/* SPDX-License-Identifier: Apache-2.0 */
/* What all watches share, and how they tell: one transaction a turn, and after it the journal, the
 * API and the deliveries. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "config/config.h"
#include "daemon/api/api.h"
#include "daemon/ledger/ledger.h"
#include "daemon/notify/notify.h"
#include "event/event.h"

struct WatchWorld { /* everything borrowed */
        sd_event *event;
        struct Ledger *ledger;
        struct Notify *notify;
        struct Api *api;             /* NULL until it listens */
        const struct Config *config; /* the one in force */
        bool dry_run;
        bool draining;     /* no new action begins any more */
        struct Told *told; /* since the last commit */
        size_t n_told, allocated;
        bool disk_told; /* that nothing can be recorded */
};

/* Records an event, its deliveries to `receivers`, and remembers it for after the commit. An event
 * whose id was told before is passed over. 0 or a negative errno (the turn's transaction then
 * cannot be committed either). */
int world_tell(struct WatchWorld *world, const struct Event *event, const char *const *receivers,
               size_t n_receivers);

/* Ends the turn: commits, then logs, publishes and delivers what was told. A negative errno:
 * nothing of this turn is recorded, and so nothing of it may be done; it has been logged. */
int world_commit(struct WatchWorld *world);

void world_done(struct WatchWorld *world);
