/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of notify: what its files share. */
#pragma once

#include <systemd/sd-event.h>

#include "base/random.h"
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

/* The undelivered rows of one receiver that must stay in order. Lives while there are any. */
struct Queue {
        struct Notify *notify;
        struct Receiver *receiver;
        char *key;
        usec_t due; /* monotonic */
        struct HttpCall *call;
        bool in_flight;
        /* The row that `call` carries, or whose outcome could not be written yet. */
        int64_t id;
        char *event_id;
        uint64_t attempts;
        bool settled; /* the outcome is known: `state`; it must not be sent again */
        enum OutboxState state;
};

struct Notify {
        struct NotifyParameters parameters;
        char user_agent[64];
        struct Random random;
        sd_event_source *timer;
        struct Receiver *receivers;
        size_t n_receivers;
        struct Queue **queues;
        size_t n_queues, allocated_queues;
        size_t cursor;      /* the queue to look at first: none waits behind a busy one for ever */
        unsigned in_flight; /* over all queues */
        bool draining;
        struct Metric metrics[_NOTIFY_METRIC_COUNT];
};

struct Receiver *notify_receiver(struct Notify *notify, const char *name); /* NULL: unknown */
/* Finds or makes it; a new one is due at once. 0, -ENOMEM, -ENOBUFS. */
int queue_get(struct Notify *notify, struct Receiver *receiver, const char *key,
              struct Queue **ret);
void queue_free(struct Queue *queue); /* cancels what is in flight; not from its callback */
/* Sends the queue's oldest row, or writes the outcome that is owed. 1: the queue is empty and may
 * go; else 0. */
int queue_advance(struct Queue *queue);
