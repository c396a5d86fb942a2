/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of IAM Identity Center, for the token that `aws sso login` left in $HOME. */
#include "aws/sso.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/form.h"
#include "daemon/aws/fetch.h"
#include "daemon/aws/small_file.h"

static const struct AwsProfile *sso_profile(const struct Fetch *fetch) {
        return &fetch->chain.profiles[fetch->chain.n_profiles - 1];
}

static void sign_in_again(struct Fetch *fetch, const char *what) {
        const char *name = sso_profile(fetch)->name;

        fetch_failed(
                fetch,
                "profile %s: the sign-in of IAM Identity Center %s: run `aws sso login --profile %s` as this service's user",
                name, what, name);
}

static void on_credentials(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;
        const struct AwsProfile *profile = sso_profile(fetch);
        struct AwsCredentials credentials;
        int r;

        if (response->outcome != HTTP_ANSWERED) {
                fetch_failed(fetch, "profile %s: IAM Identity Center does not answer: %s",
                             profile->name, response->text);
                return;
        }
        if (response->status == 401) {
                sign_in_again(fetch, "is not valid any more");
                return;
        }
        if (response->status != 200) {
                fetch_failed(
                        fetch,
                        "profile %s: IAM Identity Center gives no credentials of role %s in account %s (HTTP status %ld)",
                        profile->name, profile->sso_role_name, profile->sso_account_id,
                        response->status);
                return;
        }
        r = aws_credentials_from_sso_json(response->body, response->body_size, &credentials);
        if (r < 0)
                fetch_failed(fetch,
                             "profile %s: what IAM Identity Center answers are no credentials (%s)",
                             profile->name, strerror(-r));
        else
                fetch->got(fetch->userdata, &credentials);
}

static int portal_url(const struct Fetch *fetch, const struct AwsProfile *profile,
                      struct Buffer *url) {
        const struct AwsEnvironment *environment = fetch->options->environment;
        const char *given = aws_environment_endpoint(environment, "sso");
        char authority[AWS_AUTHORITY_MAX];
        struct AwsUrl endpoint;
        int r;

        r = given ? aws_url_parse(given, &endpoint)
                  : aws_endpoint_resolve("portal.sso", profile->sso_region, NULL, &endpoint);
        if (r < 0)
                return r;
        if (!aws_url_is_allowed(&endpoint))
                return -EPERM;

        r = buffer_append_format(url, "%s://%s/federation/credentials?account_id=",
                                 endpoint.https ? "https" : "http",
                                 aws_url_authority(&endpoint, authority));
        r = r ?: aws_form_append(url, profile->sso_account_id);
        r = r ?: buffer_append_text(url, "&role_name=");
        return r ?: aws_form_append(url, profile->sso_role_name);
}

static int ask_portal(struct Fetch *fetch, const struct AwsProfile *profile,
                      const struct AwsSsoToken *token) {
        const struct HttpHeader header = {"x-amz-sso_bearer_token", token->access_token};
        _cleanup_(buffer_done) struct Buffer url;
        int r;

        buffer_init(&url, AWS_URL_PATH_MAX * 4);
        r = portal_url(fetch, profile, &url);
        if (r < 0)
                return r;
        fetch->call = http_call_free(fetch->call);
        return http_call_start(fetch->options->http,
                               &(struct HttpRequest) {
                                       .method = "GET",
                                       .url = buffer_text(&url),
                                       .headers = &header,
                                       .n_headers = 1,
                                       .response_ceiling = AWS_CREDENTIALS_BYTES_MAX,
                                       .allow_http = true,
                               },
                               on_credentials, fetch, &fetch->call);
}

static int read_token(const struct Fetch *fetch, const struct AwsProfile *profile,
                      struct AwsSsoToken *ret) {
        const char *home = fetch->options->environment->home;
        char name[AWS_SSO_CACHE_NAME_MAX], path[4096];
        char *text;
        size_t size;
        int r;

        r = aws_sso_cache_name(profile->sso_session ? profile->sso_session : profile->sso_start_url,
                               name);
        if (r < 0)
                return r;
        if (!home)
                return -ENOENT;
        snprintf(path, sizeof(path), "%s/.aws/sso/cache/%s", home, name);
        r = read_small_file(path, AWS_CREDENTIALS_BYTES_MAX, &text, &size);
        if (r < 0)
                return r;
        r = aws_sso_token_read(text, size, ret);
        explicit_bzero(text, size);
        free(text);
        return r;
}

void fetch_by_sso(struct Fetch *fetch, const struct AwsProfile *profile) {
        struct AwsSsoToken token = {0};
        int r;

        r = read_token(fetch, profile, &token);
        if (r == -ENOENT)
                sign_in_again(fetch, "is missing");
        else if (r < 0)
                fetch_failed(fetch,
                             "profile %s: the sign-in of IAM Identity Center cannot be read: %s",
                             profile->name, strerror(-r));
        else if (token.expires <= fetch_now(fetch))
                sign_in_again(fetch, "has expired");
        else if ((r = ask_portal(fetch, profile, &token)) < 0)
                fetch_failed(fetch, "profile %s: IAM Identity Center cannot be asked: %s",
                             profile->name, strerror(-r));
        aws_sso_token_done(&token);
}
