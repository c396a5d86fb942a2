/* SPDX-License-Identifier: Apache-2.0 */
/* lib/base */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/textset.h"

static int run_buffer(void) {
        _cleanup_(buffer_done) struct Buffer buffer;
        char *taken;
        int r;

        buffer_init(&buffer, 4096);
        r = buffer_append_text(&buffer, "short");
        for (int i = 0; i < 10 && r >= 0; i++)
                r = buffer_append_format(&buffer, "%0100d", i);
        if (r < 0)
                return r;
        taken = buffer_take(&buffer);
        free(taken);
        return buffer_append_char(&buffer, 'x');
}

static int run_array(void) {
        _cleanup_free_ int *items = NULL;
        size_t allocated = 0;
        int r = 0;

        for (size_t need = 1; need <= 100 && r >= 0; need++)
                r = array_reserve(&items, &allocated, need, sizeof(items[0]), 100);
        return r;
}

static int run_arena(void) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(64 * 1024);

        if (!arena)
                return -ENOMEM;
        for (int i = 0; i < 10; i++)
                if (!arena_alloc_array(arena, 500, 2) || !arena_copy(arena, "text") ||
                    !arena_copy_n(arena, "text", 2) || !arena_format(arena, "%0700d", i))
                        return -ENOMEM;
        return 0;
}

static int run_text_set(void) {
        struct TextSet set = {};
        char text[16];
        int r = 0;

        for (int i = 0; i < 200 && r >= 0; i++) {
                snprintf(text, sizeof(text), "%d", i);
                r = text_set_add(&set, text, 1000);
        }
        text_set_clear(&set);
        return r;
}

const struct AllocRow ALLOC_BASE[] = {
        {"buffer", run_buffer},
        {"array", run_array},
        {"arena", run_arena},
        {"text set", run_text_set},
        {NULL},
};
