/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials as AWS's tools store and answer them: bytes in, value out. Where the bytes come from
 * is the daemon's affair. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"

/* A ceiling: an answer that is larger is not credentials. */
enum { AWS_CREDENTIALS_BYTES_MAX = 64 * 1024 };

/* Owns its strings. All zero is a valid empty value. */
struct AwsCredentials {
        char *access_key_id;
        char *secret_access_key;
        char *session_token; /* NULL for long-lived keys */
        usec_t expires;      /* USEC_UNKNOWN: never */
};

/* Wipes the secrets before it frees them; may be called twice. */
void aws_credentials_done(struct AwsCredentials *credentials);

/* `session_token` may be NULL. Both: 0, -EINVAL (an empty part, or one with a control character,
 * which would break out of a header), -ENOMEM. */
int aws_credentials_make(const char *access_key_id, const char *secret_access_key,
                         const char *session_token, usec_t expires, struct AwsCredentials *ret);
int aws_credentials_copy(const struct AwsCredentials *credentials, struct AwsCredentials *ret);

/* True when they expire within `margin` of `now`. */
bool aws_credentials_expire_within(const struct AwsCredentials *credentials, usec_t now,
                                   usec_t margin);

/* Answers of the container endpoint, of IMDS (AccessKeyId, SecretAccessKey, Token, Expiration; Code
 * other than Success is refused) and of a credential_process (Version 1, SessionToken).
 * 0, -EINVAL (not that), -E2BIG, -ENOMEM.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
int aws_credentials_from_json(const char *body, size_t size, struct AwsCredentials *ret);

/* The answer of STS AssumeRole and AssumeRoleWithWebIdentity (query protocol, XML). Same outcomes.
 */
int aws_credentials_from_sts_xml(const char *body, size_t size, struct AwsCredentials *ret);
