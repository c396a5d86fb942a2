/* SPDX-License-Identifier: Apache-2.0 */
/* The map beside an array. */
#include "base/textmap.h"

#include <errno.h>
#include <stdio.h>

#include "base/random.h"
#include "check_main.h"

enum { KEYS = 300, STEPS = 30000 };

START_TEST(finds_what_was_put_and_not_removed) {
        static char keys[KEYS][16];
        static unsigned values[STEPS];
        unsigned *expected[KEYS] = {};
        struct TextMap map = {};
        struct Random random;

        random_init(&random, 11);
        for (unsigned i = 0; i < KEYS; i++)
                snprintf(keys[i], sizeof(keys[i]), "service-%u", i);
        for (unsigned step = 0; step < STEPS; step++) {
                size_t i = (size_t) (random_unit(&random) * KEYS);

                if (random_unit(&random) < 0.5) {
                        text_map_remove(&map, keys[i]);
                        expected[i] = NULL;
                } else {
                        ck_assert_int_eq(text_map_put(&map, keys[i], values + step, KEYS), 0);
                        expected[i] = values + step;
                }
                i = (size_t) (random_unit(&random) * KEYS);
                ck_assert_ptr_eq(text_map_get(&map, keys[i]), expected[i]);
        }
        for (size_t i = 0; i < KEYS; i++)
                ck_assert_ptr_eq(text_map_get(&map, keys[i]), expected[i]);
        text_map_clear(&map);
        ck_assert_ptr_null(text_map_get(&map, keys[0]));
        text_map_remove(&map, keys[0]);
}
END_TEST

START_TEST(has_a_ceiling) {
        struct TextMap map = {};
        int value;

        ck_assert_int_eq(text_map_put(&map, "a", &value, 2), 0);
        ck_assert_int_eq(text_map_put(&map, "b", &value, 2), 0);
        ck_assert_int_eq(text_map_put(&map, "c", &value, 2), -ENOBUFS);
        ck_assert_int_eq(text_map_put(&map, "b", NULL, 2), 0);
        ck_assert_ptr_null(text_map_get(&map, "b"));
        text_map_clear(&map);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("textmap");
        tcase_add_test(tests, finds_what_was_put_and_not_removed);
        tcase_add_test(tests, has_a_ceiling);
        return suite;
}
