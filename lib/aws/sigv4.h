/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4 in the Authorization header. The functions are the specification's steps.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
#pragma once

#include <stddef.h>

#include "aws/credentials.h"
#include "aws/hash.h"
#include "base/buffer.h"
#include "base/time.h"

enum {
        SIGV4_HEADERS_MAX = 32,
        SIGV4_QUERY_PARAMETERS_MAX = 64,
        SIGV4_CANONICAL_BYTES_MAX = 64 * 1024,
        SIGV4_DATE_MAX = 17, /* "20261123T010203Z" and the NUL */
};

struct Sigv4Header {
        const char *name; /* in any case */
        const char *value;
};

/* The request as it is sent; everything is borrowed. */
struct Sigv4Request {
        const char *method;
        const char *path;                  /* NULL or "" is "/" */
        const char *query;                 /* without '?'; NULL or "" for none */
        const struct Sigv4Header *headers; /* Host among them; all are signed. A name may stand
                                              more than once. Not Authorization, X-Amz-Date or
                                              X-Amz-Security-Token: those are ours */
        size_t n_headers;
        const void *body; /* NULL with size 0 */
        size_t body_size;
};

/* For whom and when the signature is good. */
struct Sigv4Scope {
        const char *region;
        const char *service; /* signing name: "ecs", "sts", … */
        usec_t now;          /* AWS's time: the caller corrects a skewed clock */
};

/* Step 1. Appends the canonical request to `canonical` and "host;x-amz-date" to `signed_headers`.
 * Here X-Amz-Date and X-Amz-Security-Token are headers like the others. 0, -ENOMEM, -ENOBUFS,
 * -E2BIG (too many headers or parameters), -EINVAL (no Host). */
int sigv4_canonical_request(const struct Sigv4Request *request, struct Buffer *canonical,
                            struct Buffer *signed_headers);

/* Step 2. Appends; same outcomes. */
int sigv4_string_to_sign(const struct Sigv4Scope *scope, const struct Buffer *canonical,
                         struct Buffer *string_to_sign);

/* Step 3. The key for one day, region and service. 0, -ENOMEM, or -EIO when libcrypto refuses. */
int sigv4_signing_key(const char *secret_access_key, const struct Sigv4Scope *scope,
                      unsigned char key[HASH_BYTES]);

/* Step 4. Lower-case hex. 0 or -EIO. */
int sigv4_signature(const unsigned char key[HASH_BYTES], const struct Buffer *string_to_sign,
                    char signature[HASH_HEX_MAX]);

/* What to add to the request: X-Amz-Date, Authorization and, where the credentials have a session
 * token, X-Amz-Security-Token with it. */
struct Sigv4Signed {
        char amz_date[SIGV4_DATE_MAX];
        char *authorization; /* owned */
};

void sigv4_signed_done(struct Sigv4Signed *result); /* may be called twice */

/* All steps. X-Amz-Date and the token are signed too. */
int sigv4_sign(const struct Sigv4Request *request, const struct AwsCredentials *credentials,
               const struct Sigv4Scope *scope, struct Sigv4Signed *ret);
