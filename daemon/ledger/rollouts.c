/* SPDX-License-Identifier: Apache-2.0 */
/* Services and rollouts: who was judged, and what came of it. */
#include "daemon/ledger/rollouts.h"

#include <errno.h>

#include "base/text.h"
#include "daemon/ledger/query.h"

static void service_bind(struct Query *q, const struct ServiceRecord *service) {
        query_text(q, service->arn);
        query_time(q, service->created_at);
        query_text(q, service->name);
        query_text(q, service->cluster);
        query_text(q, service->cluster_arn);
        query_text(q, service->region);
        query_text(q, service->account);
        query_text(q, service->service_deployment);
}

static bool service_is_stored(struct Ledger *ledger, const struct ServiceRecord *service) {
        struct Query q =
                query_begin(ledger, "SELECT 1 FROM service WHERE arn = ? AND created_at = ?"
                                    " AND name IS ? AND cluster IS ? AND cluster_arn IS ?"
                                    " AND region IS ? AND account IS ?"
                                    " AND service_deployment IS ?");
        int r;

        service_bind(&q, service);
        r = query_step(&q);
        query_done(&q);
        return r > 0;
}

static int service_write(struct Ledger *ledger, const struct ServiceRecord *service) {
        struct Query q = query_begin(
                ledger,
                "INSERT INTO service (arn, created_at, name, cluster, cluster_arn, region, account,"
                " service_deployment, first_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (arn, created_at) DO UPDATE SET name = excluded.name,"
                " cluster = excluded.cluster, cluster_arn = excluded.cluster_arn,"
                " region = excluded.region, account = excluded.account,"
                " service_deployment = excluded.service_deployment");
        int r;

        service_bind(&q, service);
        query_time(&q, service->first_seen_at);
        r = query_write(&q);
        return r < 0 ? r : 0;
}

/* Every poll of every service comes here: it must not take the write lock for nothing. */
int ledger_put_service(struct Ledger *ledger, const struct ServiceRecord *service) {
        return service_is_stored(ledger, service) ? 0 : service_write(ledger, service);
}

static int service_read(struct Query *q, struct Arena *arena, struct ServiceRecord *ret) {
        struct ServiceRecord service = {
                .arn = query_column_text(q, arena, 0),
                .created_at = query_column_time(q, 1),
                .name = query_column_text(q, arena, 2),
                .cluster = query_column_text(q, arena, 3),
                .cluster_arn = query_column_text(q, arena, 4),
                .region = query_column_text(q, arena, 5),
                .account = query_column_text(q, arena, 6),
                .first_seen_at = query_column_time(q, 7),
                .service_deployment = query_column_text(q, arena, 8),
        };

        if (q->r < 0)
                return q->r;
        *ret = service;
        return 0;
}

int ledger_find_service(struct Ledger *ledger, const char *arn, usec_t created_at,
                        struct Arena *arena, struct ServiceRecord *ret) {
        struct Query q = query_begin(
                ledger,
                "SELECT arn, created_at, name, cluster, cluster_arn, region, account,"
                " first_seen_at, service_deployment FROM service WHERE arn = ? AND created_at = ?");
        int r;

        query_text(&q, arn);
        query_time(&q, created_at);
        r = query_step(&q);
        if (r > 0)
                r = service_read(&q, arena, ret);
        else if (r == 0)
                r = LEDGER_NOT_FOUND;
        query_done(&q);
        return r;
}

static void rollout_bind(struct Query *q, const struct RolloutRecord *record) {
        const struct Rollout *rollout = &record->rollout;

        query_text(q, rollout->deployment);
        query_int(q, (int64_t) rollout->ordinal);
        query_text(q, rollout_kind_name(rollout->kind));
        query_text(q, rollback_by_name(rollout->by));
        query_text(q, rollout->task_definition);
        query_text(q, rollout->previous_task_definition);
        query_text(q, rollout->service_revision);
        query_text(q, rollout->service_deployment);
        query_time(q, rollout->started_at);
        query_int(q, rollout->before_watch);
        query_text(q, record->policy);
        query_text(q, policy_mode_name(record->mode));
        query_text(q, verdict_kind_name(record->verdict));
        query_text(q, cause_name(record->cause));
        query_text(q, record->summary);
        query_text(q, record->numbers);
        query_time(q, record->verdict_at);
        query_time(q, record->recovered_at);
        query_time(q, record->ended_at);
        query_time(q, record->last_good_at);
        query_int(q, record->unproven);
        query_time(q, record->evidence_reset_at);
        query_int(q, record->vacuous);
        query_text(q, rollout->service_arn);
        query_time(q, rollout->service_created_at);
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
        struct Query q = query_begin(
                ledger,
                "INSERT INTO rollout (service, deployment, ordinal, kind, \"by\", task_definition,"
                " previous_task_definition, service_revision, service_deployment, started_at,"
                " before_watch, policy, mode, verdict, cause, summary, numbers, verdict_at,"
                " recovered_at, ended_at, last_good_at, unproven, evidence_reset_at, vacuous)"
                " SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
                " FROM service WHERE arn = ? AND created_at = ?"
                " ON CONFLICT (service, deployment, ordinal) DO UPDATE SET kind = excluded.kind,"
                " \"by\" = excluded.\"by\", task_definition = excluded.task_definition,"
                " previous_task_definition = excluded.previous_task_definition,"
                " service_revision = excluded.service_revision,"
                " service_deployment = excluded.service_deployment,"
                " started_at = excluded.started_at, before_watch = excluded.before_watch,"
                " policy = excluded.policy, mode = excluded.mode, verdict = excluded.verdict,"
                " cause = excluded.cause, summary = excluded.summary, numbers = excluded.numbers,"
                " verdict_at = excluded.verdict_at, recovered_at = excluded.recovered_at,"
                " ended_at = excluded.ended_at, last_good_at = excluded.last_good_at,"
                " unproven = excluded.unproven, evidence_reset_at = excluded.evidence_reset_at,"
                " vacuous = excluded.vacuous");
        int r;

        rollout_bind(&q, record);
        r = query_write(&q);
        if (r == 0) /* no such service: the insert selected nothing */
                r = ledger_spoil(ledger, -EINVAL);
        if (r > 0)
                r = rollout_id(ledger, &record->rollout, &record->id);
        if (r < 0 && record->id == 0)
                record->id = LEDGER_UNRECORDED;
        return r;
}

