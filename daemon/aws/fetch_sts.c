/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a role: STS AssumeRole, signed with the base provider's. Query protocol.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/error.h"
#include "aws/form.h"
#include "aws/retry.h"
#include "base/text.h"
#include "daemon/aws/fetch.h"
#include "daemon/aws/signed.h"
#include "daemon/clock.h"

#define SESSION_NAME "ecswatch"
#define DURATION_SECONDS "3600"
#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

enum { BODY_BYTES_MAX = 16 * 1024 };

static int assume_role_body(const struct ProviderOptions *options, struct Buffer *body) {
        int r;

        r = aws_form_begin(body, "AssumeRole", "2011-06-15");
        if (r >= 0)
                r = aws_form_add(body, "RoleSessionName", SESSION_NAME);
        if (r >= 0)
                r = aws_form_add(body, "DurationSeconds", DURATION_SECONDS);
        if (r >= 0)
                r = aws_form_add(body, "RoleArn", options->role_arn);
        if (r >= 0 && options->external_id)
                r = aws_form_add(body, "ExternalId", options->external_id);
        return r;
}

static int sts_url(const struct ProviderOptions *options, struct AwsUrl *ret) {
        const char *endpoint = aws_environment_endpoint(options->environment, "sts");
        int r;

        r = endpoint ? aws_url_parse(endpoint, ret)
                     : aws_endpoint_resolve("sts", options->region, NULL, ret);
        if (r < 0)
                return r;
        return aws_url_is_allowed(ret) ? 0 : -EPERM;
}

static void assume_role(void *userdata);

static void refused(struct Fetch *fetch, const struct HttpResponse *response) {
        const char *date_text = http_response_header(response, "Date");
        struct AwsError error;
        usec_t date;

        aws_error_from_xml((int) response->status, response->body, response->body_size, &error);
        if (!fetch->skew_tried && aws_error_classify(&error) == AWS_ERROR_CLOCK_SKEW && date_text &&
            time_parse_http_date(date_text, &date) >= 0) {
                aws_clock_told(fetch->options->clock, date, clock_monotonic());
                fetch->skew_tried = true;
                fetch->call = http_call_free(fetch->call);
                assume_role(fetch);
                return;
        }
        fetch_failed(fetch, "role %s cannot be assumed: %s: %s", fetch->options->role_arn,
                     error.code, error.message);
}

static void on_assumed(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;
        struct AwsCredentials credentials;
        const char *date;
        usec_t told;
        int r;

        if (response->outcome != HTTP_ANSWERED) {
                fetch_failed(fetch, "STS does not answer: %s", response->text);
                return;
        }
        if (response->status != 200) {
                refused(fetch, response);
                return;
        }
        /* Before any other answer: what follows expires in AWS's time. */
        date = http_response_header(response, "Date");
        if (date && time_parse_http_date(date, &told) >= 0)
                aws_clock_told(fetch->options->clock, told, clock_monotonic());
        r = aws_credentials_from_sts_xml(response->body, response->body_size, &credentials);
        if (r < 0)
                fetch_failed(fetch, "what STS answers to AssumeRole are no credentials (%s)",
                             strerror(-r));
        else
                fetch->fetched(fetch->userdata, &credentials);
}

static int ask_sts(struct Fetch *fetch, const struct AwsCredentials *credentials,
                   const struct AwsUrl *url, const struct Buffer *body) {
        const struct SignedRequest request = {
                .endpoint = url,
                .region = fetch->options->region,
                .service = "sts",
                .now = fetch_now(fetch),
                .credentials = credentials,
                .content_type = CONTENT_TYPE,
                .body = buffer_text(body),
                .body_size = body->size,
                .response_ceiling = AWS_CREDENTIALS_BYTES_MAX,
        };

        return signed_request_start(fetch->options->http, &request, on_assumed, fetch,
                                    &fetch->call);
}

/* Comes back here when the base has its credentials. */
static void assume_role(void *userdata) {
        struct Fetch *fetch = userdata;
        const struct AwsCredentials *credentials;
        const char *problem;
        struct Buffer body;
        struct AwsUrl url;
        int r;

        switch (provider_get(fetch->options->base, &fetch->base_waiter, &credentials, &problem)) {
        case PROVIDER_PENDING: return;
        case PROVIDER_FAILED:
                fetch_failed(fetch, "role %s cannot be assumed: %s", fetch->options->role_arn,
                             problem);
                return;
        case PROVIDER_READY: break;
        }

        buffer_init(&body, BODY_BYTES_MAX);
        r = sts_url(fetch->options, &url);
        if (r >= 0)
                r = assume_role_body(fetch->options, &body);
        if (r >= 0)
                r = ask_sts(fetch, credentials, &url, &body);
        buffer_done(&body);
        if (r == -EPERM)
                fetch_failed(
                        fetch,
                        "AWS_ENDPOINT_URL_STS is neither https nor an address of this machine");
        else if (r < 0)
                fetch_failed(fetch, "STS cannot be asked: %s", strerror(-r));
}

static bool start_sts(struct Fetch *fetch) {
        if (!fetch->options->role_arn)
                return false;
        fetch->skew_tried = false;
        fetch->base_waiter.ready = assume_role;
        fetch->base_waiter.userdata = fetch;
        assume_role(fetch);
        return true;
}

const struct CredentialSource FROM_STS = {"STS", start_sts};
