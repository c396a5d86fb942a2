/* SPDX-License-Identifier: Apache-2.0 */
/* Every unit test program defines test_suite(); main() runs it and prints TAP on standard output.
 */
#pragma once

#include <check.h>

#include "base/macros.h"

Suite *test_suite(void);

/* A suite of one case. */
#define SUITE_BEGIN(title)                  \
        Suite *suite = suite_create(title); \
        TCase *tests = tcase_create(title); \
        tcase_set_timeout(tests, 120);      \
        suite_add_tcase(suite, tests)

/* Adds a test that runs once per row of a table; `_i` is the row's index in the test. */
#define ADD_ROWS(test, rows) tcase_add_loop_test(tests, test, 0, (int) ARRAY_SIZE(rows))
