/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the ledger: one statement, from its text to its rows. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"
#include "daemon/metrics.h"

enum { LEDGER_STATEMENTS_MAX = 64, LEDGER_PROBLEM_MAX = 512 };

struct CachedStatement {
        const char *sql; /* told apart by address: every text is a constant of one place */
        sqlite3_stmt *statement;
};

enum LedgerMetric {
        METRIC_COMMITS,
        METRIC_SYNCS,
        METRIC_WAIT,
        METRIC_LONGEST_WAIT,
        _LEDGER_METRIC_COUNT
};

struct Ledger {
        sqlite3 *db;
        struct Metrics *registered_with; /* or NULL */
        struct Metric metrics[_LEDGER_METRIC_COUNT];
        int lock_fd;
        bool in_transaction;
        bool must_be_durable; /* an intent or an outbox row is in the transaction */
        int failed;           /* errno of the write that spoilt the transaction, or 0 */
        char problem[LEDGER_PROBLEM_MAX];
        struct CachedStatement statements[LEDGER_STATEMENTS_MAX];
        size_t n_statements;
};

/* A statement on its way. An error is remembered in `r`, later steps do nothing and the end returns
 * it. Plain value on the stack; query_done() (or query_run(), query_write()) gives the statement
 * back. */
struct Query {
        struct Ledger *ledger;
        sqlite3_stmt *statement;
        int n_bound, r;
};

struct Query query_begin(struct Ledger *ledger, const char *sql);
/* Parameters, in their order. */
void query_text(struct Query *query, const char *text); /* NULL binds NULL */
void query_int(struct Query *query, int64_t value);
void query_time(struct Query *query, usec_t instant);

/* 1 on a row, 0 at the end, negative errno. */
int query_step(struct Query *query);
void query_done(struct Query *query);
/* For changes: begins the turn's transaction, runs to the end and gives back. The number of rows
 * changed, or negative errno, which spoils the transaction. */
int query_write(struct Query *query);

/* Columns of the current row; -ENOMEM lands in query->r. */
const char *query_column_text(struct Query *query, struct Arena *arena, int column);
int64_t query_column_int(struct Query *query, int column);
usec_t query_column_time(struct Query *query, int column);

/* The negative errno that stands for SQLite's last error; notes its text. */
int ledger_error(struct Ledger *ledger, int code);
int ledger_spoil(struct Ledger *ledger, int r); /* returns r */

/* Rows into an array that lives in an arena: doubled there when it is full, so a load of n rows
 * costs at most twice their size. */
struct Rows {
        struct Arena *arena;
        void *items;
        size_t n, allocated, size;
};
void *rows_add(struct Rows *rows); /* NULL when the arena is exhausted; zeroed */

/* Every row of a query into `rows`, then gives the query back. 0 or negative errno. */
typedef int RowReader(struct Query *query, struct Arena *arena, void *row);
int rows_read(struct Query *query, RowReader *read, struct Rows *rows);
