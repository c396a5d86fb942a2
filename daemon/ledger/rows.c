/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of words/rows.h: put one at a time, loaded all at once. */
#include "daemon/ledger/rows.h"

#include <errno.h>
#include <string.h>

#include "daemon/ledger/columns.h"

static int stored(int r) {
        return r < 0 ? r : r == 0 ? LEDGER_UNCHANGED : LEDGER_STORED;
}

static int row_count(struct Ledger *ledger, const char *sql, int64_t rollout_id, int64_t *ret) {
        struct Query q = query_begin(ledger, sql);
        int r;

        query_int(&q, rollout_id);
        r = query_step(&q);
        if (r > 0)
                *ret = query_column_int(&q, 0);
        query_done(&q);
        return r < 0 ? r : 0;
}

/* The oldest go some at a time, so that not every row beyond the ceiling pays for finding them. */
enum { FORGET_AT_ONCE = 100 };

struct Ceiling {
        int64_t rows;
        const char *count, *forget;
};

static const struct Ceiling SIGNALS = {
        LEDGER_SIGNALS_MAX,
        "SELECT count(*) FROM signal WHERE rollout = ?",
        "DELETE FROM signal WHERE (rollout, event_id) IN (SELECT rollout, event_id FROM signal"
        " WHERE rollout = ? ORDER BY created_at LIMIT ?)",
};
static const struct Ceiling COUNTS = {
        LEDGER_COUNTS_MAX,
        "SELECT count(*) FROM tally WHERE rollout = ?",
        "DELETE FROM tally WHERE id IN (SELECT id FROM tally WHERE rollout = ? ORDER BY id LIMIT "
        "?)",
};

static int make_place(struct Ledger *ledger, int64_t rollout_id, const struct Ceiling *ceiling) {
        struct Query q;
        int64_t n = 0;
        int r;

        r = row_count(ledger, ceiling->count, rollout_id, &n);
        if (r < 0 || n < ceiling->rows)
                return r;
        q = query_begin(ledger, ceiling->forget);
        query_int(&q, rollout_id);
        query_int(&q, FORGET_AT_ONCE);
        r = query_write(&q);
        return r < 0 ? r : 0;
}

static const struct ColumnWords HEALTH = {health_status_name, HEALTH_UNHEALTHY + 1};

#define ATTEMPT_COLUMNS(X)                                                                    \
        X("task_arn", TEXT, task_arn)                                                         \
        X("task_definition", TEXT, task_definition)                                           \
        X("last_status", TEXT, last_status)                                                   \
        X("desired_status", TEXT, desired_status)                                             \
        X("stop_code", TEXT, stop_code)                                                       \
        X("stopped_reason", TEXT, stopped_reason)                                             \
        X("health_status", WORD, health_status, .words = &HEALTH)                             \
        X("container", TEXT, container)                                                       \
        X("container_reason", TEXT, container_reason)                                         \
        X("exit_code", MAYBE, exit_code, .given = offsetof(struct AttemptRow, has_exit_code)) \
        X("container_instance_arn", TEXT, container_instance_arn)                             \
        X("availability_zone", TEXT, availability_zone)                                       \
        X("created_at", TIME, created_at)                                                     \
        X("started_at", TIME, started_at)                                                     \
        X("stopping_at", TIME, stopping_at)                                                   \
        X("stopped_at", TIME, stopped_at)                                                     \
        X("healthy_at", TIME, healthy_at)                                                     \
        X("last_alive_at", TIME, last_alive_at)                                               \
        X("has_container_health_check", FLAG, has_container_health_check)                     \
        X("n_alike", COUNT, n_alike)                                                          \
        X("alike_until", TIME, alike_until)
#define ATTEMPT_COLUMN(name, ...) COLUMN_AS(struct AttemptRow, __VA_ARGS__)
static const struct Column ATTEMPT[] = {ATTEMPT_COLUMNS(ATTEMPT_COLUMN)};
#define ATTEMPT_NAMES ATTEMPT_COLUMNS(SQL_NAME)
#define ATTEMPT_PARAMETERS ATTEMPT_COLUMNS(SQL_PARAMETER)
#define ATTEMPT_REPLACED ATTEMPT_COLUMNS(SQL_REPLACE)

