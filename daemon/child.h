/* SPDX-License-Identifier: Apache-2.0 */
/* One command of somebody else's, run beside the event loop: what it prints, and how it ends. */
#pragma once

#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/macros.h"
#include "base/time.h"

struct Child;

struct ChildOptions { /* borrowed for child_start() */
        sd_event *event;
        const char *command;   /* for /bin/sh -c, in a process group of its own */
        usec_t timeout;        /* real time; then it is killed, with what it has started */
        size_t output_ceiling; /* bytes of its standard output */
};

enum ChildOutcome {
        CHILD_EXITED,    /* with `status` */
        CHILD_KILLED,    /* by the signal `status`, not by us */
        CHILD_TIMED_OUT, /* these two were killed by us */
        CHILD_TOO_LARGE,
        CHILD_LOST, /* its output cannot be read; `status` is an errno */
};

struct ChildEnd {
        enum ChildOutcome outcome;
        int status;
        const char *output; /* NUL-terminated besides; wiped when the callback has returned */
        size_t output_size;
};

/* Exactly once, from the event loop, never before child_start() has returned; not after
 * child_free(). It may free the child, which must be freed afterwards anyway. */
typedef void (*ChildCallback)(void *userdata, const struct ChildEnd *end);

/* The thread must have SIGCHLD blocked. The child's standard input is empty, and its standard error
 * goes nowhere: what programs print there may hold secrets. 0 or a negative errno. */
int child_start(const struct ChildOptions *options, ChildCallback callback, void *userdata,
                struct Child **ret);
/* Kills it, with what it has started, if it has not ended. NULL is fine; returns NULL. */
struct Child *child_free(struct Child *child);
