/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/aws/shared_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/aws/small_file.h"

/* NULL: nothing says where it would be. */
static char *path_of(const char *named, const char *home, const char *usual) {
        char *path;

        if (named)
                return strdup(named);
        if (!home)
                return NULL;
        return asprintf(&path, "%s/%s", home, usual) < 0 ? NULL : path;
}

static char *config_path(const struct AwsEnvironment *e) {
        return path_of(e->config_file, e->home, ".aws/config");
}

static char *credentials_path(const struct AwsEnvironment *e) {
        return path_of(e->shared_credentials_file, e->home, ".aws/credentials");
}

static struct FileStamp stamp_of(const char *path) {
        struct stat status;

        if (!path || stat(path, &status) < 0)
                return (struct FileStamp) {0};
        return (struct FileStamp) {
                .device = status.st_dev,
                .inode = status.st_ino,
                .size = status.st_size,
                .changed = status.st_mtim,
        };
}

static bool stamp_equal(const struct FileStamp *a, const struct FileStamp *b) {
        return a->device == b->device && a->inode == b->inode && a->size == b->size &&
               a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static int read_one(const char *path, bool named, char **ret, size_t *ret_size,
                    char problem[AWS_PROFILE_PROBLEM_MAX]) {
        int r;

        if (!path)
                return 0;
        r = read_small_file(path, AWS_PROFILE_FILE_BYTES_MAX, ret, ret_size);
        if (r == -ENOENT || (r == -EACCES && !named))
                return 0;
        if (r == -ENOBUFS)
                snprintf(problem, AWS_PROFILE_PROBLEM_MAX, "%.256s has more than %u bytes", path,
                         AWS_PROFILE_FILE_BYTES_MAX);
        else if (r < 0)
                snprintf(problem, AWS_PROFILE_PROBLEM_MAX, "%.256s: %s", path, strerror(-r));
        return r;
}

int shared_files_read(const struct AwsEnvironment *e, struct SharedFiles *ret,
                      char problem[AWS_PROFILE_PROBLEM_MAX]) {
        struct SharedFiles read = {.paths = {config_path(e), credentials_path(e)}};
        int r;

        read.stamp = (struct SharedFilesStamp) {stamp_of(read.paths[0]), stamp_of(read.paths[1])};
        r = read_one(read.paths[0], e->config_file, &read.texts[0], &read.files.config_size,
                     problem);
        if (r >= 0)
                r = read_one(read.paths[1], e->shared_credentials_file, &read.texts[1],
                             &read.files.credentials_size, problem);
        if (r < 0) {
                shared_files_done(&read);
                *ret = (struct SharedFiles) {.stamp = read.stamp};
                return r;
        }
        read.files.config_path = read.paths[0];
        read.files.credentials_path = read.paths[1];
        read.files.config = read.texts[0];
        read.files.credentials = read.texts[1];
        *ret = read;
        return 0;
}

void shared_files_done(struct SharedFiles *files) {
        for (size_t i = 0; i < ARRAY_SIZE(files->texts); i++) {
                if (files->texts[i])
                        explicit_bzero(files->texts[i], strlen(files->texts[i]));
                free(TAKE_PTR(files->texts[i]));
                free(TAKE_PTR(files->paths[i]));
        }
        files->files = (struct AwsSharedFiles) {0};
}

int shared_files_settings(struct AwsEnvironment *environment, struct AwsProfile *ret,
                          char problem[AWS_PROFILE_PROBLEM_MAX]) {
        const char *name = environment->profile ? environment->profile : "default";
        struct SharedFiles files;
        int r;

        *ret = (struct AwsProfile) {0};
        r = shared_files_read(environment, &files, problem);
        if (r < 0)
                return r;
        r = aws_profile_load(&files.files, name, ret, problem);
        if (r >= 0)
                r = aws_profile_load_services(&files.files, ret, problem);
        shared_files_done(&files);
        if (r >= 0)
                aws_environment_add_profile(environment, ret);
        return r;
}

bool shared_files_changed(const struct AwsEnvironment *e, const struct SharedFilesStamp *since) {
        _cleanup_free_ char *config = config_path(e), *credentials = credentials_path(e);
        const struct FileStamp now[] = {stamp_of(config), stamp_of(credentials)};

        return !stamp_equal(&now[0], &since->config) || !stamp_equal(&now[1], &since->credentials);
}
