/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the API: one listening socket, libmicrohttpd behind it, driven by the event loop. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "daemon/clock.h"

/* Plain value; zeroed is "none". */
struct Listener {
        struct MHD_Daemon *server;
        sd_event_source *io, *others; /* others: somebody else has had a turn */
        struct ClockTimer timer;
        char *path; /* of a socket that we bound */
        dev_t device;
        ino_t inode; /* and removes only if it is still that one */
};

struct ListenerCallbacks {
        MHD_AccessHandlerCallback answer;
        MHD_RequestCompletedCallback completed;
        void *userdata; /* of both */
};

/* Sockets: a descriptor, or -EADDRINUSE, -EINVAL, -EPERM (not loopback), -ENAMETOOLONG, … */
int listener_bind_path(const char *path);
int listener_bind_address(const char *address);

/* Takes `fd` over, also on failure. `path` (may be NULL) is removed at the end. */
int listener_start(struct Listener *listener, sd_event *event, int fd, const char *path,
                   const struct ListenerCallbacks *callbacks);
void listener_stop(struct Listener *listener); /* streams must have been resumed */
/* Runs the server again as soon as the loop turns: a stream has something to say. */
void listener_wake(struct Listener *listener);
/* Lets resumed streams end; for shutdown. */
void listener_run(struct Listener *listener);
