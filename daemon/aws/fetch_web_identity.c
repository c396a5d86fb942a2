/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a role that a token pays for: STS AssumeRoleWithWebIdentity, which is not signed.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
#include <stdio.h>
#include <string.h>

#include "aws/form.h"
#include "daemon/aws/small_file.h"
#include "daemon/aws/sts.h"

static void on_answer(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;
        struct AwsError error;

        if (response->outcome != HTTP_ANSWERED) {
                fetch_failed(fetch, "STS does not answer: %s", response->text);
                return;
        }
        if (response->status != 200) {
                sts_error(response, &error);
                fetch_failed(fetch, "the web identity's role cannot be assumed: %s: %s", error.code,
                             error.message);
                return;
        }
        sts_answered(fetch, response);
}

static int ask(struct Fetch *fetch, const struct Buffer *body) {
        const struct HttpHeader type = {"Content-Type", STS_CONTENT_TYPE};
        char authority[AWS_AUTHORITY_MAX], text[AWS_URL_PATH_MAX + AWS_AUTHORITY_MAX + 16];
        struct AwsUrl url;
        int r;

        r = sts_url(fetch, &url);
        if (r < 0)
                return r;
        snprintf(text, sizeof(text), "%s://%s%s", url.https ? "https" : "http",
                 aws_url_authority(&url, authority), url.path);
        fetch->call = http_call_free(fetch->call);
        return http_call_start(fetch->options->http,
                               &(struct HttpRequest) {
                                       .method = "POST",
                                       .url = text,
                                       .headers = &type,
                                       .n_headers = 1,
                                       .body = buffer_text(body),
                                       .body_size = body->size,
                                       .response_ceiling = AWS_CREDENTIALS_BYTES_MAX,
                                       .allow_http = !url.https,
                               },
                               on_answer, fetch, &fetch->call);
}

void fetch_by_web_identity(struct Fetch *fetch, const struct WebIdentity *identity) {
        const struct StsRole role = {
                .arn = identity->role_arn,
                .session_name = identity->session_name,
                .duration_seconds = identity->duration_seconds,
        };
        struct Buffer body;
        char *token;
        int r;

        r = read_secret_line(identity->token_file, &token);
        if (r < 0) {
                fetch_failed(fetch, "web identity: %s: %s", identity->token_file, strerror(-r));
                return;
        }
        buffer_init(&body, STS_BODY_BYTES_MAX);
        r = sts_body(fetch, "AssumeRoleWithWebIdentity", &role, &body);
        r = r ?: aws_form_add(&body, "WebIdentityToken", token);
        r = r ?: ask(fetch, &body);
        explicit_bzero(token, strlen(token));
        free(token);
        buffer_wipe(&body);
        if (r < 0)
                sts_not_asked(fetch, r);
}

static bool start_web_identity(struct Fetch *fetch) {
        const struct AwsEnvironment *e = fetch->options->environment;

        if (!e->web_identity_token_file)
                return false;
        if (!e->role_arn)
                fetch_failed(fetch, "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not");
        else
                fetch_by_web_identity(fetch, &(struct WebIdentity) {
                                                     .token_file = e->web_identity_token_file,
                                                     .role_arn = e->role_arn,
                                             });
        return true;
}

const struct CredentialSource FROM_WEB_IDENTITY = {"a web identity", start_web_identity};