int ledger_put_attempt(struct Ledger *ledger, int64_t rollout_id, const struct AttemptRow *row) {
        struct Query q = query_begin(
                ledger,
                "INSERT INTO attempt (rollout" ATTEMPT_NAMES ") VALUES (?" ATTEMPT_PARAMETERS
                ") ON CONFLICT (rollout, task_arn) DO UPDATE SET rollout = excluded.rollout" ATTEMPT_REPLACED);

        query_int(&q, rollout_id);
        columns_bind(&q, ATTEMPT, ARRAY_SIZE(ATTEMPT), row);
        return stored(query_write(&q));
}

int ledger_forget_attempt(struct Ledger *ledger, int64_t rollout_id, const char *task_arn) {
        struct Query q =
                query_begin(ledger, "DELETE FROM attempt WHERE rollout = ? AND task_arn = ?");

        query_int(&q, rollout_id);
        query_text(&q, task_arn);
        return stored(query_write(&q));
}

#define SIGNAL_COLUMNS(X)             \
        X("event_id", TEXT, event_id) \
        X("message", TEXT, message)   \
        X("created_at", TIME, created_at)
#define SIGNAL_COLUMN(name, ...) COLUMN_AS(struct SignalRow, __VA_ARGS__)
static const struct Column SIGNAL[] = {SIGNAL_COLUMNS(SIGNAL_COLUMN)};
#define SIGNAL_NAMES SIGNAL_COLUMNS(SQL_NAME)
#define SIGNAL_PARAMETERS SIGNAL_COLUMNS(SQL_PARAMETER)

int ledger_put_signal(struct Ledger *ledger, int64_t rollout_id, const struct SignalRow *row) {
        struct Query q;
        int r;

        r = make_place(ledger, rollout_id, &SIGNALS);
        if (r < 0)
                return r;
        q = query_begin(ledger,
                        "INSERT INTO signal (rollout" SIGNAL_NAMES ") VALUES (?" SIGNAL_PARAMETERS
                        ") ON CONFLICT (rollout, event_id) DO NOTHING");
        query_int(&q, rollout_id);
        columns_bind(&q, SIGNAL, ARRAY_SIZE(SIGNAL), row);
        return stored(query_write(&q));
}

static const struct ColumnWords ROLLOUT_STATES = {rollout_state_name, ROLLOUT_FAILED + 1};

/* Of one answer; `at` is when. */
#define COUNT_COLUMNS(X)                                                  \
        X("service_desired", INT, service_desired)                        \
        X("service_running", INT, service_running)                        \
        X("desired", INT, desired)                                        \
        X("running", INT, running)                                        \
        X("pending", INT, pending)                                        \
        X("failed_tasks", INT, failed_tasks)                              \
        X("is_primary", FLAG, is_primary)                                 \
        X("rollout_state", WORD, rollout_state, .words = &ROLLOUT_STATES) \
        X("rollout_state_reason", TEXT, rollout_state_reason)
#define COUNT_COLUMN(name, ...) COLUMN_AS(struct CountRow, __VA_ARGS__)
static const struct Column COUNT[] = {COUNT_COLUMNS(COUNT_COLUMN)};
#define COUNT_NAMES COUNT_COLUMNS(SQL_NAME)
#define COUNT_PARAMETERS COUNT_COLUMNS(SQL_PARAMETER)
#define COUNT_SAME COUNT_COLUMNS(SQL_IS)

/* Whether the newest row says the same. */
static int count_is_stored(struct Ledger *ledger, int64_t rollout_id, const struct CountRow *row,
                           bool *ret) {
        struct Query q = query_begin(
                ledger,
                "SELECT 1 FROM tally WHERE id = (SELECT max(id) FROM tally WHERE rollout = ?)" COUNT_SAME);
        int r;

        query_int(&q, rollout_id);
        columns_bind(&q, COUNT, ARRAY_SIZE(COUNT), row);
        r = query_step(&q);
        query_done(&q);
        *ret = r > 0;
        return MIN(r, 0);
}

