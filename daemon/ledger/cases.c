/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/ledger/cases.h"

#include "daemon/ledger/query.h"

int ledger_put_case(struct Ledger *ledger, int64_t rollout_id, const char *body) {
        struct Query q = query_begin(ledger, "INSERT INTO \"case\" (rollout, body) VALUES (?, ?)"
                                             " ON CONFLICT (rollout) DO UPDATE SET"
                                             " body = excluded.body");

        query_int(&q, rollout_id);
        query_text(&q, body);
        return MIN(query_write(&q), 0);
}

int ledger_find_case(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                     const char **ret) {
        struct Query q = query_begin(ledger, "SELECT body FROM \"case\" WHERE rollout = ?");
        int r;

        query_int(&q, rollout_id);
        r = query_step(&q);
        if (r > 0) {
                *ret = query_column_text(&q, arena, 0);
                r = q.r < 0 ? q.r : LEDGER_FOUND;
        } else if (r == 0) {
                r = LEDGER_NOT_FOUND;
        }
        query_done(&q);
        return r;
}
