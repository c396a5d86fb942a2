/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials as AWS's tools store and answer them: bytes in, value out. Where the bytes come from
 * is the daemon's affair. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"

/* Ceilings: the tools' files are small; an answer that is larger is not credentials. */
enum {
        AWS_PROFILE_FILE_BYTES_MAX = 1024 * 1024,
        AWS_CREDENTIALS_BYTES_MAX = 64 * 1024,
        AWS_PROFILE_NAME_MAX = 256, /* bytes with the NUL */
};

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

/* One profile of the shared files; every member is NULL where no file gives it. Owns its strings.
 */
struct AwsProfile {
        char name[AWS_PROFILE_NAME_MAX];
        char *access_key_id;
        char *secret_access_key;
        char *session_token;
        char *role_arn;
        char *source_profile;
        char *credential_source; /* Environment, Ec2InstanceMetadata, EcsContainer */
        char *credential_process;
        char *web_identity_token_file;
        char *external_id;
        char *role_session_name;
        char *duration_seconds;
        char *mfa_serial;
        char *sso_session; /* sso_session or sso_start_url; we name it only to refuse it clearly */
        char *region;
        char *endpoint_url;
        char *ca_bundle;
};

/* In the config file a profile's section is [profile x] ([default] too); in the credentials file it
 * is [x]. */
enum AwsProfileFile { AWS_PROFILE_FILE_CONFIG, AWS_PROFILE_FILE_CREDENTIALS };

enum { AWS_PROFILE_ABSENT = 0, AWS_PROFILE_FOUND = 1 };

/* 0 or -ENAMETOOLONG. */
int aws_profile_init(struct AwsProfile *profile, const char *name);
void aws_profile_done(struct AwsProfile *profile); /* wipes and frees; may be called twice */

/* Lays the keys of the profile's section over what `profile` holds, so read the config file first
 * and the credentials file after it. AWS_PROFILE_FOUND, AWS_PROFILE_ABSENT (the file does not name
 * it), -EINVAL with the 1-based line in `*ret_line` (only then), -E2BIG, -ENOMEM.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
int aws_profile_read(struct AwsProfile *profile, enum AwsProfileFile kind, const char *text,
                     size_t size, unsigned *ret_line);
