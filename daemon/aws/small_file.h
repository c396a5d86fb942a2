/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hold secrets, and are small. Private to daemon/aws. */
#pragma once

#include <stddef.h>

/* The text; malloc'ed, NUL-terminated besides. 0, -ENOBUFS (more than `ceiling` bytes), a negative
 * errno. */
int read_small_file(const char *path, size_t ceiling, char **ret, size_t *ret_size);
/* The first line, without its end, of a file of at most 16 KiB. */
int read_secret_line(const char *path, char **ret);
