/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram a message, on a socket of its own. */
#include "daemon/supervisor.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "daemon/clock.h"

enum { MESSAGE_MAX = 2048 };
#define AGAIN (USEC_PER_SEC)

/* $NOTIFY_SOCKET as an address; "@" begins an abstract one. */
static int address_of(const char *path, struct sockaddr_un *ret, socklen_t *ret_size) {
        size_t size = strlen(path);

        if ((path[0] != '/' && path[0] != '@') || size < 2 || size >= sizeof(ret->sun_path))
                return -EINVAL;
        *ret = (struct sockaddr_un) {.sun_family = AF_UNIX};
        memcpy(ret->sun_path, path, size);
        if (path[0] == '@')
                ret->sun_path[0] = '\0';
        *ret_size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + size + (path[0] == '/'));
        return 0;
}

static int send_message(const char *path, const char *message) {
        struct sockaddr_un address;
        socklen_t size;
        ssize_t n;
        int fd, r;

        r = address_of(path, &address, &size);
        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        n = sendto(fd, message, strlen(message), MSG_DONTWAIT | MSG_NOSIGNAL,
                   (const struct sockaddr *) &address, size);
        r = n < 0 ? -errno : 0;
        close(fd);
        return r;
}

int supervisor_tell(const char *format, ...) {
        const char *path = getenv("NOTIFY_SOCKET");
        char message[MESSAGE_MAX];
        va_list arguments;

        if (text_is_empty(path))
                return 0;
        va_start(arguments, format);
        vsnprintf(message, sizeof(message), format, arguments);
        va_end(arguments);
        message[text_cut_utf8(message, sizeof(message) - 1)] = '\0';
        return send_message(path, message);
}

static int on_watchdog(void *userdata) {
        struct ClockTimer *timer = userdata;
        uint64_t asked = 0;

        (void) sd_watchdog_enabled(false, &asked);
        return clock_timer_set_real(timer, supervisor_tell("WATCHDOG=1") == -EAGAIN
                                                   ? MIN(AGAIN, asked / 4)
                                                   : asked / 4);
}

int supervisor_watch(sd_event *event, struct ClockTimer *watchdog) {
        uint64_t asked;
        int r = sd_watchdog_enabled(false, &asked);

        if (r <= 0)
                return r;
        r = clock_timer_init_real(watchdog, event, asked / 8, on_watchdog, watchdog);
        return r < 0 ? r : clock_timer_set_real(watchdog, 0);
}
