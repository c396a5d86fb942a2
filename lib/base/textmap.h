/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a text, found by its hash. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct TextMapEntry {
        uint64_t hash; /* 0: free */
        const char *key;
        void *value;
};

struct TextMap { /* all zero: empty */
        struct TextMapEntry *entries;
        size_t n, allocated;
};

/* NULL: nothing belongs to it. */
void *text_map_get(const struct TextMap *map, const char *key);
/* The key is borrowed until it is removed; one that is there already gets the new value, and the
 * new key. 0, -ENOMEM, or -ENOBUFS beyond `ceiling` keys. */
int text_map_put(struct TextMap *map, const char *key, void *value, size_t ceiling);
void text_map_remove(struct TextMap *map, const char *key); /* one that is not there is fine */
void text_map_clear(struct TextMap *map);                   /* frees it; empty again */
