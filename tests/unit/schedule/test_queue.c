/* SPDX-License-Identifier: Apache-2.0 */
/* Who is served first, and that everybody is. */
#include "check_main.h"
#include "schedule/queue.h"

enum { ITEMS = 400 };

static struct QueueItem items[ITEMS];
static struct Queue queue;
static const char a[] = "a", b[] = "b";

static void add(size_t i, enum Urgency urgency, const void *party, usec_t now) {
        items[i] = (struct QueueItem) {.urgency = urgency, .party = party};
        ck_assert_int_eq(queue_add(&queue, items + i, now), 0);
}

static void end(void) {
        queue_done(&queue);
        queue = (struct Queue) {};
}

START_TEST(what_is_urgent_goes_first) {
        add(0, URGENCY_IDLE, a, 1);
        add(1, URGENCY_DISCOVERY, a, 2);
        add(2, URGENCY_ACTION, a, 3);
        add(3, URGENCY_JUDGING, a, 4);
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 2);
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 3);
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 1);
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 0);
        ck_assert_ptr_null(queue_take(&queue, URGENCY_IDLE));
        ck_assert(!queue_has(&queue, URGENCY_IDLE));
}
END_TEST

/* More is judged than there are tokens: idle looks get a fourth of them all the same. */
START_TEST(nobody_starves) {
        unsigned idle = 0;

        for (size_t i = 0; i < 100; i++)
                add(i, URGENCY_IDLE, a, i);
        for (size_t i = 100; i < ITEMS; i++)
                add(i, URGENCY_JUDGING, a, i);
        for (size_t i = 0; i < 200; i++)
                idle += queue_take(&queue, URGENCY_IDLE)->urgency == URGENCY_IDLE;
        ck_assert_uint_eq(idle, 50);
}
END_TEST

/* One has 300 in the queue when another comes with one. */
START_TEST(parties_take_turns) {
        size_t served = 0;

        for (size_t i = 0; i < 300; i++)
                add(i, URGENCY_JUDGING, a, 1);
        for (size_t i = 0; i < 50; i++)
                ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE)->party, a);
        add(300, URGENCY_JUDGING, b, 2);
        add(301, URGENCY_JUDGING, b, 3);
        while (items[300].turn.place > 0 || items[301].turn.place > 0) {
                ck_assert_ptr_nonnull(queue_take(&queue, URGENCY_IDLE));
                served++;
        }
        ck_assert_uint_le(served, 6);
}
END_TEST

START_TEST(one_that_waits_can_be_hurried) {
        for (size_t i = 0; i < 10; i++)
                add(i, URGENCY_IDLE, a, i);
        ck_assert_int_eq(queue_hurry(&queue, items + 9, URGENCY_JUDGING), 0);
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 9);
        ck_assert_int_eq(queue_hurry(&queue, items + 9, URGENCY_ACTION), 0);
        ck_assert_uint_eq(items[9].turn.place, 0);
        queue_remove(&queue, items + 0);
        queue_remove(&queue, items + 0);
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 1);
}
END_TEST

/* Also when it is the turn of who has waited longest. */
START_TEST(whoever_is_less_urgent_is_left) {
        for (size_t i = 0; i < 10; i++)
                add(i, URGENCY_JUDGING, a, i);
        ck_assert(!queue_has(&queue, URGENCY_ACTION));
        for (size_t i = 10; i < 20; i++)
                add(i, URGENCY_ACTION, a, i);
        for (size_t i = 10; i < 20; i++) {
                ck_assert(queue_has(&queue, URGENCY_ACTION));
                ck_assert_ptr_eq(queue_take(&queue, URGENCY_ACTION), items + i);
        }
        ck_assert_ptr_null(queue_take(&queue, URGENCY_ACTION));
        ck_assert_ptr_eq(queue_take(&queue, URGENCY_IDLE), items + 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("queue");
        tcase_add_checked_fixture(tests, NULL, end);
        tcase_add_test(tests, what_is_urgent_goes_first);
        tcase_add_test(tests, nobody_starves);
        tcase_add_test(tests, parties_take_turns);
        tcase_add_test(tests, whoever_is_less_urgent_is_left);
        tcase_add_test(tests, one_that_waits_can_be_hurried);
        return suite;
}
