/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/ledger/meta.h"

#include <errno.h>

#include "daemon/ledger/query.h"

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
