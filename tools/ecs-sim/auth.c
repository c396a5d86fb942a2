/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the specification: canonical request, string to sign, signing key, signature. */
#include "auth.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

enum {
        DIGEST_BYTES = 32,
        HEX_MAX = 2 * DIGEST_BYTES + 1,
        PART_MAX = 256,
        CANONICAL_MAX = 256 * 1024,
};

static const char ALGORITHM[] = "AWS4-HMAC-SHA256";

/* What an Authorization header says. */
struct Claim {
        char key[PART_MAX], date[PART_MAX], region[PART_MAX], service[PART_MAX];
        char headers[PART_MAX * 4];
        char signature[HEX_MAX];
};

static void to_hex(const unsigned char *bytes, char hex[HEX_MAX]) {
        for (size_t i = 0; i < DIGEST_BYTES; i++)
                snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static bool sha256_hex(const char *data, size_t size, char hex[HEX_MAX]) {
        unsigned char digest[DIGEST_BYTES];

        if (EVP_Digest(data ? data : "", size, digest, NULL, EVP_sha256(), NULL) != 1)
                return false;
        to_hex(digest, hex);
        return true;
}

static bool hmac(const unsigned char *key, size_t key_size, const char *text,
                 unsigned char digest[DIGEST_BYTES]) {
        return HMAC(EVP_sha256(), key, (int) key_size, (const unsigned char *) text, strlen(text),
                    digest, NULL) != NULL;
}

/* The value of "name=" up to the next comma or blank. */
static bool part(const char *text, const char *name, char *value, size_t size) {
        const char *start = strstr(text, name);
        size_t length;

        if (!start)
                return false;
        start += strlen(name);
        length = strcspn(start, ", ");
        if (length == 0 || length >= size)
                return false;
        snprintf(value, size, "%.*s", (int) length, start);
        return true;
}

static bool parse_claim(const char *authorization, struct Claim *claim) {
        char credential[PART_MAX * 4], end[PART_MAX];

        if (strncmp(authorization, ALGORITHM, strlen(ALGORITHM)) != 0)
                return false;
        if (!part(authorization, "Credential=", credential, sizeof(credential)) ||
            !part(authorization, "SignedHeaders=", claim->headers, sizeof(claim->headers)) ||
            !part(authorization, "Signature=", claim->signature, sizeof(claim->signature)))
                return false;
        return sscanf(credential, "%255[^/]/%255[^/]/%255[^/]/%255[^/]/%255s", claim->key,
                      claim->date, claim->region, claim->service, end) == 5 &&
               text_equal(end, "aws4_request");
}

void auth_access_key(const char *authorization, char *key, size_t size) {
        struct Claim claim;

        snprintf(key, size, "%s",
                 authorization && parse_claim(authorization, &claim) ? claim.key : "");
}

/* Blanks around the value are cut, runs of blanks become one. */
static int append_value(struct Buffer *canonical, const char *value) {
        bool blank = false;
        int r = 0;

        value += strspn(value, " \t");
        for (; *value && r == 0; value++) {
                if (*value == ' ' || *value == '\t') {
                        blank = true;
                        continue;
                }
                if (blank)
                        r = buffer_append_char(canonical, ' ');
                blank = false;
                if (r == 0)
                        r = buffer_append_char(canonical, *value);
        }
        return r;
}

static bool is_signed(const char *headers, const char *name) {
        size_t length = strlen(name);

        for (const char *at = headers; (at = strstr(at, name)); at += length)
                if ((at == headers || at[-1] == ';') && (at[length] == ';' || at[length] == '\0'))
                        return true;
        return false;
}

static int append_headers(struct Buffer *canonical, const struct AuthRequest *request,
                          const char *headers) {
        char list[PART_MAX * 4], *saved = NULL;
        unsigned count = 0;
        int r = 0;

        snprintf(list, sizeof(list), "%s", headers);
        for (char *name = strtok_r(list, ";", &saved); name && r == 0;
             name = strtok_r(NULL, ";", &saved)) {
                const char *value = request->header(request->userdata, name);

                if (!value || ++count > SIGNED_HEADERS_MAX)
                        return -1;
                r = buffer_append_format(canonical, "%s:", name);
                if (r == 0)
                        r = append_value(canonical, value);
                if (r == 0)
                        r = buffer_append_char(canonical, '\n');
        }
        return r;
}

static bool canonical_request_hex(const struct AuthRequest *request, const struct Claim *claim,
                                  char hex[HEX_MAX]) {
        char payload[HEX_MAX];
        struct Buffer canonical;
        bool good;

        buffer_init(&canonical, CANONICAL_MAX);
        good = sha256_hex(request->body, request->body_size, payload) &&
               buffer_append_format(&canonical, "%s\n%s\n\n", request->method, request->path) ==
                       0 &&
               append_headers(&canonical, request, claim->headers) == 0 &&
               buffer_append_format(&canonical, "\n%s\n%s", claim->headers, payload) == 0 &&
               sha256_hex(canonical.data, canonical.size, hex);
        buffer_done(&canonical);
        return good;
}

static bool signature_hex(const struct Claim *claim, const char *secret, const char *date,
                          const char *request_hex, char hex[HEX_MAX]) {
        unsigned char key[DIGEST_BYTES], next[DIGEST_BYTES];
        char prefixed[PART_MAX + 4], text[PART_MAX * 8];
        int used;

        used = snprintf(prefixed, sizeof(prefixed), "AWS4%.255s", secret);
        if (!hmac((unsigned char *) prefixed, (size_t) used, claim->date, key) ||
            !hmac(key, sizeof(key), claim->region, next) ||
            !hmac(next, sizeof(next), claim->service, key) ||
            !hmac(key, sizeof(key), "aws4_request", next))
                return false;
        snprintf(text, sizeof(text), "%s\n%s\n%s/%s/%s/aws4_request\n%s", ALGORITHM, date,
                 claim->date, claim->region, claim->service, request_hex);
        if (!hmac(next, sizeof(next), text, key))
                return false;
        to_hex(key, hex);
        return true;
}

/* "20261123T010203Z"; USEC_UNKNOWN if it is not. */
static usec_t parse_date(const char *text) {
        char rfc[32];
        usec_t at;

        if (strlen(text) != 16 || text[8] != 'T' || text[15] != 'Z')
                return USEC_UNKNOWN;
        snprintf(rfc, sizeof(rfc), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4, text + 6,
                 text + 9, text + 11, text + 13);
        return time_parse_rfc3339(rfc, &at) < 0 ? USEC_UNKNOWN : at;
}

static enum AuthOutcome check_date(const char *date, usec_t now, char message[AUTH_MESSAGE_MAX]) {
        const usec_t skew = AUTH_SKEW_MAX_S * USEC_PER_SEC;
        char now_text[TIME_TEXT_MAX], limit[TIME_TEXT_MAX];
        usec_t at = parse_date(date);

        time_format_iso_basic(now, now_text);
        if (at < usec_sub(now, skew)) {
                snprintf(message, AUTH_MESSAGE_MAX,
                         "Signature expired: %s is now earlier than %s (%s - 15 min.)", date,
                         time_format_iso_basic(usec_sub(now, skew), limit), now_text);
                return AUTH_SKEWED;
        }
        if (at > usec_add(now, skew)) {
                snprintf(message, AUTH_MESSAGE_MAX,
                         "Signature not yet current: %s is still later than %s (%s + 15 min.)",
                         date, time_format_iso_basic(usec_add(now, skew), limit), now_text);
                return AUTH_SKEWED;
        }
        return AUTH_GOOD;
}

static enum AuthOutcome fail(enum AuthOutcome outcome, char message[AUTH_MESSAGE_MAX],
                             const char *text) {
        snprintf(message, AUTH_MESSAGE_MAX, "%s", text);
        return outcome;
}

static const char BAD_KEY[] = "The security token included in the request is invalid.";

static enum AuthOutcome check_signature(const struct AuthRequest *request,
                                        const struct Claim *claim, const char *date,
                                        const char *secret, char message[AUTH_MESSAGE_MAX]) {
        char request_hex[HEX_MAX], expected[HEX_MAX];

        if (!canonical_request_hex(request, claim, request_hex) ||
            !signature_hex(claim, secret, date, request_hex, expected))
                return fail(AUTH_INCOMPLETE, message,
                            "A header that is named in SignedHeaders is not there.");
        if (strlen(claim->signature) != strlen(expected) ||
            CRYPTO_memcmp(claim->signature, expected, strlen(expected)) != 0)
                return fail(AUTH_MISMATCH, message,
                            "The request signature we calculated does not match the signature you "
                            "provided. Check your AWS Secret Access Key and signing method. "
                            "Consult the service documentation for details.");
        return AUTH_GOOD;
}

enum AuthOutcome auth_check(const struct AuthRequest *request, const struct AuthKeys *keys,
                            usec_t now, char message[AUTH_MESSAGE_MAX]) {
        const char *authorization = request->header(request->userdata, "authorization");
        const char *date = request->header(request->userdata, "x-amz-date");
        const char *token = request->header(request->userdata, "x-amz-security-token");
        enum AuthOutcome outcome;
        struct AuthKey key;
        struct Claim claim;

        if (!authorization)
                return fail(AUTH_MISSING, message, "Missing Authentication Token");
        if (!parse_claim(authorization, &claim))
                return fail(AUTH_INCOMPLETE, message,
                            "Authorization header requires 'Credential', 'Signature' and "
                            "'SignedHeaders' parameters.");
        if (!date || strncmp(date, claim.date, 8) != 0)
                return fail(AUTH_INCOMPLETE, message,
                            "Authorization header requires existence of either a 'X-Amz-Date' or "
                            "a 'Date' header that agrees with the credential scope.");
        if (!is_signed(claim.headers, "host") || !is_signed(claim.headers, "x-amz-date") ||
            (token && !is_signed(claim.headers, "x-amz-security-token")))
                return fail(AUTH_INCOMPLETE, message,
                            "'Host', 'X-Amz-Date' and 'X-Amz-Security-Token' must be signed.");

        key = keys->find(keys->userdata, claim.key);
        if (!key.secret || !text_equal(key.token, token))
                return fail(AUTH_UNKNOWN_KEY, message, BAD_KEY);
        if (key.expires <= now)
                return fail(AUTH_EXPIRED, message,
                            "The security token included in the request is expired");
        outcome = check_date(date, now, message);
        if (outcome != AUTH_GOOD)
                return outcome;
        return check_signature(request, &claim, date, key.secret, message);
}
