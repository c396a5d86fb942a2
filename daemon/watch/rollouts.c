/* SPDX-License-Identifier: Apache-2.0 */
/* Which rollout is watched: begun, restored, ended. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/log.h"
#include "daemon/watch/internal.h"

enum { ROWS_ARENA_BYTES = 256 * 1024 * 1024 };

/* Copies the texts: `from` may live in the facts or in the watched record. */
static int rollout_copy(const struct Rollout *from, struct Arena *arena, struct Rollout *ret) {
        const struct {
                const char *from;
                const char **to;
        } texts[] = {
                {from->service_arn, &ret->service_arn},
                {from->deployment, &ret->deployment},
                {from->task_definition, &ret->task_definition},
                {from->previous_task_definition, &ret->previous_task_definition},
                {from->service_revision, &ret->service_revision},
                {from->service_deployment, &ret->service_deployment},
        };

        *ret = *from;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                *texts[i].to = arena_copy(arena, texts[i].from);
                if (texts[i].from && !*texts[i].to)
                        return -ENOMEM;
        }
        return 0;
}

static const char *judged_of(const struct RolloutRecord *records, size_t n, int64_t id) {
        for (size_t i = 0; i < n; i++)
                if (records[i].id == id)
                        return records[i].rollout.deployment;
        return "";
}

int watch_load_known(struct Watch *watch, struct Arena *arena, struct ChangeKnown *ret) {
        const struct ServiceFacts *service = &watch->facts->service;
        struct RolloutRecord *records;
        struct ActionRecord *actions;
        size_t n, n_actions;
        int r;

        r = ledger_load_rollouts(watch->world->ledger,
                                 &(struct RolloutQuery) {.service_arn = service->arn,
                                                         .service_created_at = service->created_at,
                                                         .limit = KNOWN_MAX},
                                 arena, &records, &n);
        if (r >= 0)
                r = ledger_load_actions(watch->world->ledger,
                                        &(struct ActionQuery) {.service_arn = service->arn}, arena,
                                        &actions, &n_actions);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++)
                ret->known[ret->n_known++] = (struct KnownDeployment) {
                        .id = records[i].rollout.deployment,
                        .task_definition = records[i].rollout.task_definition,
                        .created_at = records[i].rollout.started_at,
                };
        ret->actions = arena_alloc_array(arena, n_actions, sizeof(struct OurAction));
        if (!ret->actions)
                return -ENOMEM;
        for (size_t i = 0; i < n_actions; i++) {
                /* Remedies make no deployment. Of what has not left, or was not taken, nothing
                 * comes.
                 */
                if (actions[i].kind != ACTION_ROLLBACK)
                        continue;
                if (actions[i].id == watch->work->action.id &&
                    !action_has_left(watch->work->action_until))
                        continue;
                ret->actions[ret->n_actions++] = (struct OurAction) {
                        .record = actions + i,
                        .judged_deployment = judged_of(records, n, actions[i].rollout_id),
                };
        }
        return 0;
}

/* What most of the evidence says; where there is none, ECS had its own reasons. */
static enum Cause cause_of_change(const struct Verdict *judged, const struct Change *change) {
        if (judged->n_causes > 0)
                return judged->causes[0].cause;
        return change->rollout.by == BY_ECS ? CAUSE_NATIVE_FAILURE : CAUSE_NONE;
}

/* The verdict that the change of PRIMARY gives to a rollout that had none; with the evidence's
 * numbers and cause. */
void watch_end_by_change(struct Watch *watch, const struct Change *change, usec_t now) {
        struct Verdict verdict = {};
        enum EventType type;

        if (!watch->record.id || watch->record.ended_at != USEC_UNKNOWN)
                return;
        if (change->has_verdict && !verdict_kind_is_final(watch->record.verdict)) {
                if (watch->work->has_verdict)
                        verdict = watch->work->verdict;
                verdict.kind = change->verdict;
                /* A verdict in progress has no cause of its own: why it went back is what most of
                 * its evidence says. */
                if (verdict.kind == VERDICT_REVERTED && verdict.cause == CAUSE_NONE)
                        verdict.cause = cause_of_change(&verdict, change);
                if (verdict.kind == VERDICT_REVERTED)
                        verdict_explain_reverted(&verdict);
                snprintf(verdict.summary, sizeof(verdict.summary), "%s", change->reason);
                watch_put_verdict(watch, &verdict, now);
                type = change->verdict == VERDICT_REVERTED ? EVENT_DEPLOYMENT_REVERTED
                                                           : EVENT_DEPLOYMENT_SUPERSEDED;
                if (watch->record.rollout.kind == ROLLOUT_ROLLBACK)
                        type = EVENT_ROLLBACK_SUPERSEDED;
                watch_tell(watch, type, now, &verdict, NULL, change->reason);
        }
        watch->record.ended_at = now;
        watch_put_record(watch);
}

