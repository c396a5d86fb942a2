/* SPDX-License-Identifier: Apache-2.0 */
/* Telling: the ledger first, then everybody else. */
#include "daemon/watch/world.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "daemon/ledger/outbox.h"
#include "daemon/log.h"

enum { TOLD_MAX = 10000, ARENA_BYTES = 1024 * 1024 };

/* One event of this turn; the body is copied, as the API's streams need it after the commit. */
struct Told {
        struct Arena *arena; /* fields and body */
        struct EventField fields[EVENT_FIELDS_MAX];
        size_t n_fields;
        enum EventType type;
        uint64_t sequence;
        const char *body;
};

static const char *queue_of(const struct Event *event) {
        return event->rollout ? event->rollout->service_arn : event->source;
}

static int world_record(struct WatchWorld *world, const struct Event *event, const char *id,
                        const char *body, const char *const *receivers, size_t n_receivers,
                        uint64_t *ret_sequence) {
        struct EventRecord record = {
                .id = id,
                .type = event_type_name(event->type),
                .service_arn = event->rollout ? event->rollout->service_arn : NULL,
                .deployment = event->rollout ? event->rollout->deployment : NULL,
                .at = event->time,
                .body = body,
        };
        int r;

        r = ledger_put_event(world->ledger, &record);
        if (r < 0)
                return r;
        *ret_sequence = record.sequence;
        if (record.sequence == 0)
                return 0;
        return notify_enqueue(world->notify, id, queue_of(event), receivers, n_receivers, body);
}

static int world_remember(struct WatchWorld *world, const struct Event *event, const char *body,
                          uint64_t sequence) {
        struct Told told = {.type = event->type, .sequence = sequence};
        int r;

        r = array_reserve(&world->told, &world->allocated, world->n_told + 1, sizeof(struct Told),
                          TOLD_MAX);
        if (r < 0)
                return r;
        told.arena = arena_new(ARENA_BYTES);
        if (!told.arena)
                return -ENOMEM;
        told.body = arena_copy(told.arena, body);
        r = told.body ? event_journal_fields(event, told.arena, told.fields, &told.n_fields)
                      : -ENOMEM;
        if (r < 0) {
                arena_free(told.arena);
                return r;
        }
        world->told[world->n_told++] = told;
        return 0;
}

int world_tell(struct WatchWorld *world, const struct Event *event, const char *const *receivers,
               size_t n_receivers) {
        _cleanup_free_ char *body = NULL;
        char id[EVENT_ID_SIZE];
        uint64_t sequence = 0;
        int r;

        r = event_id(event, id);
        if (r >= 0)
                r = event_json(event, &body);
        if (r >= 0)
                r = world_record(world, event, id, body, receivers, n_receivers, &sequence);
        if (r >= 0 && sequence > 0)
                r = world_remember(world, event, body, sequence);
        if (r < 0)
                log_error("Cannot tell of %s: %s", event_type_name(event->type), strerror(-r));
        return r;
}

static void told_log(const struct Told *told) {
        struct LogField fields[EVENT_FIELDS_MAX];
        const char *message = event_type_name(told->type);
        size_t n = 0;

        for (size_t i = 0; i < told->n_fields; i++) {
                const struct EventField *field = told->fields + i;

                if (strcmp(field->name, "MESSAGE") == 0)
                        message = field->value;
                else if (strcmp(field->name, "MESSAGE_ID") != 0 &&
                         strcmp(field->name, "PRIORITY") != 0)
                        fields[n++] = (struct LogField) {field->name, field->value};
        }
        log_event(event_type_priority(told->type), event_type_message_id(told->type), fields, n,
                  message);
}

static void world_forget(struct WatchWorld *world) {
        for (size_t i = 0; i < world->n_told; i++)
                arena_free(world->told[i].arena);
        world->n_told = 0;
}

int world_commit(struct WatchWorld *world) {
        int r;

        r = ledger_commit(world->ledger);
        if (r < 0) {
                if (!world->disk_told)
                        log_error("The ledger cannot record (%s: %s): judging goes on, nothing is "
                                  "changed in AWS until "
                                  "it can",
                                  strerror(-r), ledger_problem(world->ledger));
                world->disk_told = true;
                world_forget(world);
                return r;
        }
        if (world->disk_told)
                log_notice("The ledger records again");
        world->disk_told = false;

        for (size_t i = 0; i < world->n_told; i++) {
                const struct Told *told = world->told + i;

                told_log(told);
                if (world->api)
                        (void) api_publish(world->api, told->sequence, event_type_name(told->type),
                                           told->body);
        }
        if (world->n_told > 0)
                notify_kick(world->notify);
        world_forget(world);
        return 0;
}

void world_done(struct WatchWorld *world) {
        world_forget(world);
        free(world->told);
        world->told = NULL;
        world->allocated = 0;
}
