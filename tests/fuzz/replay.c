/* SPDX-License-Identifier: Apache-2.0 */
/* main() of the replay programs: feeds every file of the directories given to the fuzz target. An
 * empty corpus is a failure, so a misplaced one is noticed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "fuzz.h"

enum { INPUT_BYTES_MAX = 1024 * 1024 };

/* The target gets memory of just the input's size, so that ASan sees a read past its end. */
static int replay_bytes(const struct Buffer *buffer) {
        uint8_t *exact = malloc(buffer->size > 0 ? buffer->size : 1);

        if (!exact)
                return -ENOMEM;
        if (buffer->size > 0)
                memcpy(exact, buffer->data, buffer->size);
        LLVMFuzzerTestOneInput(exact, buffer->size);
        free(exact);
        return 0;
}

static int replay_file(const char *path) {
        _cleanup_(buffer_done) struct Buffer buffer;
        char piece[4096];
        FILE *file;
        size_t n;
        int r = 0;

        buffer_init(&buffer, INPUT_BYTES_MAX);
        file = fopen(path, "rb");
        if (!file)
                return -errno;
        while (r >= 0 && (n = fread(piece, 1, sizeof(piece), file)) > 0)
                r = buffer_append(&buffer, piece, n);
        if (r >= 0 && ferror(file))
                r = -EIO;
        fclose(file);
        return r < 0 ? r : replay_bytes(&buffer);
}

/* Returns how many files there were, or a negative errno. */
static int replay_directory(const char *directory) {
        DIR *entries = opendir(directory);
        struct dirent *entry;
        char path[4096];
        int count = 0, r = 0;

        if (!entries)
                return -errno;
        while (r >= 0 && (entry = readdir(entries))) {
                struct stat status;

                snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
                if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
                        continue;
                r = replay_file(path);
                count++;
        }
        closedir(entries);
        return r < 0 ? r : count;
}

int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
                int r = replay_directory(argv[i]);

                if (r < 0)
                        fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
                if (r == 0)
                        fprintf(stderr, "%s: no inputs\n", argv[i]);
                if (r <= 0)
                        return EXIT_FAILURE;
                printf("%s: %d inputs\n", argv[i], r);
        }
        return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
