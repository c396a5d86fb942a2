/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket: how much of a quota is left. Time is a parameter. */
#pragma once

#include <stdbool.h>

#include "base/time.h"

/* Plain value. */
struct Bucket {
        double burst; /* most tokens it holds */
        double rate;  /* tokens a second, as given */
        double tokens;
        usec_t at; /* when `tokens` was true */
        /* Slowed down: it had this rate then, and grows back to what was given; USEC_UNKNOWN: not.
         */
        double slow_rate;
        usec_t slowed_at;
};

void bucket_init(struct Bucket *bucket, double burst, double rate, usec_t now); /* full */
bool bucket_take(struct Bucket *bucket, usec_t now);             /* one token, if there is one */
usec_t bucket_ready_at(const struct Bucket *bucket, usec_t now); /* when one can be taken */
/* The other side says that we asked too much: nothing is left, and it fills again from here, half
 * as fast (at least a sixteenth of what was given), back to the whole rate within five minutes.
 * Said again within a second it is the same news. */
void bucket_slow(struct Bucket *bucket, usec_t now);
double bucket_rate(const struct Bucket *bucket, usec_t now); /* tokens a second, now */
