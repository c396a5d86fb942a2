/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/event_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aws/decode.h"
#include "aws/facts_service.h"
#include "base/array.h"

enum {
        /* As many decimal digits as a double holds exactly, so that dividing by a power of ten,
         * exact as well, rounds as strtod() does. */
        DIGITS_MAX = 15,
        EVENT_DEPTH_MAX = 16,
};

struct EventList {
        struct ServiceEvent *items;
        size_t n, allocated;
};

/* Seconds since 1970 as ECS writes them: 1700000000, 1700000000.123. */
static bool take_instant(struct Cursor *cursor, usec_t *ret) {
        static const double POWERS[DIGITS_MAX + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                      1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
        size_t n_digits = 0, n_fraction = 0;
        uint64_t digits = 0;
        bool point = false;
        char last = '.';

        if (cursor_take(cursor, '0'))
                return false;
        for (; cursor->at < cursor->end; last = *cursor->at++) {
                char c = *cursor->at;

                if (c == '.' && !point && n_digits > 0) {
                        point = true;
                } else if (c >= '0' && c <= '9') {
                        if (++n_digits > DIGITS_MAX)
                                return false;
                        digits = digits * 10 + (uint64_t) (c - '0');
                        n_fraction += point;
                } else {
                        break;
                }
        }
        /* An exponent, a point without digits: let the other parser read it. */
        if (last == '.' || cursor->at == cursor->end || !strchr(",} \n\r\t", *cursor->at))
                return false;
        *ret = usec_from_epoch_seconds((double) digits / POWERS[n_fraction]);
        return *ret != USEC_UNKNOWN;
}

/* Printable ASCII without escapes: nothing in it to be decoded or refused. */
static bool take_text(struct Cursor *cursor, struct EcsBody *ret) {
        unsigned other = 0;

        if (!cursor_take_plain(cursor, ret))
                return false;
        /* Without a way out of the loop, so that compilers take many bytes at once. */
        for (size_t i = 0; i < ret->size; i++)
                other |= (unsigned) (ret->data[i] < ' ') | (unsigned) (ret->data[i] >= 0x7f);
        return !other;
}

struct PlainEvent {
        struct EcsBody id, message;
        usec_t created_at;
};

static bool take_member(struct Cursor *cursor, struct PlainEvent *event) {
        struct EcsBody key;

        if (!cursor_take_plain(cursor, &key) || !cursor_take(cursor, ':'))
                return false;
        if (cursor_is(&key, "id") && !event->id.data)
                return take_text(cursor, &event->id);
        if (cursor_is(&key, "message") && !event->message.data)
                return take_text(cursor, &event->message);
        if (cursor_is(&key, "createdAt") && event->created_at == USEC_UNKNOWN)
                return take_instant(cursor, &event->created_at);
        return false;
}

/* Exactly the three members, each once, in any order. */
static bool take_plain_event(struct Cursor *cursor, struct PlainEvent *ret) {
        *ret = (struct PlainEvent) {.created_at = USEC_UNKNOWN};
        if (!cursor_take(cursor, '{'))
                return false;
        do {
                if (!take_member(cursor, ret))
                        return false;
        } while (cursor_take(cursor, ','));
        return cursor_take(cursor, '}') && ret->id.data && ret->message.data &&
               ret->created_at != USEC_UNKNOWN;
}

static int keep_plain_event(const struct PlainEvent *event, struct Arena *arena,
                            struct ServiceEvent *ret) {
        *ret = (struct ServiceEvent) {
                .id = arena_copy_n(arena, event->id.data, event->id.size),
                .created_at = event->created_at,
                .message = arena_copy_n(arena, event->message.data, event->message.size),
        };
        return ret->id && ret->message ? 1 : -ENOMEM;
}

static int take_event(struct Cursor *cursor, struct Arena *arena, struct ServiceEvent *ret) {
        struct Cursor behind = *cursor;
        struct PlainEvent plain;
        struct EcsProblem problem;
        struct EcsBody body;
        int r;

        if (take_plain_event(&behind, &plain)) {
                *cursor = behind;
                return keep_plain_event(&plain, arena, ret);
        }
        body.data = cursor->at;
        if (!cursor_skip_value(cursor, EVENT_DEPTH_MAX))
                return 0;
        body.size = (size_t) (cursor->at - body.data);
        r = ecs_decode(&body, &ECS_EVENT_SHAPE, arena, &problem, ret);
        return r == -ENOMEM ? r : r >= 0;
}

static int take_events(struct Cursor *cursor, struct Arena *arena, struct EventList *list) {
        int r;

        if (cursor_take(cursor, ']'))
                return 1;
        do {
                r = array_reserve(&list->items, &list->allocated, list->n + 1,
                                  sizeof(list->items[0]), ECS_RESPONSE_ITEMS_MAX);
                if (r < 0)
                        return r == -ENOBUFS ? 0 : r;
                r = take_event(cursor, arena, list->items + list->n);
                if (r <= 0)
                        return r;
                list->n++;
        } while (cursor_take(cursor, ','));
        return cursor_take(cursor, ']');
}

int ecs_event_list_read(struct Cursor *cursor, struct Arena *arena,
                        const struct ServiceEvent **ret_events, size_t *ret_n) {
        struct EventList list = {};
        struct ServiceEvent *events;
        int r;

        r = take_events(cursor, arena, &list);
        if (r > 0) {
                events = arena_alloc_array(arena, list.n, sizeof(*events));
                if (events && list.n > 0)
                        memcpy(events, list.items, list.n * sizeof(*events));
                *ret_events = events;
                *ret_n = list.n;
                r = events ? r : -ENOMEM;
        }
        free(list.items);
        return r;
}
