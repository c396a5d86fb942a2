/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and durations. The calendar is computed here: libc's reads the environment. */
#include "base/time.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"

static const char *const WEEKDAYS[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

#define LAST_SECOND_OF_9999 253402300799.0

struct Civil {
        int64_t year;
        unsigned month, day, hour, minute, second; /* month and day from 1 */
};

usec_t usec_add(usec_t a, usec_t b) {
        return a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

usec_t usec_sub(usec_t a, usec_t b) {
        return a > b ? a - b : 0;
}

usec_t usec_from_epoch_seconds(double seconds) {
        if (!isfinite(seconds) || seconds < 0 || seconds > LAST_SECOND_OF_9999)
                return USEC_UNKNOWN;
        return (usec_t) llround(seconds * 1e6);
}

/* Days from 1970-01-01 and back, proleptic Gregorian, in eras of 400 years that begin in March. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
        int64_t y = year - (month <= 2), era = y / 400;
        int64_t year_of_era = y - era * 400;
        int64_t day_of_year = (153 * ((int64_t) month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

        return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
               day_of_year - 719468;
}

static void civil_from_usec(usec_t instant, struct Civil *ret) {
        uint64_t seconds = instant / USEC_PER_SEC, rest = seconds % 86400;
        int64_t z = (int64_t) (seconds / 86400) + 719468, era = z / 146097, doe = z - era * 146097;
        int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

        *ret = (struct Civil) {
                .month = (unsigned) (mp < 10 ? mp + 3 : mp - 9),
                .day = (unsigned) (doy - (153 * mp + 2) / 5 + 1),
                .hour = (unsigned) (rest / 3600),
                .minute = (unsigned) (rest / 60 % 60),
                .second = (unsigned) (rest % 60),
        };
        ret->year = yoe + era * 400 + (ret->month <= 2);
}

static bool civil_is_valid(const struct Civil *c) {
        static const unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;

        if (c->year < 1970 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1)
                return false;
        if (c->day > days[c->month - 1] || (c->month == 2 && c->day == 29 && !leap))
                return false;
        return c->hour < 24 && c->minute < 60 && c->second < 61;
}

static usec_t civil_to_usec(const struct Civil *c) {
        int64_t days = days_from_civil(c->year, c->month, c->day);

        return (usec_t) (days * 86400 + c->hour * 3600 + c->minute * 60 + c->second) * USEC_PER_SEC;
}

char *time_format_rfc3339(usec_t instant, char text[TIME_TEXT_MAX]) {
        struct Civil c;

        civil_from_usec(instant, &c);
        snprintf(text, TIME_TEXT_MAX, "%04lld-%02u-%02uT%02u:%02u:%02uZ", (long long) c.year,
                 c.month, c.day, c.hour, c.minute, c.second);
        return text;
}

char *time_format_rfc3339_ms(usec_t instant, char text[TIME_TEXT_MAX]) {
        struct Civil c;

        civil_from_usec(instant, &c);
        snprintf(text, TIME_TEXT_MAX, "%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ", (long long) c.year,
                 c.month, c.day, c.hour, c.minute, c.second,
                 (unsigned) (instant / USEC_PER_MSEC % 1000));
        return text;
}

char *time_format_iso_basic(usec_t instant, char text[TIME_TEXT_MAX]) {
        struct Civil c;

        civil_from_usec(instant, &c);
        snprintf(text, TIME_TEXT_MAX, "%04lld%02u%02uT%02u%02u%02uZ", (long long) c.year, c.month,
                 c.day, c.hour, c.minute, c.second);
        return text;
}

char *time_format_http_date(usec_t instant, char text[TIME_TEXT_MAX]) {
        struct Civil c;

        civil_from_usec(instant, &c);
        snprintf(text, TIME_TEXT_MAX, "%s, %02u %s %04lld %02u:%02u:%02u GMT",
                 WEEKDAYS[(instant / USEC_PER_DAY + 4) % 7], c.day, MONTHS[c.month - 1],
                 (long long) c.year, c.hour, c.minute, c.second);
        return text;
}

char *duration_format(usec_t duration, char text[TIME_TEXT_MAX]) {
        uint64_t s = (duration + USEC_PER_SEC / 2) / USEC_PER_SEC;
        uint64_t minutes = s / 60, hours = minutes / 60, days = hours / 24;

        if (s < 60)
                snprintf(text, TIME_TEXT_MAX, "%llu s", (unsigned long long) s);
        else if (minutes < 60 && s % 60 == 0)
                snprintf(text, TIME_TEXT_MAX, "%llu min", (unsigned long long) minutes);
        else if (minutes < 60)
                snprintf(text, TIME_TEXT_MAX, "%llu min %llu s", (unsigned long long) minutes,
                         (unsigned long long) (s % 60));
        else if (hours < 24 && minutes % 60 == 0)
                snprintf(text, TIME_TEXT_MAX, "%llu h", (unsigned long long) hours);
        else if (hours < 24)
                snprintf(text, TIME_TEXT_MAX, "%llu h %llu min", (unsigned long long) hours,
                         (unsigned long long) (minutes % 60));
        else if (hours % 24 == 0)
                snprintf(text, TIME_TEXT_MAX, "%llu d", (unsigned long long) days);
        else
                snprintf(text, TIME_TEXT_MAX, "%llu d %llu h", (unsigned long long) days,
                         (unsigned long long) (hours % 24));
        return text;
}

/* Two or four digits at `*p`; moves `*p`. */
static bool take_digits(const char **p, unsigned count, unsigned *ret) {
        unsigned value = 0;

        for (unsigned i = 0; i < count; i++, (*p)++) {
                if (!isdigit((unsigned char) **p))
                        return false;
                value = value * 10 + (unsigned) (**p - '0');
        }
        *ret = value;
        return true;
}

static bool take_char(const char **p, char c) {
        if (**p != c)
                return false;
        (*p)++;
        return true;
}

static usec_t take_fraction(const char **p) {
        usec_t value = 0, unit = USEC_PER_SEC / 10;

        if (**p != '.' || !isdigit((unsigned char) (*p)[1]))
                return 0;
        for ((*p)++; isdigit((unsigned char) **p); (*p)++, unit /= 10)
                value += (usec_t) (**p - '0') * unit;
        return value;
}

/* "Z" or "+hh:mm"; minutes to subtract. */
static bool take_offset(const char **p, int *ret_minutes) {
        unsigned hours, minutes;
        int sign;

        if (take_char(p, 'Z') || take_char(p, 'z')) {
                *ret_minutes = 0;
                return true;
        }
        sign = **p == '-' ? -1 : 1;
        if (!take_char(p, '+') && !take_char(p, '-'))
                return false;
        if (!take_digits(p, 2, &hours) || !take_char(p, ':') || !take_digits(p, 2, &minutes))
                return false;
        *ret_minutes = sign * (int) (hours * 60 + minutes);
        return hours < 24 && minutes < 60;
}

static bool take_clock(const char **p, struct Civil *c) {
        return take_digits(p, 2, &c->hour) && take_char(p, ':') && take_digits(p, 2, &c->minute) &&
               take_char(p, ':') && take_digits(p, 2, &c->second);
}

int time_parse_rfc3339(const char *text, usec_t *ret) {
        struct Civil c = {};
        const char *p = text;
        usec_t fraction, instant;
        unsigned year;
        int offset;

        if (!take_digits(&p, 4, &year) || !take_char(&p, '-') || !take_digits(&p, 2, &c.month) ||
            !take_char(&p, '-') || !take_digits(&p, 2, &c.day))
                return -EINVAL;
        if (!take_char(&p, 'T') && !take_char(&p, 't') && !take_char(&p, ' '))
                return -EINVAL;
        if (!take_clock(&p, &c))
                return -EINVAL;
        fraction = take_fraction(&p);
        c.year = (int64_t) year;
        if (!take_offset(&p, &offset) || *p != '\0' || !civil_is_valid(&c))
                return -EINVAL;

        instant = civil_to_usec(&c) + fraction;
        if (offset > 0 && instant < (usec_t) offset * USEC_PER_MINUTE)
                return -EINVAL;
        *ret = (usec_t) ((int64_t) instant - offset * (int64_t) USEC_PER_MINUTE);
        return 0;
}

int time_parse_http_date(const char *text, usec_t *ret) {
        struct Civil c = {};
        const char *p = text;
        unsigned year;

        if (strlen(text) < 5 || text[3] != ',' || text[4] != ' ')
                return -EINVAL;
        p += 5;
        if (!take_digits(&p, 2, &c.day) || !take_char(&p, ' '))
                return -EINVAL;
        for (unsigned i = 0; i < ARRAY_SIZE(MONTHS); i++)
                if (strncmp(p, MONTHS[i], 3) == 0)
                        c.month = i + 1;
        if (c.month == 0)
                return -EINVAL;
        p += 3;
        if (!take_char(&p, ' ') || !take_digits(&p, 4, &year) || !take_char(&p, ' ') ||
            !take_clock(&p, &c))
                return -EINVAL;
        c.year = (int64_t) year;
        if (strcmp(p, " GMT") != 0 || !civil_is_valid(&c))
                return -EINVAL;
        *ret = civil_to_usec(&c);
        return 0;
}

static const struct {
        const char *name;
        usec_t unit;
} UNITS[] = {
        {"usec", 1},
        {"us", 1},
        {"msec", USEC_PER_MSEC},
        {"ms", USEC_PER_MSEC},
        {"seconds", USEC_PER_SEC},
        {"second", USEC_PER_SEC},
        {"sec", USEC_PER_SEC},
        {"s", USEC_PER_SEC},
        {"minutes", USEC_PER_MINUTE},
        {"minute", USEC_PER_MINUTE},
        {"min", USEC_PER_MINUTE},
        {"m", USEC_PER_MINUTE},
        {"hours", USEC_PER_HOUR},
        {"hour", USEC_PER_HOUR},
        {"hr", USEC_PER_HOUR},
        {"h", USEC_PER_HOUR},
        {"days", USEC_PER_DAY},
        {"day", USEC_PER_DAY},
        {"d", USEC_PER_DAY},
        {"weeks", 7 * USEC_PER_DAY},
        {"week", 7 * USEC_PER_DAY},
        {"w", 7 * USEC_PER_DAY},
        {"", USEC_PER_SEC},
};

static usec_t unit_from_name(const char *name, size_t size) {
        for (size_t i = 0; i < ARRAY_SIZE(UNITS); i++)
                if (strlen(UNITS[i].name) == size && memcmp(UNITS[i].name, name, size) == 0)
                        return UNITS[i].unit;
        return 0;
}

/* One "1.5h"; moves `*p` behind it. */
static int take_span(const char **p, usec_t *ret) {
        usec_t whole = 0, unit, fraction;
        const char *digits = *p, *name;

        for (; isdigit((unsigned char) **p); (*p)++) {
                if (whole > USEC_INFINITY / 10 - 1)
                        return -ERANGE;
                whole = whole * 10 + (usec_t) (**p - '0');
        }
        if (*p == digits)
                return -EINVAL;
        fraction = take_fraction(p);
        while (**p == ' ')
                (*p)++;
        name = *p;
        while (isalpha((unsigned char) **p))
                (*p)++;
        unit = unit_from_name(name, (size_t) (*p - name));
        if (unit == 0)
                return -EINVAL;
        if (whole > USEC_INFINITY / 2 / unit)
                return -ERANGE;
        *ret = whole * unit + (usec_t) ((double) fraction / 1e6 * (double) unit);
        return 0;
}

int duration_parse(const char *text, usec_t *ret) {
        const char *p = text;
        usec_t sum = 0, span;
        int r;

        while (*p == ' ')
                p++;
        if (*p == '\0')
                return -EINVAL;
        while (*p != '\0') {
                r = take_span(&p, &span);
                if (r < 0)
                        return r;

                sum = usec_add(sum, span);
                while (*p == ' ')
                        p++;
        }
        if (sum >= USEC_INFINITY / 2)
                return -ERANGE;
        *ret = sum;
        return 0;
}
