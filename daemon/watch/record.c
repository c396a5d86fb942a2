/* SPDX-License-Identifier: Apache-2.0 */
/* What a watch writes down and tells, and how a turn ends: committed, or taken back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/watch/internal.h"

void watch_put_record(struct Watch *watch) {
        (void) ledger_put_rollout(watch->world->ledger, &watch->record);
}

void watch_put_action(struct Watch *watch, struct ActionRecord *action) {
        /* That a call goes out is no new state. */
        if (action->id == 0 || action->state != ACTION_INTENDED)
                watch_meter_action(&watch->world->meter, action->kind, action->state);
        (void) ledger_put_action(watch->world->ledger, action);
}

/* The log is the example's that was read, and no other's. */
static void add_log(struct EvidenceLine *lines, size_t n, const struct RolloutRecord *record) {
        for (size_t i = 0; i < n && record->log; i++)
                if (text_equal(lines[i].task, record->log_task))
                        lines[i].log = record->log;
}

static const char *numbers_of(const struct Verdict *verdict, struct Arena *arena) {
        _cleanup_free_ char *text = NULL;

        return event_numbers_json(verdict, &text) < 0 ? NULL : arena_copy(arena, text);
}

void watch_put_verdict(struct Watch *watch, const struct Verdict *verdict, usec_t now) {
        watch->record.verdict = verdict->kind;
        watch->record.cause = verdict->cause;
        watch->record.summary = arena_copy(watch->record_arena, verdict->summary);
        watch->record.numbers = numbers_of(verdict, watch->record_arena);
        watch->record.verdict_at = now;
        watch_put_record(watch);
}

static void work_forget_rollout(struct WatchWork *work) {
        work->has_learnt = work->has_verdict = false;
        work->deciding = DECIDES_NOTHING;
        work->decided_verdict = (struct Verdict) {};
        work->n_statuses = 0;
        work->action = (struct ActionRecord) {};
        work->action_until = UNTIL_LOOKED;
}

void watch_forget_rollout(struct Watch *watch) {
        arena_free(watch->record_arena);
        evidence_free(watch->evidence);
        watch->record_arena = NULL;
        watch->evidence = NULL;
        watch->record = (struct RolloutRecord) {};
        watch->rolls_back = false;
        if (watch->work)
                work_forget_rollout(watch->work);
        watch->native_failed_since = watch->judged_since = USEC_UNKNOWN;
        watch->proving_since = USEC_UNKNOWN;
        watch->calm = (struct Calm) {};
        watch->judged = NULL;
        watch->blamed = 0;
}

void watch_note_last_good(struct Watch *watch, const char *task_definition) {
        free(watch->last_good);
        watch->last_good = task_definition ? strdup(task_definition) : NULL;
}

void watch_tell(struct Watch *watch, enum EventType type, usec_t now, const struct Verdict *verdict,
                const struct EventAction *action, const char *detail) {
        const struct ServiceFacts *service = &watch->facts->service;
        struct EvidenceLine *lines = NULL;
        const struct PolicyEntry *entry = NULL;
        enum PolicyTrigger trigger;
        struct Event event;
        size_t n_lines = 0;

        if (verdict && watch->evidence) {
                lines = calloc(EVIDENCE_LINES_MAX, sizeof(*lines));
                n_lines = lines ? evidence_lines(watch->evidence, lines) : 0;
                add_log(lines, n_lines, &watch->record);
        }
        if (event_type_trigger(type, &trigger))
                entry = policy_entry_for(watch->settings.policy, trigger,
                                         verdict ? verdict->cause : CAUSE_NONE, service->strategy,
                                         service->name);
        event = (struct Event) {
                .type = type,
                .time = now,
                .source = service->arn,
                .subject = text_or_empty(watch->judged),
                .cluster_arn = service->cluster_arn,
                .service = service->name,
                .rollout = &watch->record.rollout,
                .policy = watch->settings.policy->name,
                .mode = watch->settings.mode,
                .verdict = verdict,
                .evidence = lines,
                .n_evidence = n_lines,
                .action = action,
                .detail = detail,
        };
        turn_tell(watch->world, &event, entry ? entry->notify : NULL, entry ? entry->n_notify : 0);
        free(lines);
}

void watch_take_back(struct Watch *watch) {
        if (watch->evidence) {
                evidence_free(watch->work->kept);
                watch->work->kept = TAKE_PTR(watch->evidence);
        }
        watch->work->history = history_look_free(watch->work->history);
        watch_stop_acting(watch);
        watch_forget_rollout(watch);
        watch->work->pending = watch->work->pending_before;
        watch->work->rows_put = false;
        watch->restored = false;
}

int watch_commit(struct Watch *watch) {
        int r;

        r = turn_commit(watch->world);
        if (r < 0) {
                watch_take_back(watch);
                return r;
        }
        if (watch->work->rows_put && watch->evidence)
                evidence_changes_stored(watch->evidence);
        evidence_free(TAKE_PTR(watch->work->kept));
        watch->work->rows_put = false;
        watch->work->pending_before = watch->work->pending;
        return 0;
}

bool watch_has_kept(struct Watch *watch) {
        if (!watch->work->kept || !evidence_is_of(watch->work->kept, &watch->record.rollout))
                return false;
        watch->evidence = TAKE_PTR(watch->work->kept);
        return true;
}
