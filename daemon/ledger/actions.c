/* SPDX-License-Identifier: Apache-2.0 */
/* Every put of an action makes its transaction durable: an intent before the call, an outcome so
 * that a restart does not look for it again. */
#include "daemon/ledger/actions.h"

#include <errno.h>

#include "daemon/ledger/columns.h"

static const struct ColumnWords KINDS = {action_kind_name, _ACTION_KIND_COUNT};
static const struct ColumnWords METHODS = {rollback_method_name, ROLLBACK_TASK_SET + 1};
static const struct ColumnWords STATES = {action_state_name, ACTION_WOULD + 1};

/* What stays, and what changes. */
#define INTENT_COLUMNS(X)                      \
        X("rollout", INT, rollout_id)          \
        X("kind", WORD, kind, .words = &KINDS) \
        X("intended_at", TIME, intended_at)
#define OUTCOME_COLUMNS(X)                                    \
        X("method", WORD, method, .words = &METHODS)          \
        X("falls_back", FLAG, falls_back)                     \
        X("service_deployment", TEXT, handle)                 \
        X("target", TEXT, target)                             \
        X("amount", COUNT, amount)                            \
        X("state", WORD, state, .words = &STATES)             \
        X("reason", TEXT, reason)                             \
        X("call_deadline", TIME, call_deadline)               \
        X("accepted_at", TIME, accepted_at)                   \
        X("finished_at", TIME, finished_at)                   \
        X("resulting_deployment", TEXT, resulting_deployment) \
        X("calls", COUNT, calls)
#define ACTION_COLUMN(name, ...) COLUMN_AS(struct ActionRecord, __VA_ARGS__)
static const struct Column INTENT[] = {INTENT_COLUMNS(ACTION_COLUMN)};
#define INTENT_NAMES INTENT_COLUMNS(SQL_NAME)
#define INTENT_PARAMETERS INTENT_COLUMNS(SQL_PARAMETER)
#define INTENT_NAMES_OF_A INTENT_COLUMNS(SQL_OF_A)
static const struct Column OUTCOME[] = {OUTCOME_COLUMNS(ACTION_COLUMN)};
#define OUTCOME_NAMES OUTCOME_COLUMNS(SQL_NAME)
#define OUTCOME_PARAMETERS OUTCOME_COLUMNS(SQL_PARAMETER)
#define OUTCOME_SET OUTCOME_COLUMNS(SQL_SET)
#define OUTCOME_NAMES_OF_A OUTCOME_COLUMNS(SQL_OF_A)

static int action_add(struct Ledger *ledger, struct ActionRecord *action) {
        struct Query q =
                query_begin(ledger, "INSERT INTO action (id" INTENT_NAMES OUTCOME_NAMES
                                    ") VALUES (NULL" INTENT_PARAMETERS OUTCOME_PARAMETERS ")");
        int r;

        columns_bind(&q, INTENT, ARRAY_SIZE(INTENT), action);
        columns_bind(&q, OUTCOME, ARRAY_SIZE(OUTCOME), action);
        r = query_write(&q);
        if (r < 0)
                return r;
        action->id = sqlite3_last_insert_rowid(ledger->db);
        return 0;
}

static int action_replace(struct Ledger *ledger, const struct ActionRecord *action) {
        struct Query q =
                query_begin(ledger, "UPDATE action SET id = id" OUTCOME_SET " WHERE id = ?");
        int r;

        columns_bind(&q, OUTCOME, ARRAY_SIZE(OUTCOME), action);
        query_int(&q, action->id);
        r = query_write(&q);
        if (r == 0)
                return ledger_spoil(ledger,
                                    -EINVAL); /* no such action: its outcome would be lost */
        return MIN(r, 0);
}

int ledger_put_action(struct Ledger *ledger, struct ActionRecord *action) {
        ledger->must_be_durable = true;
        return action->id == 0 ? action_add(ledger, action) : action_replace(ledger, action);
}

static int action_read(struct Query *q, struct Arena *arena, void *row) {
        struct ActionRecord *action = row;

        action->id = query_column_int(q, 0);
        columns_read(q, arena, 1, INTENT, ARRAY_SIZE(INTENT), action);
        columns_read(q, arena, 1 + (int) ARRAY_SIZE(INTENT), OUTCOME, ARRAY_SIZE(OUTCOME), action);
        return q->r;
}

/* Each by its index: "all, or of this rollout" would be answered by reading all actions there are.
 */
#define SELECT_ACTIONS(whose)                                                           \
        "SELECT a.id" INTENT_NAMES_OF_A OUTCOME_NAMES_OF_A " FROM action a"             \
        " JOIN rollout r ON r.id = a.rollout JOIN service s ON s.id = r.service"        \
        " WHERE " whose                                                                 \
        " AND (?3 = 0 OR a.state IN ('intended', 'uncertain')) AND a.intended_at >= ?4" \
        " AND (?5 = 0 OR (a.kind <> 'rollback'"                                         \
        "      AND (a.accepted_at <> 0 OR a.state IN ('intended', 'uncertain'))))"      \
        " ORDER BY a.id LIMIT ?6"

static const char *select_actions(const struct ActionQuery *query) {
        if (query->rollout_id > 0)
                return SELECT_ACTIONS("a.rollout = ?1 AND (?2 IS NULL OR s.arn = ?2)");
        if (query->service_arn)
                return SELECT_ACTIONS("?1 = 0 AND s.arn = ?2");
        return SELECT_ACTIONS("?1 = 0 AND ?2 IS NULL");
}

int ledger_load_actions(struct Ledger *ledger, const struct ActionQuery *query, struct Arena *arena,
                        struct ActionRecord **ret, size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct ActionRecord)};
        struct Query q = query_begin(ledger, select_actions(query));
        int r;

        query_int(&q, query->rollout_id);
        query_text(&q, query->service_arn);
        query_int(&q, query->only_open);
        query_time(&q, query->since);
        query_int(&q, query->only_remedies);
        query_int(&q, LEDGER_ACTIONS_MAX);
        r = rows_read(&q, action_read, &rows);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}

#define COUNT_ACTIONS(whose)                                                   \
        "SELECT count(*) FROM action a JOIN rollout r ON r.id = a.rollout"     \
        " JOIN service s ON s.id = r.service"                                  \
        " WHERE " whose " AND ((a.accepted_at <> 0 AND a.accepted_at >= ?2)"   \
        "      OR (a.accepted_at = 0 AND a.state IN ('intended', 'uncertain')" \
        "          AND max(a.intended_at, a.call_deadline) >= ?2))"

int ledger_count_actions(struct Ledger *ledger, const char *service_arn, usec_t since,
                         uint64_t *ret) {
        struct Query q = query_begin(ledger, service_arn ? COUNT_ACTIONS("s.arn = ?1")
                                                         : COUNT_ACTIONS("?1 IS NULL"));
        int r;

        query_text(&q, service_arn);
        query_time(&q, since);
        r = query_step(&q);
        if (r > 0)
                *ret = (uint64_t) query_column_int(&q, 0);
        query_done(&q);
        return r < 0 ? r : 0;
}
