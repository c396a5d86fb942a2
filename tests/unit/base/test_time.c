/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and durations. */
#include <errno.h>
#include <math.h>

#include "base/time.h"
#include "check_main.h"

static const struct {
        const char *text;
        int r;
        usec_t expected;
} DURATIONS[] = {
        {"90", 0, 90 * USEC_PER_SEC},
        {"30s", 0, 30 * USEC_PER_SEC},
        {"1h 30m", 0, 90 * USEC_PER_MINUTE},
        {"1h30min", 0, 90 * USEC_PER_MINUTE},
        {"1.5h", 0, 90 * USEC_PER_MINUTE},
        {"2min 500ms", 0, 2 * USEC_PER_MINUTE + 500 * USEC_PER_MSEC},
        {"0s", 0, 0},
        {"90d", 0, 90 * USEC_PER_DAY},
        {"1 week", 0, 7 * USEC_PER_DAY},
        {" 5 s ", 0, 5 * USEC_PER_SEC},
        {"", -EINVAL, 0},
        {"s", -EINVAL, 0},
        {"-5s", -EINVAL, 0},
        {"5 fortnights", -EINVAL, 0},
        {"5s!", -EINVAL, 0},
        {"99999999999999999999h", -ERANGE, 0},
};

START_TEST(parses_durations) {
        usec_t got = 42;
        int r = duration_parse(DURATIONS[_i].text, &got);

        ck_assert_msg(r == DURATIONS[_i].r, "'%s': got %d, expected %d", DURATIONS[_i].text, r,
                      DURATIONS[_i].r);
        if (r == 0)
                ck_assert_msg(got == DURATIONS[_i].expected, "'%s': got %llu us",
                              DURATIONS[_i].text, (unsigned long long) got);
        else
                ck_assert_uint_eq(got, 42);
}
END_TEST

static const struct {
        const char *text;
        int r;
        usec_t expected_ms;
} INSTANTS[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"2026-11-23T01:02:03Z", 0, 1795395723000},
        {"2026-11-23T01:02:03.250Z", 0, 1795395723250},
        {"2026-11-23T02:02:03+01:00", 0, 1795395723000},
        {"2024-02-29T00:00:00Z", 0, 1709164800000},
        {"2023-02-29T00:00:00Z", -EINVAL, 0},
        {"2026-13-01T00:00:00Z", -EINVAL, 0},
        {"2026-11-23", -EINVAL, 0},
        {"2026-11-23T01:02:03", -EINVAL, 0},
        {"1970-01-01T00:00:00+01:00", -EINVAL, 0},
        {"", -EINVAL, 0},
};

START_TEST(parses_rfc3339) {
        usec_t got = 0;
        int r = time_parse_rfc3339(INSTANTS[_i].text, &got);

        ck_assert_msg(r == INSTANTS[_i].r, "'%s': got %d", INSTANTS[_i].text, r);
        if (r == 0)
                ck_assert_msg(got == INSTANTS[_i].expected_ms * USEC_PER_MSEC, "'%s': got %llu us",
                              INSTANTS[_i].text, (unsigned long long) got);
}
END_TEST

START_TEST(formats_and_parses_the_same_instant) {
        char text[TIME_TEXT_MAX];
        usec_t got;

        for (usec_t day = 0; day < 150 * 366; day += 13) {
                usec_t instant = day * USEC_PER_DAY + (day * 7919 % 86400) * USEC_PER_SEC;

                ck_assert_int_eq(time_parse_rfc3339(time_format_rfc3339(instant, text), &got), 0);
                ck_assert_msg(got == instant, "%s", text);
                ck_assert_int_eq(time_parse_http_date(time_format_http_date(instant, text), &got),
                                 0);
                ck_assert_msg(got == instant, "%s", text);
        }
        ck_assert_str_eq(time_format_http_date(784111777 * USEC_PER_SEC, text),
                         "Sun, 06 Nov 1994 08:49:37 GMT");
        ck_assert_str_eq(time_format_iso_basic(1795395723 * USEC_PER_SEC, text),
                         "20261123T010203Z");
        ck_assert_str_eq(time_format_rfc3339_ms(1795395723250 * USEC_PER_MSEC, text),
                         "2026-11-23T01:02:03.250Z");
}
END_TEST

static const struct {
        const char *text;
} BAD_HTTP_DATES[] = {{""},
                      {"Sun, 06 Nov 1994"},
                      {"Sunday, 06-Nov-94 08:49:37 GMT"},
                      {"Sun, 06 Foo 1994 08:49:37 GMT"},
                      {"Sun, 06 Nov 1994 08:49:37 CET"}};

START_TEST(refuses_other_http_dates) {
        usec_t got;

        ck_assert_msg(time_parse_http_date(BAD_HTTP_DATES[_i].text, &got) == -EINVAL, "'%s'",
                      BAD_HTTP_DATES[_i].text);
}
END_TEST

static const struct {
        usec_t duration;
        const char *expected;
} FORMATTED[] = {
        {4800 * USEC_PER_MSEC, "5 s"},      {60 * USEC_PER_SEC, "1 min"},
        {200 * USEC_PER_SEC, "3 min 20 s"}, {90 * USEC_PER_MINUTE, "1 h 30 min"},
        {2 * USEC_PER_HOUR, "2 h"},         {52 * USEC_PER_HOUR, "2 d 4 h"},
        {48 * USEC_PER_HOUR, "2 d"},        {0, "0 s"},
};

START_TEST(formats_durations) {
        char text[TIME_TEXT_MAX];

        ck_assert_str_eq(duration_format(FORMATTED[_i].duration, text), FORMATTED[_i].expected);
}
END_TEST

START_TEST(reads_epoch_seconds) {
        ck_assert_uint_eq(usec_from_epoch_seconds(1.620282875304E9), 1620282875304000);
        ck_assert_uint_eq(usec_from_epoch_seconds(-1), USEC_UNKNOWN);
        ck_assert_uint_eq(usec_from_epoch_seconds(NAN), USEC_UNKNOWN);
        ck_assert_uint_eq(usec_from_epoch_seconds(1e300), USEC_UNKNOWN);
        ck_assert_uint_eq(usec_add(USEC_INFINITY, 5), USEC_INFINITY);
        ck_assert_uint_eq(usec_sub(3, 5), 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("time");
        ADD_ROWS(parses_durations, DURATIONS);
        ADD_ROWS(parses_rfc3339, INSTANTS);
        ADD_ROWS(refuses_other_http_dates, BAD_HTTP_DATES);
        ADD_ROWS(formats_durations, FORMATTED);
        tcase_add_test(tests, formats_and_parses_the_same_instant);
        tcase_add_test(tests, reads_epoch_seconds);
        return suite;
}
