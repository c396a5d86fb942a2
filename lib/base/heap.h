/* SPDX-License-Identifier: Apache-2.0 */
/* Who is first: a binary heap whose items know their place, so that any of them can move or leave.
 */
#pragma once

#include <stddef.h>

#include "base/time.h"

/* Stands first in the struct that is ordered; all zero: in no heap. */
struct HeapItem {
        usec_t key;   /* the least is first */
        size_t place; /* the heap's */
};

struct Heap { /* all zero: empty */
        struct HeapItem **items;
        size_t n, allocated;
};

void heap_done(struct Heap *heap); /* frees the list, not the items */
/* Room for `n` items, so that putting them cannot fail. 0, -ENOMEM, or -ENOBUFS above `ceiling`. */
int heap_reserve(struct Heap *heap, size_t n, size_t ceiling);

/* Puts it in, or where it belongs after its key has changed. */
void heap_put(struct Heap *heap, struct HeapItem *item);
void heap_remove(struct Heap *heap, struct HeapItem *item); /* one that is not in it is fine */
struct HeapItem *heap_first(const struct Heap *heap);       /* NULL: it is empty */
