/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow up to a ceiling named at birth. */
#include "base/buffer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SMALLEST_ALLOCATION = 64 };

void buffer_init(struct Buffer *buffer, size_t ceiling) {
        *buffer = (struct Buffer) {.ceiling = ceiling};
}

void buffer_done(struct Buffer *buffer) {
        free(buffer->data);
        *buffer = (struct Buffer) {.ceiling = buffer->ceiling};
}

void buffer_wipe(struct Buffer *buffer) {
        if (buffer->data)
                explicit_bzero(buffer->data, buffer->allocated);
        buffer_done(buffer);
}

void buffer_clear(struct Buffer *buffer) {
        buffer->size = 0;
        if (buffer->data)
                buffer->data[0] = '\0';
}

/* And for the NUL. */
int buffer_reserve(struct Buffer *buffer, size_t extra) {
        size_t need, allocated;
        char *data;

        if (extra > buffer->ceiling - buffer->size)
                return -ENOBUFS;

        need = buffer->size + extra + 1;
        if (need <= buffer->allocated)
                return 0;

        allocated = MAX(need, MAX(buffer->allocated * 2, (size_t) SMALLEST_ALLOCATION));
        data = realloc(buffer->data, allocated);
        if (!data)
                return -ENOMEM;

        buffer->data = data;
        buffer->allocated = allocated;
        return 0;
}

int buffer_append(struct Buffer *buffer, const void *data, size_t size) {
        int r;

        r = buffer_reserve(buffer, size);
        if (r < 0)
                return r;

        if (size > 0)
                memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
        buffer->data[buffer->size] = '\0';
        return 0;
}

int buffer_append_text(struct Buffer *buffer, const char *text) {
        return buffer_append(buffer, text, strlen(text));
}

int buffer_append_char(struct Buffer *buffer, char c) {
        if (buffer->size + 1 >= buffer->allocated || buffer->size == buffer->ceiling)
                return buffer_append(buffer, &c, 1);
        buffer->data[buffer->size++] = c;
        buffer->data[buffer->size] = '\0';
        return 0;
}

int buffer_append_vformat(struct Buffer *buffer, const char *format, va_list arguments) {
        size_t room = buffer->allocated - buffer->size;
        char *end = room > 0 ? buffer->data + buffer->size : NULL;
        va_list again;
        int n, r;

        va_copy(again, arguments);
        n = vsnprintf(end, room, format, again);
        va_end(again);
        if (n >= 0 && (size_t) n < room && (size_t) n <= buffer->ceiling - buffer->size) {
                buffer->size += (size_t) n;
                return 0;
        }
        if (end)
                *end = '\0';
        if (n < 0)
                return -EINVAL;

        r = buffer_reserve(buffer, (size_t) n);
        if (r < 0)
                return r;

        vsnprintf(buffer->data + buffer->size, (size_t) n + 1, format, arguments);
        buffer->size += (size_t) n;
        return 0;
}

int buffer_append_format(struct Buffer *buffer, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = buffer_append_vformat(buffer, format, arguments);
        va_end(arguments);
        return r;
}

const char *buffer_text(const struct Buffer *buffer) {
        return buffer->data ? buffer->data : "";
}

char *buffer_take(struct Buffer *buffer) {
        char *data = buffer->data;

        *buffer = (struct Buffer) {.ceiling = buffer->ceiling};
        return data;
}
