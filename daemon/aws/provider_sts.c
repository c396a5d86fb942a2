/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a role: STS AssumeRole, signed with the base provider's. Query protocol.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/error.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "base/text.h"
#include "daemon/aws/provider_internal.h"
#include "daemon/clock.h"

#define SESSION_NAME "ecswatch"
#define DURATION_SECONDS "3600"
#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

enum { BODY_BYTES_MAX = 16 * 1024 };

static int append_encoded(struct Buffer *body, const char *text) {
        static const char plain[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
        int r = 0;

        for (const char *p = text; *p != '\0' && r >= 0; p++)
                r = strchr(plain, *p) ? buffer_append_char(body, *p)
                                      : buffer_append_format(body, "%%%02X", (unsigned char) *p);
        return r;
}

static int assume_role_body(const struct ProviderOptions *options, struct Buffer *body) {
        int r;

        r = buffer_append_text(body,
                               "Action=AssumeRole&Version=2011-06-15&RoleSessionName=" SESSION_NAME
                               "&DurationSeconds=" DURATION_SECONDS "&RoleArn=");
        if (r >= 0)
                r = append_encoded(body, options->role_arn);
        if (r >= 0 && options->external_id) {
                r = buffer_append_text(body, "&ExternalId=");
                if (r >= 0)
                        r = append_encoded(body, options->external_id);
        }
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

static void refused(struct CredentialsProvider *provider, const struct HttpResponse *response) {
        const char *date_text = http_response_header(response, "Date");
        struct AwsError error;
        usec_t date;

        aws_error_from_xml((int) response->status, response->body, response->body_size, &error);
        if (!provider->skew_tried && aws_error_classify(&error) == AWS_ERROR_CLOCK_SKEW &&
            date_text && time_parse_http_date(date_text, &date) >= 0) {
                aws_clock_told(provider->options.clock, date, clock_monotonic());
                provider->skew_tried = true;
                provider->call = http_call_free(provider->call);
                assume_role(provider);
                return;
        }
        provider_failed(provider, "role %s cannot be assumed: %s: %s", provider->options.role_arn,
                        error.code, error.message);
}

static void on_assumed(void *userdata, const struct HttpResponse *response) {
        struct CredentialsProvider *provider = userdata;
        struct AwsCredentials credentials;
        const char *date;
        usec_t told;
        int r;

        if (response->outcome != HTTP_ANSWERED) {
                provider_failed(provider, "STS does not answer: %s", response->text);
                return;
        }
        if (response->status != 200) {
                refused(provider, response);
                return;
        }
        /* Before any other answer: what follows expires in AWS's time. */
        date = http_response_header(response, "Date");
        if (date && time_parse_http_date(date, &told) >= 0)
                aws_clock_told(provider->options.clock, told, clock_monotonic());
        r = aws_credentials_from_sts_xml(response->body, response->body_size, &credentials);
        if (r < 0)
                provider_failed(provider, "what STS answers to AssumeRole are no credentials (%s)",
                                strerror(-r));
        else
                provider_fetched(provider, &credentials);
}

static int send_signed(struct CredentialsProvider *provider,
                       const struct AwsCredentials *credentials, const struct AwsUrl *url,
                       const struct Buffer *body) {
        char authority[AWS_AUTHORITY_MAX], text[AWS_URL_PATH_MAX * 2];
        const struct Sigv4Header signed_headers[] = {
                {"Host", aws_url_authority(url, authority)},
                {"Content-Type", CONTENT_TYPE},
        };
        const struct Sigv4Request to_sign = {
                .method = "POST",
                .path = url->path,
                .headers = signed_headers,
                .n_headers = ARRAY_SIZE(signed_headers),
                .body = buffer_text(body),
                .body_size = body->size,
        };
        const struct Sigv4Scope scope = {
                .region = provider->options.region,
                .service = "sts",
                .now = provider_now(provider),
        };
        struct HttpHeader headers[5];
        struct Sigv4Signed signature = {};
        struct HttpRequest request;
        size_t n = 0;
        int r;

        r = sigv4_sign(&to_sign, credentials, &scope, &signature);
        if (r < 0)
                return r;
        headers[n++] = (struct HttpHeader) {"Content-Type", CONTENT_TYPE};
        headers[n++] = (struct HttpHeader) {"X-Amz-Date", signature.amz_date};
        headers[n++] = (struct HttpHeader) {"Authorization", signature.authorization};
        if (credentials->session_token)
                headers[n++] =
                        (struct HttpHeader) {"X-Amz-Security-Token", credentials->session_token};
        snprintf(text, sizeof(text), "%s://%s%s", url->https ? "https" : "http", authority,
                 url->path);
        request = (struct HttpRequest) {
                .method = "POST",
                .url = text,
                .headers = headers,
                .n_headers = n,
                .body = buffer_text(body),
                .body_size = body->size,
                .response_ceiling = AWS_CREDENTIALS_BYTES_MAX,
                .allow_http = !url->https,
        };
        r = http_call_start(provider->options.http, &request, on_assumed, provider,
                            &provider->call);
        sigv4_signed_done(&signature);
        return r;
}

/* Comes back here when the base has its credentials. */
static void assume_role(void *userdata) {
        struct CredentialsProvider *provider = userdata;
        const struct AwsCredentials *credentials;
        const char *problem;
        struct Buffer body;
        struct AwsUrl url;
        int r;

        switch (provider_get(provider->options.base, &provider->base_waiter, &credentials,
                             &problem)) {
        case PROVIDER_PENDING: return;
        case PROVIDER_FAILED:
                provider_failed(provider, "role %s cannot be assumed: %s",
                                provider->options.role_arn, problem);
                return;
        case PROVIDER_READY: break;
        }

        buffer_init(&body, BODY_BYTES_MAX);
        r = sts_url(&provider->options, &url);
        if (r >= 0)
                r = assume_role_body(&provider->options, &body);
        if (r >= 0)
                r = send_signed(provider, credentials, &url, &body);
        buffer_done(&body);
        if (r == -EPERM)
                provider_failed(
                        provider,
                        "AWS_ENDPOINT_URL_STS is neither https nor an address of this machine");
        else if (r < 0)
                provider_failed(provider, "STS cannot be asked: %s", strerror(-r));
}

void fetch_from_sts(struct CredentialsProvider *provider) {
        provider->skew_tried = false;
        provider->base_waiter.ready = assume_role;
        provider->base_waiter.userdata = provider;
        assume_role(provider);
}
