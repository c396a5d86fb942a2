/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten, and how much at a time. */
#include "daemon/ledger/prune.h"

#include <errno.h>

#include "daemon/ledger/meta.h"
#include "daemon/ledger/query.h"

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
