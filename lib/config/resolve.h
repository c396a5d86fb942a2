/* SPDX-License-Identifier: Apache-2.0 */
/* Many files become one configuration. Internal to lib/config. */
#pragma once

#include "config/file.h"

struct Resolution {
        struct ConfigFile *files; /* main first; those left out are empty */
        size_t n_files;
        const struct ConfigEnvironment *environment;
        struct ConfigMemory memory;
        struct ConfigErrors *errors;
        int problem; /* -ENOMEM: nothing else counts */
};

/* Fills `config`; what is wrong between files marks the later one `invalid`, with an error. */
void config_resolve(struct Resolution *resolution, struct Config *config);

void resolution_error(struct Resolution *resolution, const struct ConfigPlace *place,
                      const char *format, ...) _printf_(3, 4);
/* Zeroed, or NULL with `problem` set: kept, or scratch. */
void *resolution_alloc(struct Resolution *resolution, size_t count, size_t size);
void *resolution_scratch(struct Resolution *resolution, size_t count, size_t size);

/* Names and what they stand for, sorted to be found. */
struct Named {
        const struct Text *name;
        size_t order;
        const void *value;
};
/* Sorts, and tells of each name that occurs again: "policy NAME is defined again; …". */
void named_sort(struct Resolution *resolution, struct Named *items, size_t n, const char *what);
const void *named_find(const struct Named *items, size_t n, const char *name);

/* resolve_clusters.c */
void resolve_clusters(struct Resolution *resolution, const struct Named *policies, size_t n,
                      struct Config *config);
