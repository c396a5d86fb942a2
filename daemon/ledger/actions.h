/* SPDX-License-Identifier: Apache-2.0 */
/* Actions as recorded (words/action.h): intent before effect, outcome after. */
#pragma once

#include "daemon/ledger/ledger.h"
#include "words/action.h"

/* Inserts when `id` is 0 and sets it, else replaces all but rollout_id, kind and intended_at.
 * Durable at the next ledger_commit(): commit before the call leaves. */
int ledger_put_action(struct Ledger *ledger, struct ActionRecord *action);

struct ActionQuery {
        int64_t rollout_id;      /* 0: of all rollouts */
        const char *service_arn; /* NULL: of all services */
        bool only_open;          /* INTENDED and UNCERTAIN */
        usec_t since;            /* intended at or after */
        bool only_remedies;      /* and of them those that AWS took, or may still take */
};

enum { LEDGER_ACTIONS_MAX = 1000 };

/* Oldest first; texts in `arena`. */
int ledger_load_actions(struct Ledger *ledger, const struct ActionQuery *query, struct Arena *arena,
                        struct ActionRecord **ret, size_t *ret_n);

/* Rollbacks and remedies of the service (NULL: of the fleet) that AWS accepted at or after `since`,
 * and those under way (INTENDED, UNCERTAIN) that may have been since then: the budget must hold
 * whatever comes of them. */
int ledger_count_actions(struct Ledger *ledger, const char *service_arn, usec_t since,
                         uint64_t *ret);
