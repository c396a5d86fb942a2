/* SPDX-License-Identifier: Apache-2.0 */
/* Globs, reads with a ceiling, and keeps copies of included files. */
#include "daemon/config_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"

/* Every text once as it is and once as it was. */
#define FILES_ARENA_MAX ((size_t) 2 * (CONFIG_INCLUDES_MAX + 2) * (CONFIG_TEXT_MAX + PATH_MAX))

static void close_fd(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

/* One byte more than allowed is read, so that config_parse() can tell that it is too much. */
static int read_bytes(int fd, struct Buffer *buffer) {
        char piece[16384];
        ssize_t n;
        int r;

        for (;;) {
                size_t room = (size_t) CONFIG_TEXT_MAX + 1 - buffer->size;

                n = read(fd, piece, MIN(room, sizeof(piece)));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                r = buffer_append(buffer, piece, (size_t) n);
                if (r < 0)
                        return r;
        }
}

static int read_file(const char *path, struct Buffer *buffer) {
        _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat status;

        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (S_ISDIR(status.st_mode))
                return -EISDIR;
        if (!S_ISREG(status.st_mode))
                return -EINVAL;
        return read_bytes(fd, buffer);
}

/* `name` stands in messages; -ENOMEM only: other failures are told by `problem`. */
static int read_text(struct Arena *arena, const char *path, const char *name,
                     struct ConfigText *ret) {
        _cleanup_(buffer_done) struct Buffer buffer;
        struct ConfigText text = {.name = name};
        int r;

        buffer_init(&buffer, CONFIG_TEXT_MAX + 1);
        r = read_file(path, &buffer);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                text.problem = arena_format(arena, "cannot be read: %s",
                                            r == -EINVAL ? "not a regular file" : strerror(-r));
        else {
                text.text = arena_copy_n(arena, buffer_text(&buffer), buffer.size);
                text.size = buffer.size;
        }
        if (!text.text && !text.problem)
                return -ENOMEM;
        *ret = text;
        return 0;
}

static const char *first_of_list(struct Arena *arena, const char *list) {
        return arena_copy_n(arena, list, strcspn(list, ":"));
}

static const char *directory_for(struct Arena *arena, const char *given, const char *for_root,
                                 const char *base, const char *home_suffix) {
        const char *home = text_or_empty(getenv("HOME"));

        if (!text_is_empty(given))
                return first_of_list(arena, given);
        if (geteuid() == 0)
                return for_root;
        if (!text_is_empty(base))
                return arena_format(arena, "%s/ecswatch", base);
        if (home_suffix)
                return arena_format(arena, "%s/%s/ecswatch", home, home_suffix);
        return arena_format(arena, "/run/user/%u/ecswatch", (unsigned) geteuid());
}

/* Absolute where it can be. */
static const char *folder_of(struct Arena *arena, const char *path) {
        _cleanup_free_ char *real = realpath(path, NULL);
        const char *whole = real ? real : path;
        const char *slash = strrchr(whole, '/');

        if (!slash)
                return ".";
        return slash == whole ? "/" : arena_copy_n(arena, whole, (size_t) (slash - whole));
}

int config_files_environment(struct Arena *arena, const char *main_path,
                             struct ConfigEnvironment *ret) {
        struct ConfigEnvironment e = {
                .folder = folder_of(arena, main_path),
                .state_directory =
                        directory_for(arena, getenv("STATE_DIRECTORY"), "/var/lib/ecswatch",
                                      getenv("XDG_STATE_HOME"), ".local/state"),
                .runtime_directory =
                        directory_for(arena, getenv("RUNTIME_DIRECTORY"), "/run/ecswatch",
                                      getenv("XDG_RUNTIME_DIR"), NULL),
                .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
                .region = getenv("AWS_REGION"),
        };

        if (!e.folder || !e.state_directory || !e.runtime_directory)
                return -ENOMEM;
        *ret = e;
        return 0;
}

/* Paths of included files, each once, in byte order. */
struct Paths {
        const char **items;
        size_t n;
};

static int paths_add(struct Paths *paths, struct Arena *arena, const char *path) {
        if (paths->n > CONFIG_INCLUDES_MAX)
                return 0; /* config_parse() says that there are too many */
        paths->items[paths->n] = arena_copy(arena, path);
        if (!paths->items[paths->n])
                return -ENOMEM;
        paths->n++;
        return 0;
}

static int paths_glob(struct Paths *paths, struct Arena *arena, const char *pattern) {
        glob_t found = {};
        int r;

        /* A name that is no pattern and does not exist is kept: its absence is told. */
        r = glob(pattern, strpbrk(pattern, "*?[") ? 0 : GLOB_NOCHECK, NULL, &found);
        if (r == GLOB_NOSPACE)
                return -ENOMEM;
        r = 0;
        for (size_t i = 0; i < found.gl_pathc && r == 0; i++)
                r = paths_add(paths, arena, found.gl_pathv[i]);
        globfree(&found);
        return r;
}

static int compare_texts(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void paths_sort(struct Paths *paths) {
        size_t kept = 0;

        if (paths->n == 0)
                return;
        qsort(paths->items, paths->n, sizeof(paths->items[0]), compare_texts);
        for (size_t i = 1; i < paths->n; i++)
                if (!text_equal(paths->items[kept], paths->items[i]))
                        paths->items[++kept] = paths->items[i];
        paths->n = kept + 1;
}

/* Relative patterns are the main file's neighbours, named as the main file was named. */
static int find_included(struct ConfigFiles *files, struct Paths *paths) {
        const char *slash = strrchr(files->main.name, '/');
        int prefix = slash ? (int) (slash - files->main.name) + 1 : 0;
        const char *const *patterns;
        size_t n;
        int r;

        r = config_includes(&files->main, files->arena, &patterns, &n);
        if (r < 0)
                return r;
        paths->items =
                arena_alloc_array(files->arena, CONFIG_INCLUDES_MAX + 1, sizeof(paths->items[0]));
        if (!paths->items)
                return -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++) {
                const char *pattern =
                        arena_format(files->arena, "%.*s%s", patterns[i][0] == '/' ? 0 : prefix,
                                     files->main.name, patterns[i]);

                r = pattern ? paths_glob(paths, files->arena, pattern) : -ENOMEM;
        }
        paths_sort(paths);
        return r;
}

/* As it is named, not where symlinks lead: `current -> releases/2` is the same file as before. */
static const char *absolute_path(struct Arena *arena, const char *path) {
        char folder[PATH_MAX];

        if (path[0] == '/' || !getcwd(folder, sizeof(folder)))
                return path;
        return arena_format(arena, "%s/%s", folder, path);
}

/* The copy's name: the file's absolute path in one component. NULL: too long to be kept. */
static const char *copy_path(struct Arena *arena, const char *copies, const char *path) {
        _cleanup_(buffer_done) struct Buffer name;
        int r = 0;

        path = absolute_path(arena, path);
        buffer_init(&name, NAME_MAX - strlen(".new"));
        for (const char *p = path; p && *p != '\0' && r >= 0; p++)
                r = *p == '/'   ? buffer_append_text(&name, "%2F")
                    : *p == '%' ? buffer_append_text(&name, "%25")
                                : buffer_append_char(&name, *p);
        return r < 0 ? NULL : arena_format(arena, "%s/%s", copies, buffer_text(&name));
}

static int read_included(struct ConfigFiles *files, const char *copies, const struct Paths *paths) {
        int r;

        files->included = arena_alloc_array(files->arena, paths->n, sizeof(files->included[0]));
        if (!files->included)
                return -ENOMEM;
        for (size_t i = 0; i < paths->n; i++) {
                struct ConfigInclude *include = files->included + i;
                const char *copy = copies ? copy_path(files->arena, copies, paths->items[i]) : NULL;

                r = read_text(files->arena, paths->items[i], paths->items[i], &include->now);
                if (r >= 0 && copy)
                        r = read_text(files->arena, copy, paths->items[i], &include->last_valid);
                if (r < 0)
                        return r;
        }
        files->n_included = paths->n;
        return 0;
}

static int read_all(const char *main_path, const char *copies, struct ConfigFiles *files) {
        struct Paths paths = {};
        const char *name;
        int r;

        name = arena_copy(files->arena, main_path);
        if (!name)
                return -ENOMEM;
        r = config_files_environment(files->arena, main_path, &files->environment);
        if (r < 0)
                return r;
        r = read_text(files->arena, main_path, name, &files->main);
        if (r < 0)
                return r;
        r = find_included(files, &paths);
        if (r < 0)
                return r;
        return read_included(files, copies, &paths);
}

int config_files_read(const char *main_path, const char *copies, struct ConfigFiles *ret) {
        struct ConfigFiles files = {.arena = arena_new(FILES_ARENA_MAX)};
        int r;

        if (!files.arena)
                return -ENOMEM;
        r = read_all(main_path, copies, &files);
        if (r < 0) {
                config_files_done(&files);
                return r;
        }
        *ret = files;
        return 0;
}

void config_files_done(struct ConfigFiles *files) {
        arena_free(files->arena);
        *files = (struct ConfigFiles) {};
}

static int write_bytes(int fd, const char *bytes, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, bytes, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                bytes += n;
                size -= (size_t) n;
        }
        return 0;
}

