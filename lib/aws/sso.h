/* SPDX-License-Identifier: Apache-2.0 */
/* IAM Identity Center: the token that `aws sso login` leaves behind, and the credentials that it
 * buys.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html */
#pragma once

#include <stddef.h>

#include "aws/credentials.h"

enum { AWS_SSO_CACHE_NAME_MAX = 48 }; /* 40 hex digits, ".json", NUL */

/* The name of the token's file in ~/.aws/sso/cache: of the session where the profile names one,
 * else of the start URL. 0 or -ENOMEM. */
int aws_sso_cache_name(const char *session_or_start_url, char ret[AWS_SSO_CACHE_NAME_MAX]);

/* Owns its text. */
struct AwsSsoToken {
        char *access_token;
        usec_t expires;
};

/* The file's bytes. 0, -EINVAL (no token in it that a header could carry), -E2BIG, -ENOMEM. */
int aws_sso_token_read(const char *text, size_t size, struct AwsSsoToken *ret);
void aws_sso_token_done(struct AwsSsoToken *token); /* wipes; may be called twice */

/* The answer of GetRoleCredentials. Outcomes of aws_credentials_from_json(). */
int aws_credentials_from_sso_json(const char *body, size_t size, struct AwsCredentials *ret);
