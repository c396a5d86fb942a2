/* SPDX-License-Identifier: Apache-2.0 */
/* What a service may go back to. One row a task definition: forced redeployments and rollbacks make
 * many rollouts of one. */
#include "daemon/ledger/candidates.h"

#include <errno.h>

#include "base/text.h"
#include "daemon/ledger/query.h"

static int candidate_source(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                            const char **ret) {
        struct Query q =
                query_begin(ledger, "SELECT previous_task_definition FROM rollout WHERE id = ?");
        int r;

        query_int(&q, rollout_id);
        r = query_step(&q);
        if (r > 0) {
                const char *source = query_column_text(&q, arena, 0);

                r = q.r;
                if (r == 0)
                        *ret = source;
        } else if (r == 0)
                r = -EINVAL;
        query_done(&q);
        return r;
}

static int candidate_read(struct Query *q, struct Arena *arena, const char *source,
                          struct TargetCandidate *candidate) {
        usec_t failed_at = query_column_time(q, 2);

        *candidate = (struct TargetCandidate) {.task_definition = query_column_text(q, arena, 0)};
        candidate->proven_at = query_column_time(q, 1);
        candidate->good = candidate->proven_at != USEC_UNKNOWN;
        candidate->failed_under_us = failed_at != USEC_UNKNOWN && failed_at >= candidate->proven_at;
        candidate->unproven = query_column_int(q, 3) != 0 && !candidate->good;
        candidate->source = source && text_equal(candidate->task_definition, source);
        return q->r;
}

/* Whether the ledger knows of the source is told by its row, which the query puts first; what the
 * service ran is a fact of ECS even where we watched none of it. */
static int candidates_add_unknown_source(struct Rows *rows, const char *source) {
        struct TargetCandidate *candidate;

        if (!source || rows->n > 0)
                return 0;
        candidate = rows_add(rows);
        if (!candidate)
                return -ENOMEM;
        *candidate = (struct TargetCandidate) {.task_definition = source, .source = true};
        return 0;
}

static int candidates_read(struct Query *q, struct Rows *rows, const char *source) {
        struct TargetCandidate *candidate, read;
        int r;

        while ((r = query_step(q)) > 0) {
                r = candidate_read(q, rows->arena, source, &read);
                if (r >= 0 && !read.source)
                        r = candidates_add_unknown_source(rows, source);
                if (r < 0)
                        return r;
                candidate = rows_add(rows);
                if (!candidate)
                        return -ENOMEM;
                *candidate = read;
        }
        return r < 0 ? r : candidates_add_unknown_source(rows, source);
}

int ledger_load_candidates(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                           struct TargetCandidate **ret, size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct TargetCandidate)};
        const char *source = NULL;
        struct Query q;
        int r;

        r = candidate_source(ledger, rollout_id, arena, &source);
        if (r < 0)
                return r;
        q = query_begin(
                ledger,
                /* What served when this rollout began need not have been watched long enough to be
                 * last-good: it succeeded, so ECS has completed it. */
                "SELECT o.task_definition,"
                " max(CASE WHEN o.task_definition IS ?2 AND o.verdict = 'succeeded'"
                "     THEN max(o.last_good_at, o.verdict_at) ELSE o.last_good_at END),"
                " max(CASE o.verdict WHEN 'failed' THEN o.verdict_at ELSE 0 END), max(o.unproven)"
                " FROM rollout o JOIN rollout judged ON judged.service = o.service"
                " WHERE judged.id = ?1 AND o.id <> ?1 AND o.task_definition IS NOT NULL"
                " AND (o.started_at, o.id) < (judged.started_at, judged.id)"
                " GROUP BY o.task_definition"
                " ORDER BY o.task_definition IS ?2 DESC, max(o.started_at) DESC, max(o.id) DESC"
                " LIMIT ?3");
        query_int(&q, rollout_id);
        query_text(&q, source);
        query_int(&q, LEDGER_CANDIDATES_MAX - 1); /* one place for a source that is not known */
        r = candidates_read(&q, &rows, source);
        query_done(&q);
        if (r < 0)
                return r;

        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}
