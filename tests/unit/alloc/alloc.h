/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of lib/ fails once. A layer's rows stand in alloc_<layer>.c; its table is named
 * here, in test_alloc.c and in meson.build. */
#pragma once

/* `run` exercises something from beginning to end and frees what it made. 0 when all of it worked;
 * -ENOMEM (or what it is for a function that answers NULL) when an allocation failed. */
struct AllocRow {
        const char *name;
        int (*run)(void);
};

/* Each ends with a row without a name. */
extern const struct AllocRow ALLOC_BASE[];
extern const struct AllocRow ALLOC_AWS[];
extern const struct AllocRow ALLOC_CONFIG[];
extern const struct AllocRow ALLOC_SIM[];
