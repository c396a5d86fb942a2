/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be delivered, to whom, in which order. */
#pragma once

#include "daemon/ledger/ledger.h"

enum OutboxState {
        OUTBOX_PENDING,
        OUTBOX_DELIVERED,
        OUTBOX_REFUSED, /* a final answer of the receiver, or the receiver is gone */
        OUTBOX_DROPPED, /* oldest beyond the ceiling of undelivered rows */
};

/* Rows of one (receiver, queue) are delivered in the order of their ids. Instants are local
 * time. */
struct OutboxRow {
        int64_t id; /* set by ledger_put_delivery(); grows */
        const char *event_id, *receiver;
        const char *queue; /* usually the service's ARN */
        const char *body;  /* NULL once finished */
        usec_t created_at;
        uint64_t attempts;
        usec_t next_at;
};

/* The same event for the same receiver is stored once: 0 either way, `id` is 0 when it was there.
 * Durable at the next ledger_commit(). */
int ledger_put_delivery(struct Ledger *ledger, struct OutboxRow *row);

/* The oldest pending row of the queue whose id is above `after`; enum LedgerFound. */
int ledger_find_delivery(struct Ledger *ledger, const char *receiver, const char *queue,
                         int64_t after, struct Arena *arena, struct OutboxRow *ret);
int ledger_retry_delivery(struct Ledger *ledger, int64_t id, uint64_t attempts, usec_t next_at);
/* A row that is finished or not there stays as it is. */
int ledger_finish_delivery(struct Ledger *ledger, const char *event_id, const char *receiver,
                           enum OutboxState state, usec_t at);

/* Queues with pending rows; only `receiver` and `queue` are set. */
int ledger_load_queues(struct Ledger *ledger, struct Arena *arena, struct OutboxRow **ret,
                       size_t *ret_n);
int ledger_count_deliveries(struct Ledger *ledger, const char *receiver, enum OutboxState state,
                            uint64_t *ret);
/* Marks the oldest pending rows of a receiver OUTBOX_DROPPED (or, with `keep` 0 because it is gone,
 * all of them) until at most `keep` are left. Returns how many. */
int ledger_drop_deliveries(struct Ledger *ledger, const char *receiver, uint64_t keep, usec_t at);
