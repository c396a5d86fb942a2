/* SPDX-License-Identifier: Apache-2.0 */
/* Query protocol. */
#include "daemon/aws/sts.h"

#include <errno.h>
#include <string.h>

#include "aws/form.h"
#include "daemon/clock.h"

#define SESSION_NAME "ecswatch"
#define DURATION_SECONDS "3600"
#define VERSION "2011-06-15"

const char *sts_region(const struct Fetch *fetch) {
        return fetch->options->region ? fetch->options->region
                                      : fetch->options->environment->region;
}

int sts_url(const struct Fetch *fetch, struct AwsUrl *ret) {
        const struct AwsEnvironment *environment = fetch->options->environment;
        const char *endpoint = aws_environment_endpoint(environment, "sts");
        int r;

        if (!endpoint && !sts_region(fetch))
                return -EDESTADDRREQ;
        r = endpoint ? aws_url_parse(endpoint, ret)
                     : aws_endpoint_resolve("sts", sts_region(fetch), &environment->endpoint_form,
                                            ret);
        if (r < 0)
                return r;
        return aws_url_is_allowed(ret) ? 0 : -EPERM;
}

static const char *session_name(const struct Fetch *fetch, const struct StsRole *role) {
        const char *of_environment = fetch->options->environment->role_session_name;

        if (role->session_name)
                return role->session_name;
        return of_environment ? of_environment : SESSION_NAME;
}

int sts_body(const struct Fetch *fetch, const char *action, const struct StsRole *role,
             struct Buffer *ret) {
        int r;

        r = aws_form_begin(ret, action, VERSION);
        r = r ?: aws_form_add(ret, "RoleSessionName", session_name(fetch, role));
        r = r
                    ?: aws_form_add(ret, "DurationSeconds",
                                    role->duration_seconds ? role->duration_seconds
                                                           : DURATION_SECONDS);
        r = r ?: aws_form_add(ret, "RoleArn", role->arn);
        if (r >= 0 && role->external_id)
                r = aws_form_add(ret, "ExternalId", role->external_id);
        return r;
}

void sts_not_asked(struct Fetch *fetch, int r) {
        if (r == -EPERM)
                fetch_failed(
                        fetch,
                        "AWS_ENDPOINT_URL_STS is neither https nor an address of this machine");
        else if (r == -EDESTADDRREQ)
                fetch_failed(fetch, "STS cannot be asked: no Region is known; set AWS_REGION");
        else
                fetch_failed(fetch, "STS cannot be asked: %s", strerror(-r));
}

void sts_answered(struct Fetch *fetch, const struct HttpResponse *response) {
        const char *text = http_response_header(response, "Date");
        struct AwsCredentials credentials;
        usec_t date;
        int r;

        if (text && time_parse_http_date(text, &date) >= 0)
                aws_clock_told(fetch->options->clock, date, clock_monotonic());
        r = aws_credentials_from_sts_xml(response->body, response->body_size, &credentials);
        if (r < 0)
                fetch_failed(fetch, "what STS answers are no credentials (%s)", strerror(-r));
        else
                fetch->got(fetch->userdata, &credentials);
}

void sts_error(const struct HttpResponse *response, struct AwsError *ret) {
        aws_error_from_xml((int) response->status, response->body, response->body_size, ret);
}
