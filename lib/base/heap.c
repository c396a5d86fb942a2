/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include "base/array.h"
#include "base/macros.h"

/* Places count from 1: 0 is none. */
static struct HeapItem **at(const struct Heap *heap, size_t place) {
        return heap->items + place - 1;
}

static void set(struct Heap *heap, size_t place, struct HeapItem *item) {
        *at(heap, place) = item;
        item->place = place;
}

void heap_done(struct Heap *heap) {
        free(heap->items);
        *heap = (struct Heap) {};
}

int heap_reserve(struct Heap *heap, size_t n, size_t ceiling) {
        return array_reserve(&heap->items, &heap->allocated, n, sizeof(heap->items[0]), ceiling);
}

static void move_up(struct Heap *heap, struct HeapItem *item) {
        size_t place = item->place;

        while (place > 1 && item->key < (*at(heap, place / 2))->key) {
                set(heap, place, *at(heap, place / 2));
                place /= 2;
        }
        set(heap, place, item);
}

static void move_down(struct Heap *heap, struct HeapItem *item) {
        size_t place = item->place;

        for (;;) {
                size_t least = 2 * place;

                if (least > heap->n)
                        break;
                if (least < heap->n && (*at(heap, least + 1))->key < (*at(heap, least))->key)
                        least++;
                if (item->key <= (*at(heap, least))->key)
                        break;
                set(heap, place, *at(heap, least));
                place = least;
        }
        set(heap, place, item);
}

void heap_put(struct Heap *heap, struct HeapItem *item) {
        if (item->place == 0)
                set(heap, ++heap->n, item);
        move_up(heap, item);
        move_down(heap, item);
}

void heap_remove(struct Heap *heap, struct HeapItem *item) {
        size_t place = item->place;
        struct HeapItem *last;

        if (place == 0)
                return;
        last = *at(heap, heap->n--);
        item->place = 0;
        if (last == item)
                return;
        set(heap, place, last);
        heap_put(heap, last);
}

struct HeapItem *heap_first(const struct Heap *heap) {
        return heap->n > 0 ? heap->items[0] : NULL;
}
