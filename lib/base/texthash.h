/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of textset.h and textmap.h. */
#pragma once

#include <stdint.h>

/* FNV-1a, never 0; nobody chooses our texts to make them collide. */
static inline uint64_t text_hash(const char *text) {
        uint64_t h = 0xcbf29ce484222325;

        for (; *text != '\0'; text++)
                h = (h ^ (unsigned char) *text) * 0x100000001b3;
        return h == 0 ? 1 : h;
}
