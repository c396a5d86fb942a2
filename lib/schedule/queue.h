/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets the next token of a quota. Whatever is more urgent goes first, but every fourth token
 * goes to whoever has waited longest, so that nobody starves; of what is equally urgent the parties
 * take turns, however much each of them wants. */
#pragma once

#include <stdbool.h>

#include "base/heap.h"

enum Urgency {
        URGENCY_IDLE,      /* looks at services for which nothing is awaited */
        URGENCY_DISCOVERY, /* which services there are */
        URGENCY_JUDGING,   /* looks at a deployment that is being judged */
        URGENCY_ACTION,    /* looks before an action, and the action */
        _URGENCY_COUNT,
};

struct QueueItem { /* stands first in the struct of who waits; all zero: waits for nothing */
        struct HeapItem turn;
        enum Urgency urgency;
        const void *party; /* whose it is: compared, never read */
        usec_t since;
};

struct Queue { /* all zero: empty */
        struct Heap waiting[_URGENCY_COUNT];
        uint64_t turns[_URGENCY_COUNT]; /* of the last one served */
        uint64_t arrivals;
        unsigned served;
};

void queue_done(struct Queue *queue);

/* `item` has its urgency and party; it must stay where it is until it is served or removed. 0,
 * -ENOMEM, or -ENOBUFS: too many wait. */
int queue_add(struct Queue *queue, struct QueueItem *item, usec_t now);
void queue_remove(struct Queue *queue, struct QueueItem *item); /* one that waits not is fine */
/* It waits already, and is more urgent than it seemed. Likewise 0 or -errno: then it waits on as it
 * did. */
int queue_hurry(struct Queue *queue, struct QueueItem *item, enum Urgency urgency);
/* Somebody waits who is at least so urgent. */
bool queue_has(const struct Queue *queue, enum Urgency least);
/* Who of them is served now, and waits no longer; NULL: nobody waits. */
struct QueueItem *queue_take(struct Queue *queue, enum Urgency least);
