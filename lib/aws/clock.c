/* SPDX-License-Identifier: Apache-2.0 */
/* The newest samples vote: their median says what is plausible, and the largest that is plausible
 * is nearest to the truth, since headers are cut to the second and answers take time to come. */
#include "aws/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"

/* Whole seconds, and the round trips of slow answers. */
static const int64_t JITTER = 3 * (int64_t) USEC_PER_SEC;

static int compare(const void *a, const void *b) {
        int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

        return (x > y) - (x < y);
}

static int64_t plausible_offset(const struct AwsClock *clock) {
        int64_t sorted[AWS_CLOCK_SAMPLES], median, best;

        memcpy(sorted, clock->samples, sizeof(sorted));
        qsort(sorted, clock->n_samples, sizeof(*sorted), compare);
        median = best = sorted[(clock->n_samples - 1) / 2];
        for (size_t i = 0; i < clock->n_samples; i++)
                if (sorted[i] <= median + JITTER)
                        best = MAX(best, sorted[i]);
        return best;
}

void aws_clock_told(struct AwsClock *clock, usec_t date, usec_t monotonic) {
        bool first = clock->n_samples == 0;
        int64_t offset;

        clock->samples[clock->next] = (int64_t) date - (int64_t) monotonic;
        clock->next = (clock->next + 1) % AWS_CLOCK_SAMPLES;
        clock->n_samples = MIN(clock->n_samples + 1, (size_t) AWS_CLOCK_SAMPLES);
        offset = plausible_offset(clock);
        if (first || offset > clock->offset || offset < clock->offset - JITTER)
                clock->offset = offset;
}

usec_t aws_clock_now(const struct AwsClock *clock, usec_t monotonic) {
        if (clock->n_samples == 0)
                return USEC_UNKNOWN;
        return (usec_t) ((int64_t) monotonic + clock->offset);
}
