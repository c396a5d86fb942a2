/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule: calls are shared and spread, nobody is forgotten or asked twice at once. */
#include "check_main.h"
#include "schedule/due.h"

#define IDLE (30 * USEC_PER_SEC)
#define ACTIVE (5 * USEC_PER_SEC)
#define START (1000 * USEC_PER_SEC)

static const struct SchedulePace PATIENT = {IDLE, true}, IMPATIENT = {ACTIVE, false};

/* `n` patient members of group 0; the last one's number. */
static uint32_t fill(struct Schedule *schedule, size_t n) {
        uint32_t member = 0;

        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(schedule_add(schedule, 0, PATIENT, START, &member), 0);
        return member;
}

/* Runs for `duration`, each round lasting `round`; returns the calls made. */
static size_t run(struct Schedule *schedule, usec_t from, usec_t duration, unsigned *asked) {
        uint32_t batch[SCHEDULE_BATCH_MAX];
        size_t calls = 0, n;
        usec_t now = from;

        while ((now = MAX(now, schedule_next(schedule))) < from + duration) {
                n = schedule_take(schedule, now, batch);
                ck_assert_uint_gt(n, 0);
                for (size_t i = 0; i < n; i++)
                        asked[batch[i]]++;
                schedule_done(schedule, batch, n, now, now + 200 * USEC_PER_MSEC);
                calls++;
        }
        return calls;
}

START_TEST(idle_services_share_calls) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        unsigned asked[500] = {};
        size_t calls;

        fill(s, 500);
        calls = run(s, START, USEC_PER_HOUR, asked);
        /* 50 calls an interval, 120 intervals; jitter may add or drop some. */
        ck_assert_msg(calls > 5600 && calls < 6600, "%zu calls", calls);
        for (int i = 0; i < 500; i++)
                ck_assert_msg(asked[i] >= 112 && asked[i] <= 132, "member %d asked %u times", i,
                              asked[i]);
}
END_TEST

START_TEST(first_calls_are_spread) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        uint32_t batch[SCHEDULE_BATCH_MAX];
        size_t early = 0;

        fill(s, 500);
        ck_assert_uint_eq(schedule_next(s), START);
        while (schedule_take(s, START + IDLE / 10, batch) > 0)
                early++;
        ck_assert_msg(early >= 3 && early <= 8, "%zu of 50 calls in the first tenth", early);
}
END_TEST

START_TEST(an_active_one_takes_nine_along) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        unsigned asked[10] = {};
        uint32_t member;
        size_t calls;

        member = fill(s, 10);
        schedule_set_pace(s, member, IMPATIENT, START);
        calls = run(s, START, 10 * USEC_PER_MINUTE, asked);
        ck_assert_msg(calls > 110 && calls < 132, "%zu calls", calls);
        ck_assert_uint_eq(asked[0], calls);
}
END_TEST

START_TEST(groups_never_share) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        uint32_t batch[SCHEDULE_BATCH_MAX], a, b;

        ck_assert_int_eq(schedule_add(s, 1, PATIENT, START, &a), 0);
        ck_assert_int_eq(schedule_add(s, 2, PATIENT, START, &b), 0);
        ck_assert_uint_eq(schedule_take(s, START, batch), 1);
        ck_assert_uint_eq(batch[0], a);
        ck_assert_uint_eq(schedule_take(s, START, batch), 1);
        ck_assert_uint_eq(batch[0], b);
        ck_assert_uint_eq(schedule_take(s, START, batch), 0);
        ck_assert_uint_eq(schedule_next(s), USEC_INFINITY);
}
END_TEST

START_TEST(due_while_under_way_is_not_lost) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        uint32_t batch[SCHEDULE_BATCH_MAX], a;

        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &a), 0);
        ck_assert_uint_eq(schedule_take(s, START, batch), 1);
        schedule_make_due(s, a, START + USEC_PER_SEC);
        ck_assert_uint_eq(schedule_take(s, START + USEC_PER_SEC, batch), 0);
        schedule_done(s, batch, 1, START, START + 2 * USEC_PER_SEC);
        ck_assert_uint_eq(schedule_next(s), START + 2 * USEC_PER_SEC);
}
END_TEST

START_TEST(own_turn_of_one_taken_along_is_no_wish) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        uint32_t batch[SCHEDULE_BATCH_MAX], first, along;

        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &first), 0);
        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &along), 0);
        schedule_make_due(s, along, START + 100 * USEC_PER_MSEC);
        ck_assert_uint_eq(schedule_take(s, START, batch), 2);
        schedule_done(s, batch, 2, START, START + 200 * USEC_PER_MSEC);
        ck_assert_uint_eq(schedule_due(s, along), schedule_due(s, first));
        ck_assert_uint_ge(schedule_due(s, along), START + IDLE * 9 / 10);
}
END_TEST

/* It leaves a place in the call that it was to be in, which others fill from then on. */
START_TEST(a_hint_costs_one_call) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        unsigned asked[1000] = {};
        uint32_t member;
        size_t calls;

        member = fill(s, 1000);
        run(s, START, USEC_PER_HOUR, asked);
        schedule_make_due(s, member, START + USEC_PER_HOUR);
        calls = run(s, START + USEC_PER_HOUR, USEC_PER_HOUR, asked);
        /* 100 an interval, 120 intervals. */
        ck_assert_msg(calls > 11900 && calls < 12150, "%zu calls", calls);
}
END_TEST

