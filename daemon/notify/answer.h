/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver's answer means, and when to ask again. Computes only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "base/time.h"

enum Answer {
        ANSWER_DELIVERED,
        ANSWER_RETRY,
        ANSWER_REFUSED, /* final for this event */
        ANSWER_GONE,    /* 410: nothing more until reload */
};

enum Answer answer_of_status(long status);

/* How long to wait after the `attempts`-th failure (from 1): `first` doubled up to
 * NOTIFY_RETRY_CAP, less up to half of it by chance; at least `retry_after` (its header's text, or
 * NULL; seconds or a date, `now` is local time), but never above the cap. */
usec_t answer_delay(uint64_t attempts, usec_t first, const char *retry_after, usec_t now,
                    struct Random *random);
