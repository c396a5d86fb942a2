/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow. */
#pragma once

#include <stddef.h>

/* Makes room for at least `need` elements of `size` bytes in `*items` (malloc'ed, may be NULL),
 * whose room is
 * `*allocated` elements; grows by doubling. 0, -ENOMEM, or -ENOBUFS above `ceiling` elements. New
 * room is zeroed. */
int array_reserve(void *items, size_t *allocated, size_t need, size_t size, size_t ceiling);
