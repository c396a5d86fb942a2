/* SPDX-License-Identifier: Apache-2.0 */
/* Holds: one row of each scope. */
#pragma once

#include "daemon/ledger/ledger.h"
#include "words/hold.h"

enum { LEDGER_HOLDS_MAX = 1000 };

/* Replaces the one of the same scope; durable with its transaction. 0 or a negative errno: -ENOBUFS
 * when there are LEDGER_HOLDS_MAX already. */
int ledger_put_hold(struct Ledger *ledger, const struct Hold *hold);
/* The number of holds taken back (0 or 1), or a negative errno. "" as in struct Hold. */
int ledger_drop_hold(struct Ledger *ledger, const char *cluster, const char *service);
/* Those that have not ended at `now`, the widest scope first. 0 or a negative errno. */
int ledger_load_holds(struct Ledger *ledger, usec_t now, struct Arena *arena, struct Hold **ret,
                      size_t *ret_n);
