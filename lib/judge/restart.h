/* SPDX-License-Identifier: Apache-2.0 */
/* A restart that an answer of DescribeServices shows, without a look at the tasks: what makes
 * judging of a rollout that had proven itself go on. Pure. */
#pragma once

#include <stdbool.h>

#include "words/facts.h"

/* What the last answer said. Zeroed: there was none. */
struct Calm {
        bool known;
        usec_t events_until; /* the newest event that was read */
        int64_t desired, running;
};

/* Whether more tasks were started since the last answer than a scale-out or rebalancing explains,
 * or fewer run than are desired and than ran. Takes note of this answer. */
bool restart_seen(struct Calm *calm, const struct ServiceFacts *service);
