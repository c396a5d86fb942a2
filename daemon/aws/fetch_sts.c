/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a role: STS AssumeRole, signed with those of another identity.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
#include <errno.h>
#include <string.h>

#include "aws/retry.h"
#include "daemon/aws/signed.h"
#include "daemon/aws/sts.h"
#include "daemon/clock.h"

/* The client's, or the last of the profile's that is not assumed yet. */
static struct StsRole role_of(const struct Fetch *fetch) {
        const struct AwsProfile *profile;

        if (fetch->options->role_arn)
                return (struct StsRole) {.arn = fetch->options->role_arn,
                                         .external_id = fetch->options->external_id};
        profile = &fetch->chain.profiles[fetch->chain.n_roles - 1];
        return (struct StsRole) {profile->role_arn, profile->external_id,
                                 profile->role_session_name, profile->duration_seconds};
}

/* True: it is asked again, by AWS's time. */
static bool skew_corrected(struct Fetch *fetch, const struct HttpResponse *response,
                           const struct AwsError *error) {
        const char *text = http_response_header(response, "Date");
        usec_t date;

        if (fetch->skew_tried || aws_error_classify(error) != AWS_ERROR_CLOCK_SKEW || !text ||
            time_parse_http_date(text, &date) < 0)
                return false;
        aws_clock_told(fetch->options->clock, date, clock_monotonic());
        fetch->skew_tried = true;
        fetch_by_role(fetch);
        return true;
}

static void on_assumed(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;
        struct AwsError error;

        if (response->outcome != HTTP_ANSWERED) {
                fetch_failed(fetch, "STS does not answer: %s", response->text);
                return;
        }
        if (response->status != 200) {
                sts_error(response, &error);
                if (!skew_corrected(fetch, response, &error))
                        fetch_failed(fetch, "role %s cannot be assumed: %s: %s", role_of(fetch).arn,
                                     error.code, error.message);
                return;
        }
        if (!fetch->options->role_arn)
                fetch->chain.n_roles--;
        sts_answered(fetch, response);
}

static int ask_signed(struct Fetch *fetch, const struct AwsUrl *url, const struct Buffer *body) {
        const struct SignedRequest request = {
                .endpoint = url,
                .region = sts_region(fetch),
                .service = "sts",
                .now = fetch_now(fetch),
                .credentials = &fetch->in_hand,
                .content_type = STS_CONTENT_TYPE,
                .body = buffer_text(body),
                .body_size = body->size,
                .response_ceiling = AWS_CREDENTIALS_BYTES_MAX,
        };

        if (!request.region)
                return -EDESTADDRREQ;
        fetch->call = http_call_free(fetch->call);
        return signed_request_start(fetch->options->http, &request, on_assumed, fetch,
                                    &fetch->call);
}

void fetch_by_role(struct Fetch *fetch) {
        const struct StsRole role = role_of(fetch);
        _cleanup_(buffer_done) struct Buffer body;
        struct AwsUrl url;
        int r;

        buffer_init(&body, STS_BODY_BYTES_MAX);
        r = sts_url(fetch, &url);
        if (r >= 0)
                r = sts_body(fetch, "AssumeRole", &role, &body);
        if (r >= 0)
                r = ask_signed(fetch, &url, &body);
        if (r < 0)
                sts_not_asked(fetch, r);
}

/* Comes back here when the base has its credentials. */
static void assume_by_base(void *userdata) {
        struct Fetch *fetch = userdata;
        const struct AwsCredentials *credentials;
        const char *problem;
        int r;

        switch (provider_get(fetch->options->base, &fetch->base_waiter, &credentials, &problem)) {
        case PROVIDER_PENDING: return;
        case PROVIDER_FAILED:
                fetch_failed(fetch, "role %s cannot be assumed: %s", fetch->options->role_arn,
                             problem);
                return;
        case PROVIDER_READY: break;
        }
        aws_credentials_done(&fetch->in_hand);
        r = aws_credentials_copy(credentials, &fetch->in_hand);
        if (r < 0)
                sts_not_asked(fetch, r);
        else
                fetch_by_role(fetch);
}

static bool start_sts(struct Fetch *fetch) {
        if (!fetch->options->role_arn)
                return false;
        fetch->skew_tried = false;
        fetch->base_waiter.ready = assume_by_base;
        fetch->base_waiter.userdata = fetch;
        assume_by_base(fetch);
        return true;
}

const struct CredentialSource FROM_STS = {"STS", start_sts};
