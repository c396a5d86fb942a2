/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer and its ceiling. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "check_main.h"

START_TEST(keeps_to_its_ceiling) {
        struct Buffer b;

        buffer_init(&b, 10);
        ck_assert_str_eq(buffer_text(&b), "");
        ck_assert_int_eq(buffer_append_text(&b, "12345"), 0);
        ck_assert_int_eq(buffer_append_text(&b, "678901"), -ENOBUFS);
        ck_assert_int_eq(buffer_append_format(&b, "%d", 678901), -ENOBUFS);
        ck_assert_str_eq(buffer_text(&b), "12345");
        ck_assert_int_eq(buffer_append_format(&b, "%d", 67890), 0);
        ck_assert_int_eq(buffer_append_char(&b, 'x'), -ENOBUFS);
        ck_assert_str_eq(buffer_text(&b), "1234567890");
        ck_assert_uint_eq(b.size, 10);
        buffer_clear(&b);
        ck_assert_str_eq(buffer_text(&b), "");
        buffer_done(&b);
        buffer_done(&b);
}
END_TEST

START_TEST(hands_its_bytes_over) {
        _cleanup_free_ char *taken = NULL;
        struct Buffer b;

        buffer_init(&b, 100000);
        for (int i = 0; i < 1000; i++)
                ck_assert_int_eq(buffer_append_format(&b, "%03d,", i), 0);
        taken = buffer_take(&b);
        ck_assert_uint_eq(strlen(taken), 4000);
        ck_assert_uint_eq(b.size, 0);
        ck_assert_ptr_null(buffer_take(&b));
}
END_TEST

/* Whether what is written fits into what is allocated or not. */
START_TEST(grows_by_whatever_is_written) {
        char expected[1000] = "";
        struct Buffer b;

        buffer_init(&b, sizeof(expected));
        for (int i = 0; i < 40; i++) {
                size_t size = strlen(expected);

                snprintf(expected + size, sizeof(expected) - size, "%*d;", i, i);
                ck_assert_int_eq(buffer_append_format(&b, "%*d", i, i), 0);
                ck_assert_int_eq(buffer_append_char(&b, ';'), 0);
                ck_assert_str_eq(buffer_text(&b), expected);
                ck_assert_uint_eq(b.size, strlen(expected));
        }
        buffer_done(&b);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("buffer");
        tcase_add_test(tests, keeps_to_its_ceiling);
        tcase_add_test(tests, grows_by_whatever_is_written);
        tcase_add_test(tests, hands_its_bytes_over);
        return suite;
}
