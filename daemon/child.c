/* SPDX-License-Identifier: Apache-2.0 */
/* A pidfd tells of the end, a pipe brings the output. */
#include "daemon/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "daemon/clock.h"

#define TIMER_ACCURACY (100 * USEC_PER_MSEC)

struct Child {
        pid_t pid;
        int output_fd;
        struct Buffer output;
        sd_event_source *end, *readable;
        struct ClockTimer timer;
        ChildCallback callback;
        void *userdata;
        bool delivering, doomed;
};

static void child_destroy(struct Child *child) {
        sd_event_source_disable_unref(child->readable);
        clock_timer_done(&child->timer);
        if (child->end && child->pid > 0)
                (void) kill(-child->pid, SIGKILL);
        sd_event_source_disable_unref(child->end); /* reaps what was killed */
        if (child->output_fd >= 0)
                close(child->output_fd);
        buffer_wipe(&child->output);
        free(child);
}

struct Child *child_free(struct Child *child) {
        if (!child)
                return NULL;
        if (child->delivering)
                child->doomed = true;
        else
                child_destroy(child);
        return NULL;
}

static void child_deliver(struct Child *child, enum ChildOutcome outcome, int status) {
        const struct ChildEnd end = {
                .outcome = outcome,
                .status = status,
                .output = buffer_text(&child->output),
                .output_size = child->output.size,
        };

        child->readable = sd_event_source_disable_unref(child->readable);
        clock_timer_done(&child->timer);
        if (outcome != CHILD_EXITED && outcome != CHILD_KILLED)
                (void) kill(-child->pid, SIGKILL);
        child->end = sd_event_source_disable_unref(child->end);
        child->delivering = true;
        child->callback(child->userdata, &end);
        child->delivering = false;
        if (child->doomed)
                child_destroy(child);
}

/* All that is there now. 1: the output has ended, 0: more may come. */
static int child_read(struct Child *child) {
        char chunk[4096];
        ssize_t n;
        int r = 0;

        do {
                n = read(child->output_fd, chunk, sizeof(chunk));
                if (n > 0)
                        r = buffer_append(&child->output, chunk, (size_t) n);
        } while (r >= 0 && (n > 0 || (n < 0 && errno == EINTR)));
        explicit_bzero(chunk, sizeof(chunk));
        if (r < 0)
                return r;
        if (n == 0)
                return 1;
        return errno == EAGAIN ? 0 : -errno;
}

static void child_broken(struct Child *child, int r) {
        child_deliver(child, r == -ENOBUFS ? CHILD_TOO_LARGE : CHILD_LOST, -r);
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct Child *child = userdata;
        int r = child_read(child);

        (void) fd;
        (void) events;
        if (r < 0)
                child_broken(child, r);
        else if (r > 0) /* its end comes by the pidfd */
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *userdata) {
        struct Child *child = userdata;
        int r = child_read(child);

        (void) source;
        if (r < 0)
                child_broken(child, r);
        else
                child_deliver(child, info->si_code == CLD_EXITED ? CHILD_EXITED : CHILD_KILLED,
                              info->si_status);
        return 0;
}

static int on_timer(void *userdata) {
        child_deliver(userdata, CHILD_TIMED_OUT, 0);
        return 0;
}

static int spawn_with(const char *command, int output, posix_spawn_file_actions_t *files,
                      posix_spawnattr_t *attributes, pid_t *ret) {
        char *const arguments[] = {(char *) "sh", (char *) "-c", (char *) command, NULL};
        sigset_t none, all;
        int r;

        sigemptyset(&none);
        sigfillset(&all);
        r = -posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        r = r ?: -posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
        r = r ?: -posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        r = r
                    ?: -posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                                     POSIX_SPAWN_SETSIGMASK |
                                                                     POSIX_SPAWN_SETSIGDEF);
        r = r ?: -posix_spawnattr_setpgroup(attributes, 0);
        r = r ?: -posix_spawnattr_setsigmask(attributes, &none);
        r = r ?: -posix_spawnattr_setsigdefault(attributes, &all);
        return r ?: -posix_spawn(ret, "/bin/sh", files, attributes, arguments, environ);
}

static int spawn(const char *command, int output, pid_t *ret) {
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        int r;

        r = -posix_spawn_file_actions_init(&files);
        if (r < 0)
                return r;
        r = -posix_spawnattr_init(&attributes);
        if (r >= 0) {
                r = spawn_with(command, output, &files, &attributes, ret);
                posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&files);
        return r;
}

static int child_run(struct Child *child, const char *command) {
        int pipe_fds[2], r;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return -errno;
        child->output_fd = pipe_fds[0];
        r = fcntl(child->output_fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
        r = r ?: spawn(command, pipe_fds[1], &child->pid);
        close(pipe_fds[1]);
        return r;
}

static int child_watch(struct Child *child, const struct ChildOptions *options) {
        int r;

        r = sd_event_add_child(options->event, &child->end, child->pid, WEXITED, on_end, child);
        if (r < 0) { /* nobody else would end it */
                (void) kill(-child->pid, SIGKILL);
                (void) waitpid(child->pid, NULL, 0);
                return r;
        }
        r = sd_event_source_set_child_process_own(child->end, true);
        if (r >= 0)
                r = sd_event_add_io(options->event, &child->readable, child->output_fd, EPOLLIN,
                                    on_readable, child);
        if (r >= 0)
                r = clock_timer_init_real(&child->timer, options->event, TIMER_ACCURACY, on_timer,
                                          child);
        if (r >= 0)
                r = clock_timer_set_real(&child->timer, options->timeout);
        return r;
}

int child_start(const struct ChildOptions *options, ChildCallback callback, void *userdata,
                struct Child **ret) {
        struct Child *child = calloc(1, sizeof(*child));
        int r;

        if (!child)
                return -ENOMEM;
        *child = (struct Child) {.output_fd = -1, .callback = callback, .userdata = userdata};
        buffer_init(&child->output, options->output_ceiling);
        r = child_run(child, options->command);
        if (r >= 0)
                r = child_watch(child, options);
        if (r < 0) {
                child_destroy(child);
                return r;
        }
        *ret = child;
        return 0;
}
