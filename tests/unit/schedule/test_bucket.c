/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket gives its burst, then its rate, whatever the clock does. */
#include "check_main.h"
#include "schedule/bucket.h"

#define START (100000 * USEC_PER_SEC)

START_TEST(gives_its_burst_then_its_rate) {
        struct Bucket b;
        unsigned given = 0;

        bucket_init(&b, 50, 10, START);
        while (bucket_take(&b, START))
                given++;
        ck_assert_uint_eq(given, 50);
        ck_assert_uint_eq(bucket_ready_at(&b, START), START + 100 * USEC_PER_MSEC);
        for (usec_t now = START; now < START + 60 * USEC_PER_SEC; now = bucket_ready_at(&b, now))
                given += bucket_take(&b, now);
        ck_assert_msg(given >= 648 && given <= 650, "%u in a minute", given);
}
END_TEST

START_TEST(never_holds_more_than_its_burst) {
        struct Bucket b;
        unsigned given = 0;

        bucket_init(&b, 5, 10, START);
        while (bucket_take(&b, START + USEC_PER_DAY))
                given++;
        ck_assert_uint_eq(given, 5);
}
END_TEST

START_TEST(a_clock_that_goes_back_gives_nothing) {
        struct Bucket b;

        bucket_init(&b, 1, 1, START);
        ck_assert(bucket_take(&b, START));
        ck_assert(!bucket_take(&b, START - USEC_PER_HOUR));
        ck_assert(!bucket_take(&b, START + USEC_PER_SEC / 2));
        ck_assert(bucket_take(&b, START + USEC_PER_SEC));
}
END_TEST

START_TEST(slowed_it_fills_again_half_as_fast) {
        struct Bucket b;

        bucket_init(&b, 50, 2, START);
        bucket_slow(&b, START);
        bucket_slow(&b, START + 1);
        ck_assert(!bucket_take(&b, START));
        ck_assert_double_eq_tol(bucket_rate(&b, START), 1, 1e-6);
        ck_assert_uint_ge(bucket_ready_at(&b, START), START + USEC_PER_SEC * 99 / 100);
        ck_assert_double_eq(bucket_rate(&b, START + 5 * USEC_PER_MINUTE), 2);
        for (usec_t i = 2; i < 100; i++)
                bucket_slow(&b, START + i * USEC_PER_SEC);
        ck_assert_double_ge(bucket_rate(&b, START + 99 * USEC_PER_SEC), 2.0 / 16);
        ck_assert_double_eq(bucket_rate(&b, START + 7 * USEC_PER_MINUTE), 2);
        bucket_init(&b, 0.5, 0, START); /* a share of nearly nothing still lets one call pass */
        ck_assert(bucket_take(&b, START));
        ck_assert_uint_eq(bucket_ready_at(&b, START), USEC_INFINITY);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("bucket");
        tcase_add_test(tests, gives_its_burst_then_its_rate);
        tcase_add_test(tests, never_holds_more_than_its_burst);
        tcase_add_test(tests, a_clock_that_goes_back_gives_nothing);
        tcase_add_test(tests, slowed_it_fills_again_half_as_fast);
        return suite;
}
