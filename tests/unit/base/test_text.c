/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about text. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"

static const struct {
        const char *name, *bytes;
        bool valid;
} UTF8[] = {
        {"ascii", "hello", true},
        {"empty", "", true},
        {"two bytes", "\xC3\xA9", true},
        {"curly apostrophe", "You\xE2\x80\x99ve", true},
        {"four bytes", "\xF0\x9F\x98\x80", true},
        {"lone continuation", "\x80", false},
        {"overlong", "\xC0\xAF", false},
        {"surrogate", "\xED\xA0\x80", false},
        {"cut short", "\xE2\x80", false},
        {"above U+10FFFF", "\xF4\x90\x80\x80", false},
};

START_TEST(knows_utf8) {
        ck_assert_msg(text_is_utf8(UTF8[_i].bytes, strlen(UTF8[_i].bytes)) == UTF8[_i].valid, "%s",
                      UTF8[_i].name);
}
END_TEST

START_TEST(cuts_between_characters) {
        ck_assert_uint_eq(text_cut_utf8("You\xE2\x80\x99ve", 100), 8);
        ck_assert_uint_eq(text_cut_utf8("You\xE2\x80\x99ve", 6), 6);
        ck_assert_uint_eq(text_cut_utf8("You\xE2\x80\x99ve", 5), 3);
        ck_assert_uint_eq(text_cut_utf8("You\xE2\x80\x99ve", 3), 3);
        ck_assert_uint_eq(text_cut_utf8("abc", 0), 0);
}
END_TEST

START_TEST(compares) {
        ck_assert(text_equal(NULL, NULL));
        ck_assert(!text_equal(NULL, ""));
        ck_assert(text_starts_with("ecs-svc/1", "ecs-svc/"));
        ck_assert(!text_starts_with(NULL, "x"));
        ck_assert(text_ends_with("my-app:2", ":2"));
        ck_assert(!text_ends_with("2", ":2"));
        ck_assert(text_contains_ignoring_case("No Space Left on device", "no space left"));
        ck_assert(!text_contains_ignoring_case("no spac", "no space"));
        ck_assert(!text_contains_ignoring_case(NULL, ""));
        ck_assert_str_eq(text_after_last("arn:aws:ecs:x:1:cluster/a", '/'), "a");
        ck_assert_str_eq(text_after_last("a", '/'), "a");
}
END_TEST

START_TEST(parses_numbers) {
        uint64_t n = 7;

        ck_assert_int_eq(text_parse_u64("18446744073709551615", 0, UINT64_MAX, &n), 0);
        ck_assert_uint_eq(n, UINT64_MAX);
        ck_assert_int_eq(text_parse_u64("18446744073709551616", 0, UINT64_MAX, &n), -ERANGE);
        ck_assert_int_eq(text_parse_u64("0", 1, 10, &n), -ERANGE);
        ck_assert_int_eq(text_parse_u64("1x", 0, 10, &n), -EINVAL);
        ck_assert_int_eq(text_parse_u64("", 0, 10, &n), -EINVAL);
        ck_assert_int_eq(text_parse_u64("-1", 0, 10, &n), -EINVAL);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("text");
        ADD_ROWS(knows_utf8, UTF8);
        tcase_add_test(tests, cuts_between_characters);
        tcase_add_test(tests, compares);
        tcase_add_test(tests, parses_numbers);
        return suite;
}
