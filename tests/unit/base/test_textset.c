/* SPDX-License-Identifier: Apache-2.0 */
/* What was added is there, and nothing else. */
#include "base/textset.h"

#include <errno.h>
#include <stdio.h>

#include "check_main.h"

enum { MANY = 20000 };

START_TEST(remembers) {
        struct TextSet set = {};
        char text[64];

        ck_assert(!text_set_has(&set, "a"));
        for (unsigned i = 0; i < MANY; i++) {
                snprintf(text, sizeof(text), "arn:aws:ecs:us-east-1:123456789012:task/c/%08x", i);
                ck_assert_int_eq(text_set_add(&set, text, MANY), 0);
                if (i % 100 == 0)
                        ck_assert_int_eq(text_set_add(&set, text, MANY), 0);
        }
        ck_assert_uint_eq(set.n, MANY);
        for (unsigned i = 0; i < 2 * MANY; i++) {
                snprintf(text, sizeof(text), "arn:aws:ecs:us-east-1:123456789012:task/c/%08x", i);
                ck_assert_msg(text_set_has(&set, text) == (i < MANY), "%s", text);
        }
        ck_assert_int_eq(text_set_add(&set, "one more", MANY), -ENOBUFS);
        text_set_clear(&set);
        ck_assert(!text_set_has(&set, text));
        ck_assert_int_eq(text_set_add(&set, "one more", MANY), 0);
        text_set_clear(&set);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("textset");
        tcase_add_test(tests, remembers);
        return suite;
}
