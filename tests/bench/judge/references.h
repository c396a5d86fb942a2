/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that people judge deployments with today, as references: each sees what ECS shows, and
 * is as good as it can be. */
#pragma once

#include "world.h"

enum Reference {
        REFERENCE_BREAKER,          /* ECS's circuit breaker, BOUNDED_PERCENT 50, the default */
        REFERENCE_BREAKER_NO_RESET, /* the same with resetOnHealthyTask false */
        REFERENCE_BREAKER_COUNT,    /* COUNT 3 */
        REFERENCE_BREAKER_DELAYED,  /* the default, 8 to 12 min late, as measured in the field */
        REFERENCE_FAILED_SHARE,     /* more failed than 25 % of the desired count */
        REFERENCE_EVENT_UNABLE,     /* any event that contains "unable" */
        REFERENCE_TIMEOUT,          /* not completed after 300 s */
        REFERENCE_RUNNING, /* runningCount == desiredCount is success; nothing is failure */
        N_REFERENCES,
};

enum ReferenceSaid { REFERENCE_WAITS, REFERENCE_SUCCEEDED, REFERENCE_FAILED };

struct ReferenceOutcome {
        enum ReferenceSaid said;
        usec_t at; /* when it said so */
        /* the rules' own */
        unsigned counted, reset_at;
        usec_t reached_at, delay;
};

void references_begin(struct ReferenceOutcome references[N_REFERENCES], struct Random *random);
void references_look(struct ReferenceOutcome references[N_REFERENCES], const struct World *world);
const char *reference_name(enum Reference name);
