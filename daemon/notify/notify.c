/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger holds what is owed; memory holds only which queues have something, and when each is
 * due. So a restart loses nothing, and a dead receiver costs rows, not memory. */
#include "daemon/notify/notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/notify/queues.h"

enum { QUEUE_LIST_BYTES_MAX = 64 << 20 };
#define TIMER_ACCURACY (1 * USEC_PER_MSEC)

static const struct Metric METRICS[_NOTIFY_METRIC_COUNT] = {
        [METRIC_DELIVERED] = {"ecswatch_deliveries_total", "outcome=\"delivered\"",
                              "Answers of receivers, by what they meant.", METRIC_COUNTER, 0},
        [METRIC_RETRIED] = {"ecswatch_deliveries_total", "outcome=\"retried\"", NULL,
                            METRIC_COUNTER, 0},
        [METRIC_REFUSED] = {"ecswatch_deliveries_total", "outcome=\"refused\"", NULL,
                            METRIC_COUNTER, 0},
        [METRIC_DROPPED] = {"ecswatch_deliveries_dropped_total", NULL,
                            "Events dropped undelivered: too many waited, or the receiver went.",
                            METRIC_COUNTER, 0},
        [METRIC_IN_FLIGHT] = {"ecswatch_deliveries_in_flight", NULL,
                              "Requests to receivers that wait for their answer.", METRIC_GAUGE, 0},
        [METRIC_QUEUES] = {"ecswatch_delivery_queues", NULL,
                           "Receivers times services with undelivered events.", METRIC_GAUGE, 0},
};

static int on_timer(void *userdata) {
        notify_kick(userdata);
        return 0;
}

int notify_new(const struct NotifyParameters *parameters, struct Notify **ret) {
        _cleanup_(notify_freep) struct Notify *notify = calloc(1, sizeof(*notify));
        int r;

        if (!notify)
                return -ENOMEM;
        notify->parameters = *parameters;
        if (notify->parameters.retry_first == 0)
                notify->parameters.retry_first = NOTIFY_RETRY_FIRST;
        snprintf(notify->user_agent, sizeof(notify->user_agent), "ecswatch/%s",
                 parameters->version);
        random_init(&notify->random, parameters->seed);
        memcpy(notify->metrics, METRICS, sizeof(METRICS));

        r = clock_timer_init(&notify->timer, parameters->event, TIMER_ACCURACY, on_timer, notify);
        if (r >= 0 && parameters->metrics)
                r = metrics_register(parameters->metrics, notify->metrics, _NOTIFY_METRIC_COUNT);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(notify);
        return 0;
}

static void receivers_free(struct Receiver *receivers, size_t n_receivers) {
        for (size_t i = 0; i < n_receivers; i++)
                receiver_done(&receivers[i]);
        free(receivers);
}

void notify_free(struct Notify *notify) {
        if (!notify)
                return;
        for (size_t i = 0; i < notify->n_queues; i++)
                queue_free(notify->queues[i]);
        http_call_free(notify->beat.call);
        free(notify->queues);
        receivers_free(notify->receivers, notify->n_receivers);
        if (notify->parameters.metrics)
                metrics_unregister(notify->parameters.metrics, notify->metrics);
        clock_timer_done(&notify->timer);
        free(notify);
}

static struct Receiver *receiver_find(struct Receiver *receivers, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (text_equal(receivers[i].name, name))
                        return &receivers[i];
        return NULL;
}

struct Receiver *notify_receiver(struct Notify *notify, const char *name) {
        return receiver_find(notify->receivers, notify->n_receivers, name);
}

static int receivers_copy(const struct NotifyReceiver *from, size_t n, struct Receiver **ret) {
        struct Receiver *receivers = calloc(MAX(n, (size_t) 1), sizeof(*receivers));
        int r;

        if (!receivers)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                r = receiver_init(&receivers[i], &from[i]);
                if (r < 0) {
                        receivers_free(receivers, i);
                        return r;
                }
        }
        *ret = receivers;
        return 0;
}

static void queue_remove(struct Notify *notify, size_t i) {
        queue_free(notify->queues[i]);
        notify->queues[i] = notify->queues[--notify->n_queues];
}

/* Calls in flight go on: their answers hold whatever the new configuration says. */
static void queues_follow(struct Notify *notify, struct Receiver *receivers, size_t n) {
        for (size_t i = notify->n_queues; i-- > 0;) {
                struct Queue *queue = notify->queues[i];
                struct Receiver *receiver = receiver_find(receivers, n, queue->receiver->name);

                if (!receiver) {
                        queue_remove(notify, i);
                        continue;
                }
                if (queue->in_flight)
                        receiver->in_flight++;
                else
                        queue->due = 0; /* what is wrong may just have been put right */
                queue->receiver = receiver;
        }
}

static int receiver_drop(struct Notify *notify, const char *name, uint64_t keep) {
        int n;

        n = ledger_drop_deliveries(notify->parameters.ledger, name, keep, clock_realtime());
        if (n > 0)
                notify->metrics[METRIC_DROPPED].value += n;
        return n;
}

/* What the ledger is owed since before this start or reload. */
static int queues_load(struct Notify *notify) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(QUEUE_LIST_BYTES_MAX);
        struct OutboxRow *rows = NULL;
        struct Queue *queue;
        size_t n;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_load_queues(notify->parameters.ledger, arena, &rows, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                struct Receiver *receiver = notify_receiver(notify, rows[i].receiver);

                if (receiver) {
                        r = queue_get(notify, receiver, rows[i].queue, &queue);
                        continue;
                }
                r = receiver_drop(notify, rows[i].receiver, 0);
                if (r > 0)
                        log_warning(
                                "Receiver %s is not configured any more; its %d undelivered events are dropped",
                                rows[i].receiver, r);
        }
        return MIN(r, 0);
}

