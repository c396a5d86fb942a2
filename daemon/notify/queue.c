/* SPDX-License-Identifier: Apache-2.0 */
/* One queue: the oldest row goes out, its answer decides when the next one does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/faults.h"
#include "daemon/log.h"
#include "daemon/notify/answer.h"
#include "daemon/notify/queues.h"

enum { ROW_BYTES_MAX = 1 << 20 };
#define LEDGER_RETRY (10 * USEC_PER_SEC) /* when the ledger cannot be read */

int queue_get(struct Notify *notify, struct Receiver *receiver, const char *key,
              struct Queue **ret) {
        struct Queue *queue;
        int r;

        for (size_t i = 0; i < notify->n_queues; i++)
                if (notify->queues[i]->receiver == receiver &&
                    text_equal(notify->queues[i]->key, key)) {
                        *ret = notify->queues[i];
                        return 0;
                }

        r = array_reserve(&notify->queues, &notify->allocated_queues, notify->n_queues + 1,
                          sizeof(struct Queue *), QUEUES_MAX);
        if (r < 0)
                return r;
        queue = calloc(1, sizeof(*queue));
        if (!queue)
                return -ENOMEM;
        queue->key = strdup(key);
        if (!queue->key) {
                free(queue);
                return -ENOMEM;
        }
        queue->notify = notify;
        queue->receiver = receiver;
        notify->queues[notify->n_queues++] = queue;
        *ret = queue;
        return 0;
}

static void queue_leave_flight(struct Queue *queue) {
        if (!queue->in_flight)
                return;
        queue->in_flight = false;
        queue->receiver->in_flight--;
        queue->notify->in_flight--;
}

void queue_free(struct Queue *queue) {
        queue_leave_flight(queue);
        http_call_free(queue->call);
        unrecorded_forget_all(queue);
        free(queue->event_id);
        free(queue->key);
        free(queue);
}

static void queue_write_retry(struct Queue *queue) {
        struct Ledger *ledger = queue->notify->parameters.ledger;
        usec_t delay = usec_sub(queue->due, clock_monotonic());
        bool dirty = ledger_is_dirty(ledger);

        if (queue->id == 0)
                return;
        ledger_retry_delivery(ledger, queue->id, queue->attempts, clock_realtime() + delay);
        /* Not written, it is only asked sooner after a restart. */
        if (!dirty)
                (void) ledger_commit(ledger);
}

static void queue_finish(struct Queue *queue, enum OutboxState state) {
        queue->due = 0;
        if (unrecorded_settle(queue, state) < 0)
                queue->due = clock_monotonic() + LEDGER_RETRY; /* and then sent once more */
        free(TAKE_PTR(queue->event_id));
        queue->id = 0;
}

/* Said when it changes: a receiver that is down for a night is one entry, and one when it is back.
 */
static void queue_retry(struct Queue *queue, const char *problem, const char *retry_after) {
        struct Notify *notify = queue->notify;
        struct Receiver *receiver = queue->receiver;
        char text[TIME_TEXT_MAX];
        usec_t delay;

        queue->attempts++;
        delay = answer_delay(queue->attempts, notify->parameters.retry_first, retry_after,
                             clock_realtime(), &notify->random);
        queue->due = clock_monotonic() + delay;
        notify->metrics[METRIC_RETRIED].value++;
        if (strncmp(receiver->problem, problem, sizeof(receiver->problem) - 1) != 0) {
                log_warning("Receiver %s: %s; retrying event %s in %s", receiver->name, problem,
                            queue->event_id, duration_format(delay, text));
                snprintf(receiver->problem, sizeof(receiver->problem), "%s", problem);
        }
        receiver->failures++;
        queue_write_retry(queue);
}

static void receiver_answers(struct Receiver *receiver) {
        if (receiver->failures > 0)
                log_notice("Receiver %s answers again, after %u failures", receiver->name,
                           receiver->failures);
        receiver->failures = 0;
        receiver->problem[0] = '\0';
        receiver->overflowing = false;
}

