/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is handed out piece by piece and given back all at once. */
#pragma once

#include <stddef.h>

#include "base/macros.h"

struct Arena;

/* One arena owns everything that one value points to (an observation, a configuration).
 * `ceiling` bounds the bytes handed out. NULL on -ENOMEM. */
struct Arena *arena_new(size_t ceiling);
/* For what is kept long and seldom grows: its first block has just `size` bytes, arena_used() of an
 * arena that the same was copied into. */
struct Arena *arena_new_sized(size_t ceiling, size_t size);
size_t arena_used(const struct Arena *arena);
void arena_free(struct Arena *arena); /* drops one reference; NULL is fine */
DEFINE_FREEP(struct Arena, arena_free)

/* Another owner: what several observations read from one answer lives as long as the last of them.
 */
struct Arena *arena_ref(struct Arena *arena);

/* Zeroed, aligned for any type; NULL when memory or the ceiling is exhausted. */
void *arena_alloc(struct Arena *arena, size_t size);
void *arena_alloc_array(struct Arena *arena, size_t count,
                        size_t size); /* NULL on overflow too; count 0 is fine */

/* Copies; NULL only when out of memory. arena_copy(NULL) is NULL. */
char *arena_copy(struct Arena *arena, const char *text);
char *arena_copy_n(struct Arena *arena, const char *text, size_t size);
char *arena_format(struct Arena *arena, const char *format, ...) _printf_(2, 3);
