/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64. */
#include "base/random.h"

void random_init(struct Random *random, uint64_t seed) {
        random->state = seed;
}

uint64_t random_u64(struct Random *random) {
        uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));

        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        return z ^ (z >> 31);
}

uint64_t random_below(struct Random *random, uint64_t limit) {
        uint64_t excess, value;

        if (limit == 0)
                return 0;
        excess = -limit % limit; /* 2^64 mod limit: values below it would be drawn once too often */
        do
                value = random_u64(random);
        while (value < excess);
        return value % limit;
}

double random_unit(struct Random *random) {
        return (double) (random_u64(random) >> 11) * 0x1.0p-53;
}
