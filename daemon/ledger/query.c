/* SPDX-License-Identifier: Apache-2.0 */
/* Statements are prepared once and kept: the same thirty run every turn. */
#include "daemon/ledger/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The system's word on an I/O error. SQLite passes it on for what fails while a statement runs, and
 * keeps it in the log's or the file's own object for what fails in a commit. */
static int last_errno(sqlite3 *db) {
        sqlite3_file *log = NULL;
        int n = 0;

        if (!db)
                return -EIO;
        n = sqlite3_system_errno(db);
        if (n <= 0 &&
            sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
            log && log->pMethods)
                log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &n);
        if (n <= 0)
                sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &n);
        return n > 0 ? -n : -EIO;
}

int ledger_error(struct Ledger *ledger, int code) {
        snprintf(ledger->problem, sizeof(ledger->problem), "%s",
                 ledger->db ? sqlite3_errmsg(ledger->db) : sqlite3_errstr(code));
        switch (code & 0xff) {
        case SQLITE_NOMEM: return -ENOMEM;
        case SQLITE_FULL: return -ENOSPC;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return -EBADMSG;
        case SQLITE_READONLY: return -EROFS;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return -EBUSY;
        case SQLITE_PERM:
        case SQLITE_AUTH: return -EACCES;
        case SQLITE_CONSTRAINT: return -EINVAL;
        default: return last_errno(ledger->db);
        }
}

int ledger_spoil(struct Ledger *ledger, int r) {
        if (r < 0 && ledger->failed == 0)
                ledger->failed = r;
        return r;
}

static int statement_prepare(struct Ledger *ledger, const char *sql, sqlite3_stmt **ret) {
        int code;

        for (size_t i = 0; i < ledger->n_statements; i++)
                if (ledger->statements[i].sql == sql) {
                        *ret = ledger->statements[i].statement;
                        return 0;
                }
        if (ledger->n_statements == LEDGER_STATEMENTS_MAX)
                return -ENOBUFS;

        code = sqlite3_prepare_v3(ledger->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
        if (code != SQLITE_OK)
                return ledger_error(ledger, code);

        ledger->statements[ledger->n_statements++] =
                (struct CachedStatement) {.sql = sql, .statement = *ret};
        return 0;
}

struct Query query_begin(struct Ledger *ledger, const char *sql) {
        struct Query query = {.ledger = ledger};

        query.r = statement_prepare(ledger, sql, &query.statement);
        return query;
}

static void query_bound(struct Query *query, int code) {
        if (code != SQLITE_OK)
                query->r = ledger_error(query->ledger, code);
}

void query_text(struct Query *query, const char *text) {
        if (query->r < 0)
                return;
        /* The caller's text outlives the statement's run; query_done() forgets it. */
        query_bound(query,
                    sqlite3_bind_text(query->statement, ++query->n_bound, text, -1, SQLITE_STATIC));
}

void query_int(struct Query *query, int64_t value) {
        if (query->r < 0)
                return;
        query_bound(query, sqlite3_bind_int64(query->statement, ++query->n_bound, value));
}

void query_time(struct Query *query, usec_t instant) {
        /* USEC_INFINITY does not fit SQLite's signed integers; nothing later does exist. */
        query_int(query, (int64_t) MIN(instant, (usec_t) INT64_MAX));
}

int query_step(struct Query *query) {
        int code;

        if (query->r < 0)
                return query->r;
        code = sqlite3_step(query->statement);
        if (code == SQLITE_ROW)
                return 1;
        if (code == SQLITE_DONE)
                return 0;
        query->r = ledger_error(query->ledger, code);
        return query->r;
}

void query_done(struct Query *query) {
        if (!query->statement)
                return;
        sqlite3_reset(query->statement);
        sqlite3_clear_bindings(query->statement);
        query->statement = NULL;
}

static int transaction_begin(struct Ledger *ledger) {
        int code;

        if (ledger->failed < 0)
                return ledger->failed;
        if (ledger->in_transaction)
                return 0;
        code = sqlite3_exec(ledger->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (code != SQLITE_OK)
                return ledger_error(ledger, code);
        ledger->in_transaction = true;
        return 0;
}

int query_write(struct Query *query) {
        struct Ledger *ledger = query->ledger;
        int r = query->r;

        if (r >= 0)
                r = transaction_begin(ledger);
        if (r >= 0) {
                do
                        r = query_step(query);
                while (r > 0);
        }
        query_done(query);
        return r < 0 ? ledger_spoil(ledger, r) : sqlite3_changes(ledger->db);
}

const char *query_column_text(struct Query *query, struct Arena *arena, int column) {
        const char *text = (const char *) sqlite3_column_text(query->statement, column);
        const char *copy;

        if (!text) {
                if (sqlite3_column_type(query->statement, column) != SQLITE_NULL)
                        query->r = -ENOMEM;
                return NULL;
        }
        copy = arena_copy_n(arena, text, (size_t) sqlite3_column_bytes(query->statement, column));
        if (!copy)
                query->r = -ENOMEM;
        return copy;
}

int64_t query_column_int(struct Query *query, int column) {
        return sqlite3_column_int64(query->statement, column);
}

usec_t query_column_time(struct Query *query, int column) {
        int64_t value = sqlite3_column_int64(query->statement, column);

        return value == INT64_MAX ? USEC_INFINITY : value < 0 ? USEC_UNKNOWN : (usec_t) value;
}

void *rows_add(struct Rows *rows) {
        if (rows->n == rows->allocated) {
                size_t allocated = MAX(rows->allocated * 2, (size_t) 8);
                void *items = arena_alloc_array(rows->arena, allocated, rows->size);

                if (!items)
                        return NULL;
                if (rows->n > 0)
                        memcpy(items, rows->items, rows->n * rows->size);
                rows->items = items;
                rows->allocated = allocated;
        }
        return (char *) rows->items + rows->n++ * rows->size;
}

int rows_read(struct Query *q, RowReader *read, struct Rows *rows) {
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
