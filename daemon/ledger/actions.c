/* SPDX-License-Identifier: Apache-2.0 */
/* Every put of an action makes its transaction durable: an intent before the call, an outcome so
 * that a restart does not look for it again. */
#include "daemon/ledger/actions.h"

#include <errno.h>

#include "base/text.h"
#include "daemon/ledger/query.h"

static void action_bind(struct Query *q, const struct ActionRecord *action) {
        query_text(q, rollback_method_name(action->method));
        query_text(q, action->target);
        query_text(q, action_state_name(action->state));
        query_text(q, action->reason);
        query_time(q, action->call_deadline);
        query_time(q, action->accepted_at);
        query_time(q, action->finished_at);
        query_text(q, action->resulting_deployment);
        query_int(q, (int64_t) action->calls);
}

static int action_add(struct Ledger *ledger, struct ActionRecord *action) {
        struct Query q =
                query_begin(ledger,
                            "INSERT INTO action (method, target, state, reason, call_deadline,"
                            " accepted_at, finished_at, resulting_deployment, calls, rollout, kind,"
                            " intended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        int r;

        action_bind(&q, action);
        query_int(&q, action->rollout_id);
        query_text(&q, action_kind_name(action->kind));
        query_time(&q, action->intended_at);
        r = query_write(&q);
        if (r < 0)
                return r;
        action->id = sqlite3_last_insert_rowid(ledger->db);
        return 0;
}

static int action_replace(struct Ledger *ledger, const struct ActionRecord *action) {
        struct Query q =
                query_begin(ledger,
                            "UPDATE action SET method = ?, target = ?, state = ?, reason = ?,"
                            " call_deadline = ?, accepted_at = ?, finished_at = ?,"
                            " resulting_deployment = ?, calls = ? WHERE id = ?");
        int r;

        action_bind(&q, action);
        query_int(&q, action->id);
        r = query_write(&q);
        if (r == 0)
                return ledger_spoil(ledger,
                                    -EINVAL); /* no such action: its outcome would be lost */
        return r < 0 ? r : 0;
}

int ledger_put_action(struct Ledger *ledger, struct ActionRecord *action) {
        ledger->must_be_durable = true;
        return action->id == 0 ? action_add(ledger, action) : action_replace(ledger, action);
}

static int action_read(struct Query *q, struct Arena *arena, struct ActionRecord *ret) {
        const char *kind = query_column_text(q, arena, 2);
        const char *method = query_column_text(q, arena, 3);
        const char *state = query_column_text(q, arena, 5);

        *ret = (struct ActionRecord) {
                .id = query_column_int(q, 0),
                .rollout_id = query_column_int(q, 1),
                .target = query_column_text(q, arena, 4),
                .reason = query_column_text(q, arena, 6),
                .intended_at = query_column_time(q, 7),
                .call_deadline = query_column_time(q, 8),
                .accepted_at = query_column_time(q, 9),
                .finished_at = query_column_time(q, 10),
                .resulting_deployment = query_column_text(q, arena, 11),
                .calls = (uint64_t) query_column_int(q, 12),
        };
        if (q->r < 0)
                return q->r;
        if (!action_kind_from_name(kind, &ret->kind) ||
            !action_state_from_name(state, &ret->state) ||
            !rollback_method_from_name(method, &ret->method))
                return -EBADMSG;
        return 0;
}

int ledger_load_actions(struct Ledger *ledger, const struct ActionQuery *query, struct Arena *arena,
                        struct ActionRecord **ret, size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct ActionRecord)};
        struct Query q = query_begin(
                ledger,
                "SELECT a.id, a.rollout, a.kind, a.method, a.target, a.state, a.reason,"
                " a.intended_at, a.call_deadline, a.accepted_at, a.finished_at,"
                " a.resulting_deployment, a.calls FROM action a"
                " JOIN rollout r ON r.id = a.rollout JOIN service s ON s.id = r.service"
                " WHERE (?1 = 0 OR a.rollout = ?1) AND (?2 IS NULL OR s.arn = ?2)"
                " AND (?3 = 0 OR a.state IN ('intended', 'uncertain')) AND a.intended_at >= ?4"
                " ORDER BY a.id LIMIT ?5");
        int r;

        query_int(&q, query->rollout_id);
        query_text(&q, query->service_arn);
        query_int(&q, query->only_open);
        query_time(&q, query->since);
        query_int(&q, LEDGER_ACTIONS_MAX);
        while ((r = query_step(&q)) > 0) {
                struct ActionRecord *action = rows_add(&rows);

                r = action ? action_read(&q, arena, action) : -ENOMEM;
                if (r < 0)
                        break;
        }
        query_done(&q);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}

int ledger_count_rollbacks(struct Ledger *ledger, const char *service_arn, usec_t since,
                           uint64_t *ret) {
        struct Query q =
                query_begin(ledger,
                            "SELECT count(*) FROM action a JOIN rollout r ON r.id = a.rollout"
                            " JOIN service s ON s.id = r.service"
                            " WHERE a.kind = 'rollback' AND (?1 IS NULL OR s.arn = ?1)"
                            " AND ((a.accepted_at <> 0 AND a.accepted_at >= ?2)"
                            "      OR (a.accepted_at = 0 AND a.state IN ('intended', 'uncertain')"
                            "          AND max(a.intended_at, a.call_deadline) >= ?2))");
        int r;

        query_text(&q, service_arn);
        query_time(&q, since);
        r = query_step(&q);
        if (r > 0)
                *ret = (uint64_t) query_column_int(&q, 0);
        query_done(&q);
        return r < 0 ? r : 0;
}
