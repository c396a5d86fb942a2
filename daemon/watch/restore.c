/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger knows of a service becomes a watch's memory: at the first observation, and again
 * whenever a turn could not be recorded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/ledger/meta.h"
#include "daemon/ledger/rows.h"
#include "daemon/log.h"
#include "daemon/watch/acting.h"
#include "words/arn.h"

/* Half of the hour for which ECS lists stopped tasks. Source: API reference, ListTasks. */
#define ECS_REMEMBERS (30 * USEC_PER_MINUTE)

enum { ROWS_ARENA_BYTES = 256 * 1024 * 1024, STALE_ROLLOUTS_MAX = 200 };

static int load_evidence(struct Watch *watch, struct Evidence **ret) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ROWS_ARENA_BYTES);
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct RolloutRows rows;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_load_rows(watch->world->ledger, watch->record.id, arena, &rows);
        if (r >= 0)
                r = evidence_new(&watch->record.rollout, &evidence);
        if (r >= 0) /* first: only what counts alike may be folded together */
                evidence_reset_after_success(evidence, watch->record.evidence_reset_at);
        for (size_t i = 0; r >= 0 && i < rows.n_attempts; i++) {
                r = evidence_restore_attempt(evidence, rows.attempts + i);
                watch_note_failure(watch, rows.attempts + i);
        }
        for (size_t i = 0; r >= 0 && i < rows.n_signals; i++)
                r = evidence_restore_signal(evidence, rows.signals + i);
        for (size_t i = 0; r >= 0 && i < rows.n_counts; i++)
                r = evidence_restore_count(evidence, rows.counts + i);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(evidence);
        return 0;
}

static int restore_evidence(struct Watch *watch) {
        int r = 0;

        if (!watch_has_kept(watch))
                r = load_evidence(watch, &watch->evidence);
        if (r >= 0)
                evidence_reset_after_success(watch->evidence, watch->record.evidence_reset_at);
        return r;
}

static int restore_open_action(struct Watch *watch) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECORD_ARENA_BYTES);
        struct ActionRecord *actions;
        size_t n;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_load_actions(watch->world->ledger,
                                &(struct ActionQuery) {.rollout_id = watch->record.id,
                                                       .only_open = true},
                                arena, &actions, &n);
        if (r >= 0 && n > 0)
                watch_restore_action(watch, actions + n - 1);
        return r;
}

/* A failed verdict that ECS was left to deal with first is still ours to decide. */
static int restore_deferred(struct Watch *watch) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECORD_ARENA_BYTES);
        const char *value;
        char own[32];
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_find_meta(watch->world->ledger, watch->record.rollout.service_arn, "deferred",
                             arena, &value);
        if (r < 0)
                return r;
        snprintf(own, sizeof(own), "%lld", (long long) watch->record.id);
        if (r == LEDGER_FOUND && text_equal(value, own))
                watch->work->deciding = DECIDES_TOLD;
        return 0;
}

/* What is still to be done about it is decided and told under the verdict that was recorded. */
static void restore_decided_verdict(struct Watch *watch) {
        watch->work->decided_verdict = (struct Verdict) {
                .kind = watch->record.verdict,
                .cause = watch->record.cause,
        };
        snprintf(watch->work->decided_verdict.summary, sizeof(watch->work->decided_verdict.summary),
                 "%s", text_or_empty(watch->record.summary));
}

/* ECS still lists tasks that stopped within the hour: after a shorter absence the next look shows
 * all that happened since the success. */
static void restore_proving(struct Watch *watch, usec_t now) {
        const struct RolloutRecord *record = &watch->record;

        if (record->verdict == VERDICT_SUCCEEDED && !record->vacuous)
                watch->proving_since = now <= usec_add(record->verdict_at, ECS_REMEMBERS)
                                               ? record->verdict_at
                                               : now;
}

int watch_recall_last_good(struct Watch *watch) {
        const struct ServiceFacts *service = &watch->facts->service;
        const char *found = NULL;
        int r;

        r = ledger_find_last_good(watch->world->ledger, service->arn, service->created_at,
                                  watch->record_arena, &found);
        watch_note_last_good(watch, found);
        return r < 0 ? r : 0;
}

static int restore_accounted(struct Watch *watch) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECORD_ARENA_BYTES);
        const struct ServiceFacts *service = &watch->facts->service;
        struct ServiceRecord record;
        int r;

        free(watch->accounted);
        watch->accounted = NULL;
        r = arena ? ledger_find_service(watch->world->ledger, service->arn, service->created_at,
                                        arena, &record)
                  : -ENOMEM;
        if (r != LEDGER_FOUND || !record.service_deployment)
                return MIN(r, 0);
        watch->accounted = strdup(record.service_deployment);
        return watch->accounted ? 0 : -ENOMEM;
}

/* The service's newest rollout. */
static int restore_rollout(struct Watch *watch, usec_t now) {
        const struct ServiceFacts *service = &watch->facts->service;
        struct RolloutQuery query = {
                .service_arn = service->arn,
                .service_created_at = service->created_at,
                .limit = 2,
        };
        struct RolloutRecord *records;
        size_t n;
        int r;

        watch_forget_rollout(watch);
        watch->record_arena = arena_new(RECORD_ARENA_BYTES);
        if (!watch->record_arena)
                return -ENOMEM;
        r = ledger_load_rollouts(watch->world->ledger, &query, watch->record_arena, &records, &n);
        if (r < 0 || n == 0)
                return r;

        r = watch_recall_last_good(watch);
        if (r < 0)
                return r;
        watch->record = records[0];
        watch->judged = watch->record.rollout.kind == ROLLOUT_ROLLBACK && n > 1
                                ? records[1].rollout.deployment
                                : watch->record.rollout.deployment;
        if (watch->record.ended_at != USEC_UNKNOWN)
                return 0;
        r = restore_evidence(watch);
        if (r < 0)
                return r;
        restore_decided_verdict(watch);
        restore_proving(watch, now);
        r = restore_open_action(watch);
        return r < 0 ? r : restore_deferred(watch);
}

