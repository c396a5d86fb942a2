/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that a command prints.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
#include <errno.h>
#include <string.h>

#include "daemon/aws/fetch.h"

/* Some ask a person's password manager; none should take longer than a deployment's first poll. */
#define TIMEOUT (60 * USEC_PER_SEC)

static const char *process_name(const struct Fetch *fetch) {
        return fetch->chain.profiles[fetch->chain.n_profiles - 1].name;
}

static void took_output(struct Fetch *fetch, const struct ChildEnd *end) {
        struct AwsCredentials credentials;
        int r;

        r = aws_credentials_from_json(end->output, end->output_size, &credentials);
        if (r < 0)
                fetch_failed(
                        fetch,
                        "profile %s: what its credential_process prints are no credentials (%s): it must be JSON with Version 1, AccessKeyId and SecretAccessKey",
                        process_name(fetch), strerror(-r));
        else
                fetch->got(fetch->userdata, &credentials);
}

static void on_end(void *userdata, const struct ChildEnd *end) {
        struct Fetch *fetch = userdata;
        const char *name = process_name(fetch);

        switch (end->outcome) {
        case CHILD_EXITED:
                if (end->status == 0)
                        took_output(fetch, end);
                else
                        fetch_failed(
                                fetch,
                                "profile %s: its credential_process exits with %d; run it by hand, as this service's user, to see why",
                                name, end->status);
                return;
        case CHILD_KILLED:
                fetch_failed(fetch, "profile %s: its credential_process was killed by SIG%s", name,
                             sigabbrev_np(end->status));
                return;
        case CHILD_TIMED_OUT:
                fetch_failed(
                        fetch,
                        "profile %s: its credential_process did not end within a minute and was killed",
                        name);
                return;
        case CHILD_TOO_LARGE:
                fetch_failed(fetch, "profile %s: its credential_process prints more than %u bytes",
                             name, AWS_CREDENTIALS_BYTES_MAX);
                return;
        case CHILD_LOST:
                fetch_failed(fetch, "profile %s: the output of its credential_process is lost: %s",
                             name, strerror(end->status));
                return;
        }
}

void fetch_by_process(struct Fetch *fetch, const struct AwsProfile *profile) {
        const struct ChildOptions options = {
                .event = fetch->options->event,
                .command = profile->credential_process,
                .timeout = TIMEOUT,
                .output_ceiling = AWS_CREDENTIALS_BYTES_MAX,
        };
        int r;

        fetch->child = child_free(fetch->child);
        r = child_start(&options, on_end, fetch, &fetch->child);
        if (r < 0)
                fetch_failed(fetch, "profile %s: its credential_process cannot be run: %s",
                             profile->name, strerror(-r));
}
