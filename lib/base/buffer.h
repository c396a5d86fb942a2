/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow up to a ceiling named at birth. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

/* Plain value; `data` is always followed by a NUL that `size` does not count, or NULL while empty.
 */
struct Buffer {
        char *data;
        size_t size;
        size_t allocated;
        size_t ceiling; /* most bytes `size` may reach */
};

void buffer_init(struct Buffer *buffer, size_t ceiling);
void buffer_done(struct Buffer *buffer);  /* frees; may be called twice */
void buffer_wipe(struct Buffer *buffer);  /* buffer_done() of what held a secret */
void buffer_clear(struct Buffer *buffer); /* size 0, memory kept */

/* All: 0, -ENOMEM, or -ENOBUFS when the ceiling would be crossed (the buffer is then unchanged). */
int buffer_reserve(struct Buffer *buffer, size_t extra); /* room for so many more bytes */
int buffer_append(struct Buffer *buffer, const void *data, size_t size);
int buffer_append_text(struct Buffer *buffer, const char *text);
int buffer_append_char(struct Buffer *buffer, char c);
int buffer_append_format(struct Buffer *buffer, const char *format, ...) _printf_(2, 3);
int buffer_append_vformat(struct Buffer *buffer, const char *format, va_list arguments)
        _printf_(2, 0);

/* The text so far, "" while empty; valid until the next change. */
const char *buffer_text(const struct Buffer *buffer);

/* Hands the bytes to the caller (free()) and leaves the buffer empty. NULL when nothing was
 * appended. */
char *buffer_take(struct Buffer *buffer);
