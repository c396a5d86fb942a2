/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full; who leaves is followed by those that stood behind him. */
#include "base/textmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/texthash.h"

enum { SMALLEST = 16 };

static size_t place_of(uint64_t hash, size_t allocated) {
        return (size_t) (hash ^ hash >> 32) & (allocated - 1);
}

/* Where it is, or the free entry where it belongs. */
static struct TextMapEntry *entry_of(struct TextMapEntry *entries, size_t allocated, uint64_t hash,
                                     const char *key) {
        size_t i = place_of(hash, allocated);

        while (entries[i].hash != 0 &&
               (entries[i].hash != hash || strcmp(entries[i].key, key) != 0))
                i = (i + 1) & (allocated - 1);
        return entries + i;
}

void *text_map_get(const struct TextMap *map, const char *key) {
        return map->n > 0 ? entry_of(map->entries, map->allocated, text_hash(key), key)->value
                          : NULL;
}

static int grow(struct TextMap *map) {
        size_t allocated = map->allocated > 0 ? map->allocated * 2 : SMALLEST;
        struct TextMapEntry *entries = calloc(allocated, sizeof(*entries));

        if (!entries)
                return -ENOMEM;
        for (size_t i = 0; i < map->allocated; i++) {
                const struct TextMapEntry *old = map->entries + i;

                if (old->hash != 0)
                        *entry_of(entries, allocated, old->hash, old->key) = *old;
        }
        free(map->entries);
        map->entries = entries;
        map->allocated = allocated;
        return 0;
}

int text_map_put(struct TextMap *map, const char *key, void *value, size_t ceiling) {
        struct TextMapEntry *entry;
        int r;

        if (2 * (map->n + 1) > map->allocated) {
                r = grow(map);
                if (r < 0)
                        return r;
        }
        entry = entry_of(map->entries, map->allocated, text_hash(key), key);
        if (entry->hash == 0 && map->n >= ceiling)
                return -ENOBUFS;
        map->n += entry->hash == 0;
        *entry = (struct TextMapEntry) {text_hash(key), key, value};
        return 0;
}

void text_map_remove(struct TextMap *map, const char *key) {
        struct TextMapEntry *entry;
        size_t hole, mask = map->allocated - 1;

        if (map->n == 0)
                return;
        entry = entry_of(map->entries, map->allocated, text_hash(key), key);
        if (entry->hash == 0)
                return;
        map->n--;
        hole = (size_t) (entry - map->entries);
        for (size_t i = (hole + 1) & mask; map->entries[i].hash != 0; i = (i + 1) & mask) {
                size_t home = place_of(map->entries[i].hash, map->allocated);

                /* It may move if its home is not between the hole and itself. */
                if (((i - home) & mask) < ((i - hole) & mask))
                        continue;
                map->entries[hole] = map->entries[i];
                hole = i;
        }
        map->entries[hole] = (struct TextMapEntry) {0};
}

void text_map_clear(struct TextMap *map) {
        free(map->entries);
        *map = (struct TextMap) {};
}
