/* SPDX-License-Identifier: Apache-2.0 */
/* The arena, its ceiling and its alignment; arrays that grow. */
#include <errno.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "check_main.h"

START_TEST(hands_out_zeroed_aligned_memory) {
        _cleanup_(arena_freep) struct Arena *a = arena_new(1 << 20);

        for (size_t size = 0; size < 9000; size += 37) {
                unsigned char *p = arena_alloc(a, size);

                ck_assert_ptr_nonnull(p);
                ck_assert_uint_eq((uintptr_t) p % 16, 0);
                for (size_t i = 0; i < size; i++)
                        ck_assert_uint_eq(p[i], 0);
                for (size_t i = 0; i < size; i++)
                        p[i] = 0xFF;
                if (size > 2000)
                        size += 1000;
        }
        ck_assert_str_eq(arena_format(a, "%s:%d", "my-app", 2), "my-app:2");
        ck_assert_str_eq(arena_copy_n(a, "abcdef", 3), "abc");
        ck_assert_ptr_null(arena_copy(a, NULL));
}
END_TEST

START_TEST(keeps_to_its_ceiling) {
        _cleanup_(arena_freep) struct Arena *a = arena_new(100);

        ck_assert_ptr_null(arena_alloc(a, 101));
        ck_assert_ptr_nonnull(arena_alloc(a, 90));
        ck_assert_ptr_null(arena_alloc(a, 90));
        ck_assert_ptr_null(arena_alloc_array(a, SIZE_MAX / 2, 16));
}
END_TEST

START_TEST(lives_as_long_as_its_last_owner) {
        struct Arena *a = arena_new(1000), *b = arena_ref(a);
        char *text = arena_copy(a, "web");

        arena_free(a);
        ck_assert_str_eq(text, "web");
        arena_free(b);
}
END_TEST

START_TEST(arrays_grow_zeroed_to_their_ceiling) {
        _cleanup_free_ int *items = NULL;
        size_t allocated = 0;

        ck_assert_int_eq(array_reserve(&items, &allocated, 3, sizeof(int), 20), 0);
        ck_assert_uint_ge(allocated, 3);
        items[0] = 5;
        ck_assert_int_eq(array_reserve(&items, &allocated, 20, sizeof(int), 20), 0);
        ck_assert_int_eq(items[0], 5);
        ck_assert_int_eq(items[19], 0);
        ck_assert_int_eq(array_reserve(&items, &allocated, 21, sizeof(int), 20), -ENOBUFS);
}
END_TEST

START_TEST(takes_what_was_measured_and_grows) {
        static const char LONG[] = "a text that is longer than what the arena aligns to";
        _cleanup_(arena_freep) struct Arena *measured = arena_new(1 << 20);
        _cleanup_(arena_freep) struct Arena *sized = NULL;

        ck_assert_uint_eq(arena_used(measured), 0);
        arena_copy(measured, "a deployment");
        arena_copy(measured, LONG);
        sized = arena_new_sized(arena_used(measured) + 16, arena_used(measured));
        ck_assert_ptr_nonnull(sized);
        ck_assert_ptr_nonnull(arena_copy(sized, "a deployment"));
        ck_assert_ptr_nonnull(arena_copy(sized, LONG));
        ck_assert_ptr_nonnull(arena_copy(sized, "one more"));
        ck_assert_ptr_null(arena_copy(sized, ""));
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("arena");
        tcase_add_test(tests, hands_out_zeroed_aligned_memory);
        tcase_add_test(tests, keeps_to_its_ceiling);
        tcase_add_test(tests, lives_as_long_as_its_last_owner);
        tcase_add_test(tests, arrays_grow_zeroed_to_their_ceiling);
        tcase_add_test(tests, takes_what_was_measured_and_grows);
        return suite;
}
