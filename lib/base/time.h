/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and durations, both in microseconds; nothing here reads a clock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef uint64_t usec_t; /* an instant since 1970-01-01T00:00:00Z, or a duration */

#define USEC_PER_MSEC ((usec_t) 1000)
#define USEC_PER_SEC ((usec_t) 1000 * USEC_PER_MSEC)
#define USEC_PER_MINUTE ((usec_t) 60 * USEC_PER_SEC)
#define USEC_PER_HOUR ((usec_t) 60 * USEC_PER_MINUTE)
#define USEC_PER_DAY ((usec_t) 24 * USEC_PER_HOUR)
#define USEC_INFINITY ((usec_t) UINT64_MAX)

/* "Not known" for an instant; no fact of ECS is that old. */
#define USEC_UNKNOWN ((usec_t) 0)

usec_t usec_add(usec_t a, usec_t b); /* stays at USEC_INFINITY */
usec_t usec_sub(usec_t a, usec_t b); /* stays at 0 */

/* Unix seconds with a fraction, as AWS answers them. Negative, not finite or after the year 9999:
 * USEC_UNKNOWN. */
usec_t usec_from_epoch_seconds(double seconds);

/* As systemd.time writes time spans: "90", "1h 30m", "2min 500ms", "1.5h"; a bare number is
 * seconds. 0, -EINVAL, or -ERANGE when it does not fit. Source: systemd.time(7). */
int duration_parse(const char *text, usec_t *ret);

/* Room for any formatted instant or duration. */
enum { TIME_TEXT_MAX = 64 };

/* "2026-11-23T01:02:03Z" (RFC 3339, whole seconds); with a fraction of three digits;
 * "20261123T010203Z" (SigV4). All return `text`. */
char *time_format_rfc3339(usec_t instant, char text[TIME_TEXT_MAX]);
char *time_format_rfc3339_ms(usec_t instant, char text[TIME_TEXT_MAX]);
char *time_format_iso_basic(usec_t instant, char text[TIME_TEXT_MAX]);
char *time_format_http_date(usec_t instant,
                            char text[TIME_TEXT_MAX]); /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* For people: "5 s", "3 min", "1 h 30 min", "2 d 4 h". Rounded to two units at most. */
char *duration_format(usec_t duration, char text[TIME_TEXT_MAX]);

/* RFC 3339 with Z or an offset, fraction optional. 0 or -EINVAL. */
int time_parse_rfc3339(const char *text, usec_t *ret);
/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate; the obsolete forms are refused). 0 or
 * -EINVAL. */
int time_parse_http_date(const char *text, usec_t *ret);
