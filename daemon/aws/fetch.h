/* SPDX-License-Identifier: Apache-2.0 */
/* One fetch of credentials, and the sources that it may be from. Private to daemon/aws. */
#pragma once

#include "base/buffer.h"
#include "daemon/aws/provider.h"

enum { FETCH_PROBLEM_MAX = 512 };

/* A fetch under way. It ends by exactly one of the two below, at once or later. */
struct Fetch {
        const struct ProviderOptions *options;
        void (*fetched)(void *userdata, struct AwsCredentials *credentials); /* takes them over */
        void (*failed)(void *userdata, const char *problem);
        void *userdata;

        struct HttpCall *call;
        char *metadata_token; /* IMDSv2's */
        char *role_name;      /* IMDS' name of the instance's role */
        struct ProviderWaiter base_waiter;
        bool skew_tried;
};

void fetch_done(
        struct Fetch *fetch); /* cancels what is under way; harmless on one that has ended */
void fetch_failed(struct Fetch *fetch, const char *format, ...) _printf_(2, 3);

/* A place where credentials may come from. */
struct CredentialSource {
        const char *name;
        bool (*start)(struct Fetch *fetch); /* false: it is not set up, and nothing was started */
};

extern const struct CredentialSource FROM_ENVIRONMENT, FROM_PROFILE, FROM_WEB_IDENTITY,
        FROM_CONTAINER, FROM_METADATA, FROM_STS;

/* AWS's time where it is known, else the machine's. */
usec_t fetch_now(const struct Fetch *fetch);

/* The text of a small file, without the newline at its end; malloc'ed. */
int read_small_file(const char *path, size_t ceiling, char **ret, size_t *ret_size);