/* Each call begins 3 s late, because others go first: its period is 30 s all the same. */
START_TEST(lateness_does_not_add_up) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        usec_t late = 3 * USEC_PER_SEC, began = START;
        uint32_t batch[SCHEDULE_BATCH_MAX], a;
        unsigned calls = 200;

        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &a), 0);
        for (unsigned i = 0; i < calls; i++) {
                began = schedule_next(s) + late;
                ck_assert_uint_eq(schedule_take(s, began, batch), 1);
                schedule_done(s, batch, 1, began, began + USEC_PER_SEC);
        }
        ck_assert_uint_lt(began - START, calls * IDLE + calls * IDLE / 50);
        ck_assert_uint_gt(began - START, calls * IDLE - calls * IDLE / 50);
}
END_TEST

/* The machine stands still for two minutes: afterwards its calls are spread as they were. */
START_TEST(a_standstill_does_not_gather_them) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        uint32_t batch[SCHEDULE_BATCH_MAX], member;
        usec_t resumed = START + 2 * USEC_PER_MINUTE + IDLE, dues[20];
        size_t n;

        for (unsigned i = 0; i < ARRAY_SIZE(dues); i++)
                ck_assert_int_eq(schedule_add(s, i, PATIENT, START + i * IDLE / 20, &member), 0);
        while ((n = schedule_take(s, resumed, batch)) > 0)
                schedule_done(s, batch, n, resumed, resumed + USEC_PER_MSEC);
        for (uint32_t i = 0; i < ARRAY_SIZE(dues); i++)
                dues[i] = schedule_due(s, i);
        for (unsigned i = 0; i < ARRAY_SIZE(dues); i++)
                ck_assert_uint_le(dues[i], resumed + IDLE + IDLE / 20);
        /* in every quarter of the interval some: with 5 % jitter about five each */
        for (unsigned quarter = 0; quarter < 4; quarter++) {
                unsigned within = 0;

                for (unsigned i = 0; i < ARRAY_SIZE(dues); i++)
                        within += dues[i] >= resumed + quarter * IDLE / 4 &&
                                  dues[i] < resumed + (quarter + 1) * IDLE / 4;
                ck_assert_uint_ge(within, 3);
        }
}
END_TEST

START_TEST(removed_members_leave_and_numbers_return) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        uint32_t batch[SCHEDULE_BATCH_MAX], a, b, c;

        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &a), 0);
        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &b), 0);
        schedule_remove(s, a);
        ck_assert_uint_eq(schedule_take(s, START, batch), 1);
        ck_assert_uint_eq(batch[0], b);
        ck_assert_int_eq(schedule_add(s, 0, PATIENT, START, &c), 0);
        ck_assert_uint_eq(c, a);
}
END_TEST

/* Two calls a second are wanted, and one may be made: patient ones are asked half as often, the
 * other one as often as ever. */
START_TEST(patient_ones_are_stretched) {
        _cleanup_(schedule_freep) struct Schedule *s = schedule_new(1);
        unsigned asked[601] = {};
        uint32_t member;

        fill(s, 600);
        ck_assert_int_eq(schedule_add(s, 1, IMPATIENT, START, &member), 0);
        ck_assert_double_eq_tol(schedule_demand(s, 0).calls, 2, 1e-6);
        ck_assert_double_eq_tol(schedule_demand(s, 0).asks, 20, 1e-6);
        ck_assert_uint_eq(schedule_demand(s, 0).members, 600);
        ck_assert_double_eq(schedule_demand(s, 1).calls, 0);
        ck_assert_double_eq(schedule_demand(s, 2).calls, 0);
        schedule_stretch(s, 0, schedule_demand(s, 0).calls / 1);
        run(s, START, USEC_PER_HOUR, asked);
        for (int i = 0; i < 600; i++)
                ck_assert_msg(asked[i] >= 55 && asked[i] <= 65, "member %d asked %u times", i,
                              asked[i]);
        ck_assert_uint_ge(asked[member], 660);

        for (uint32_t i = 0; i < 600; i++)
                schedule_remove(s, i);
        ck_assert_double_eq(schedule_demand(s, 0).calls, 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("due");
        tcase_add_test(tests, idle_services_share_calls);
        tcase_add_test(tests, first_calls_are_spread);
        tcase_add_test(tests, an_active_one_takes_nine_along);
        tcase_add_test(tests, groups_never_share);
        tcase_add_test(tests, due_while_under_way_is_not_lost);
        tcase_add_test(tests, own_turn_of_one_taken_along_is_no_wish);
        tcase_add_test(tests, a_hint_costs_one_call);
        tcase_add_test(tests, lateness_does_not_add_up);
        tcase_add_test(tests, a_standstill_does_not_gather_them);
        tcase_add_test(tests, removed_members_leave_and_numbers_return);
        tcase_add_test(tests, patient_ones_are_stretched);
        return suite;
}
