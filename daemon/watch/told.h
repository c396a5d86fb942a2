/* SPDX-License-Identifier: Apache-2.0 */
/* One event on its way: everything that the ledger, the journal, the API and the receivers need of
 * it, whatever becomes of what it was made from. */
#pragma once

#include "daemon/api/api.h"
#include "daemon/ledger/ledger.h"
#include "daemon/notify/notify.h"
#include "event/event.h"

struct Told {
        struct Arena *arena; /* of all that follows */
        enum EventType type;
        const char *id, *body;
        const char *queue; /* what orders its deliveries: the service's ARN, else the source */
        const char *service_arn, *deployment; /* or NULL */
        usec_t at;
        const char *const *receivers;
        size_t n_receivers;
        struct EventField fields[EVENT_FIELDS_MAX];
        size_t n_fields;
        uint64_t sequence; /* in the ledger; 0: not there, or it was told before */
};

/* Copies. 0 or a negative errno. */
int told_new(const struct Event *event, const char *const *receivers, size_t n_receivers,
             struct Told **ret);
void told_free(struct Told *told); /* NULL is fine */

/* Puts the event and its deliveries into the turn's transaction and sets `sequence`. 0 or a
 * negative errno. */
int told_record(struct Told *told, struct Ledger *ledger, struct Notify *notify);
void told_log(const struct Told *told);
/* To the API's streams, once it is recorded; `api` may be NULL. */
void told_publish(const struct Told *told, struct Api *api);
/* To its receivers though it is not recorded. */
void told_send(const struct Told *told, struct Notify *notify);
