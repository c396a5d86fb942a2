/* SPDX-License-Identifier: Apache-2.0 */
/* The few macros of the house. None of them returns or jumps. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(text, first) __attribute__((__format__(__printf__, text, first)))
#define _unused_ __attribute__((unused))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* They evaluate one of their arguments twice: no calls that do something. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Hands a pointer over and forgets it here: *ret = TAKE_PTR(x). */
#define TAKE_PTR(p)                         \
        ({                                  \
                __typeof__(p) *_p = &(p);   \
                __typeof__(p) _taken = *_p; \
                *_p = NULL;                 \
                _taken;                     \
        })

/* Defines x_freep() for _cleanup_(x_freep) from x_free(), which must accept NULL. */
#define DEFINE_FREEP(type, function)                        \
        static inline _unused_ void function##p(type **p) { \
                function(*p);                               \
        }

static inline void freep(void *p) {
        free(*(void **) p);
}
#define _cleanup_free_ _cleanup_(freep)