/* Old or new, never half: a new file is renamed over the old one. */
static int replace_file(const char *path, const char *fresh, const struct ConfigText *text) {
        _cleanup_(close_fd) int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = write_bytes(fd, text->text, text->size);
        if (r >= 0 && (fsync(fd) < 0 || rename(fresh, path) < 0))
                r = -errno;
        if (r < 0)
                unlink(fresh);
        return r;
}

static bool is_kept(const struct ConfigInclude *include) {
        return include->last_valid.text && include->last_valid.size == include->now.size &&
               memcmp(include->last_valid.text, include->now.text, include->now.size) == 0;
}

int config_files_keep(const struct ConfigFiles *files, const char *copies) {
        int problem = 0;

        if (files->n_included > 0 && mkdir(copies, 0700) < 0 && errno != EEXIST)
                return -errno;
        for (size_t i = 0; i < files->n_included; i++) {
                const struct ConfigInclude *include = files->included + i;
                const char *path, *fresh;
                int r;

                if (include->state != CONFIG_INCLUDE_USED || is_kept(include))
                        continue;
                path = copy_path(files->arena, copies, include->now.name);
                fresh = path ? arena_format(files->arena, "%s.new", path) : NULL;
                r = fresh ? replace_file(path, fresh, &include->now) : -ENAMETOOLONG;
                if (r < 0 && problem == 0)
                        problem = r;
        }
        return problem;
}
