/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule/queue.h"

#include "base/macros.h"

enum {
        QUEUE_MAX = 100000,
        OLDEST_EVERY = 4,
        /* A key is a turn, and who came first in it. */
        ARRIVALS_PER_TURN = 1 << 24,
};

void queue_done(struct Queue *queue) {
        for (size_t i = 0; i < _URGENCY_COUNT; i++)
                heap_done(queue->waiting + i);
}

static size_t count_party(const struct Heap *heap, const void *party) {
        size_t n = 0;

        for (size_t i = 0; i < heap->n; i++)
                n += ((const struct QueueItem *) heap->items[i])->party == party;
        return n;
}

/* Its turn is after as many as its party has before it. */
static int enter(struct Queue *queue, struct QueueItem *item) {
        struct Heap *heap = queue->waiting + item->urgency;
        uint64_t turn = queue->turns[item->urgency] + count_party(heap, item->party) + 1;
        int r;

        r = heap_reserve(heap, heap->n + 1, QUEUE_MAX);
        if (r < 0)
                return r;
        item->turn.key = turn * ARRIVALS_PER_TURN + queue->arrivals++ % ARRIVALS_PER_TURN;
        heap_put(heap, &item->turn);
        return 0;
}

int queue_add(struct Queue *queue, struct QueueItem *item, usec_t now) {
        item->since = now;
        return enter(queue, item);
}

void queue_remove(struct Queue *queue, struct QueueItem *item) {
        heap_remove(queue->waiting + item->urgency, &item->turn);
}

int queue_hurry(struct Queue *queue, struct QueueItem *item, enum Urgency urgency) {
        struct Heap *heap = queue->waiting + urgency;
        int r;

        if (item->turn.place == 0 || item->urgency >= urgency)
                return 0;
        r = heap_reserve(heap, heap->n + 1, QUEUE_MAX);
        if (r < 0)
                return r;
        queue_remove(queue, item);
        item->urgency = urgency;
        return enter(queue, item);
}

static struct QueueItem *most_urgent(const struct Queue *queue) {
        for (size_t i = _URGENCY_COUNT; i > 0; i--)
                if (queue->waiting[i - 1].n > 0)
                        return (struct QueueItem *) heap_first(queue->waiting + i - 1);
        return NULL;
}

bool queue_has(const struct Queue *queue, enum Urgency least) {
        const struct QueueItem *item = most_urgent(queue);

        return item && item->urgency >= least;
}

/* Of those that are first in their urgency. */
static struct QueueItem *oldest(const struct Queue *queue, enum Urgency least) {
        struct QueueItem *found = NULL;

        for (size_t i = least; i < _URGENCY_COUNT; i++) {
                struct QueueItem *item = (struct QueueItem *) heap_first(queue->waiting + i);

                if (item && (!found || item->since < found->since))
                        found = item;
        }
        return found;
}

struct QueueItem *queue_take(struct Queue *queue, enum Urgency least) {
        bool fair = ++queue->served % OLDEST_EVERY == 0;
        struct QueueItem *item = fair ? oldest(queue, least) : most_urgent(queue);

        if (!item || item->urgency < least)
                return NULL;
        queue->turns[item->urgency] =
                MAX(queue->turns[item->urgency], item->turn.key / ARRIVALS_PER_TURN);
        queue_remove(queue, item);
        return item;
}