/* A name that this program does not know can only come of a damaged file: newer ones are
 * refused. */
static void rollout_read_names(struct Query *q, struct Arena *arena, struct RolloutRecord *record) {
        const char *kind = query_column_text(q, arena, 3);
        const char *by = query_column_text(q, arena, 4);
        const char *mode = query_column_text(q, arena, 12);
        const char *verdict = query_column_text(q, arena, 13);
        const char *cause = query_column_text(q, arena, 14);

        if (q->r < 0)
                return;
        if (!rollout_kind_from_name(kind, &record->rollout.kind) ||
            (!text_is_empty(by) && !rollback_by_from_name(by, &record->rollout.by)) ||
            !policy_mode_from_name(mode, &record->mode) ||
            !verdict_kind_from_name(verdict, &record->verdict) ||
            (!text_is_empty(cause) && !cause_from_name(cause, &record->cause)))
                q->r = -EBADMSG;
}

static int rollout_read(struct Query *q, struct Arena *arena, struct RolloutRecord *record) {
        *record = (struct RolloutRecord) {
                .id = query_column_int(q, 0),
                .rollout = {.deployment = query_column_text(q, arena, 1),
                            .ordinal = (uint64_t) query_column_int(q, 2),
                            .by = BY_NOBODY,
                            .task_definition = query_column_text(q, arena, 5),
                            .previous_task_definition = query_column_text(q, arena, 6),
                            .service_revision = query_column_text(q, arena, 7),
                            .service_deployment = query_column_text(q, arena, 8),
                            .started_at = query_column_time(q, 9),
                            .before_watch = query_column_int(q, 10) != 0,
                            .service_arn = query_column_text(q, arena, 23),
                            .service_created_at = query_column_time(q, 24)},
                .policy = query_column_text(q, arena, 11),
                .cause = CAUSE_NONE,
                .summary = query_column_text(q, arena, 15),
                .numbers = query_column_text(q, arena, 16),
                .verdict_at = query_column_time(q, 17),
                .recovered_at = query_column_time(q, 18),
                .ended_at = query_column_time(q, 19),
                .last_good_at = query_column_time(q, 20),
                .unproven = query_column_int(q, 21) != 0,
                .evidence_reset_at = query_column_time(q, 22),
                .cluster = query_column_text(q, arena, 25),
                .service = query_column_text(q, arena, 26),
                .vacuous = query_column_int(q, 27) != 0,
        };
        rollout_read_names(q, arena, record);
        return q->r;
}

int ledger_load_rollouts(struct Ledger *ledger, const struct RolloutQuery *query,
                         struct Arena *arena, struct RolloutRecord **ret, size_t *ret_n) {
        struct Rows rows = {.arena = arena, .size = sizeof(struct RolloutRecord)};
        struct Query q = query_begin(
                ledger,
                "SELECT r.id, r.deployment, r.ordinal, r.kind, r.\"by\", r.task_definition,"
                " r.previous_task_definition, r.service_revision, r.service_deployment,"
                " r.started_at, r.before_watch, r.policy, r.mode, r.verdict, r.cause, r.summary,"
                " r.numbers, r.verdict_at, r.recovered_at, r.ended_at, r.last_good_at, r.unproven,"
                " r.evidence_reset_at, s.arn, s.created_at, s.cluster, s.name, r.vacuous"
                " FROM rollout r JOIN service s ON s.id = r.service"
                " WHERE (?1 IS NULL OR s.arn = ?1) AND (?2 = 0 OR s.created_at = ?2)"
                " AND (?3 IS NULL OR r.deployment = ?3) AND (?4 IS NULL OR s.cluster = ?4)"
                " AND (?5 IS NULL OR s.name = ?5) AND (?6 = 0 OR r.ended_at = 0)"
                " ORDER BY r.started_at DESC, r.id DESC LIMIT ?7");
        int r;

        query_text(&q, query->service_arn);
        query_time(&q, query->service_created_at);
        query_text(&q, query->deployment);
        query_text(&q, query->cluster);
        query_text(&q, query->service);
        query_int(&q, query->only_open);
        query_int(&q, query->limit > 0 ? (int64_t) MIN(query->limit, (size_t) LEDGER_ROLLOUTS_MAX)
                                       : LEDGER_ROLLOUTS_MAX);
        while ((r = query_step(&q)) > 0) {
                struct RolloutRecord *record = rows_add(&rows);

                r = record ? rollout_read(&q, arena, record) : -ENOMEM;
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
