/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's time, as the Date headers of signed answers tell it: an offset to the monotonic clock that
 * follows the plausible majority of them. A plain value; all zero: nothing is known yet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/* Two wrong headers among so many move nothing, and what a wrong majority moved comes back. */
enum { AWS_CLOCK_SAMPLES = 5 };

struct AwsClock {
        int64_t samples[AWS_CLOCK_SAMPLES]; /* date - monotonic, the newest at `next` - 1 */
        size_t n_samples, next;
        int64_t offset;
};

/* A Date header that came at `monotonic`. It has whole seconds and answers may overtake each other,
 * so small steps back are not followed. */
void aws_clock_told(struct AwsClock *clock, usec_t date, usec_t monotonic);
/* USEC_UNKNOWN before the first header. */
usec_t aws_clock_now(const struct AwsClock *clock, usec_t monotonic);
