/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/aws/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

enum { SECRET_FILE_MAX = 16 * 1024 };

int read_small_file(const char *path, size_t ceiling, char **ret, size_t *ret_size) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        struct Buffer text;
        char chunk[4096];
        ssize_t n;
        int r = 0;

        if (fd < 0)
                return -errno;
        buffer_init(&text, ceiling);
        r = buffer_append(&text, "", 0);
        while (r >= 0 && (n = read(fd, chunk, sizeof(chunk))) != 0)
                r = n < 0 ? -errno : buffer_append(&text, chunk, (size_t) n);
        close(fd);
        explicit_bzero(chunk, sizeof(chunk));
        if (r < 0) {
                buffer_wipe(&text);
                return r;
        }
        *ret_size = text.size;
        *ret = buffer_take(&text);
        return 0;
}

int read_secret_line(const char *path, char **ret) {
        size_t size;
        int r;

        r = read_small_file(path, SECRET_FILE_MAX, ret, &size);
        if (r >= 0)
                (*ret)[strcspn(*ret, "\r\n")] = '\0';
        return r;
}
