/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of words/rows.h: put one at a time, loaded all at once. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/ledger/query.h"
#include "daemon/ledger/rollouts.h"

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

static void attempt_bind(struct Query *q, int64_t rollout_id, const struct AttemptRow *row) {
        query_text(q, row->task_definition);
        query_text(q, row->last_status);
        query_text(q, row->desired_status);
        query_text(q, row->stop_code);
        query_text(q, row->stopped_reason);
        query_text(q, health_status_name(row->health_status));
        query_text(q, row->container);
        query_text(q, row->container_reason);
        if (row->has_exit_code)
                query_int(q, row->exit_code);
        else
                query_text(q, NULL);
        query_text(q, row->container_instance_arn);
        query_text(q, row->availability_zone);
        query_time(q, row->created_at);
        query_time(q, row->started_at);
        query_time(q, row->stopping_at);
        query_time(q, row->stopped_at);
        query_time(q, row->healthy_at);
        query_time(q, row->last_alive_at);
        query_int(q, row->has_container_health_check);
        query_int(q, (int64_t) row->n_alike);
        query_time(q, row->alike_until);
        query_int(q, rollout_id);
        query_text(q, row->task_arn);
}

int ledger_put_attempt(struct Ledger *ledger, int64_t rollout_id, const struct AttemptRow *row) {
        struct Query q;
        int r;

        q = query_begin(
                ledger,
                "UPDATE attempt SET task_definition = ?, last_status = ?, desired_status = ?,"
                " stop_code = ?, stopped_reason = ?, health_status = ?, container = ?,"
                " container_reason = ?, exit_code = ?, container_instance_arn = ?,"
                " availability_zone = ?, created_at = ?, started_at = ?, stopping_at = ?,"
                " stopped_at = ?, healthy_at = ?, last_alive_at = ?,"
                " has_container_health_check = ?, n_alike = ?, alike_until = ?"
                " WHERE rollout = ? AND task_arn = ?");
        attempt_bind(&q, rollout_id, row);
        r = query_write(&q);
        if (r != 0)
                return stored(r);

        q = query_begin(
                ledger,
                "INSERT INTO attempt (task_definition, last_status, desired_status,"
                " stop_code, stopped_reason, health_status, container, container_reason,"
                " exit_code, container_instance_arn, availability_zone, created_at,"
                " started_at, stopping_at, stopped_at, healthy_at, last_alive_at,"
                " has_container_health_check, n_alike, alike_until, rollout, task_arn)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        attempt_bind(&q, rollout_id, row);
        return stored(query_write(&q));
}

int ledger_forget_attempt(struct Ledger *ledger, int64_t rollout_id, const char *task_arn) {
        struct Query q =
                query_begin(ledger, "DELETE FROM attempt WHERE rollout = ? AND task_arn = ?");

        query_int(&q, rollout_id);
        query_text(&q, task_arn);
        return stored(query_write(&q));
}

int ledger_put_signal(struct Ledger *ledger, int64_t rollout_id, const struct SignalRow *row) {
        struct Query q;
        int r;

        r = make_place(ledger, rollout_id, &SIGNALS);
        if (r < 0)
                return r;
        q = query_begin(ledger, "INSERT INTO signal (rollout, event_id, message, created_at)"
                                " VALUES (?, ?, ?, ?) ON CONFLICT (rollout, event_id) DO NOTHING");
        query_int(&q, rollout_id);
        query_text(&q, row->event_id);
        query_text(&q, row->message);
        query_time(&q, row->created_at);
        return stored(query_write(&q));
}

static int count_last(struct Ledger *ledger, int64_t rollout_id, const struct CountRow *row,
                      bool *ret_same) {
        struct Query q = query_begin(
                ledger,
                "SELECT service_desired, service_running, desired, running, pending, failed_tasks,"
                " is_primary, rollout_state, rollout_state_reason IS ?2 FROM tally"
                " WHERE rollout = ?1 ORDER BY id DESC LIMIT 1");
        int r;

        query_int(&q, rollout_id);
        query_text(&q, row->rollout_state_reason);
        r = query_step(&q);
        if (r > 0) {
                const char *state = (const char *) sqlite3_column_text(q.statement, 7);

                *ret_same = query_column_int(&q, 0) == row->service_desired &&
                            query_column_int(&q, 1) == row->service_running &&
                            query_column_int(&q, 2) == row->desired &&
                            query_column_int(&q, 3) == row->running &&
                            query_column_int(&q, 4) == row->pending &&
                            query_column_int(&q, 5) == row->failed_tasks &&
                            (query_column_int(&q, 6) != 0) == row->is_primary &&
                            text_equal(state, rollout_state_name(row->rollout_state)) &&
                            query_column_int(&q, 8) != 0;
        } else
                *ret_same = false;
        query_done(&q);
        return r < 0 ? r : 0;
}

int ledger_put_count(struct Ledger *ledger, int64_t rollout_id, const struct CountRow *row) {
        struct Query q;
        bool same;
        int r;

        r = count_last(ledger, rollout_id, row, &same);
        if (r < 0)
                return r;
        if (same)
                return LEDGER_UNCHANGED;
        r = make_place(ledger, rollout_id, &COUNTS);
        if (r < 0)
                return r;

        q = query_begin(ledger, "INSERT INTO tally (rollout, at, service_desired, service_running,"
                                " desired, running, pending, failed_tasks, is_primary,"
                                " rollout_state, rollout_state_reason)"
                                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        query_int(&q, rollout_id);
        query_time(&q, row->at);
        query_int(&q, row->service_desired);
        query_int(&q, row->service_running);
        query_int(&q, row->desired);
        query_int(&q, row->running);
        query_int(&q, row->pending);
        query_int(&q, row->failed_tasks);
        query_int(&q, row->is_primary);
        query_text(&q, rollout_state_name(row->rollout_state));
        query_text(&q, row->rollout_state_reason);
        return stored(query_write(&q));
}

static bool health_status_from_name(const char *name, enum HealthStatus *ret) {
        static const enum HealthStatus ALL[] = {HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY};

        for (size_t i = 0; i < ARRAY_SIZE(ALL); i++)
                if (text_equal(name, health_status_name(ALL[i]))) {
                        *ret = ALL[i];
                        return true;
                }
        return false;
}

static bool rollout_state_from_name(const char *name, enum RolloutState *ret) {
        static const enum RolloutState ALL[] = {ROLLOUT_STATE_ABSENT, ROLLOUT_IN_PROGRESS,
                                                ROLLOUT_COMPLETED, ROLLOUT_FAILED};

        for (size_t i = 0; i < ARRAY_SIZE(ALL); i++)
                if (text_equal(name, rollout_state_name(ALL[i]))) {
                        *ret = ALL[i];
                        return true;
                }
        return false;
}

#define ATTEMPT_COLUMNS                                                                      \
        "task_arn, task_definition, last_status, desired_status, stop_code, stopped_reason," \
        " health_status, container, container_reason, exit_code, container_instance_arn,"    \
        " availability_zone, created_at, started_at, stopping_at, stopped_at, healthy_at,"   \
        " last_alive_at, has_container_health_check, n_alike, alike_until"
enum { N_ATTEMPT_COLUMNS = 21 };

static int attempt_read(struct Query *q, struct Arena *arena, void *row) {
        struct AttemptRow *attempt = row;

        *attempt = (struct AttemptRow) {
                .task_arn = query_column_text(q, arena, 0),
                .task_definition = query_column_text(q, arena, 1),
                .last_status = query_column_text(q, arena, 2),
                .desired_status = query_column_text(q, arena, 3),
                .stop_code = query_column_text(q, arena, 4),
                .stopped_reason = query_column_text(q, arena, 5),
                .container = query_column_text(q, arena, 7),
                .container_reason = query_column_text(q, arena, 8),
                .has_exit_code = sqlite3_column_type(q->statement, 9) != SQLITE_NULL,
                .exit_code = query_column_int(q, 9),
                .container_instance_arn = query_column_text(q, arena, 10),
                .availability_zone = query_column_text(q, arena, 11),
                .created_at = query_column_time(q, 12),
                .started_at = query_column_time(q, 13),
                .stopping_at = query_column_time(q, 14),
                .stopped_at = query_column_time(q, 15),
                .healthy_at = query_column_time(q, 16),
                .last_alive_at = query_column_time(q, 17),
                .has_container_health_check = query_column_int(q, 18) != 0,
                .n_alike = (uint64_t) query_column_int(q, 19),
                .alike_until = query_column_time(q, 20),
        };
        if (!health_status_from_name((const char *) sqlite3_column_text(q->statement, 6),
                                     &attempt->health_status))
                return -EBADMSG;
        return q->r;
}

static int signal_read(struct Query *q, struct Arena *arena, void *row) {
        *(struct SignalRow *) row = (struct SignalRow) {
                .event_id = query_column_text(q, arena, 0),
                .message = query_column_text(q, arena, 1),
                .created_at = query_column_time(q, 2),
        };
        return q->r;
}

static int count_read(struct Query *q, struct Arena *arena, void *row) {
        struct CountRow *count = row;

        *count = (struct CountRow) {
                .at = query_column_time(q, 0),
                .service_desired = query_column_int(q, 1),
                .service_running = query_column_int(q, 2),
                .desired = query_column_int(q, 3),
                .running = query_column_int(q, 4),
                .pending = query_column_int(q, 5),
                .failed_tasks = query_column_int(q, 6),
                .is_primary = query_column_int(q, 7) != 0,
                .rollout_state_reason = query_column_text(q, arena, 9),
        };
        if (!rollout_state_from_name((const char *) sqlite3_column_text(q->statement, 8),
                                     &count->rollout_state))
                return -EBADMSG;
        return q->r;
}

static int host_attempt_read(struct Query *q, struct Arena *arena, void *row) {
        struct HostAttempt *attempt = row;

        attempt->service = query_column_text(q, arena, N_ATTEMPT_COLUMNS);
        return attempt_read(q, arena, &attempt->row);
}

static int rows_read(struct Query *q, int (*read)(struct Query *q, struct Arena *arena, void *row),
                     struct Rows *rows) {
        int r;

        while ((r = query_step(q)) > 0) {
                void *row = rows_add(rows);

                r = row ? read(q, rows->arena, row) : -ENOMEM;
                if (r < 0)
                        break;
        }
        query_done(q);
        return r;
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
                      "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE rollout = ?"
                      " ORDER BY created_at, task_arn",
                      rollout_id, attempt_read, &attempts);
        if (r < 0)
                return r;
        r = rows_load(ledger,
                      "SELECT event_id, message, created_at FROM signal WHERE rollout = ?"
                      " ORDER BY created_at, event_id",
                      rollout_id, signal_read, &signals);
        if (r < 0)
                return r;
        r = rows_load(ledger,
                      "SELECT at, service_desired, service_running, desired, running, pending,"
                      " failed_tasks, is_primary, rollout_state, rollout_state_reason FROM tally"
                      " WHERE rollout = ? ORDER BY id",
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
        struct Query q =
                query_begin(ledger,
                            "SELECT " ATTEMPT_COLUMNS
                            ", (SELECT service.name FROM rollout JOIN service"
                            " ON service.id = rollout.service WHERE rollout.id = attempt.rollout)"
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
