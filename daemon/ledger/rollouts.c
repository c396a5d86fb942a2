/* SPDX-License-Identifier: Apache-2.0 */
/* Services and rollouts: who was judged, and what came of it. */
#include "daemon/ledger/rollouts.h"

#include <errno.h>

#include "base/text.h"
#include "daemon/ledger/columns.h"

/* What ECS may change, and we keep up with. */
#define SERVICE_COLUMNS(X)                  \
        X("name", TEXT, name)               \
        X("cluster", TEXT, cluster)         \
        X("cluster_arn", TEXT, cluster_arn) \
        X("region", TEXT, region)           \
        X("account", TEXT, account)         \
        X("service_deployment", TEXT, service_deployment)
#define SERVICE_COLUMN(name, ...) COLUMN_AS(struct ServiceRecord, __VA_ARGS__)
static const struct Column SERVICE[] = {SERVICE_COLUMNS(SERVICE_COLUMN)};
#define SERVICE_NAMES SERVICE_COLUMNS(SQL_NAME)
#define SERVICE_PARAMETERS SERVICE_COLUMNS(SQL_PARAMETER)
#define SERVICE_REPLACED SERVICE_COLUMNS(SQL_REPLACE)
#define SERVICE_SAME SERVICE_COLUMNS(SQL_IS)

static void service_bind_key(struct Query *q, const char *arn, usec_t created_at) {
        query_text(q, arn);
        query_time(q, created_at);
}

static bool service_is_stored(struct Ledger *ledger, const struct ServiceRecord *service) {
        struct Query q =
                query_begin(ledger,
                            "SELECT 1 FROM service WHERE arn = ? AND created_at = ?" SERVICE_SAME);
        int r;

        service_bind_key(&q, service->arn, service->created_at);
        columns_bind(&q, SERVICE, ARRAY_SIZE(SERVICE), service);
        r = query_step(&q);
        query_done(&q);
        return r > 0;
}

static int service_write(struct Ledger *ledger, const struct ServiceRecord *service) {
        struct Query q = query_begin(
                ledger,
                "INSERT INTO service (arn, created_at, first_seen_at" SERVICE_NAMES
                ") VALUES (?, ?, ?" SERVICE_PARAMETERS
                ") ON CONFLICT (arn, created_at) DO UPDATE SET arn = excluded.arn" SERVICE_REPLACED);
        int r;

        service_bind_key(&q, service->arn, service->created_at);
        query_time(&q, service->first_seen_at);
        columns_bind(&q, SERVICE, ARRAY_SIZE(SERVICE), service);
        r = query_write(&q);
        return MIN(r, 0);
}

/* Every poll of every service comes here: it must not take the write lock for nothing. */
int ledger_put_service(struct Ledger *ledger, const struct ServiceRecord *service) {
        return service_is_stored(ledger, service) ? 0 : service_write(ledger, service);
}

static int service_read(struct Query *q, struct Arena *arena, struct ServiceRecord *ret) {
        struct ServiceRecord service = {
                .arn = query_column_text(q, arena, 0),
                .created_at = query_column_time(q, 1),
                .first_seen_at = query_column_time(q, 2),
        };

        columns_read(q, arena, 3, SERVICE, ARRAY_SIZE(SERVICE), &service);
        if (q->r < 0)
                return q->r;
        *ret = service;
        return 0;
}

int ledger_find_service(struct Ledger *ledger, const char *arn, usec_t created_at,
                        struct Arena *arena, struct ServiceRecord *ret) {
        struct Query q = query_begin(ledger, "SELECT arn, created_at, first_seen_at" SERVICE_NAMES
                                             " FROM service WHERE arn = ? AND created_at = ?");
        int r;

        service_bind_key(&q, arn, created_at);
        r = query_step(&q);
        if (r > 0)
                r = service_read(&q, arena, ret);
        else if (r == 0)
                r = LEDGER_NOT_FOUND;
        query_done(&q);
        return r;
}

static const struct ColumnWords KINDS = {rollout_kind_name, ROLLOUT_ROLLBACK + 1};
static const struct ColumnWords BYS = {rollback_by_name, BY_OTHER + 1};
static const struct ColumnWords MODES = {policy_mode_name, MODE_ENFORCE + 1};
static const struct ColumnWords VERDICTS = {verdict_kind_name, VERDICT_REVERTED + 1};
static const struct ColumnWords CAUSES = {cause_name, _CAUSE_COUNT};

