/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4: from the canonical request to the Authorization header. */
#include "aws/sigv4.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/macros.h"

static const char ALGORITHM[] = "AWS4-HMAC-SHA256";
static const char SCOPE_END[] = "aws4_request";

static void amz_date_format(usec_t now, char date[SIGV4_DATE_MAX]) {
        char text[TIME_TEXT_MAX];

        time_format_iso_basic(now, text);
        memcpy(date, text, SIGV4_DATE_MAX - 1);
        date[SIGV4_DATE_MAX - 1] = '\0';
}

/* "20261123/eu-west-1/ecs/aws4_request" */
static int append_credential_scope(struct Buffer *buffer, const struct Sigv4Scope *scope) {
        char date[SIGV4_DATE_MAX];

        amz_date_format(scope->now, date);
        return buffer_append_format(buffer, "%.8s/%s/%s/%s", date, scope->region, scope->service,
                                    SCOPE_END);
}

int sigv4_string_to_sign(const struct Sigv4Scope *scope, const struct Buffer *canonical,
                         struct Buffer *string_to_sign) {
        char date[SIGV4_DATE_MAX], hash[HASH_HEX_MAX];
        int r;

        r = hash_hex(canonical->data, canonical->size, hash);
        if (r < 0)
                return r;

        amz_date_format(scope->now, date);
        r = buffer_append_format(string_to_sign, "%s\n%s\n", ALGORITHM, date);
        if (r < 0)
                return r;
        r = append_credential_scope(string_to_sign, scope);
        if (r < 0)
                return r;
        return buffer_append_format(string_to_sign, "\n%s", hash);
}

/* key = HMAC("AWS4" + secret, date), and on through region, service and "aws4_request". */
int sigv4_signing_key(const char *secret_access_key, const struct Sigv4Scope *scope,
                      unsigned char key[HASH_BYTES]) {
        static const char PREFIX[] = "AWS4";
        size_t size = strlen(PREFIX) + strlen(secret_access_key);
        const char *const parts[] = {scope->region, scope->service, SCOPE_END};
        unsigned char chain[HASH_BYTES];
        char date[SIGV4_DATE_MAX];
        char *first;
        int r;

        first = malloc(size + 1);
        if (!first)
                return -ENOMEM;

        memcpy(first, PREFIX, strlen(PREFIX));
        memcpy(first + strlen(PREFIX), secret_access_key, size - strlen(PREFIX) + 1);
        amz_date_format(scope->now, date);
        r = hash_hmac(first, size, date, 8, chain);
        OPENSSL_cleanse(first, size);
        free(first);

        for (size_t i = 0; i < ARRAY_SIZE(parts) && r >= 0; i++)
                r = hash_hmac(chain, sizeof(chain), parts[i], strlen(parts[i]), chain);
        if (r >= 0)
                memcpy(key, chain, sizeof(chain));
        OPENSSL_cleanse(chain, sizeof(chain));
        return r;
}

int sigv4_signature(const unsigned char key[HASH_BYTES], const struct Buffer *string_to_sign,
                    char signature[HASH_HEX_MAX]) {
        return hash_hmac_hex(key, HASH_BYTES, string_to_sign->data, string_to_sign->size,
                             signature);
}

void sigv4_signed_done(struct Sigv4Signed *result) {
        free(result->authorization);
        result->authorization = NULL;
}

/* The Authorization header of a canonical request. */
static int append_authorization(const struct AwsCredentials *credentials,
                                const struct Sigv4Scope *scope, const struct Buffer *canonical,
                                const struct Buffer *signed_headers, struct Buffer *ret) {
        _cleanup_(buffer_done) struct Buffer string_to_sign;
        unsigned char key[HASH_BYTES];
        char signature[HASH_HEX_MAX];
        int r;

        buffer_init(&string_to_sign, SIGV4_CANONICAL_BYTES_MAX);
        r = sigv4_string_to_sign(scope, canonical, &string_to_sign);
        if (r < 0)
                return r;
        r = sigv4_signing_key(credentials->secret_access_key, scope, key);
        if (r < 0)
                return r;
        r = sigv4_signature(key, &string_to_sign, signature);
        OPENSSL_cleanse(key, sizeof(key));
        if (r < 0)
                return r;

        r = buffer_append_format(ret, "%s Credential=%s/", ALGORITHM, credentials->access_key_id);
        if (r < 0)
                return r;
        r = append_credential_scope(ret, scope);
        if (r < 0)
                return r;
        return buffer_append_format(ret, ", SignedHeaders=%s, Signature=%s",
                                    buffer_text(signed_headers), signature);
}

int sigv4_sign(const struct Sigv4Request *request, const struct AwsCredentials *credentials,
               const struct Sigv4Scope *scope, struct Sigv4Signed *ret) {
        _cleanup_(buffer_done) struct Buffer canonical, signed_headers, authorization;
        struct Sigv4Header headers[SIGV4_HEADERS_MAX];
        struct Sigv4Request dated = *request;
        char date[SIGV4_DATE_MAX];
        int r;

        buffer_init(&canonical, SIGV4_CANONICAL_BYTES_MAX);
        buffer_init(&signed_headers, SIGV4_CANONICAL_BYTES_MAX);
        buffer_init(&authorization, SIGV4_CANONICAL_BYTES_MAX);
        if (request->n_headers + 2 > ARRAY_SIZE(headers))
                return -E2BIG;

        amz_date_format(scope->now, date);
        for (size_t i = 0; i < request->n_headers; i++)
                headers[i] = request->headers[i];
        headers[dated.n_headers++] = (struct Sigv4Header) {"X-Amz-Date", date};
        if (credentials->session_token)
                headers[dated.n_headers++] =
                        (struct Sigv4Header) {"X-Amz-Security-Token", credentials->session_token};
        dated.headers = headers;

        r = sigv4_canonical_request(&dated, &canonical, &signed_headers);
        if (r < 0)
                return r;
        r = append_authorization(credentials, scope, &canonical, &signed_headers, &authorization);
        if (r < 0)
                return r;

        memcpy(ret->amz_date, date, sizeof(date));
        ret->authorization = buffer_take(&authorization);
        return 0;
}