int notify_set_receivers(struct Notify *notify, const struct NotifyReceiver *receivers,
                         size_t n_receivers) {
        struct Receiver *copies = NULL;
        int r;

        if (n_receivers > RECEIVERS_MAX)
                return -ENOBUFS;
        r = receivers_copy(receivers, n_receivers, &copies);
        if (r < 0)
                return r;
        queues_follow(notify, copies, n_receivers);
        receivers_free(notify->receivers, notify->n_receivers);
        notify->receivers = copies;
        notify->n_receivers = n_receivers;
        return queues_load(notify);
}

static int receiver_bound(struct Notify *notify, struct Receiver *receiver) {
        uint64_t waiting;
        int r;

        r = ledger_count_deliveries(notify->parameters.ledger, receiver->name, OUTBOX_PENDING,
                                    &waiting);
        if (r < 0 || waiting <= NOTIFY_UNDELIVERED_MAX)
                return r;
        r = receiver_drop(notify, receiver->name, NOTIFY_UNDELIVERED_MAX);
        if (r > 0 && !receiver->overflowing)
                log_error("Receiver %s: more than %d events wait; dropping the oldest",
                          receiver->name, NOTIFY_UNDELIVERED_MAX);
        receiver->overflowing = true;
        return MIN(r, 0);
}

int notify_enqueue(struct Notify *notify, const char *event_id, const char *queue_key,
                   const char *const *receivers, size_t n_receivers, const char *body) {
        struct OutboxRow row = {.event_id = event_id, .queue = queue_key, .body = body};
        struct Queue *queue;
        int r;

        row.created_at = row.next_at = clock_realtime();
        for (size_t i = 0; i < n_receivers; i++) {
                struct Receiver *receiver = notify_receiver(notify, receivers[i]);

                if (!receiver) {
                        log_warning("Event %s is for receiver %s, which is not configured",
                                    event_id, receivers[i]);
                        continue;
                }
                row.receiver = receiver->name;
                r = ledger_put_delivery(notify->parameters.ledger, &row);
                if (r >= 0)
                        r = queue_get(notify, receiver, queue_key, &queue);
                if (r >= 0 && !queue->in_flight && queue->due == USEC_INFINITY)
                        queue->due = 0;
                if (r >= 0)
                        r = receiver_bound(notify, receiver);
                if (r < 0)
                        return r;
        }
        return 0;
}

void notify_send_unrecorded(struct Notify *notify, const char *event_id, const char *queue_key,
                            const char *const *receivers, size_t n_receivers, const char *body) {
        struct Unrecorded *added;
        struct Queue *queue;
        int r;

        for (size_t i = 0; i < n_receivers; i++) {
                struct Receiver *receiver = notify_receiver(notify, receivers[i]);

                if (!receiver)
                        continue;
                r = queue_get(notify, receiver, queue_key, &queue);
                if (r >= 0)
                        r = unrecorded_add(queue, event_id, body, &added);
                if (r < 0)
                        log_error("Event %s goes to %s only when the ledger records again: %s",
                                  event_id, receiver->name, strerror(-r));
                else if (!queue->in_flight && queue->due == USEC_INFINITY)
                        queue->due = 0;
        }
}

void notify_recorded(struct Notify *notify, const char *event_id) {
        for (size_t i = 0; i < notify->n_queues; i++)
                unrecorded_has_row(notify->queues[i], event_id);
}

static bool queue_may_send(const struct Queue *queue, usec_t now) {
        return !queue->in_flight && !queue->receiver->stopped && queue->due <= now &&
               queue->receiver->in_flight < NOTIFY_IN_FLIGHT_RECEIVER &&
               queue->notify->in_flight < NOTIFY_IN_FLIGHT_MAX;
}

static void queues_advance(struct Notify *notify, usec_t now) {
        for (size_t n = notify->n_queues; n > 0 && notify->n_queues > 0; n--) {
                size_t i = notify->cursor % notify->n_queues;
                struct Queue *queue = notify->queues[i];

                notify->cursor = i + 1;
                if (queue_may_send(queue, now) && queue_advance(queue) > 0) {
                        queue_remove(notify, i);
                        notify->cursor = i; /* another one took its place */
                }
        }
}

/* Queues that wait for a place in flight are woken by the answer that frees one. */
static usec_t queues_next_due(const struct Notify *notify, usec_t now) {
        usec_t next = USEC_INFINITY;

        for (size_t i = 0; i < notify->n_queues; i++) {
                const struct Queue *queue = notify->queues[i];

                if (!queue->in_flight && !queue->receiver->stopped && queue->due > now)
                        next = MIN(next, queue->due);
        }
        return next;
}

void notify_kick(struct Notify *notify) {
        usec_t now = clock_monotonic(), next = USEC_INFINITY;

        if (!notify->draining) {
                if (ledger_is_dirty(notify->parameters.ledger))
                        /* Rows that are not durable yet must not go out: after the turn's commit.
                         */
                        next = now;
                else {
                        queues_advance(notify, now);
                        next = queues_next_due(notify, now);
                }
        }
        notify->metrics[METRIC_IN_FLIGHT].value = notify->in_flight;
        notify->metrics[METRIC_QUEUES].value = (double) notify->n_queues;
        (void) clock_timer_set(&notify->timer, next);
}

size_t notify_drain(struct Notify *notify) {
        notify->draining = true;
        return notify->in_flight;
}
