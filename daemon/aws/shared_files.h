/* SPDX-License-Identifier: Apache-2.0 */
/* The shared config and credentials files as they are on this machine. */
#pragma once

#include <sys/types.h>
#include <time.h>

#include "aws/profile.h"
#include "base/macros.h"
#include "daemon/aws/environment.h"

/* What tells one state of a file from another; all zero: it is not there. */
struct FileStamp {
        dev_t device;
        ino_t inode;
        off_t size;
        struct timespec changed;
};

struct SharedFilesStamp {
        struct FileStamp config, credentials;
};

/* Owns its texts, which hold secrets. */
struct SharedFiles {
        struct AwsSharedFiles files;
        char *paths[2], *texts[2];
        struct SharedFilesStamp stamp; /* of just before they were read */
};

/* A file that is not there is no error, nor is one in $HOME that may not be read. 0; a negative
 * errno with `problem` in words, and then `ret` is empty save for its stamp. */
int shared_files_read(const struct AwsEnvironment *environment, struct SharedFiles *ret,
                      char problem[AWS_PROFILE_PROBLEM_MAX]);
void shared_files_done(struct SharedFiles *files); /* wipes; may be called twice */

/* What the profile says of endpoints, Region and CA bundle, where the environment says nothing; the
 * profile must outlive the environment, and be done. 0 or a negative errno with `problem` in words,
 * and then the environment is as it was. */
int shared_files_settings(struct AwsEnvironment *environment, struct AwsProfile *ret,
                          char problem[AWS_PROFILE_PROBLEM_MAX]);

/* Whether either is another one now. */
bool shared_files_changed(const struct AwsEnvironment *environment,
                          const struct SharedFilesStamp *since);
