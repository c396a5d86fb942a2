/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket. */
#include "schedule/bucket.h"

#include <math.h>

#include "base/macros.h"

#define SAME_NEWS USEC_PER_SEC
#define RECOVERY (5 * USEC_PER_MINUTE) /* from nothing to the whole rate */
enum { SLOWEST = 16 };

void bucket_init(struct Bucket *bucket, double burst, double rate, usec_t now) {
        *bucket = (struct Bucket) {.burst = MAX(burst, 1.0),
                                   .rate = rate,
                                   .tokens = MAX(burst, 1.0),
                                   .at = now};
}

double bucket_rate(const struct Bucket *bucket, usec_t now) {
        double passed = (double) usec_sub(now, bucket->slowed_at) / (double) RECOVERY;

        if (bucket->slowed_at == USEC_UNKNOWN)
                return bucket->rate;
        return MIN(bucket->slow_rate + passed * bucket->rate, bucket->rate);
}

static double bucket_level(const struct Bucket *bucket, usec_t now) {
        return MIN(bucket->tokens +
                           (double) usec_sub(now, bucket->at) / 1e6 * bucket_rate(bucket, now),
                   bucket->burst);
}

bool bucket_take(struct Bucket *bucket, usec_t now) {
        double level = bucket_level(bucket, now);

        /* A millionth of a token is rounding, not a quota. */
        if (level < 1 - 1e-6)
                return false;
        bucket->tokens = level - 1;
        bucket->at = MAX(now, bucket->at);
        return true;
}

usec_t bucket_ready_at(const struct Bucket *bucket, usec_t now) {
        double level = bucket_level(bucket, now);

        if (level >= 1 - 1e-6)
                return now;
        if (bucket->rate <= 0)
                return USEC_INFINITY;
        return usec_add(now, (usec_t) ceil((1 - level) / bucket_rate(bucket, now) * 1e6));
}

void bucket_slow(struct Bucket *bucket, usec_t now) {
        double rate = bucket_rate(bucket, now);

        bucket->tokens = 0;
        bucket->at = MAX(now, bucket->at);
        if (bucket->slowed_at != USEC_UNKNOWN && now < usec_add(bucket->slowed_at, SAME_NEWS))
                return;
        bucket->slow_rate = MAX(rate / 2, bucket->rate / SLOWEST);
        bucket->slowed_at = now;
}