static void queue_answered(struct Queue *queue, const struct HttpResponse *response) {
        struct Notify *notify = queue->notify;
        struct Receiver *receiver = queue->receiver;
        char problem[RECEIVER_PROBLEM_MAX];

        snprintf(problem, sizeof(problem), "answered %ld", response->status);
        switch (answer_of_status(response->status)) {
        case ANSWER_DELIVERED:
                notify->metrics[METRIC_DELIVERED].value++;
                receiver_answers(receiver);
                queue_finish(queue, OUTBOX_DELIVERED);
                break;
        case ANSWER_RETRY:
                queue_retry(queue, problem, http_response_header(response, "Retry-After"));
                break;
        case ANSWER_REFUSED:
                notify->metrics[METRIC_REFUSED].value++;
                log_error("Receiver %s %s to event %s; it is not sent again", receiver->name,
                          problem, queue->event_id);
                queue_finish(queue, OUTBOX_REFUSED);
                break;
        case ANSWER_GONE:
                log_error(
                        "Receiver %s %s: nothing more is sent to it until the configuration is reloaded",
                        receiver->name, problem);
                receiver->stopped = true;
                break;
        }
}

static void on_answer(void *userdata, const struct HttpResponse *response) {
        struct Queue *queue = userdata;

        queue->call = http_call_free(queue->call);
        queue_leave_flight(queue);
        fault_point();
        /* A body that we would not read anyway does not unsay the status. */
        if (response->outcome == HTTP_ANSWERED ||
            (response->outcome == HTTP_TOO_LARGE && response->status > 0))
                queue_answered(queue, response);
        else
                queue_retry(queue, response->text, NULL);
        fault_point();
        notify_kick(queue->notify);
}

static int queue_take(struct Queue *queue, const struct OutboxRow *row) {
        char *event_id = strdup(row->event_id);

        if (!event_id)
                return -ENOMEM;
        free(queue->event_id);
        queue->event_id = event_id;
        queue->id = row->id;
        queue->attempts = row->attempts;
        return 0;
}

/* After a restart a row may still have to wait; a clock that was set back must not make it wait for
 * longer than the cap. */
static bool row_waits(struct Queue *queue, const struct OutboxRow *row) {
        usec_t left;

        if (text_equal(queue->event_id, row->event_id))
                return false; /* ours since before: `due` has said when */
        left = MIN(usec_sub(row->next_at, clock_realtime()), NOTIFY_RETRY_CAP);
        queue->due = clock_monotonic() + left;
        return left > 0;
}

static void queue_send(struct Queue *queue, const struct OutboxRow *row) {
        struct Notify *notify = queue->notify;
        char problem[RECEIVER_PROBLEM_MAX];
        bool waits = row_waits(queue, row);

        if (queue_take(queue, row) < 0) {
                queue->due = clock_monotonic() + LEDGER_RETRY;
                return;
        }
        if (waits)
                return;
        fault_point();
        if (receiver_send(queue->receiver, notify->parameters.http, row, notify->user_agent,
                          clock_realtime(), on_answer, queue, problem, &queue->call) < 0) {
                queue_retry(queue, problem, NULL);
                return;
        }
        queue->in_flight = true;
        queue->receiver->in_flight++;
        notify->in_flight++;
}

/* The ledger's oldest before what is only in memory: that is younger. But where the ledger cannot
 * even be read, being told counts more than the order. */
static int queue_next(struct Queue *queue, struct Arena *arena, struct OutboxRow *ret) {
        const struct Unrecorded *known;
        int64_t after = 0;
        int r;

        do {
                r = ledger_find_delivery(queue->notify->parameters.ledger, queue->receiver->name,
                                         queue->key, after, arena, ret);
                if (r != LEDGER_FOUND)
                        break;
                known = unrecorded_find(queue, ret->event_id);
                after = ret->id;
        } while (known && known->settled);
        return r != LEDGER_FOUND && unrecorded_first(queue, ret) ? LEDGER_FOUND : r;
}

int queue_advance(struct Queue *queue) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ROW_BYTES_MAX);
        struct OutboxRow row;
        int r;

        unrecorded_write(queue);
        r = arena ? queue_next(queue, arena, &row) : -ENOMEM;
        if (r == LEDGER_NOT_FOUND) {
                queue->due = queue->write_again_at > 0 ? queue->write_again_at : USEC_INFINITY;
                return !queue->unrecorded;
        }
        if (r < 0) {
                log_repeat(&queue->notify->unreadable, LOG_ERR,
                           "Cannot read what receivers are owed: %s; trying again every 10 s",
                           strerror(-r));
                queue->due = clock_monotonic() + LEDGER_RETRY;
                return 0;
        }
        log_repeat_end(&queue->notify->unreadable);
        queue_send(queue, &row);
        return 0;
}
