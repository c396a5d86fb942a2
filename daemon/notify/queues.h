/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of notify: what its files share. */
#pragma once

#include "base/random.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/metrics.h"
#include "daemon/notify/receiver.h"

enum { QUEUES_MAX = 100000, RECEIVERS_MAX = 1000 };

enum NotifyMetric {
        METRIC_DELIVERED,
        METRIC_RETRIED,
        METRIC_REFUSED,
        METRIC_DROPPED,
        METRIC_IN_FLIGHT,
        METRIC_QUEUES,
        _NOTIFY_METRIC_COUNT,
};

/* An event of a queue that the ledger does not hold yet, or whose outcome it does not. */
struct Unrecorded {
        struct Unrecorded *next; /* in the order in which they were told */
        char *event_id, *body;   /* body: NULL once settled */
        bool recorded;           /* the ledger has a row of it */
        bool settled;            /* the outcome is known: it must not be sent again */
        enum OutboxState state;
};

/* The undelivered rows of one receiver that must stay in order. Lives while there are any. */
struct Queue {
        struct Notify *notify;
        struct Receiver *receiver;
        char *key;
        usec_t due; /* monotonic */
        struct HttpCall *call;
        bool in_flight;
        /* What `call` carries, or is to be sent again. */
        int64_t id; /* its row; 0: sent from memory */
        char *event_id;
        uint64_t attempts;
        struct Unrecorded *unrecorded;
        usec_t write_again_at; /* monotonic; 0 unless an outcome could not be written */
};

/* The heartbeat on its way. */
struct Beat {
        struct HttpCall *call; /* NULL: none is */
        char receiver[256];
        struct LogRepeat trouble;
};

struct Notify {
        struct NotifyParameters parameters;
        char user_agent[64];
        struct Random random;
        struct ClockTimer timer;
        struct Receiver *receivers;
        size_t n_receivers;
        struct Queue **queues;
        size_t n_queues, allocated_queues;
        size_t cursor;      /* the queue to look at first: none waits behind a busy one for ever */
        unsigned in_flight; /* over all queues */
        size_t n_unrecorded;
        struct LogRepeat unreadable;
        struct Beat beat;
        bool draining;
        struct Metric metrics[_NOTIFY_METRIC_COUNT];
};

struct Receiver *notify_receiver(struct Notify *notify, const char *name); /* NULL: unknown */
/* Finds or makes it; a new one is due at once. 0, -ENOMEM, -ENOBUFS. */
int queue_get(struct Notify *notify, struct Receiver *receiver, const char *key,
              struct Queue **ret);
void queue_free(struct Queue *queue); /* cancels what is in flight; not from its callback */
/* Sends the queue's oldest row, and writes the outcomes that are owed. 1: the queue is empty and
 * may go; else 0. */
int queue_advance(struct Queue *queue);

/* ---- unrecorded.c ---- */

struct Unrecorded *unrecorded_find(const struct Queue *queue, const char *event_id);
/* 0, -ENOMEM or -ENOBUFS. */
int unrecorded_add(struct Queue *queue, const char *event_id, const char *body,
                   struct Unrecorded **ret);
/* The oldest that is still to be sent, as a row with id 0; its texts are borrowed. */
bool unrecorded_first(const struct Queue *queue, struct OutboxRow *ret);
/* The outcome of the queue's current event: written now, or owed. 0, -ENOMEM or -ENOBUFS. */
int unrecorded_settle(struct Queue *queue, enum OutboxState state);
void unrecorded_write(struct Queue *queue); /* what is owed, unless that failed a moment ago */
void unrecorded_has_row(struct Queue *queue, const char *event_id);
void unrecorded_forget_all(struct Queue *queue);
