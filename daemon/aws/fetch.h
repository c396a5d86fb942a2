/* SPDX-License-Identifier: Apache-2.0 */
/* One fetch of credentials, and the sources that it may be from. Private to daemon/aws.
 *
 * A source gets the first credentials. Where a profile names roles, the provider has each assumed
 * with what the step before it got; a client's role is one more such step, from the base's. */
#pragma once

#include "aws/profile.h"
#include "base/buffer.h"
#include "daemon/aws/provider.h"
#include "daemon/aws/shared_files.h"
#include "daemon/child.h"

enum { FETCH_PROBLEM_MAX = 1024 };

/* A fetch under way. Each of its steps ends by exactly one of the two below, at once or later. */
struct Fetch {
        const struct ProviderOptions *options;
        void (*got)(void *userdata, struct AwsCredentials *credentials); /* takes them over */
        void (*failed)(void *userdata, const char *problem);
        void *userdata;

        struct HttpCall *call;
        struct Child *child;
        char *metadata_token; /* IMDSv2's */
        char *role_name;      /* IMDS' name of the instance's role */
        struct ProviderWaiter base_waiter;
        struct AwsProfileChain chain;  /* its n_roles are those yet to be assumed */
        struct AwsCredentials in_hand; /* what the next of them is assumed with */
        bool skew_tried;

        bool files_read; /* also when they gave nothing; stays after the end, with the next */
        struct SharedFilesStamp files_stamp;
};

void fetch_done(
        struct Fetch *fetch); /* cancels what is under way; harmless on one that has ended */
void fetch_failed(struct Fetch *fetch, const char *format, ...) _printf_(2, 3);

/* A place where credentials may come from. */
struct CredentialSource {
        const char *name;
        bool (*start)(struct Fetch *fetch); /* false: it is not set up, and nothing was started */
};

extern const struct CredentialSource FROM_ENVIRONMENT, FROM_NAMED_PROFILE, FROM_WEB_IDENTITY,
        FROM_DEFAULT_PROFILE, FROM_CONTAINER, FROM_METADATA, FROM_STS;

/* Steps that a profile leads to; `fetch->chain` holds it. */
struct WebIdentity {
        const char *token_file, *role_arn;
        const char *session_name, *duration_seconds; /* or NULL */
};
void fetch_by_web_identity(struct Fetch *fetch, const struct WebIdentity *identity);
void fetch_by_process(struct Fetch *fetch, const struct AwsProfile *profile);
void fetch_by_sso(struct Fetch *fetch, const struct AwsProfile *profile);
/* The last of the chain's roles, with what is in hand. */
void fetch_by_role(struct Fetch *fetch);

/* AWS's time where it is known, else the machine's. */
usec_t fetch_now(const struct Fetch *fetch);
