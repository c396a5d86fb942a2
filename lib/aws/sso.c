/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sso.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "aws/json.h"
#include "aws/secret.h"
#include "base/text.h"

int aws_sso_cache_name(const char *session_or_start_url, char ret[AWS_SSO_CACHE_NAME_MAX]) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned n;

        if (!EVP_Digest(session_or_start_url, strlen(session_or_start_url), digest, &n, EVP_sha1(),
                        NULL))
                return -ENOMEM;
        for (unsigned i = 0; i < n; i++)
                snprintf(ret + 2 * i, 3, "%02x", digest[i]);
        strcpy(ret + 2 * n, ".json");
        return 0;
}

/* RFC 3339, or with "UTC" for its end, as older versions of the AWS CLI wrote it. */
static int expiry_parse(const char *text, usec_t *ret) {
        char copy[64];
        size_t n;

        if (!text || strlen(text) >= sizeof(copy))
                return -EINVAL;
        strcpy(copy, text);
        n = strlen(copy);
        if (text_ends_with(copy, "UTC"))
                strcpy(copy + n - strlen("UTC"), "Z");
        return time_parse_rfc3339(copy, ret);
}

int aws_sso_token_read(const char *text, size_t size, struct AwsSsoToken *ret) {
        json_auto_t *root = NULL;
        const char *token;
        usec_t expires;
        int r;

        r = aws_json_load(text, size, AWS_CREDENTIALS_BYTES_MAX, &root);
        if (r < 0)
                return r;
        token = aws_json_text(root, "accessToken");
        r = expiry_parse(aws_json_text(root, "expiresAt"), &expires);
        if (r < 0 || !secret_fits_header(token))
                return -EINVAL;

        *ret = (struct AwsSsoToken) {.access_token = strdup(token), .expires = expires};
        return ret->access_token ? 0 : -ENOMEM;
}

void aws_sso_token_done(struct AwsSsoToken *token) {
        secret_free(token->access_token);
        *token = (struct AwsSsoToken) {0};
}

int aws_credentials_from_sso_json(const char *body, size_t size, struct AwsCredentials *ret) {
        json_auto_t *root = NULL;
        const json_t *from, *expiration;
        usec_t expires;
        int r;

        r = aws_json_load(body, size, AWS_CREDENTIALS_BYTES_MAX, &root);
        if (r < 0)
                return r;
        from = json_object_get(root, "roleCredentials");
        expiration = json_object_get(from, "expiration"); /* in milliseconds, unlike all others */
        if (!json_is_integer(expiration) || json_integer_value(expiration) <= 0 ||
            (uint64_t) json_integer_value(expiration) > USEC_INFINITY / USEC_PER_MSEC - 1)
                return -EINVAL;
        expires = (usec_t) json_integer_value(expiration) * USEC_PER_MSEC;
        return aws_credentials_make(aws_json_text(from, "accessKeyId"),
                                    aws_json_text(from, "secretAccessKey"),
                                    aws_json_text(from, "sessionToken"), expires, ret);
}
