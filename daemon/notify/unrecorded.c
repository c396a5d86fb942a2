/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger does not hold while it cannot record: events that are sent from memory, and
 * outcomes that are owed to it. Either is forgotten once the ledger has it. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/notify/queues.h"

#define WRITE_AGAIN_AFTER (10 * USEC_PER_SEC)

struct Unrecorded *unrecorded_find(const struct Queue *queue, const char *event_id) {
        for (struct Unrecorded *u = queue->unrecorded; u; u = u->next)
                if (text_equal(u->event_id, event_id))
                        return u;
        return NULL;
}

static void unrecorded_free(struct Unrecorded *unrecorded) {
        free(unrecorded->event_id);
        free(unrecorded->body);
        free(unrecorded);
}

static void unrecorded_remove(struct Queue *queue, struct Unrecorded *gone) {
        for (struct Unrecorded **p = &queue->unrecorded; *p; p = &(*p)->next)
                if (*p == gone) {
                        *p = gone->next;
                        queue->notify->n_unrecorded--;
                        unrecorded_free(gone);
                        return;
                }
}

void unrecorded_forget_all(struct Queue *queue) {
        while (queue->unrecorded)
                unrecorded_remove(queue, queue->unrecorded);
}

int unrecorded_add(struct Queue *queue, const char *event_id, const char *body,
                   struct Unrecorded **ret) {
        struct Unrecorded **last = &queue->unrecorded, *added;

        if (queue->notify->n_unrecorded >= NOTIFY_UNRECORDED_MAX)
                return -ENOBUFS;
        added = calloc(1, sizeof(*added));
        if (!added)
                return -ENOMEM;
        added->event_id = strdup(event_id);
        added->body = body ? strdup(body) : NULL;
        if (!added->event_id || (body && !added->body)) {
                unrecorded_free(added);
                return -ENOMEM;
        }
        while (*last)
                last = &(*last)->next;
        *last = added;
        queue->notify->n_unrecorded++;
        *ret = added;
        return 0;
}

bool unrecorded_first(const struct Queue *queue, struct OutboxRow *ret) {
        for (const struct Unrecorded *u = queue->unrecorded; u; u = u->next)
                if (!u->settled && u->body) {
                        *ret = (struct OutboxRow) {.event_id = u->event_id, .body = u->body};
                        if (text_equal(queue->event_id, u->event_id))
                                ret->attempts = queue->attempts;
                        return true;
                }
        return false;
}

/* In a transaction of the turn if there is one, which then commits it; else in one of its own. */
static int outcome_write(const struct Queue *queue, const struct Unrecorded *owed) {
        struct Ledger *ledger = queue->notify->parameters.ledger;
        bool dirty = ledger_is_dirty(ledger);
        int r;

        r = ledger_finish_delivery(ledger, owed->event_id, queue->receiver->name, owed->state,
                                   clock_realtime());
        return dirty ? r : ledger_commit(ledger);
}

void unrecorded_write(struct Queue *queue) {
        struct Ledger *ledger = queue->notify->parameters.ledger;
        struct Unrecorded *next;

        if (clock_monotonic() < queue->write_again_at)
                return;
        for (struct Unrecorded *u = queue->unrecorded; u; u = next) {
                next = u->next;
                if (!u->settled || !u->recorded)
                        continue;
                if (outcome_write(queue, u) < 0) {
                        if (queue->write_again_at == 0)
                                log_error(
                                        "Cannot record the delivery of event %s to %s: %s; trying again every 10 s, it is not sent again meanwhile",
                                        u->event_id, queue->receiver->name, ledger_problem(ledger));
                        queue->write_again_at = clock_monotonic() + WRITE_AGAIN_AFTER;
                        return;
                }
                unrecorded_remove(queue, u);
        }
        queue->write_again_at = 0;
}

int unrecorded_settle(struct Queue *queue, enum OutboxState state) {
        struct Unrecorded *owed = unrecorded_find(queue, queue->event_id);
        int r;

        if (!owed) {
                r = unrecorded_add(queue, queue->event_id, NULL, &owed);
                if (r < 0)
                        return r;
                owed->recorded = true;
        }
        owed->settled = true;
        owed->state = state;
        free(TAKE_PTR(owed->body));
        unrecorded_write(queue);
        return 0;
}

void unrecorded_has_row(struct Queue *queue, const char *event_id) {
        struct Unrecorded *u = unrecorded_find(queue, event_id);

        if (!u)
                return;
        queue->write_again_at = 0;
        if (!queue->in_flight)
                queue->due = 0;
        if (u->settled || (queue->in_flight && text_equal(queue->event_id, event_id)))
                u->recorded = true;
        else
                unrecorded_remove(queue, u); /* its row is sent in its stead */
}
