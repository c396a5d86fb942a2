/* SPDX-License-Identifier: Apache-2.0 */
/* Repeatable pseudo-random numbers from a seed that the caller gives (jitter, simulation). Not for
 * secrets. */
#pragma once

#include <stdint.h>

/* Plain value: copy it to fork the sequence. Algorithm: SplitMix64 (Steele, Lea, Flood 2014). */
struct Random {
        uint64_t state;
};

void random_init(struct Random *random, uint64_t seed);
uint64_t random_u64(struct Random *random);
uint64_t random_below(struct Random *random, uint64_t limit); /* 0 .. limit - 1; 0 for limit 0 */
double random_unit(struct Random *random);                    /* [0, 1) */
