/* SPDX-License-Identifier: Apache-2.0 */
/* A list of blocks; a piece larger than a block gets a block of its own. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 4096, ALIGNMENT = 16 };

struct ArenaBlock {
        struct ArenaBlock *next;
        size_t used;
        size_t size;
        _Alignas(ALIGNMENT) unsigned char data[];
};

struct Arena {
        struct ArenaBlock *blocks;
        size_t handed_out;
        size_t ceiling;
        unsigned owners;
};

struct Arena *arena_new(size_t ceiling) {
        struct Arena *arena = calloc(1, sizeof(*arena));

        if (arena)
                *arena = (struct Arena) {.ceiling = ceiling, .owners = 1};
        return arena;
}

static struct ArenaBlock *arena_add_block(struct Arena *arena, size_t size) {
        struct ArenaBlock *block = calloc(1, sizeof(*block) + size);

        if (!block)
                return NULL;
        block->size = size;
        block->next = arena->blocks;
        arena->blocks = block;
        return block;
}

struct Arena *arena_new_sized(size_t ceiling, size_t size) {
        struct Arena *arena = arena_new(ceiling);

        if (arena && !arena_add_block(arena, size)) {
                arena_free(arena);
                arena = NULL;
        }
        return arena;
}

size_t arena_used(const struct Arena *arena) {
        return arena->handed_out;
}

struct Arena *arena_ref(struct Arena *arena) {
        arena->owners++;
        return arena;
}

void arena_free(struct Arena *arena) {
        struct ArenaBlock *next;

        if (!arena || --arena->owners > 0)
                return;
        for (struct ArenaBlock *b = arena->blocks; b; b = next) {
                next = b->next;
                free(b);
        }
        free(arena);
}

static struct ArenaBlock *arena_block_for(struct Arena *arena, size_t size) {
        struct ArenaBlock *block = arena->blocks;

        if (block && size <= block->size - block->used)
                return block;
        return arena_add_block(arena, MAX(size, (size_t) BLOCK_BYTES));
}

void *arena_alloc(struct Arena *arena, size_t size) {
        struct ArenaBlock *block;
        void *piece;

        if (size > arena->ceiling - arena->handed_out)
                return NULL;
        size = (MAX(size, (size_t) 1) + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);

        block = arena_block_for(arena, size);
        if (!block)
                return NULL;

        piece = block->data + block->used;
        block->used += size;
        arena->handed_out = MIN(arena->handed_out + size, arena->ceiling);
        return piece;
}

void *arena_alloc_array(struct Arena *arena, size_t count, size_t size) {
        if (size > 0 && count > SIZE_MAX / size)
                return NULL;
        return arena_alloc(arena, count * size);
}

char *arena_copy_n(struct Arena *arena, const char *text, size_t size) {
        char *copy = arena_alloc(arena, size + 1);

        if (copy && size > 0)
                memcpy(copy, text, size);
        return copy;
}

char *arena_copy(struct Arena *arena, const char *text) {
        return text ? arena_copy_n(arena, text, strlen(text)) : NULL;
}

char *arena_format(struct Arena *arena, const char *format, ...) {
        va_list arguments;
        char *text;
        int n;

        va_start(arguments, format);
        n = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (n < 0)
                return NULL;

        text = arena_alloc(arena, (size_t) n + 1);
        if (!text)
                return NULL;

        va_start(arguments, format);
        vsnprintf(text, (size_t) n + 1, format, arguments);
        va_end(arguments);
        return text;
}