#define ROLLOUT_COLUMNS(X)                                                    \
        X("deployment", TEXT, rollout.deployment)                             \
        X("ordinal", COUNT, rollout.ordinal)                                  \
        X("kind", WORD, rollout.kind, .words = &KINDS)                        \
        X("by", WORD, rollout.by, .words = &BYS)                              \
        X("task_definition", TEXT, rollout.task_definition)                   \
        X("previous_task_definition", TEXT, rollout.previous_task_definition) \
        X("service_revision", TEXT, rollout.service_revision)                 \
        X("service_deployment", TEXT, rollout.service_deployment)             \
        X("started_at", TIME, rollout.started_at)                             \
        X("before_watch", FLAG, rollout.before_watch)                         \
        X("policy", TEXT, policy)                                             \
        X("mode", WORD, mode, .words = &MODES)                                \
        X("approved_by", TEXT, approved_by)                                   \
        X("verdict", WORD, verdict, .words = &VERDICTS)                       \
        X("cause", WORD, cause, .words = &CAUSES)                             \
        X("summary", TEXT, summary)                                           \
        X("numbers", TEXT, numbers)                                           \
        X("log", TEXT, log)                                                   \
        X("log_task", TEXT, log_task)                                         \
        X("log_container", TEXT, log_container)                               \
        X("verdict_at", TIME, verdict_at)                                     \
        X("recovered_at", TIME, recovered_at)                                 \
        X("ended_at", TIME, ended_at)                                         \
        X("last_good_at", TIME, last_good_at)                                 \
        X("unproven", FLAG, unproven)                                         \
        X("vacuous", FLAG, vacuous)                                           \
        X("evidence_reset_at", TIME, evidence_reset_at)                       \
        X("attempts", COUNT, attempts)                                        \
        X("blamed", COUNT, blamed)
#define ROLLOUT_COLUMN(name, ...) COLUMN_AS(struct RolloutRecord, __VA_ARGS__)
static const struct Column ROLLOUT[] = {ROLLOUT_COLUMNS(ROLLOUT_COLUMN)};
#define ROLLOUT_NAMES ROLLOUT_COLUMNS(SQL_NAME)
#define ROLLOUT_PARAMETERS ROLLOUT_COLUMNS(SQL_PARAMETER)
#define ROLLOUT_REPLACED ROLLOUT_COLUMNS(SQL_REPLACE)
#define ROLLOUT_NAMES_OF_R ROLLOUT_COLUMNS(SQL_OF_R)

/* Of the service's row. */
#define OWNER_COLUMNS(X)                                  \
        X("arn", TEXT, rollout.service_arn)               \
        X("created_at", TIME, rollout.service_created_at) \
        X("cluster", TEXT, cluster)                       \
        X("name", TEXT, service)
static const struct Column OWNER[] = {OWNER_COLUMNS(ROLLOUT_COLUMN)};
#define OWNER_NAMES_OF_S OWNER_COLUMNS(SQL_OF_S)

int rollout_record_copy(const struct RolloutRecord *record, struct Arena *arena,
                        struct RolloutRecord *ret) {
        struct RolloutRecord copy = *record;
        int r;

        r = columns_copy_texts(ROLLOUT, ARRAY_SIZE(ROLLOUT), arena, &copy);
        if (r >= 0)
                r = columns_copy_texts(OWNER, ARRAY_SIZE(OWNER), arena, &copy);
        if (r >= 0)
                *ret = copy;
        return r;
}

static int rollout_id(struct Ledger *ledger, const struct Rollout *rollout, int64_t *ret) {
        struct Query q =
                query_begin(ledger, "SELECT r.id FROM rollout r JOIN service s ON s.id = r.service"
                                    " WHERE s.arn = ? AND s.created_at = ? AND r.deployment = ?"
                                    " AND r.ordinal = ?");
        int r;

        query_text(&q, rollout->service_arn);
        query_time(&q, rollout->service_created_at);
        query_text(&q, rollout->deployment);
        query_int(&q, (int64_t) rollout->ordinal);
        r = query_step(&q);
        if (r > 0)
                *ret = query_column_int(&q, 0);
        query_done(&q);
        return r < 0 ? r : r == 0 ? -EINVAL : 0;
}

int ledger_put_rollout(struct Ledger *ledger, struct RolloutRecord *record) {
        /* An upsert and not INSERT OR REPLACE: that one deletes first, and attempts cascade. */
        struct Query q =
                query_begin(ledger, "INSERT INTO rollout (service" ROLLOUT_NAMES
                                    ") SELECT id" ROLLOUT_PARAMETERS
                                    " FROM service WHERE arn = ? AND created_at = ?"
                                    " ON CONFLICT (service, deployment, ordinal) DO UPDATE SET"
                                    " service = excluded.service" ROLLOUT_REPLACED);
        int r;

        columns_bind(&q, ROLLOUT, ARRAY_SIZE(ROLLOUT), record);
        service_bind_key(&q, record->rollout.service_arn, record->rollout.service_created_at);
        r = query_write(&q);
        if (r == 0) /* no such service: the insert selected nothing */
                r = ledger_spoil(ledger, -EINVAL);
        if (r > 0)
                r = rollout_id(ledger, &record->rollout, &record->id);
        if (r < 0 && record->id == 0)
                record->id = LEDGER_UNRECORDED;
        return r;
}

static int rollout_read(struct Query *q, struct Arena *arena, void *row) {
        struct RolloutRecord *record = row;

        record->id = query_column_int(q, 0);
        columns_read(q, arena, 1, ROLLOUT, ARRAY_SIZE(ROLLOUT), record);
        columns_read(q, arena, 1 + (int) ARRAY_SIZE(ROLLOUT), OWNER, ARRAY_SIZE(OWNER), record);
        return q->r;
}

