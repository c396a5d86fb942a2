/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full. */
#include "base/textset.h"

#include <errno.h>
#include <stdlib.h>

#include "base/texthash.h"

enum { SMALLEST = 64 };

/* The slot that holds it, or the free one where it belongs. */
static uint64_t *slot_of(uint64_t *slots, size_t allocated, uint64_t h) {
        size_t i = (size_t) (h ^ h >> 32) & (allocated - 1);

        while (slots[i] != 0 && slots[i] != h)
                i = (i + 1) & (allocated - 1);
        return slots + i;
}

bool text_set_has(const struct TextSet *set, const char *text) {
        return set->n > 0 && *slot_of(set->slots, set->allocated, text_hash(text)) != 0;
}

static int grow(struct TextSet *set) {
        size_t allocated = set->allocated > 0 ? set->allocated * 2 : SMALLEST;
        uint64_t *slots = calloc(allocated, sizeof(*slots));

        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < set->allocated; i++)
                if (set->slots[i] != 0)
                        *slot_of(slots, allocated, set->slots[i]) = set->slots[i];
        free(set->slots);
        set->slots = slots;
        set->allocated = allocated;
        return 0;
}

int text_set_add(struct TextSet *set, const char *text, size_t ceiling) {
        int r;

        if (text_set_has(set, text))
                return 0;
        if (set->n >= ceiling)
                return -ENOBUFS;
        if (2 * (set->n + 1) > set->allocated) {
                r = grow(set);
                if (r < 0)
                        return r;
        }
        *slot_of(set->slots, set->allocated, text_hash(text)) = text_hash(text);
        set->n++;
        return 0;
}

void text_set_clear(struct TextSet *set) {
        free(set->slots);
        *set = (struct TextSet) {};
}
