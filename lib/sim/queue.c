/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap by (at, order). */
#include "sim/queue.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"

enum { OCCURRENCES_MAX = 10 * 1000 * 1000 };

static bool before(const struct SimOccurrence *a, const struct SimOccurrence *b) {
        return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct SimOccurrence *a, struct SimOccurrence *b) {
        struct SimOccurrence kept = *a;

        *a = *b;
        *b = kept;
}

void sim_queue_done(struct SimQueue *queue) {
        free(queue->heap);
        *queue = (struct SimQueue) {};
}

int sim_queue_push(struct SimQueue *queue, struct SimOccurrence occurrence) {
        int r;

        r = array_reserve(&queue->heap, &queue->allocated, queue->size + 1, sizeof(*queue->heap),
                          OCCURRENCES_MAX);
        if (r < 0)
                return r;

        occurrence.order = queue->order++;
        queue->heap[queue->size] = occurrence;
        for (size_t i = queue->size++; i > 0; i = (i - 1) / 2) {
                if (!before(&queue->heap[i], &queue->heap[(i - 1) / 2]))
                        break;
                swap(&queue->heap[i], &queue->heap[(i - 1) / 2]);
        }
        return 0;
}

const struct SimOccurrence *sim_queue_first(const struct SimQueue *queue) {
        return queue->size > 0 ? &queue->heap[0] : NULL;
}

void sim_queue_pop(struct SimQueue *queue) {
        size_t i = 0;

        queue->heap[0] = queue->heap[--queue->size];
        for (;;) {
                size_t child = 2 * i + 1;

                if (child >= queue->size)
                        return;
                if (child + 1 < queue->size && before(&queue->heap[child + 1], &queue->heap[child]))
                        child++;
                if (!before(&queue->heap[child], &queue->heap[i]))
                        return;
                swap(&queue->heap[i], &queue->heap[child]);
                i = child;
        }
}