/* "No service, or this one" would be answered by reading all rollouts there are. */
#define SELECT_ROLLOUTS(of_service)                                                 \
        "SELECT r.id" ROLLOUT_NAMES_OF_R OWNER_NAMES_OF_S                           \
        " FROM rollout r JOIN service s ON s.id = r.service"                        \
        " WHERE " of_service " AND (?2 = 0 OR s.created_at = ?2)"                   \
        " AND (?3 IS NULL OR r.deployment = ?3) AND (?4 IS NULL OR s.cluster = ?4)" \
        " AND (?5 IS NULL OR s.name = ?5) AND (?6 = 0 OR r.ended_at = 0)"           \
        " ORDER BY r.started_at DESC, r.id DESC LIMIT ?7"

int ledger_load_rollouts(struct Ledger *ledger, const struct RolloutQuery *query,
                         struct Arena *arena, struct RolloutRecord **ret, size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct RolloutRecord)};
        struct Query q = query_begin(ledger, query->service_arn ? SELECT_ROLLOUTS("s.arn = ?1")
                                                                : SELECT_ROLLOUTS("?1 IS NULL"));
        int r;

        query_text(&q, query->service_arn);
        query_time(&q, query->service_created_at);
        query_text(&q, query->deployment);
        query_text(&q, query->cluster);
        query_text(&q, query->service);
        query_int(&q, query->only_open);
        query_int(&q, query->limit > 0 ? (int64_t) MIN(query->limit, (size_t) LEDGER_ROLLOUTS_MAX)
                                       : LEDGER_ROLLOUTS_MAX);
        r = rows_read(&q, rollout_read, &rows);
        if (r < 0)
                return r;
        *ret = rows.items;
        *ret_n = rows.n;
        return 0;
}

int ledger_find_last_good(struct Ledger *ledger, const char *service_arn, usec_t service_created_at,
                          struct Arena *arena, const char **ret) {
        struct Query q = query_begin(
                ledger, "SELECT r.task_definition FROM rollout r JOIN service s ON s.id = r.service"
                        " WHERE s.arn = ? AND s.created_at = ? AND r.last_good_at > 0"
                        " ORDER BY r.last_good_at DESC, r.id DESC LIMIT 1");
        int r;

        *ret = NULL;
        query_text(&q, service_arn);
        query_time(&q, service_created_at);
        r = query_step(&q);
        if (r > 0) {
                *ret = query_column_text(&q, arena, 0);
                r = q.r;
        }
        query_done(&q);
        return r < 0 ? r : 0;
}

int ledger_last_ordinal(struct Ledger *ledger, const char *service_arn, usec_t service_created_at,
                        const char *deployment, uint64_t *ret) {
        struct Query q =
                query_begin(ledger, "SELECT max(r.ordinal) FROM rollout r"
                                    " JOIN service s ON s.id = r.service"
                                    " WHERE s.arn = ? AND s.created_at = ? AND r.deployment = ?");
        int r;

        query_text(&q, service_arn);
        query_time(&q, service_created_at);
        query_text(&q, deployment);
        r = query_step(&q);
        if (r > 0)
                *ret = (uint64_t) query_column_int(&q, 0); /* NULL, for no row, reads as 0 */
        query_done(&q);
        return r < 0 ? r : 0;
}

/* Gives the query back. */
static int read_learnt(struct Query *q, uint64_t *ret_attempts, uint64_t *ret_failed) {
        int r = query_step(q);

        if (r > 0) {
                *ret_attempts = (uint64_t) query_column_int(q, 0); /* NULL reads as 0 */
                *ret_failed = (uint64_t) query_column_int(q, 1);
        }
        query_done(q);
        return r < 0 ? r : 0;
}

int ledger_load_learnt(struct Ledger *ledger, const char *service_arn, usec_t service_created_at,
                       struct Learnt *ret) {
        struct Learnt learnt = {0};
        struct Query q =
                query_begin(ledger,
                            "SELECT sum(attempts), sum(blamed) FROM"
                            " (SELECT r.attempts, r.blamed FROM rollout r"
                            "  JOIN service s ON s.id = r.service"
                            "  WHERE s.arn = ? AND s.created_at = ? AND r.attempts > 0"
                            "  AND r.last_good_at > 0 ORDER BY r.started_at DESC LIMIT 50)");
        int r;

        query_text(&q, service_arn);
        query_time(&q, service_created_at);
        r = read_learnt(&q, &learnt.attempts, &learnt.failed);
        if (r < 0)
                return r;
        q = query_begin(ledger, "SELECT sum(attempts), sum(blamed) FROM"
                                " (SELECT attempts, blamed FROM rollout"
                                "  WHERE attempts > 0 AND last_good_at > 0"
                                "  ORDER BY last_good_at DESC LIMIT 1000)");
        r = read_learnt(&q, &learnt.fleet_attempts, &learnt.fleet_failed);
        if (r < 0)
                return r;
        *ret = learnt;
        return 0;
}
