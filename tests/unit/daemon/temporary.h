/* SPDX-License-Identifier: Apache-2.0 */
/* A directory for one test's files. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

struct TemporaryDirectory {
        char path[128];
};

static inline void temporary_directory_init(struct TemporaryDirectory *directory) {
        const char *parent = getenv("TMPDIR");

        snprintf(directory->path, sizeof(directory->path), "%s/ecswatch-test-XXXXXX",
                 parent ? parent : "/tmp");
        ck_assert_ptr_nonnull(mkdtemp(directory->path));
}

/* Removes it with its files; it has no directories inside. */
static inline void temporary_directory_done(struct TemporaryDirectory *directory) {
        DIR *entries = opendir(directory->path);
        struct dirent *entry;

        while (entries && (entry = readdir(entries)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        unlinkat(dirfd(entries), entry->d_name, 0);
        if (entries)
                closedir(entries);
        rmdir(directory->path);
}
