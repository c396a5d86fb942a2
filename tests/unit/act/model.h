/* SPDX-License-Identifier: Apache-2.0 */
/* A small model of ECS, of the ledger and of a daemon that may die between any two steps, around
 * the protocol (act/act.h): all that one moment is, what may happen next, and what must hold.
 *
 * Time goes in ticks of 15 s and is kept relative, clipped where no rule looks further, so there
 * are finitely many moments. ECS's answers are up to 29 s old; a call that was sent may take effect
 * until its deadline, also after its answer is lost or the daemon is dead. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/act.h"

enum { MODEL_CALLS = 2 };

/* A call that left and has not come to its end. */
struct InFlight {
        uint8_t is_there, ticks_left, is_carried_out, overtook, stops;
};

/* What the ledger keeps of the action, or the daemon has in memory. */
struct Kept {
        uint8_t state, calls, stops; /* by the protocol's own method, else by UpdateService */
        int8_t deadline;             /* ticks from now; DEADLINE_NONE: no call */
};

/* All of one moment; compared byte by byte. */
struct Moment {
        /* ECS */
        uint8_t primary, before; /* `before`: what a stale answer shows */
        uint8_t changed;         /* ticks ago */
        uint8_t accepted;
        struct InFlight calls[MODEL_CALLS];
        uint8_t recovered, forbidden;
        /* the ledger */
        struct Kept ledger;
        /* the daemon; void while it is dead */
        uint8_t alive, until, since; /* since when PRIMARY is the judged one */
        struct Kept memory;
        /* both */
        uint8_t age, sent, ended;
        uint8_t unlooked; /* a call left, and its observation was no look, or showed another PRIMARY
                           */
};

/* What is explored: the protocol, and what a planted bug puts in its place. */
struct Protocol {
        const char *name;
        enum ActionKind kind;
        enum RollbackMethod method;
        bool falls_back;
        void (*step)(const struct ActionRecord *action, enum ActionUntil until,
                     const struct Rollout *judged, const struct ActionSeen *seen, usec_t now,
                     struct Step *ret);
        enum ActionUntil (*restored)(const struct ActionRecord *action);
        bool sends_before_commit;
};

/* The protocol that the functions below are about; it must outlive them. */
void model_use(const struct Protocol *protocol);
/* The intent is committed, and nothing has left. */
struct Moment model_beginning(void);
/* The `event`th thing that may happen: its name, NULL past the last. */
const char *model_event_name(size_t event);
/* False: it cannot happen now. */
bool model_happens(size_t event, struct Moment *moment);
/* What should never be, in words; NULL: all is well. */
const char *model_what_is_wrong(const struct Moment *moment);