int watch_begin(struct Watch *watch, const struct Change *change, bool seen, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECORD_ARENA_BYTES);
        const char *judged;
        struct Rollout rollout;
        int r;

        if (!arena)
                return -ENOMEM;
        r = rollout_copy(&change->rollout, arena, &rollout);
        if (r < 0)
                return r;
        r = ledger_last_ordinal(watch->world->ledger, rollout.service_arn,
                                rollout.service_created_at, rollout.deployment, &rollout.ordinal);
        if (r < 0)
                return r;
        rollout.ordinal++;

        judged = arena_copy(arena, rollout.kind == ROLLOUT_ROLLBACK && watch->record.id
                                           ? watch->record.rollout.deployment
                                           : rollout.deployment);
        if (!judged)
                return -ENOMEM;
        watch_forget_rollout(watch);
        watch->judged = judged;
        watch->record_arena = TAKE_PTR(arena);
        watch->record = (struct RolloutRecord) {
                .rollout = rollout,
                .policy = arena_copy(watch->record_arena, watch->settings.policy->name),
                .mode = watch->settings.mode,
        };
        if (change->outcome == CHANGE_ADOPTED) {
                watch->record.verdict = VERDICT_SUCCEEDED;
                watch->record.verdict_at = watch->record.ended_at = now;
                watch->record.last_good_at = change->last_good ? now : USEC_UNKNOWN;
                if (change->last_good)
                        watch_note_last_good(watch, rollout.task_definition);
                watch->record.unproven = !change->last_good;
                watch_put_record(watch);
                return 0;
        }
        watch_put_record(watch);
        if (!watch_has_kept(watch))
                r = evidence_new(&watch->record.rollout, &watch->evidence);
        if (r < 0)
                return r;
        evidence_reset_after_success(watch->evidence, USEC_UNKNOWN);
        if (seen)
                watch_tell(watch,
                           rollout.kind == ROLLOUT_ROLLBACK ? EVENT_ROLLBACK_STARTED
                                                            : EVENT_DEPLOYMENT_STARTED,
                           now, NULL, NULL, NULL);
        return 0;
}

/* Since when the service's deployments begin under our eyes: since it was first seen, or since it
 * was created, if its cluster was watched by then. */
static usec_t watched_since(const struct Watch *watch, const struct ServiceFacts *service) {
        usec_t known_since = watch->cluster->known_since;

        if (service && known_since != USEC_UNKNOWN && service->created_at > known_since)
                return MIN(watch->started_at, usec_sub(service->created_at, USEC_PER_SEC));
        return watch->started_at;
}

int watch_decide_change(struct Watch *watch, const struct ServiceFacts *service, usec_t now,
                        struct Change *ret) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ROWS_ARENA_BYTES);
        struct ChangeKnown known = {};
        struct ChangeInput input;
        int r;

        if (!arena)
                return -ENOMEM;
        /* Nothing of the past matters while PRIMARY is the watched one: spare the ledger. */
        if (service && (!watch->record.id || !text_equal(change_primary_id(service),
                                                         watch->record.rollout.deployment))) {
                r = watch_load_known(watch, arena, &known);
                if (r < 0)
                        return r;
        }
        input = (struct ChangeInput) {
                .service = service,
                .watched = watch->record.id ? &watch->record.rollout : NULL,
                .verdict = watch->record.verdict,
                .known = known.known,
                .n_known = known.n_known,
                .actions = known.actions,
                .n_actions = known.n_actions,
                .rolls_back_status = watch->rolls_back,
                .last_known_at = watched_since(watch, service),
                .confirm_after = watch->settings.active,
                .act_within = watch->settings.policy->judge.act_within,
                .now = now,
        };
        change_decide(&input, &watch->work->pending, ret);
        ret->action = NULL; /* it lived for the decision */
        return 0;
}
