/* SPDX-License-Identifier: Apache-2.0 */
/* What was told. */
#include "daemon/ledger/events.h"

#include <errno.h>

#include "daemon/ledger/query.h"

int ledger_put_event(struct Ledger *ledger, struct EventRecord *event) {
        struct Query q =
                query_begin(ledger,
                            "INSERT INTO event (id, type, service_arn, deployment, at, body)"
                            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING");
        int r;

        query_text(&q, event->id);
        query_text(&q, event->type);
        query_text(&q, event->service_arn);
        query_text(&q, event->deployment);
        query_time(&q, event->at);
        query_text(&q, event->body);
        r = query_write(&q);
        if (r < 0)
                return r;
        event->sequence = r > 0 ? (uint64_t) sqlite3_last_insert_rowid(ledger->db) : 0;
        return 0;
}

static int event_read(struct Query *q, struct Arena *arena, struct EventRecord *event) {
        *event = (struct EventRecord) {
                .sequence = (uint64_t) query_column_int(q, 0),
                .id = query_column_text(q, arena, 1),
                .type = query_column_text(q, arena, 2),
                .service_arn = query_column_text(q, arena, 3),
                .deployment = query_column_text(q, arena, 4),
                .at = query_column_time(q, 5),
                .body = query_column_text(q, arena, 6),
        };
        return q->r;
}

static int events_read(struct Query *q, struct Arena *arena, struct EventRecord **ret,
                       size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct EventRecord)};
        int r;

        while ((r = query_step(q)) > 0) {
                struct EventRecord *event = rows_add(&rows);

                r = event ? event_read(q, arena, event) : -ENOMEM;
                if (r < 0)
                        break;
        }
        query_done(q);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}

int ledger_load_events(struct Ledger *ledger, uint64_t sequence, size_t limit, struct Arena *arena,
                       struct EventRecord **ret, size_t *ret_n) {
        struct Query q = query_begin(
                ledger, "SELECT sequence, id, type, service_arn, deployment, at, body FROM event"
                        " WHERE sequence > ? ORDER BY sequence LIMIT ?");

        query_int(&q, (int64_t) MIN(sequence, (uint64_t) INT64_MAX));
        query_int(&q,
                  limit > 0 ? (int64_t) MIN(limit, (size_t) LEDGER_EVENTS_MAX) : LEDGER_EVENTS_MAX);
        return events_read(&q, arena, ret, ret_n);
}

int ledger_load_story(struct Ledger *ledger, const char *service_arn, const char *deployment,
                      struct Arena *arena, struct EventRecord **ret, size_t *ret_n) {
        struct Query q = query_begin(
                ledger, "SELECT sequence, id, type, service_arn, deployment, at, body FROM event"
                        " WHERE service_arn = ? AND json_valid(body)"
                        " AND json_extract(body, '$.subject') = ? ORDER BY sequence LIMIT ?");

        query_text(&q, service_arn);
        query_text(&q, deployment);
        query_int(&q, LEDGER_EVENTS_MAX);
        return events_read(&q, arena, ret, ret_n);
}