int ledger_put_count(struct Ledger *ledger, int64_t rollout_id, const struct CountRow *row) {
        struct Query q;
        bool same;
        int r;

        r = count_is_stored(ledger, rollout_id, row, &same);
        if (r < 0)
                return r;
        if (same)
                return LEDGER_UNCHANGED;
        r = make_place(ledger, rollout_id, &COUNTS);
        if (r < 0)
                return r;

        q = query_begin(ledger, "INSERT INTO tally (rollout, at" COUNT_NAMES
                                ") VALUES (?, ?" COUNT_PARAMETERS ")");
        query_int(&q, rollout_id);
        query_time(&q, row->at);
        columns_bind(&q, COUNT, ARRAY_SIZE(COUNT), row);
        return stored(query_write(&q));
}

/* ---- loading ---- */

static int attempt_read(struct Query *q, struct Arena *arena, void *row) {
        columns_read(q, arena, 1, ATTEMPT, ARRAY_SIZE(ATTEMPT), row);
        return q->r;
}

static int signal_read(struct Query *q, struct Arena *arena, void *row) {
        columns_read(q, arena, 1, SIGNAL, ARRAY_SIZE(SIGNAL), row);
        return q->r;
}

static int count_read(struct Query *q, struct Arena *arena, void *row) {
        struct CountRow *count = row;

        count->at = query_column_time(q, 0);
        columns_read(q, arena, 1, COUNT, ARRAY_SIZE(COUNT), row);
        return q->r;
}

static int host_attempt_read(struct Query *q, struct Arena *arena, void *row) {
        struct HostAttempt *attempt = row;

        attempt->service = query_column_text(q, arena, 0);
        return attempt_read(q, arena, &attempt->row);
}

static int rows_load(struct Ledger *ledger, const char *sql, int64_t rollout_id,
                     int (*read)(struct Query *q, struct Arena *arena, void *row),
                     struct Rows *rows) {
        struct Query q = query_begin(ledger, sql);

        query_int(&q, rollout_id);
        return rows_read(&q, read, rows);
}

int ledger_load_rows(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                     struct RolloutRows *ret) {
        struct Rows attempts = {.arena = arena, .size = sizeof(struct AttemptRow)};
        struct Rows signals = {.arena = arena, .size = sizeof(struct SignalRow)};
        struct Rows counts = {.arena = arena, .size = sizeof(struct CountRow)};
        int r;

        r = rows_load(ledger,
                      "SELECT rollout" ATTEMPT_NAMES " FROM attempt WHERE rollout = ?"
                      " ORDER BY created_at, task_arn",
                      rollout_id, attempt_read, &attempts);
        if (r < 0)
                return r;
        r = rows_load(ledger,
                      "SELECT rollout" SIGNAL_NAMES " FROM signal WHERE rollout = ?"
                      " ORDER BY created_at, event_id",
                      rollout_id, signal_read, &signals);
        if (r < 0)
                return r;
        r = rows_load(ledger, "SELECT at" COUNT_NAMES " FROM tally WHERE rollout = ? ORDER BY id",
                      rollout_id, count_read, &counts);
        if (r < 0)
                return r;

        *ret = (struct RolloutRows) {
                .attempts = attempts.items,
                .n_attempts = attempts.n,
                .signals = signals.items,
                .n_signals = signals.n,
                .counts = counts.items,
                .n_counts = counts.n,
        };
        return 0;
}

int ledger_load_host_attempts(struct Ledger *ledger, const char *container_instance_arn,
                              usec_t since, struct Arena *arena, struct HostAttempt **ret,
                              size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct HostAttempt)};
        struct Query q = query_begin(
                ledger,
                "SELECT (SELECT service.name FROM rollout JOIN service"
                " ON service.id = rollout.service WHERE rollout.id = attempt.rollout)" ATTEMPT_NAMES
                " FROM attempt WHERE container_instance_arn = ?"
                " AND MAX(stopping_at, stopped_at) >= ? GROUP BY task_arn"
                " ORDER BY MAX(stopping_at, stopped_at) DESC LIMIT ?");
        int r;

        query_text(&q, container_instance_arn);
        query_time(&q, since);
        query_int(&q, LEDGER_HOST_ATTEMPTS_MAX);
        r = rows_read(&q, host_attempt_read, &rows);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}
