/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow. */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"

enum { SMALLEST_ARRAY = 8 };

int array_reserve(void *items, size_t *allocated, size_t need, size_t size, size_t ceiling) {
        void **array = items;
        size_t room;
        void *grown;

        if (need <= *allocated)
                return 0;
        if (need > ceiling)
                return -ENOBUFS;

        room = MIN(MAX(need, MAX(*allocated * 2, (size_t) SMALLEST_ARRAY)), ceiling);
        grown = reallocarray(*array, room, size);
        if (!grown)
                return -ENOMEM;

        memset((char *) grown + *allocated * size, 0, (room - *allocated) * size);
        *array = grown;
        *allocated = room;
        return 0;
}
