/* SPDX-License-Identifier: Apache-2.0 */
/* The grid: what can happen to a deployment. A row a cell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "sim/behaviour.h"
#include "words/cause.h"

struct World;

enum CellKind {
        CELL_GOOD,   /* to roll it back is wrong */
        CELL_BEYOND, /* good in the end, but bad for longer than `sustain`: rolled back as
                        configured */
        CELL_BAD,    /* to let it be is wrong */
};

struct Cell {
        const char *name;
        enum CellKind kind;
        enum Cause cause; /* BAD: the right one */

        /* What the new revision's tasks do; durations in seconds. */
        enum SimFault fault;
        const char *fault_kind; /* PULL, INIT, START: see sim_fault_text() */
        unsigned after;         /* RUNNING to the fault */
        unsigned percent;       /* of them it strikes; BAD: 0, for 50, 80 and 100 are tried */
        unsigned away;          /* the fault is over at this age of the deployment; 0: never */
        const char *on_host, *in_zone;
        unsigned start, start_at_most; /* created to RUNNING; 0: 5 s, and no more than that */

        /* Where they run. */
        unsigned n_hosts; /* container instances, in three zones; 0: Fargate */
        bool check, load_balancer, spot;

        /* What happens besides: every so many seconds from the deployment on. */
        void (*happens)(struct World *world);
        unsigned every;
        unsigned no_capacity; /* for so long; UINT_MAX: for ever */

        /* How the watcher fares. */
        unsigned interval;       /* poll.active; 0: 5 s */
        unsigned stale, refused; /* each n-th answer of DescribeServices, of ListTasks; 0: none */
        int skew;                /* its own clock is off by so much */
        bool no_rollout_state;

        unsigned horizon; /* it is watched for so long; 0: half an hour */
};

extern const struct Cell CELLS[];
extern const size_t N_CELLS;
