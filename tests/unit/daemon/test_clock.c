/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: when they come, and that what is due already waits for no timer of the kernel. */
#include <errno.h>
#include <stdbool.h>

#include "base/macros.h"
#include "check_main.h"
#include "daemon/clock.h"

#define PATIENCE (30 * USEC_PER_SEC)
#define SOON (10 * USEC_PER_MSEC)

static sd_event *event;

struct Seen {
        struct ClockTimer timer;
        unsigned times, order;
        usec_t again; /* what the handler sets, unless 0 */
        bool ends;
        int answer;
};
static unsigned n_seen;

static int on_timer(void *userdata) {
        struct Seen *seen = userdata;

        seen->times++;
        seen->order = ++n_seen;
        if (seen->again > 0)
                ck_assert_int_ge(clock_timer_set_real(&seen->timer, seen->again), 0);
        if (seen->ends)
                clock_timer_done(&seen->timer);
        return seen->answer;
}

static void begin(struct Seen *seen, usec_t delay) {
        ck_assert_int_ge(clock_timer_init_real(&seen->timer, event, 1, on_timer, seen), 0);
        ck_assert_int_ge(clock_timer_set_real(&seen->timer, delay), 0);
}

static void setup(void) {
        n_seen = 0;
        ck_assert_int_ge(sd_event_new(&event), 0);
}

static void teardown(void) {
        sd_event_unref(event);
}

/* All that is ready; nothing is waited for. */
static unsigned turns(void) {
        unsigned n = 0;

        while (sd_event_run(event, 0) > 0 && n < 100)
                n++;
        return n;
}

START_TEST(is_off_until_it_is_set) {
        struct Seen seen = {};

        ck_assert_int_ge(clock_timer_init(&seen.timer, event, 1, on_timer, &seen), 0);
        ck_assert_uint_eq(turns(), 0);
        ck_assert_int_ge(clock_timer_set(&seen.timer, clock_monotonic()), 0);
        ck_assert_uint_eq(turns(), 1);
        ck_assert_uint_eq(seen.times, 1);
        clock_timer_done(&seen.timer);
        clock_timer_done(&seen.timer);
}
END_TEST

START_TEST(what_is_due_comes_in_the_next_turn) {
        struct Seen first = {}, second = {};

        begin(&first, 0);
        begin(&second, 0);
        ck_assert_int_ge(clock_timer_set_priority(&first.timer, SD_EVENT_PRIORITY_NORMAL + 1), 0);
        /* The first look at a timer of the kernel would find it pending at the earliest in the
         * turn after. */
        ck_assert_int_gt(sd_event_prepare(event), 0);
        ck_assert_int_ge(sd_event_dispatch(event), 0);
        ck_assert_uint_eq(second.order, 1);
        ck_assert_uint_eq(turns(), 1);
        ck_assert_uint_eq(first.order, 2);
        clock_timer_done(&first.timer);
        clock_timer_done(&second.timer);
}
END_TEST

START_TEST(the_last_setting_counts) {
        struct Seen off = {}, later = {}, now = {};

        begin(&off, 0);
        begin(&later, 0);
        begin(&now, PATIENCE);
        ck_assert_int_ge(clock_timer_set_real(&off.timer, USEC_INFINITY), 0);
        ck_assert_int_ge(clock_timer_set_real(&later.timer, SOON), 0);
        ck_assert_int_ge(clock_timer_set_real(&now.timer, 0), 0);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_uint_eq(now.times, 1);
        ck_assert_int_gt(sd_event_run(event, PATIENCE), 0);
        ck_assert_uint_eq(later.times, 1);
        ck_assert_uint_eq(turns(), 0);
        ck_assert_uint_eq(off.times, 0);
        clock_timer_done(&off.timer);
        clock_timer_done(&later.timer);
        clock_timer_done(&now.timer);
}
END_TEST

START_TEST(its_handler_sets_it_again_or_ends_it) {
        struct Seen again = {.again = SOON}, ends = {.ends = true};

        begin(&again, SOON);
        begin(&ends, 0);
        for (unsigned i = 0; i < 4; i++)
                ck_assert_int_gt(sd_event_run(event, PATIENCE), 0);
        ck_assert_uint_eq(again.times, 3);
        ck_assert_uint_eq(ends.times, 1);
        clock_timer_done(&again.timer);
        ck_assert_uint_eq(turns(), 0);
}
END_TEST

START_TEST(a_handler_that_fails_ends_the_loop) {
        static const usec_t DELAYS[] = {0, SOON};

        for (size_t i = 0; i < ARRAY_SIZE(DELAYS); i++) {
                struct Seen seen = {.answer = -EPROTO};

                teardown();
                setup();
                begin(&seen, DELAYS[i]);
                ck_assert_int_eq(sd_event_loop(event), -EPROTO);
                ck_assert_uint_eq(seen.times, 1);
                clock_timer_done(&seen.timer);
        }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("clock");
        tcase_add_checked_fixture(tests, setup, teardown);
        tcase_add_test(tests, is_off_until_it_is_set);
        tcase_add_test(tests, what_is_due_comes_in_the_next_turn);
        tcase_add_test(tests, the_last_setting_counts);
        tcase_add_test(tests, its_handler_sets_it_again_or_ends_it);
        tcase_add_test(tests, a_handler_that_fails_ends_the_loop);
        return suite;
}
