/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/aws/signed.h"

#include <stdio.h>

#include "aws/sigv4.h"

enum { HEADERS_MAX = 5 };

static int sign(const struct SignedRequest *from, const char *authority, struct Sigv4Signed *ret) {
        const struct Sigv4Header headers[] = {
                {"Host", authority},
                {"Content-Type", from->content_type},
                {"X-Amz-Target", from->target},
        };
        const struct Sigv4Request request = {
                .method = "POST",
                .path = from->endpoint->path,
                .headers = headers,
                .n_headers = ARRAY_SIZE(headers) - (from->target ? 0 : 1),
                .body = from->body,
                .body_size = from->body_size,
        };
        const struct Sigv4Scope scope = {
                .region = from->region,
                .service = from->service,
                .now = from->now,
        };

        return sigv4_sign(&request, from->credentials, &scope, ret);
}

static size_t fill_headers(const struct SignedRequest *from, const struct Sigv4Signed *signature,
                           struct HttpHeader headers[HEADERS_MAX]) {
        size_t n = 0;

        headers[n++] = (struct HttpHeader) {"Content-Type", from->content_type};
        if (from->target)
                headers[n++] = (struct HttpHeader) {"X-Amz-Target", from->target};
        headers[n++] = (struct HttpHeader) {"X-Amz-Date", signature->amz_date};
        headers[n++] = (struct HttpHeader) {"Authorization", signature->authorization};
        if (from->credentials->session_token)
                headers[n++] = (struct HttpHeader) {"X-Amz-Security-Token",
                                                    from->credentials->session_token};
        return n;
}

int signed_request_start(struct HttpGlue *http, const struct SignedRequest *from,
                         HttpCallback callback, void *userdata, struct HttpCall **ret) {
        const struct AwsUrl *endpoint = from->endpoint;
        char authority[AWS_AUTHORITY_MAX], url[AWS_URL_PATH_MAX + AWS_AUTHORITY_MAX + 16];
        struct HttpHeader headers[HEADERS_MAX];
        struct Sigv4Signed signature = {};
        struct HttpRequest request;
        int r;

        r = sign(from, aws_url_authority(endpoint, authority), &signature);
        if (r < 0)
                return r;
        snprintf(url, sizeof(url), "%s://%s%s", endpoint->https ? "https" : "http", authority,
                 endpoint->path);
        request = (struct HttpRequest) {
                .method = "POST",
                .url = url,
                .headers = headers,
                .n_headers = fill_headers(from, &signature, headers),
                .body = from->body,
                .body_size = from->body_size,
                .timeout = from->timeout,
                .response_ceiling = from->response_ceiling,
                .allow_http = !endpoint->https,
                .fresh_connection = from->fresh_connection,
        };
        r = http_call_start(http, &request, callback, userdata, ret);
        sigv4_signed_done(&signature);
        return r;
}
