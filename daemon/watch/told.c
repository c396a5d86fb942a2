/* SPDX-License-Identifier: Apache-2.0 */
/* An event, held until it is recorded, and handed on. */
#include "daemon/watch/told.h"

#include <errno.h>
#include <string.h>

#include "daemon/ledger/events.h"
#include "daemon/ledger/outbox.h"
#include "daemon/log.h"

enum { ARENA_BYTES = 1024 * 1024 };

/* A text that must be there. */
static int hold(struct Told *told, const char *text, const char **ret) {
        *ret = arena_copy(told->arena, text);
        return text && !*ret ? -ENOMEM : 0;
}

static int hold_receivers(struct Told *told, const char *const *receivers, size_t n) {
        const char **copies = arena_alloc_array(told->arena, n, sizeof(*copies));
        int r = copies ? 0 : -ENOMEM;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = hold(told, receivers[i], copies + i);
        told->receivers = copies;
        told->n_receivers = n;
        return r;
}

static int told_fill(struct Told *told, const struct Event *event, const char *const *receivers,
                     size_t n_receivers) {
        const char *service_arn = event->rollout ? event->rollout->service_arn : NULL;
        _cleanup_free_ char *body = NULL;
        char id[EVENT_ID_SIZE];
        int r;

        r = event_id(event, id);
        if (r >= 0)
                r = event_json(event, &body);
        if (r >= 0)
                r = hold(told, id, &told->id);
        if (r >= 0)
                r = hold(told, body, &told->body);
        if (r >= 0)
                r = hold(told, service_arn, &told->service_arn);
        if (r >= 0)
                r = hold(told, service_arn ? service_arn : event->source, &told->queue);
        if (r >= 0)
                r = hold(told, event->rollout ? event->rollout->deployment : NULL,
                         &told->deployment);
        if (r >= 0)
                r = hold_receivers(told, receivers, n_receivers);
        return r < 0 ? r : event_journal_fields(event, told->arena, told->fields, &told->n_fields);
}

int told_new(const struct Event *event, const char *const *receivers, size_t n_receivers,
             struct Told **ret) {
        struct Told *told = calloc(1, sizeof(*told));
        int r;

        if (!told)
                return -ENOMEM;
        told->type = event->type;
        told->at = event->time;
        told->arena = arena_new(ARENA_BYTES);
        r = told->arena ? told_fill(told, event, receivers, n_receivers) : -ENOMEM;
        if (r < 0) {
                told_free(told);
                return r;
        }
        *ret = told;
        return 0;
}

void told_free(struct Told *told) {
        if (!told)
                return;
        arena_free(told->arena);
        free(told);
}

int told_record(struct Told *told, struct Ledger *ledger, struct Notify *notify) {
        struct EventRecord record = {
                .id = told->id,
                .type = event_type_name(told->type),
                .service_arn = told->service_arn,
                .deployment = told->deployment,
                .at = told->at,
                .body = told->body,
        };
        int r;

        r = ledger_put_event(ledger, &record);
        if (r < 0)
                return r;
        told->sequence = record.sequence;
        if (record.sequence == 0)
                return 0;
        return notify_enqueue(notify, told->id, told->queue, told->receivers, told->n_receivers,
                              told->body);
}

void told_log(const struct Told *told) {
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

void told_publish(const struct Told *told, struct Api *api) {
        if (api && told->sequence > 0)
                api_publish(api, told->sequence, event_type_name(told->type), told->body);
}

void told_send(const struct Told *told, struct Notify *notify) {
        notify_send_unrecorded(notify, told->id, told->queue, told->receivers, told->n_receivers,
                               told->body);
}
