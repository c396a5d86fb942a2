/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd brings an epoll descriptor of its own; the event loop watches that one and its next
 * timeout. Who asks is answered before whatever else waits, and then the others have a turn: at
 * thousands of services nobody stands in line behind a hundred answers of AWS, and nobody keeps the
 * daemon from its work by asking. */
#include "daemon/api/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/api/api.h"
#include "daemon/clock.h"
#include "daemon/log.h"

enum {
        REQUEST_BYTES_MAX = 32 * 1024, /* line and headers; libmicrohttpd's pool of a connection */
        IDLE_SECONDS = 30,
        BACKLOG = 64,
};
#define TIMER_ACCURACY (1 * USEC_PER_MSEC)
#define FIRST SD_EVENT_PRIORITY_IMPORTANT
#define AFTER_OTHERS (SD_EVENT_PRIORITY_NORMAL + 1)

static int socket_listen(int fd) {
        return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

/* Nobody listens there. What is no socket is somebody's file. */
static int remove_socket(const char *path) {
        struct stat status;

        if (lstat(path, &status) < 0)
                return -errno;
        if (!S_ISSOCK(status.st_mode))
                return -EEXIST;
        return unlink(path) < 0 ? -errno : 0;
}

/* A socket that nobody answers on is a leftover of a crash. */
static int path_clear(const struct sockaddr_un *address) {
        int fd, r;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = connect(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 ? -errno : 0;
        close(fd);
        if (r == 0 || r == -EAGAIN)
                return -EADDRINUSE;
        if (r == -ECONNREFUSED)
                return remove_socket(address->sun_path);
        return r == -ENOENT ? 0 : r;
}

int listener_bind_path(const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        mode_t mask;
        int fd, r;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        r = path_clear(&address);
        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        /* The mode is right from the first moment; one thread, so nobody else sees the mask. */
        mask = umask(0117);
        r = bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
        umask(mask);
        if (r >= 0)
                r = socket_listen(fd);
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

union Address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

static bool address_is_loopback(const union Address *address) {
        if (address->any.sa_family == AF_INET6)
                return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
}

/* "127.0.0.1:9470", "[::1]:9470" */
static int address_parse(const char *text, union Address *ret, socklen_t *ret_size) {
        const char *port_text = text_after_last(text, ':');
        union Address address = {0};
        char host[INET6_ADDRSTRLEN + 2];
        uint64_t port;
        size_t size;

        if (port_text == text || text_parse_u64(port_text, 0, UINT16_MAX, &port) < 0)
                return -EINVAL;
        size = (size_t) (port_text - text) - 1;
        if (size >= sizeof(host))
                return -EINVAL;
        memcpy(host, text, size);
        host[size] = '\0';

        if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
                host[size - 1] = '\0';
                address.v6.sin6_family = AF_INET6;
                address.v6.sin6_port = htons((uint16_t) port);
                if (inet_pton(AF_INET6, host + 1, &address.v6.sin6_addr) != 1)
                        return -EINVAL;
                *ret_size = sizeof(address.v6);
        } else {
                address.v4.sin_family = AF_INET;
                address.v4.sin_port = htons((uint16_t) port);
                if (inet_pton(AF_INET, host, &address.v4.sin_addr) != 1)
                        return -EINVAL;
                *ret_size = sizeof(address.v4);
        }
        *ret = address;
        return 0;
}

int listener_bind_address(const char *text) {
        union Address address;
        socklen_t size;
        int fd, r;

        r = address_parse(text, &address, &size);
        if (r < 0)
                return r;
        if (!address_is_loopback(&address))
                return -EPERM;
        fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int) {1}, sizeof(int)) < 0 ||
            bind(fd, &address.any, size) < 0)
                r = -errno;
        else
                r = socket_listen(fd);
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

static void on_message(void *userdata, const char *format, va_list arguments) _printf_(2, 0);
static void on_message(void *userdata, const char *format, va_list arguments) {
        char text[512];

        (void) userdata;
        vsnprintf(text, sizeof(text), format, arguments);
        text[strcspn(text, "\n")] = '\0';
        log_debug("HTTP API: %s", text);
}