/* ---- actions whose rollout is over ---- */

/* Where the action led: a later rollout of the ledger, else what is PRIMARY now; NULL: nowhere. */
static const char *resulting_deployment(const struct Watch *watch,
                                        const struct ActionRecord *action,
                                        const struct RolloutRecord *rollouts, size_t n) {
        const struct DeploymentFacts *primary = service_primary(&watch->facts->service);

        for (size_t i = 0; i < n; i++)
                if (rollouts[i].rollout.kind == ROLLOUT_ROLLBACK &&
                    rollouts[i].rollout.started_at >= action->intended_at &&
                    text_equal(rollouts[i].rollout.task_definition, action->target))
                        return rollouts[i].rollout.deployment;
        if (primary && primary->created_at >= action->intended_at &&
            text_equal(primary->task_definition, action->target))
                return primary->id;
        return NULL;
}

static void finish_stale_action(struct Watch *watch, struct ActionRecord *action,
                                const struct RolloutRecord *rollouts, size_t n, usec_t now) {
        const char *resulting = resulting_deployment(watch, action, rollouts, n);

        action->state = resulting ? ACTION_DONE : ACTION_FAILED;
        action->reason = resulting ? NULL : "another deployment took over before it was finished";
        action->resulting_deployment = resulting;
        action->accepted_at = resulting ? action->intended_at : USEC_UNKNOWN;
        action->finished_at = now;
        watch_put_action(watch, action);
        log_notice("%s/%s: an earlier rollback to %s was still open; it %s", watch->cluster->name,
                   watch->name, text_or_empty(arn_short_name(action->target)),
                   resulting ? "was done" : "was not taken");
}

/* Nobody else would finish them: only the newest rollout's action is followed. */
static int finish_stale_actions(struct Watch *watch, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECORD_ARENA_BYTES);
        const struct ServiceFacts *service = &watch->facts->service;
        struct RolloutRecord *rollouts = NULL;
        struct ActionRecord *actions;
        size_t n_actions, n = 0;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_load_actions(watch->world->ledger,
                                &(struct ActionQuery) {.service_arn = service->arn,
                                                       .only_open = true},
                                arena, &actions, &n_actions);
        if (r < 0 || n_actions == 0 || (n_actions == 1 && actions[0].id == watch->work->action.id))
                return r;
        r = ledger_load_rollouts(watch->world->ledger,
                                 &(struct RolloutQuery) {.service_arn = service->arn,
                                                         .service_created_at = service->created_at,
                                                         .limit = STALE_ROLLOUTS_MAX},
                                 arena, &rollouts, &n);
        for (size_t i = 0; r >= 0 && i < n_actions; i++)
                if (actions[i].id != watch->work->action.id)
                        finish_stale_action(watch, actions + i, rollouts, n, now);
        return r;
}

int watch_restore(struct Watch *watch, usec_t now) {
        int r;

        r = restore_accounted(watch);
        if (r >= 0)
                r = restore_rollout(watch, now);
        if (r >= 0)
                r = finish_stale_actions(watch, now);
        watch->restored = r >= 0;
        return r;
}

int watch_reopen(struct Watch *watch, const char *why) {
        struct RolloutRecord *record = &watch->record;

        record->ended_at = USEC_UNKNOWN;
        if (record->verdict == VERDICT_SUPERSEDED) {
                record->verdict = VERDICT_PROGRESSING;
                record->verdict_at = USEC_UNKNOWN;
                record->cause = CAUSE_NONE;
                record->summary = record->numbers = NULL;
        }
        watch_put_record(watch);
        log_notice("%s/%s: its rollout of %s %s", watch->cluster->name, watch->name,
                   arn_short_name(record->rollout.task_definition), why);
        return restore_evidence(watch);
}

static int facts_of_missing(const struct ServiceRecord *service, struct Arena *arena,
                            struct Facts **ret) {
        struct Facts *facts = arena_alloc(arena, sizeof(*facts));

        if (!facts)
                return -ENOMEM;
        facts->arena = arena;
        facts->service = (struct ServiceFacts) {
                .arn = service->arn,
                .name = service->name,
                .cluster_arn = service->cluster_arn,
                .status = "INACTIVE",
                .created_at = service->created_at,
        };
        *ret = facts;
        return 0;
}

int watch_recall_missing(struct Watch *watch, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECORD_ARENA_BYTES);
        const struct RolloutQuery query = {.cluster = watch->cluster->name,
                                           .service = watch->name,
                                           .only_open = true,
                                           .limit = 1};
        struct RolloutRecord *records;
        struct ServiceRecord service;
        size_t n;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_load_rollouts(watch->world->ledger, &query, arena, &records, &n);
        if (r < 0 || n == 0)
                return r;
        r = ledger_find_service(watch->world->ledger, records[0].rollout.service_arn,
                                records[0].rollout.service_created_at, arena, &service);
        if (r != LEDGER_FOUND)
                return r < 0 ? r : 0;
        r = facts_of_missing(&service, arena, &watch->facts);
        if (r < 0)
                return r;
        TAKE_PTR(arena);
        r = watch_restore(watch, now);
        return r < 0 ? r : 1;
}
