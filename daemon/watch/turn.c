/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a turn, recorded or not. */
#include "daemon/watch/turn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/faults.h"
#include "daemon/log.h"

enum {
        TOLD_MAX = 10000,
        /* What an outage of hours tells; every turn tries to record all of it. */
        UNRECORDED_MAX = 1000,
};
/* A ledger that comes and goes is told once in so long; the log has every change. */
#define DEGRADED_AGAIN_AFTER (10 * USEC_PER_MINUTE)

static bool list_has(const struct ToldList *list, const char *id) {
        for (size_t i = 0; i < list->n; i++)
                if (text_equal(list->items[i]->id, id))
                        return true;
        return false;
}

/* Takes it over, also when it fails. */
static int list_add(struct ToldList *list, struct Told *told, size_t ceiling) {
        int r;

        r = array_reserve(&list->items, &list->allocated, list->n + 1, sizeof(struct Told *),
                          ceiling);
        if (r < 0)
                told_free(told);
        else
                list->items[list->n++] = told;
        return r;
}

static void list_clear(struct ToldList *list) {
        for (size_t i = 0; i < list->n; i++)
                told_free(list->items[i]);
        list->n = 0;
}

void turn_tell(struct WatchWorld *world, const struct Event *event, const char *const *receivers,
               size_t n_receivers) {
        struct Told *told = NULL;
        int r;

        r = told_new(event, receivers, n_receivers, &told);
        if (r >= 0)
                r = list_add(&world->told, told, TOLD_MAX);
        if (r < 0)
                log_error("Cannot tell of %s: %s", event_type_name(event->type), strerror(-r));
        /* Memory comes back; an event that can never be written must not hold up its turn. */
        if (r == -ENOMEM || r == -ENOBUFS)
                world->failed = r;
}

bool turn_is_degraded(const struct WatchWorld *world) {
        return world->degraded_since != USEC_UNKNOWN;
}

static void tell_degraded(struct WatchWorld *world, bool over, const char *detail) {
        const struct Event event = {
                .type = EVENT_WATCHER_DEGRADED,
                .time = clock_realtime(),
                .source = world->source,
                .counter = 2 * clock_realtime() + over,
                .detail = detail,
        };

        turn_tell(world, &event, world->config->watcher_notify, world->config->n_watcher_notify);
}

/* ---- a turn that could not be recorded ---- */

static void degraded_begins(struct WatchWorld *world, const char *problem) {
        usec_t now = clock_monotonic();
        char detail[512];

        snprintf(
                detail, sizeof(detail),
                "the ledger cannot record (%s): judging and telling go on from memory, nothing is changed in AWS until it records again",
                problem);
        world->degraded_since = now;
        world->degraded_told = world->degraded_told_at == USEC_UNKNOWN ||
                               now >= usec_add(world->degraded_told_at, DEGRADED_AGAIN_AFTER);
        if (!world->degraded_told) {
                log_warning("Again %s", detail);
                return;
        }
        world->degraded_told_at = now;
        tell_degraded(world, false, detail);
}

static void note_problem(struct WatchWorld *world, int r) {
        char problem[sizeof(world->problem)];
        const char *text = r == -ENOMEM ? "" : ledger_problem(world->ledger);

        snprintf(problem, sizeof(problem), "%s%s%.200s", strerror(-r), text[0] != '\0' ? ": " : "",
                 text);
        if (!turn_is_degraded(world))
                degraded_begins(world, problem);
        else if (!text_equal(world->problem, problem))
                log_warning("The ledger still cannot record, now for another reason: %s", problem);
        snprintf(world->problem, sizeof(world->problem), "%s", problem);
}

static void tell_from_memory(struct WatchWorld *world, struct Told *told) {
        if (list_has(&world->unrecorded, told->id)) {
                told_free(told);
                return;
        }
        told_log(told);
        watch_meter_count(&world->meter, told);
        told_send(told, world->notify);
        if (world->unrecorded.n == UNRECORDED_MAX) {
                log_error(
                        "More than %d events wait for the ledger: the oldest will be in no history",
                        UNRECORDED_MAX);
                told_free(world->unrecorded.items[0]);
                memmove(world->unrecorded.items, world->unrecorded.items + 1,
                        --world->unrecorded.n * sizeof(struct Told *));
        }
        (void) list_add(&world->unrecorded, told, UNRECORDED_MAX);
}

static void turn_failed(struct WatchWorld *world, int r) {
        watch_meter_end_turn(&world->meter, false);
        note_problem(world, r);
        for (size_t i = 0; i < world->told.n; i++)
                tell_from_memory(world, world->told.items[i]);
        world->told.n = 0;
        notify_kick(world->notify);
}

/* ---- a turn that was recorded ---- */

static void turn_recorded(struct WatchWorld *world) {
        watch_meter_end_turn(&world->meter, true);
        for (size_t i = 0; i < world->unrecorded.n; i++) {
                told_publish(world->unrecorded.items[i], world->api);
                notify_recorded(world->notify, world->unrecorded.items[i]->id);
        }
        for (size_t i = 0; i < world->told.n; i++) {
                const struct Told *told = world->told.items[i];

                if (told->sequence == 0)
                        continue;
                told_log(told);
                watch_meter_count(&world->meter, told);
                told_publish(told, world->api);
        }
        if (world->unrecorded.n + world->told.n > 0)
                notify_kick(world->notify);
        list_clear(&world->unrecorded);
        list_clear(&world->told);
}

static void tell_records_again(struct WatchWorld *world) {
        char detail[256], text[TIME_TEXT_MAX];

        snprintf(detail, sizeof(detail), "over: the ledger records again, after %s",
                 duration_format(usec_sub(clock_monotonic(), world->degraded_since), text));
        world->degraded_since = USEC_UNKNOWN;
        world->problem[0] = '\0';
        if (!world->degraded_told) {
                log_notice("%s", detail);
                return;
        }
        tell_degraded(world, true, detail);
        (void) turn_commit(world);
}

static int list_record(struct ToldList *list, struct WatchWorld *world) {
        int r = 0;

        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = told_record(list->items[i], world->ledger, world->notify);
        return r;
}

int turn_commit(struct WatchWorld *world) {
        bool dirty;
        int r = world->failed;

        world->failed = 0;
        if (r >= 0)
                r = list_record(&world->unrecorded, world);
        if (r >= 0)
                r = list_record(&world->told, world);
        dirty = ledger_is_dirty(world->ledger);
        if (dirty)
                fault_point();
        if (r >= 0)
                r = ledger_commit(world->ledger);
        else
                ledger_abandon(world->ledger);
        if (r < 0) {
                turn_failed(world, r);
                return r;
        }
        if (dirty)
                fault_point();
        turn_recorded(world);
        if (dirty && turn_is_degraded(world))
                tell_records_again(world);
        return 0;
}

void turn_tell_degraded(struct WatchWorld *world, const char *detail) {
        tell_degraded(world, false, detail);
        (void) turn_commit(world);
}

void turn_abandon(struct WatchWorld *world) {
        world->failed = 0;
        ledger_abandon(world->ledger);
        watch_meter_end_turn(&world->meter, false);
        list_clear(&world->told);
}

void turn_retry(struct WatchWorld *world) {
        if (turn_is_degraded(world))
                (void) turn_commit(world);
}

void turn_done(struct WatchWorld *world) {
        watch_meter_done(&world->meter);
        inhibitor_done(&world->inhibitor);
        list_clear(&world->told);
        list_clear(&world->unrecorded);
        free(world->told.items);
        free(world->unrecorded.items);
}
