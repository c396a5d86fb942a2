/* SPDX-License-Identifier: Apache-2.0 */
/* What Date headers do to AWS's time. */
#include "aws/clock.h"

#include "check_main.h"

#define S(seconds) ((usec_t) (seconds) *USEC_PER_SEC)
#define DATE S(1790000000)

enum { ANSWERS_MAX = 12, STEP = 10 };

/* How far each answer's header is from the truth, seconds; one answer every 10 s. */
static const struct {
        const char *name;
        int wrong[ANSWERS_MAX];
        size_t n;
        int worst, last; /* of AWS's time afterwards, seconds off the truth at most */
} ROWS[] = {
        {"right", {0, 0, 0}, 3, 0, 0},
        {"cut to the second, and late", {0, -1, -2, 0, -1, -2, -2, -2, -2, -2}, 10, 2, 2},
        {"one an hour ahead", {0, 0, 0, 3600, 0, 0}, 6, 0, 0},
        {"two 90 minutes ahead", {0, 0, 0, 5400, 5400, 0, 0}, 7, 0, 0},
        {"two a day behind", {0, 0, 0, -86400, -86400, 0, 0}, 7, 0, 0},
        {"the first two ahead come back", {5400, 5400, 0, 0, 0}, 5, 5400, 0},
        {"a majority ahead comes back", {0, 0, 3600, 3600, 3600, 3600, 0, 0, 0}, 9, 3600, 0},
        {"a small step ahead", {0, 0, 2, 2, 2, 2, 2}, 7, 2, 2},
};

START_TEST(follows_the_plausible_majority) {
        struct AwsClock clock = {};
        usec_t monotonic = S(1000), before = 0;
        int64_t off = 0, worst = 0;

        ck_assert_uint_eq(aws_clock_now(&clock, monotonic), USEC_UNKNOWN);
        for (size_t i = 0; i < ROWS[_i].n; i++) {
                usec_t truth = DATE + monotonic, now;

                aws_clock_told(&clock, truth + (usec_t) ((int64_t) ROWS[_i].wrong[i] * 1000000),
                               monotonic);
                now = aws_clock_now(&clock, monotonic);
                off = ((int64_t) now - (int64_t) truth) / 1000000;
                worst = off > worst ? off : -off > worst ? -off : worst;
                ck_assert_msg(ROWS[_i].worst > 10 || now >= before, "%s: time went back at %zu",
                              ROWS[_i].name, i);
                before = now;
                monotonic += S(STEP);
        }
        ck_assert_msg(worst <= ROWS[_i].worst, "%s: %lld s off", ROWS[_i].name, (long long) worst);
        ck_assert_msg((off < 0 ? -off : off) <= ROWS[_i].last, "%s: %lld s off at the end",
                      ROWS[_i].name, (long long) off);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("clock");
        ADD_ROWS(follows_the_plausible_majority, ROWS);
        return suite;
}
