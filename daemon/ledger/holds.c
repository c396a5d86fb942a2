/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/ledger/holds.h"

#include <errno.h>

#include "daemon/ledger/columns.h"

#define HOLD_COLUMNS(X)             \
        X("cluster", TEXT, cluster) \
        X("service", TEXT, service) \
        X("reason", TEXT, reason)   \
        X("author", TEXT, author)   \
        X("since", TIME, since)     \
        X("until", TIME, until)
#define HOLD_COLUMN(name, ...) COLUMN_AS(struct Hold, __VA_ARGS__)
static const struct Column COLUMNS[] = {HOLD_COLUMNS(HOLD_COLUMN)};
#define HOLD_NAMES HOLD_COLUMNS(SQL_NAME)
#define HOLD_PARAMETERS HOLD_COLUMNS(SQL_PARAMETER)
#define HOLD_REPLACE HOLD_COLUMNS(SQL_REPLACE)

/* What has ended makes room. */
static int forget_ended(struct Ledger *ledger, usec_t now) {
        struct Query q =
                query_begin(ledger, "DELETE FROM hold WHERE \"until\" > 0 AND \"until\" <= ?");

        query_time(&q, now);
        return query_write(&q);
}

static int count(struct Ledger *ledger, int64_t *ret) {
        struct Query q = query_begin(ledger, "SELECT count(*) FROM hold");
        int r = query_step(&q);

        if (r > 0)
                *ret = query_column_int(&q, 0);
        query_done(&q);
        return MIN(r, 0);
}

int ledger_put_hold(struct Ledger *ledger, const struct Hold *hold) {
        int64_t n = 0;
        struct Query q;
        int r;

        r = forget_ended(ledger, hold->since);
        if (r >= 0)
                r = count(ledger, &n);
        if (r >= 0 && n >= LEDGER_HOLDS_MAX)
                r = -ENOBUFS;
        if (r < 0)
                return r;
        ledger->must_be_durable = true;
        q = query_begin(ledger,
                        "INSERT INTO hold (id" HOLD_NAMES ") VALUES (NULL" HOLD_PARAMETERS
                        ") ON CONFLICT (cluster, service) DO UPDATE SET id = id" HOLD_REPLACE);
        columns_bind(&q, COLUMNS, ARRAY_SIZE(COLUMNS), hold);
        return MIN(query_write(&q), 0);
}

int ledger_drop_hold(struct Ledger *ledger, const char *cluster, const char *service) {
        struct Query q = query_begin(ledger, "DELETE FROM hold WHERE cluster = ? AND service = ?");

        ledger->must_be_durable = true;
        query_text(&q, cluster);
        query_text(&q, service);
        return query_write(&q);
}

static int hold_read(struct Query *q, struct Arena *arena, void *row) {
        columns_read(q, arena, 1, COLUMNS, ARRAY_SIZE(COLUMNS), row);
        return q->r;
}

int ledger_load_holds(struct Ledger *ledger, usec_t now, struct Arena *arena, struct Hold **ret,
                      size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct Hold)};
        struct Query q = query_begin(ledger, "SELECT id" HOLD_NAMES " FROM hold"
                                             " WHERE \"until\" = 0 OR \"until\" > ?"
                                             " ORDER BY cluster, service");
        int r;

        query_time(&q, now);
        r = rows_read(&q, hold_read, &rows);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}
