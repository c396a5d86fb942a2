/* SPDX-License-Identifier: Apache-2.0 */
/* From an answer until all that follows from it is done a watch has room to work; then it is
 * settled, and has none: thousands of services for which nothing happens cost next to nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "daemon/watch/internal.h"
#include "words/arn.h"

enum { RECALLED_ARENA_BYTES = 64 * 1024 };

/* Who the service is, where no answer says so. */
static int recall_facts(struct Watch *watch) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(RECALLED_ARENA_BYTES);
        const struct Rollout *rollout = &watch->record.rollout;
        struct Facts *facts = arena ? arena_alloc(arena, sizeof(*facts)) : NULL;

        if (!facts)
                return -ENOMEM;
        facts->service = (struct ServiceFacts) {
                .arn = arena_copy(arena, rollout->service_arn),
                .name = arena_copy(arena, arn_short_name(rollout->service_arn)),
                .cluster_arn = arena_copy(arena, watch->cluster->arn),
                .status = "INACTIVE",
                .strategy = watch->strategy[0] != '\0' ? arena_copy(arena, watch->strategy) : NULL,
                .created_at = rollout->service_created_at,
        };
        if (!facts->service.arn || !facts->service.name)
                return -ENOMEM;
        facts->arena = TAKE_PTR(arena);
        watch->facts = facts;
        return 0;
}

static int note_no_memory(struct Watch *watch) {
        log_repeat(&watch->stuck, LOG_ERR,
                   "%s/%s: out of memory: its newest answer is left out; the next one repeats it",
                   watch->cluster->name, watch->name);
        return -ENOMEM;
}

int watch_rouse(struct Watch *watch) {
        if (!watch->work)
                watch->work = calloc(1, sizeof(*watch->work));
        return watch->work ? 0 : note_no_memory(watch);
}

int watch_rouse_by_itself(struct Watch *watch) {
        int r;

        r = watch_rouse(watch);
        if (r < 0 || watch->facts || !watch->record.id)
                return r;
        r = recall_facts(watch);
        return r < 0 ? note_no_memory(watch) : 0;
}

void watch_drop_work(struct Watch *watch) {
        struct WatchWork *work = watch->work;

        if (!work)
                return;
        watch_stop_acting(watch);
        history_look_free(work->history);
        evidence_free(work->kept);
        log_repeat_free(&work->hidden);
        log_repeat_free(&work->hindered);
        log_repeat_free(&work->unheard);
        free(work);
        watch->work = NULL;
        facts_free(TAKE_PTR(watch->facts));
}

/* A settled one knows by its record who the service is. */
static bool is_done(const struct Watch *watch) {
        const struct WatchWork *work = watch->work;

        return watch->record.id && !watch->evidence && !watch->retiring && !work->performance &&
               !work->history && !work->kept && !work->look && !work->awaits &&
               work->action.id == 0 && work->deciding == DECIDES_NOTHING &&
               work->pending.id[0] == '\0';
}

struct KeptRecord {
        struct RolloutRecord record;
        const char *judged;
};

static int copy_record(const struct Watch *watch, struct Arena *arena, struct KeptRecord *ret) {
        ret->judged = arena_copy(arena, watch->judged);
        if (watch->judged && !ret->judged)
                return -ENOMEM;
        return rollout_record_copy(&watch->record, arena, &ret->record);
}

/* Its texts have come and gone in an arena that only grows: they move to one of their size. Without
 * memory for that they stay where they are. */
static void pack_record(struct Watch *watch) {
        _cleanup_(arena_freep) struct Arena *measured = arena_new(RECORD_ARENA_BYTES);
        _cleanup_(arena_freep) struct Arena *packed = NULL;
        struct KeptRecord kept;

        if (!measured || copy_record(watch, measured, &kept) < 0)
                return;
        packed = arena_new_sized(RECORD_ARENA_BYTES, arena_used(measured));
        if (!packed || copy_record(watch, packed, &kept) < 0)
                return;
        arena_free(watch->record_arena);
        watch->record_arena = TAKE_PTR(packed);
        watch->record = kept.record;
        watch->judged = kept.judged;
}

void watch_settle(struct Watch *watch) {
        const char *strategy = watch->facts->service.strategy;

        if (!is_done(watch))
                return;
        snprintf(watch->strategy, sizeof(watch->strategy), "%s", text_or_empty(strategy));
        watch_drop_work(watch);
        pack_record(watch);
}

void watch_forget_subject(struct Watch *watch) {
        struct WatchWork *work = watch->work;

        work->subject_look = subject_look_free(work->subject_look);
        work->subject = NULL;
        work->subject_asked = false;
        work->subject_problem[0] = '\0';
}

void watch_forget_looks(struct Watch *watch) {
        struct WatchWork *work = watch->work;

        watch_forget_subject(watch);
        work->past_look = history_look_free(work->past_look);
        work->past = NULL;
        work->n_past = 0;
        work->past_asked = false;
        work->past_problem[0] = '\0';
        work->look = task_definition_look_free(work->look);
        work->deployment_look = service_deployment_look_free(work->deployment_look);
        work->deployment = NULL;
        work->deployment_asked = false;
        work->deployment_problem[0] = '\0';
        work->log_look = log_look_free(work->log_look);
        work->log_asked = false;
        work->awaits = NULL;
}

void watch_stop_acting(struct Watch *watch) {
        watch_forget_looks(watch);
        watch->work->performance = perform_free(watch->work->performance);
}
