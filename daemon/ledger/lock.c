/* SPDX-License-Identifier: Apache-2.0 */
/* flock(), not fcntl(): the lock belongs to the open file, so neither a fork nor another close of
 * the file can lose it. The pid in the file is for people; the lock is the kernel's. The file is
 * never removed: a second daemon could then lock another file of the same name. */
#include "daemon/ledger/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/ledger/ledger.h"

static pid_t holder_read(int fd) {
        char text[32];
        uint64_t pid;
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
                return 0;
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return text_parse_u64(text, 1, INT32_MAX, &pid) == 0 ? (pid_t) pid : 0;
}

static int holder_write(int fd) {
        char text[32];
        int n = snprintf(text, sizeof(text), "%ld\n", (long) getpid());

        if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t) n, 0) != n)
                return errno > 0 ? -errno : -EIO;
        return 0;
}

int ledger_lock(const char *path, int *ret, pid_t *ret_holder) {
        char lock_path[LEDGER_PATH_MAX];
        int fd, r;

        if ((size_t) snprintf(lock_path, sizeof(lock_path), "%s.lock", path) >= sizeof(lock_path))
                return -ENAMETOOLONG;
        fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                r = -errno;
                if (r == -EWOULDBLOCK) {
                        *ret_holder = holder_read(fd);
                        r = 1;
                }
                close(fd);
                return r;
        }

        r = holder_write(fd);
        if (r < 0) {
                close(fd);
                return r;
        }
        *ret = fd;
        return 0;
}
