/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a record, each named in one line: what is selected, inserted, replaced, bound and
 * read all comes of the same lines. A record's lines are a macro:
 *
 *         #define SIGNAL_COLUMNS(X)      \
 *                 X("event_id", TEXT, event_id) \
 *                 X("created_at", TIME, created_at)
 *
 * An SQL list of columns goes on from something that stands before it: each adds its comma. */
#pragma once

#include <stddef.h>

#include "daemon/ledger/query.h"

enum ColumnKind {
        COLUMN_TEXT,  /* const char * */
        COLUMN_INT,   /* int64_t */
        COLUMN_COUNT, /* uint64_t */
        COLUMN_FLAG,  /* bool */
        COLUMN_TIME,  /* usec_t */
        COLUMN_WORD,  /* an enum, stored as the name that `words` gives it */
        COLUMN_MAYBE, /* int64_t, NULL while the bool at `given` is false */
};

struct ColumnWords {
        const char *(*name)(unsigned value);
        unsigned count;
};

struct Column {
        enum ColumnKind kind;
        size_t offset;
        const struct ColumnWords *words;
        size_t given;
};

/* A line as a struct Column of `type`; further arguments are initialisers. */
#define COLUMN_AS(type, kind, member, ...) {COLUMN_##kind, offsetof(type, member), __VA_ARGS__},

/* Lines as SQL. */
#define SQL_NAME(name, ...) ", \"" name "\""
#define SQL_PARAMETER(name, ...) ", ?"
#define SQL_REPLACE(name, ...) ", \"" name "\" = excluded.\"" name "\""
#define SQL_SET(name, ...) ", \"" name "\" = ?"
#define SQL_IS(name, ...) " AND \"" name "\" IS ?"
#define SQL_OF_A(name, ...) ", a.\"" name "\"" /* of the table that the statement calls a */
#define SQL_OF_R(name, ...) ", r.\"" name "\""
#define SQL_OF_S(name, ...) ", s.\"" name "\""

/* The texts of `record` into `arena`. 0 or -ENOMEM. */
int columns_copy_texts(const struct Column *columns, size_t n, struct Arena *arena, void *record);

/* In their order, after what was bound before. */
void columns_bind(struct Query *query, const struct Column *columns, size_t n, const void *record);
/* From SQLite's column `first` on. An error lands in query->r: -ENOMEM, or -EBADMSG for a word that
 * this program does not know, which can only come of a damaged file: newer ones are refused. */
void columns_read(struct Query *query, struct Arena *arena, int first, const struct Column *columns,
                  size_t n, void *record);
