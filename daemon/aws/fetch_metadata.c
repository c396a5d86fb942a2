/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of the machine: the container endpoint (ECS, EKS) and the instance metadata service,
 * version 2 only.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html */
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"
#include "base/text.h"
#include "daemon/aws/fetch.h"
#include "daemon/aws/small_file.h"

#define CONTAINER_HOST "http://169.254.170.2"
#define METADATA_HOST "http://169.254.169.254"
#define METADATA_HOST_IPV6 "http://[fd00:ec2::254]"
#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"
/* Both are on this machine or its host. */
#define CONNECT_TIMEOUT (1 * USEC_PER_SEC)
#define TIMEOUT (5 * USEC_PER_SEC)

enum { ROLE_NAME_MAX = 256 };

static void on_credentials(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;
        struct AwsCredentials credentials;
        int r;

        if (response->outcome != HTTP_ANSWERED) {
                fetch_failed(fetch, "the credentials endpoint does not answer: %s", response->text);
                return;
        }
        if (response->status != 200) {
                fetch_failed(fetch, "the credentials endpoint answers with HTTP status %ld",
                             response->status);
                return;
        }
        r = aws_credentials_from_json(response->body, response->body_size, &credentials);
        if (r < 0)
                fetch_failed(fetch, "what the credentials endpoint answers are no credentials (%s)",
                             strerror(-r));
        else
                fetch->got(fetch->userdata, &credentials);
}

static void ask(struct Fetch *fetch, const char *method, const char *url,
                const struct HttpHeader *header, HttpCallback callback) {
        usec_t given = fetch->options->environment->metadata_timeout;
        const struct HttpRequest request = {
                .method = method,
                .url = url,
                .headers = header,
                .n_headers = header ? 1 : 0,
                .body = text_equal(method, "PUT") ? "" : NULL,
                .timeout = given > 0 ? given : TIMEOUT,
                .connect_timeout = given > 0 ? given : CONNECT_TIMEOUT,
                .response_ceiling = AWS_CREDENTIALS_BYTES_MAX,
                .allow_http = true,
        };
        int r;

        fetch->call = http_call_free(fetch->call);
        r = http_call_start(fetch->options->http, &request, callback, fetch, &fetch->call);
        if (r < 0)
                fetch_failed(fetch, "%s cannot be asked: %s", url, strerror(-r));
}

/* The token may be in a file, which is rotated; or in the environment. */
static int container_token(const struct AwsEnvironment *e, char **ret) {
        if (e->container_token_file)
                return read_secret_line(e->container_token_file, ret);
        *ret = e->container_token ? strdup(e->container_token) : NULL;
        return 0;
}

static bool start_container(struct Fetch *fetch) {
        const struct AwsEnvironment *e = fetch->options->environment;
        _cleanup_free_ char *token = NULL;
        char text[AWS_URL_PATH_MAX];
        struct HttpHeader header;
        struct AwsUrl url;
        int r;

        if (!e->container_relative_uri && !e->container_full_uri)
                return false;
        if (e->container_relative_uri)
                snprintf(text, sizeof(text), "%s%s", CONTAINER_HOST, e->container_relative_uri);
        else
                snprintf(text, sizeof(text), "%s", e->container_full_uri);
        /* A full URI comes from outside: plain http may only stay on this machine, or the token
         * would leave it. */
        if (aws_url_parse(text, &url) < 0 || !aws_url_is_allowed(&url)) {
                fetch_failed(
                        fetch,
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI: %s is neither https nor an address of this machine",
                        text);
                return true;
        }
        r = container_token(e, &token);
        if (r < 0) {
                fetch_failed(fetch, "%s: %s", e->container_token_file, strerror(-r));
                return true;
        }
        header = (struct HttpHeader) {"Authorization", token};
        ask(fetch, "GET", text, token ? &header : NULL, on_credentials);
        return true;
}

const struct CredentialSource FROM_CONTAINER = {"the container endpoint", start_container};

static void metadata_url(const struct Fetch *fetch, const char *path, const char *more,
                         char text[AWS_URL_PATH_MAX]) {
        const char *endpoint = fetch->options->environment->metadata_endpoint;

        if (!endpoint)
                endpoint = fetch->options->environment->metadata_by_ipv6 ? METADATA_HOST_IPV6
                                                                         : METADATA_HOST;
        snprintf(text, AWS_URL_PATH_MAX, "%.256s%s%s", endpoint, path, more);
}

static void ask_metadata(struct Fetch *fetch, const char *more, HttpCallback callback) {
        const struct HttpHeader header = {"X-aws-ec2-metadata-token", fetch->metadata_token};
        char url[AWS_URL_PATH_MAX];

        metadata_url(fetch, ROLE_PATH, more, url);
        ask(fetch, "GET", url, &header, callback);
}

static bool answered_line(struct Fetch *fetch, const struct HttpResponse *response,
                          const char *what, char **ret) {
        if (response->outcome != HTTP_ANSWERED || response->status != 200) {
                char why[256];

                if (response->outcome == HTTP_ANSWERED)
                        snprintf(why, sizeof(why), "HTTP status %ld", response->status);
                else
                        snprintf(why, sizeof(why), "%s", response->text);
                fetch_failed(
                        fetch,
                        "no credentials: neither the environment nor the shared files nor a container endpoint has any, and the instance metadata service gives no %s (%s)",
                        what, why);
                return false;
        }
        *ret = strndup(response->body, strcspn(response->body, "\r\n"));
        if (!*ret || strlen(*ret) == 0 || strlen(*ret) > ROLE_NAME_MAX * 4) {
                fetch_failed(fetch, "the instance metadata service's %s cannot be used", what);
                return false;
        }
        return true;
}

static void on_role_name(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;

        if (answered_line(fetch, response, "role name", &fetch->role_name))
                ask_metadata(fetch, fetch->role_name, on_credentials);
}

static void on_token(void *userdata, const struct HttpResponse *response) {
        struct Fetch *fetch = userdata;

        if (answered_line(fetch, response, "session token", &fetch->metadata_token))
                ask_metadata(fetch, "", on_role_name);
}

static bool start_metadata(struct Fetch *fetch) {
        static const struct HttpHeader lifetime = {"X-aws-ec2-metadata-token-ttl-seconds", "300"};
        char text[AWS_URL_PATH_MAX];
        struct AwsUrl url;

        if (fetch->options->environment->metadata_disabled)
                return false;
        metadata_url(fetch, "/latest/api/token", "", text);
        if (aws_url_parse(text, &url) < 0 || !aws_url_is_allowed(&url)) {
                fetch_failed(
                        fetch,
                        "AWS_EC2_METADATA_SERVICE_ENDPOINT: %s is neither https nor link-local",
                        text);
                return true;
        }
        ask(fetch, "PUT", text, &lifetime, on_token);
        return true;
}

const struct CredentialSource FROM_METADATA = {"the instance metadata service", start_metadata};