void listener_run(struct Listener *listener) {
        MHD_UNSIGNED_LONG_LONG timeout_ms;

        if (!listener->server)
                return;
        MHD_run(listener->server);
        (void) clock_timer_set_real(&listener->timer,
                                    MHD_get_timeout(listener->server, &timeout_ms) == MHD_YES
                                            ? (usec_t) timeout_ms * USEC_PER_MSEC
                                            : USEC_INFINITY);
}

static void listener_set_priority(struct Listener *listener, int64_t priority) {
        (void) sd_event_source_set_priority(listener->io, priority);
        (void) clock_timer_set_priority(&listener->timer, priority);
}

static int on_others(sd_event_source *source, void *userdata) {
        (void) source;
        listener_set_priority(userdata, FIRST);
        return 0;
}

static void listener_turn(struct Listener *listener) {
        listener_run(listener);
        listener_set_priority(listener, AFTER_OTHERS);
        (void) sd_event_source_set_enabled(listener->others, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) source;
        (void) fd;
        (void) events;
        listener_turn(userdata);
        return 0;
}

static int on_timer(void *userdata) {
        listener_turn(userdata);
        return 0;
}

static int listener_own_path(struct Listener *listener, const char *path) {
        struct stat status;

        if (!path)
                return 0;
        if (lstat(path, &status) < 0)
                return -errno;
        listener->path = strdup(path);
        if (!listener->path)
                return -ENOMEM;
        listener->device = status.st_dev;
        listener->inode = status.st_ino;
        return 0;
}

static int listener_watch(struct Listener *listener, sd_event *event) {
        const union MHD_DaemonInfo *info =
                MHD_get_daemon_info(listener->server, MHD_DAEMON_INFO_EPOLL_FD);
        int r;

        r = sd_event_add_io(event, &listener->io, info->epoll_fd, EPOLLIN, on_io, listener);
        if (r < 0)
                return r;
        r = clock_timer_init_real(&listener->timer, event, TIMER_ACCURACY, on_timer, listener);
        if (r >= 0)
                r = sd_event_add_post(event, &listener->others, on_others, listener);
        if (r >= 0)
                r = sd_event_source_set_enabled(listener->others, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(listener->others, FIRST);
        if (r >= 0)
                listener_set_priority(listener, FIRST);
        return r;
}

int listener_start(struct Listener *listener, sd_event *event, int fd, const char *path,
                   const struct ListenerCallbacks *callbacks) {
        int r;

        r = listener_own_path(listener, path);
        if (r < 0) {
                close(fd);
                return r;
        }
        errno = 0;
        listener->server =
                MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                                 NULL, NULL, callbacks->answer, callbacks->userdata,
                                 MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,
                                 MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
                                 callbacks->completed, callbacks->userdata,
                                 MHD_OPTION_CONNECTION_LIMIT, (unsigned) API_CONNECTIONS_MAX,
                                 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) IDLE_SECONDS,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) REQUEST_BYTES_MAX,
                                 MHD_OPTION_END);
        if (!listener->server) {
                r = errno > 0 ? -errno : -ENOMEM;
                close(fd);
        } else
                r = listener_watch(listener, event);
        if (r < 0)
                listener_stop(listener);
        return r;
}

void listener_stop(struct Listener *listener) {
        struct stat status;

        sd_event_source_disable_unref(listener->io);
        clock_timer_done(&listener->timer);
        sd_event_source_disable_unref(listener->others);
        if (listener->server)
                MHD_stop_daemon(listener->server);
        if (listener->path && lstat(listener->path, &status) == 0 &&
            status.st_dev == listener->device && status.st_ino == listener->inode)
                unlink(listener->path);
        free(listener->path);
        *listener = (struct Listener) {0};
}

void listener_wake(struct Listener *listener) {
        if (listener->server)
                (void) clock_timer_set_real(&listener->timer, 0);
}
