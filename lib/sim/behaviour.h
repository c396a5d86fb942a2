/* SPDX-License-Identifier: Apache-2.0 */
/* What the tasks of a task definition do. */
#pragma once

#include <stdbool.h>

#include "base/time.h"

enum {
        SIM_TEXT_MAX = 512,
        SIM_SHORT_NAME_MAX = 64,
        SIM_LOG_MAX = 1024,
};

enum SimFault {
        SIM_FAULT_NONE,
        SIM_FAULT_EXIT,   /* the essential container exits by itself */
        SIM_FAULT_OOM,    /* it is killed for its memory */
        SIM_FAULT_HEALTH, /* its health check fails */
        SIM_FAULT_LB,     /* the load balancer's does */
        SIM_FAULT_PULL,   /* never RUNNING: no image */
        SIM_FAULT_INIT,   /* never RUNNING: secrets, logs, network, volumes */
        SIM_FAULT_START,  /* never RUNNING: the container cannot be created or started */
};

/* Plain value; copy it. Zero durations are real, so begin with sim_behaviour_default(). */
struct SimBehaviour {
        usec_t start;         /* created to RUNNING, give or take a tenth */
        usec_t start_at_most; /* above `start`: anything between the two instead */
        usec_t ready;         /* RUNNING to healthy, where something checks */
        usec_t stop_takes;    /* SIGTERM to exit; 30 s or more is SIGKILL and 137 */
        int stop_code;        /* exit code after SIGTERM */

        char log[SIM_LOG_MAX]; /* what its containers write: lines, a line feed between two */

        enum SimFault fault;
        usec_t after;                       /* RUNNING to the fault, where it ever runs */
        int exit_code;                      /* EXIT */
        bool passes_first;                  /* HEALTH, LB: healthy at `ready`, then not */
        char reason[SIM_TEXT_MAX];          /* EXIT: the container's; LB: the target's; else the
                                               whole failure text. "" picks ECS's usual one */
        char container[SIM_SHORT_NAME_MAX]; /* EXIT, OOM: "" is the first essential one */

        /* Whom the fault strikes: all must hold. The moments are looked at when it would show. */
        double share;                               /* 0 .. 1 of the tasks */
        usec_t until_age;                           /* of the deployment; USEC_INFINITY */
        usec_t until;                               /* an instant; USEC_INFINITY */
        char instance[SIM_SHORT_NAME_MAX];          /* the container instance's name; "" any */
        char availability_zone[SIM_SHORT_NAME_MAX]; /* "" any */
};

/* Runs after 5 s, healthy 3 s later, for ever. */
void sim_behaviour_default(struct SimBehaviour *ret);

/* Of fault PULL, INIT and START: the text for `kind` ("not_found", …), NULL for a kind that does
 * not exist. `image` and `region` are named in some texts. Returns `text`. */
const char *sim_fault_text(enum SimFault fault, const char *kind, const char *image,
                           const char *region, char text[SIM_TEXT_MAX]);
