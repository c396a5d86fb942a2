/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/ledger/columns.h"

#include <errno.h>

#include "base/text.h"

int columns_copy_texts(const struct Column *columns, size_t n, struct Arena *arena, void *record) {
        for (size_t i = 0; i < n; i++) {
                const char **text = (const char **) ((char *) record + columns[i].offset);

                if (columns[i].kind != COLUMN_TEXT || !*text)
                        continue;
                *text = arena_copy(arena, *text);
                if (!*text)
                        return -ENOMEM;
        }
        return 0;
}

void columns_bind(struct Query *query, const struct Column *columns, size_t n, const void *record) {
        for (size_t i = 0; i < n; i++) {
                const char *at = (const char *) record + columns[i].offset;

                switch (columns[i].kind) {
                case COLUMN_TEXT: query_text(query, *(const char *const *) at); break;
                case COLUMN_INT: query_int(query, *(const int64_t *) at); break;
                case COLUMN_COUNT: query_int(query, (int64_t) * (const uint64_t *) at); break;
                case COLUMN_FLAG: query_int(query, *(const bool *) at); break;
                case COLUMN_TIME: query_time(query, *(const usec_t *) at); break;
                case COLUMN_WORD:
                        query_text(query, columns[i].words->name(*(const unsigned *) at));
                        break;
                case COLUMN_MAYBE:
                        if (*(const bool *) ((const char *) record + columns[i].given))
                                query_int(query, *(const int64_t *) at);
                        else
                                query_text(query, NULL);
                        break;
                }
        }
}

static void word_read(struct Query *query, int number, const struct ColumnWords *words,
                      unsigned *ret) {
        const char *name = (const char *) sqlite3_column_text(query->statement, number);

        for (unsigned i = 0; i < words->count; i++)
                if (text_equal(words->name(i), name)) {
                        *ret = i;
                        return;
                }
        query->r = -EBADMSG;
}

void columns_read(struct Query *query, struct Arena *arena, int first, const struct Column *columns,
                  size_t n, void *record) {
        for (size_t i = 0; i < n; i++) {
                char *at = (char *) record + columns[i].offset;
                int number = first + (int) i;

                switch (columns[i].kind) {
                case COLUMN_TEXT:
                        *(const char **) at = query_column_text(query, arena, number);
                        break;
                case COLUMN_INT: *(int64_t *) at = query_column_int(query, number); break;
                case COLUMN_COUNT:
                        *(uint64_t *) at = (uint64_t) query_column_int(query, number);
                        break;
                case COLUMN_FLAG: *(bool *) at = query_column_int(query, number) != 0; break;
                case COLUMN_TIME: *(usec_t *) at = query_column_time(query, number); break;
                case COLUMN_WORD:
                        word_read(query, number, columns[i].words, (unsigned *) at);
                        break;
                case COLUMN_MAYBE:
                        *(bool *) ((char *) record + columns[i].given) =
                                sqlite3_column_type(query->statement, number) != SQLITE_NULL;
                        *(int64_t *) at = query_column_int(query, number);
                        break;
                }
        }
}
