/* SPDX-License-Identifier: Apache-2.0 */
/* What every source needs, and the one that is the environment itself. */
#include "daemon/aws/fetch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"

void fetch_done(struct Fetch *fetch) {
        fetch->call = http_call_free(fetch->call);
        fetch->child = child_free(fetch->child);
        waiter_unlink(&fetch->base_waiter);
        aws_profile_chain_done(&fetch->chain);
        aws_credentials_done(&fetch->in_hand);
        free(TAKE_PTR(fetch->metadata_token));
        free(TAKE_PTR(fetch->role_name));
        fetch->skew_tried = false;
}

void fetch_failed(struct Fetch *fetch, const char *format, ...) {
        char problem[FETCH_PROBLEM_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(problem, sizeof(problem), format, arguments);
        va_end(arguments);
        fetch->failed(fetch->userdata, problem);
}

usec_t fetch_now(const struct Fetch *fetch) {
        usec_t now = aws_clock_now(fetch->options->clock, clock_monotonic());

        return now == USEC_UNKNOWN ? clock_realtime() : now;
}

static bool start_environment(struct Fetch *fetch) {
        const struct AwsEnvironment *e = fetch->options->environment;
        struct AwsCredentials credentials;
        int r;

        if (!e->access_key_id || !e->secret_access_key)
                return false;
        r = aws_credentials_make(e->access_key_id, e->secret_access_key, e->session_token,
                                 USEC_UNKNOWN, &credentials);
        if (r < 0)
                fetch_failed(fetch,
                             "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY cannot be used (%s)",
                             strerror(-r));
        else
                fetch->got(fetch->userdata, &credentials);
        return true;
}

const struct CredentialSource FROM_ENVIRONMENT = {"the environment", start_environment};
