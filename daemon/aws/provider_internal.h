/* SPDX-License-Identifier: Apache-2.0 */
/* What the provider's files share. Private to them. */
#pragma once

#include "base/buffer.h"
#include "daemon/aws/provider.h"

enum { PROVIDER_PROBLEM_MAX = 512 };

struct CredentialsProvider {
        struct ProviderOptions options;
        struct AwsCredentials credentials;
        bool have;
        bool fetching;
        char problem[PROVIDER_PROBLEM_MAX]; /* of the last fetch, "" if it succeeded */
        usec_t asked_again_at;              /* real monotonic: not before, whatever came of it */
        struct ProviderWaiter *waiters;
        sd_event_source *told; /* tells the waiters from the loop */

        struct HttpCall *call;
        char *metadata_token; /* IMDSv2's, while fetching */
        char *role_name;      /* IMDS' name of the instance's role, while fetching */
        struct ProviderWaiter base_waiter;
        bool skew_tried;
};

/* AWS's time where it is known, else the machine's. */
usec_t provider_now(const struct CredentialsProvider *provider);

/* A fetch ends by exactly one of these. `credentials` is taken over. */
void provider_fetched(struct CredentialsProvider *provider, struct AwsCredentials *credentials);
void provider_failed(struct CredentialsProvider *provider, const char *format, ...) _printf_(2, 3);

/* Start a fetch; it ends by one of the two above, at once or later. False: this source is not set
 * up. */
bool fetch_from_container(struct CredentialsProvider *provider);
bool fetch_from_metadata(struct CredentialsProvider *provider);
void fetch_from_sts(struct CredentialsProvider *provider);

/* The text of a small file, without the newline at its end; malloc'ed. */
int read_small_file(const char *path, size_t ceiling, char **ret, size_t *ret_size);
