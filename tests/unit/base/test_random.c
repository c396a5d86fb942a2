/* SPDX-License-Identifier: Apache-2.0 */
/* The generator repeats itself and stays in range. */
#include "base/random.h"
#include "check_main.h"

START_TEST(repeats_for_a_seed) {
        struct Random a, b;

        /* First outputs for seed 1234567, from the algorithm's reference code. */
        random_init(&a, 1234567);
        ck_assert_uint_eq(random_u64(&a), UINT64_C(6457827717110365317));
        ck_assert_uint_eq(random_u64(&a), UINT64_C(3203168211198807973));
        random_init(&a, 5);
        b = a;
        for (int i = 0; i < 100; i++)
                ck_assert_uint_eq(random_u64(&a), random_u64(&b));
}
END_TEST

START_TEST(stays_in_range) {
        unsigned seen[10] = {0};
        struct Random r;

        random_init(&r, 1);
        for (int i = 0; i < 10000; i++) {
                double u = random_unit(&r);

                ck_assert(u >= 0 && u < 1);
                seen[random_below(&r, 10)]++;
        }
        for (int i = 0; i < 10; i++)
                ck_assert_msg(seen[i] > 800 && seen[i] < 1200, "%d seen %u times", i, seen[i]);
        ck_assert_uint_eq(random_below(&r, 0), 0);
        ck_assert_uint_eq(random_below(&r, 1), 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("random");
        tcase_add_test(tests, repeats_for_a_seed);
        tcase_add_test(tests, stays_in_range);
        return suite;
}
