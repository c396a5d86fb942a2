/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten. */
#pragma once

#include "daemon/ledger/ledger.h"

/* Forgets rollouts that ended before `before` with all that hangs on them, events and finished
 * deliveries older than that; never a service's newest rollout nor its newest last-good one.
 * Bounded work a call: returns how many rows of rollouts, events and deliveries went (0: nothing
 * left), or a negative errno. */
enum { LEDGER_PRUNE_MAX = 100 };
int ledger_prune(struct Ledger *ledger, usec_t before);
