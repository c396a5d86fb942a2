/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: where they come from, when they are fetched anew, and who waits for them. Private to
 * daemon/aws.
 *
 * The base provider asks, in the SDKs' order: the environment's keys, the profile that AWS_PROFILE
 * names, the environment's web identity, the default profile, the container endpoint, IMDSv2. A
 * role's provider asks STS with the credentials of the base. */
#pragma once

#include <stdint.h>

#include "aws/clock.h"
#include "aws/credentials.h"
#include "daemon/aws/environment.h"
#include "daemon/aws/waiter.h"
#include "daemon/http/http.h"

struct CredentialsProvider;

struct ProviderOptions { /* borrowed for the provider's life */
        sd_event *event;
        struct HttpGlue *http;
        const struct AwsEnvironment *environment;
        struct AwsClock *clock; /* AWS's time, by which they expire; STS's answers tell it too */
        /* For a role; NULLs for the base. */
        struct CredentialsProvider *base;
        const char *role_arn, *external_id, *region;
};

int provider_new(const struct ProviderOptions *options, struct CredentialsProvider **ret);
void provider_free(struct CredentialsProvider *provider); /* NULL is fine; waiters are forgotten */
DEFINE_FREEP(struct CredentialsProvider, provider_free)

enum ProviderOutcome { PROVIDER_READY, PROVIDER_PENDING, PROVIDER_FAILED };

/* READY: `*ret` until the event loop turns. PENDING: `waiter` is linked and told once. FAILED:
 * `*ret_problem` says why in words; asked again after a few seconds at the earliest. A source that
 * handed something out is asked again after 15 s at the earliest, whatever it was: until then
 * even what seems to have expired is READY, and AWS has the last word on it. Where the shared files
 * have changed, they are read at once; what they gave before is kept until they give something. */
enum ProviderOutcome provider_get(struct CredentialsProvider *provider,
                                  struct ProviderWaiter *waiter, const struct AwsCredentials **ret,
                                  const char **ret_problem);

/* AWS says that these have expired: the next provider_get() fetches anew. */
void provider_expire(struct CredentialsProvider *provider);
