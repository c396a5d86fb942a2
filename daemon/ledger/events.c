/* SPDX-License-Identifier: Apache-2.0 */
/* What was told, small facts, and forgetting both in time. */
#include <errno.h>

#include "daemon/ledger/outbox.h"
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

int ledger_put_meta(struct Ledger *ledger, const char *scope, const char *key, const char *value) {
        struct Query q =
                value ? query_begin(ledger, "INSERT INTO meta (scope, key, value) VALUES (?, ?, ?)"
                                            " ON CONFLICT (scope, key)"
                                            " DO UPDATE SET value = excluded.value")
                      : query_begin(ledger, "DELETE FROM meta WHERE scope = ? AND key = ?");
        int r;

        query_text(&q, scope);
        query_text(&q, key);
        if (value)
                query_text(&q, value);
        r = query_write(&q);
        return r < 0 ? r : 0;
}

int ledger_find_meta(struct Ledger *ledger, const char *scope, const char *key, struct Arena *arena,
                     const char **ret) {
        struct Query q = query_begin(ledger, "SELECT value FROM meta WHERE scope = ? AND key = ?");
        int r;

        query_text(&q, scope);
        query_text(&q, key);
        r = query_step(&q);
        if (r > 0) {
                const char *value = query_column_text(&q, arena, 0);

                r = q.r;
                if (r == 0)
                        *ret = value;
        } else if (r == 0)
                r = LEDGER_NOT_FOUND;
        query_done(&q);
        return r;
}

/* Each takes `before` and a limit. A service keeps its newest rollout, by which the next one is
 * recognised, and its newest good one, which may have served for longer than we keep. */
static const char *const PRUNE[] = {
        "DELETE FROM rollout WHERE id IN (SELECT r.id FROM rollout r"
        " WHERE r.ended_at > 0 AND r.ended_at < ?1"
        " AND r.id <> (SELECT n.id FROM rollout n WHERE n.service = r.service"
        "              ORDER BY n.started_at DESC, n.id DESC LIMIT 1)"
        " AND r.id IS NOT (SELECT g.id FROM rollout g WHERE g.service = r.service"
        "                  AND g.last_good_at > 0"
        "                  ORDER BY g.last_good_at DESC, g.id DESC LIMIT 1)"
        " AND NOT EXISTS (SELECT 1 FROM action a WHERE a.rollout = r.id"
        "                 AND a.state IN ('intended', 'uncertain') AND a.intended_at >= ?1)"
        " LIMIT ?2)",
        "DELETE FROM event WHERE sequence IN"
        " (SELECT sequence FROM event WHERE at < ?1 LIMIT ?2)",
        "DELETE FROM outbox WHERE id IN"
        " (SELECT id FROM outbox WHERE finished_at > 0 AND finished_at < ?1 LIMIT ?2)",
        "DELETE FROM meta WHERE (scope, key) IN (SELECT scope, key FROM meta"
        " WHERE key = '" LEDGER_META_AT_RISK "' AND CAST(value AS INTEGER) < ?1 LIMIT ?2)",
};

int ledger_prune(struct Ledger *ledger, usec_t before) {
        int r, n = 0;

        for (size_t i = 0; i < ARRAY_SIZE(PRUNE) && n < LEDGER_PRUNE_MAX; i++) {
                struct Query q = query_begin(ledger, PRUNE[i]);

                query_time(&q, before);
                query_int(&q, LEDGER_PRUNE_MAX - n);
                r = query_write(&q);
                if (r < 0)
                        return r;
                n += r;
        }
        return n;
}
