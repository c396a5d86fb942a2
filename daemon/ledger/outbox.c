/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries wait as rows; a finished one keeps its row, so that the same event is not sent twice,
 * but not its body. */
#include "daemon/ledger/outbox.h"

#include <errno.h>

#include "daemon/ledger/query.h"

static const char *const STATE_NAMES[] = {
        [OUTBOX_PENDING] = "pending",
        [OUTBOX_DELIVERED] = "delivered",
        [OUTBOX_REFUSED] = "refused",
        [OUTBOX_DROPPED] = "dropped",
};

int ledger_put_delivery(struct Ledger *ledger, struct OutboxRow *row) {
        struct Query q = query_begin(
                ledger, "INSERT INTO outbox (event_id, receiver, queue, body, created_at, attempts,"
                        " next_at, state, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0)"
                        " ON CONFLICT (event_id, receiver) DO NOTHING");
        int r;

        query_text(&q, row->event_id);
        query_text(&q, row->receiver);
        query_text(&q, row->queue);
        query_text(&q, row->body);
        query_time(&q, row->created_at);
        query_int(&q, (int64_t) row->attempts);
        query_time(&q, row->next_at);
        r = query_write(&q);
        if (r < 0)
                return r;
        row->id = r > 0 ? sqlite3_last_insert_rowid(ledger->db) : 0;
        ledger->must_be_durable = true;
        return 0;
}

static int delivery_read(struct Query *q, struct Arena *arena, struct OutboxRow *ret) {
        struct OutboxRow row = {
                .id = query_column_int(q, 0),
                .event_id = query_column_text(q, arena, 1),
                .receiver = query_column_text(q, arena, 2),
                .queue = query_column_text(q, arena, 3),
                .body = query_column_text(q, arena, 4),
                .created_at = query_column_time(q, 5),
                .attempts = (uint64_t) query_column_int(q, 6),
                .next_at = query_column_time(q, 7),
        };

        if (q->r < 0)
                return q->r;
        *ret = row;
        return LEDGER_FOUND;
}

int ledger_find_delivery(struct Ledger *ledger, const char *receiver, const char *queue,
                         int64_t after, struct Arena *arena, struct OutboxRow *ret) {
        struct Query q = query_begin(
                ledger, "SELECT id, event_id, receiver, queue, body, created_at, attempts, next_at"
                        " FROM outbox WHERE receiver = ? AND queue = ? AND id > ?"
                        " AND state = 'pending' ORDER BY id LIMIT 1");
        int r;

        query_text(&q, receiver);
        query_text(&q, queue);
        query_int(&q, after);
        r = query_step(&q);
        if (r > 0)
                r = delivery_read(&q, arena, ret);
        else if (r == 0)
                r = LEDGER_NOT_FOUND;
        query_done(&q);
        return r;
}

int ledger_retry_delivery(struct Ledger *ledger, int64_t id, uint64_t attempts, usec_t next_at) {
        /* Not worth a sync: forgotten, it is only asked again sooner. */
        struct Query q =
                query_begin(ledger, "UPDATE outbox SET attempts = ?, next_at = ? WHERE id = ?");
        int r;

        query_int(&q, (int64_t) attempts);
        query_time(&q, next_at);
        query_int(&q, id);
        r = query_write(&q);
        return r < 0 ? r : 0;
}

int ledger_finish_delivery(struct Ledger *ledger, const char *event_id, const char *receiver,
                           enum OutboxState state, usec_t at) {
        /* Not worth a sync either: at least once is the promise, and the id stays the same. */
        struct Query q =
                query_begin(ledger, "UPDATE outbox SET state = ?, finished_at = ?, body = NULL"
                                    " WHERE event_id = ? AND receiver = ? AND state = 'pending'");
        int r;

        query_text(&q, STATE_NAMES[state]);
        query_time(&q, at);
        query_text(&q, event_id);
        query_text(&q, receiver);
        r = query_write(&q);
        return r < 0 ? r : 0;
}

int ledger_load_queues(struct Ledger *ledger, struct Arena *arena, struct OutboxRow **ret,
                       size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct OutboxRow)};
        struct Query q = query_begin(ledger, "SELECT DISTINCT receiver, queue FROM outbox"
                                             " WHERE state = 'pending' ORDER BY receiver, queue");
        int r;

        while ((r = query_step(&q)) > 0) {
                struct OutboxRow *row = rows_add(&rows);

                if (!row) {
                        r = -ENOMEM;
                        break;
                }
                row->receiver = query_column_text(&q, arena, 0);
                row->queue = query_column_text(&q, arena, 1);
        }
        query_done(&q);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}

int ledger_count_deliveries(struct Ledger *ledger, const char *receiver, enum OutboxState state,
                            uint64_t *ret) {
        struct Query q =
                query_begin(ledger, "SELECT count(*) FROM outbox WHERE receiver = ? AND state = ?");
        int r;

        query_text(&q, receiver);
        query_text(&q, STATE_NAMES[state]);
        r = query_step(&q);
        if (r > 0)
                *ret = (uint64_t) query_column_int(&q, 0);
        query_done(&q);
        return r < 0 ? r : 0;
}

int ledger_drop_deliveries(struct Ledger *ledger, const char *receiver, uint64_t keep, usec_t at) {
        struct Query q =
                query_begin(ledger,
                            "UPDATE outbox SET state = 'dropped', finished_at = ?3, body = NULL"
                            " WHERE receiver = ?1 AND state = 'pending' AND id NOT IN"
                            " (SELECT id FROM outbox WHERE receiver = ?1 AND state = 'pending'"
                            "  ORDER BY id DESC LIMIT ?2)");

        query_text(&q, receiver);
        query_int(&q, (int64_t) MIN(keep, (uint64_t) INT64_MAX));
        query_time(&q, at);
        return query_write(&q);
}
