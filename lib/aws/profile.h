/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of the shared config and credentials files, and how one leads to credentials. */
#pragma once

#include <stddef.h>

#include "aws/endpoint.h"

enum {
        AWS_PROFILE_FILE_BYTES_MAX = 1024 * 1024,
        AWS_PROFILE_NAME_MAX = 256, /* bytes with the NUL */
        AWS_PROFILE_CHAIN_MAX = 8,  /* profiles that lead to each other */
        AWS_PROFILE_PROBLEM_MAX = 512,
};

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
        char *sso_session; /* the name of a section [sso-session x], which gives the next two */
        char *sso_start_url;
        char *sso_region;
        char *sso_account_id;
        char *sso_role_name;
        char *region;
        char *endpoint_url;
        char *services; /* the name of a section [services x], which gives the next one */
        char *endpoint_urls[AWS_ENDPOINT_KEYS]; /* as aws_endpoint_key() numbers them */
        char *use_fips_endpoint;
        char *use_dualstack_endpoint;
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
/* The same of the section [sso-session x] of the config file, x being the name of `session`. */
int aws_profile_read_sso_session(struct AwsProfile *session, const char *text, size_t size,
                                 unsigned *ret_line);
/* The same of the section [services x] that `profile` names: its endpoint_urls. */
int aws_profile_read_services(struct AwsProfile *profile, const char *text, size_t size,
                              unsigned *ret_line);

/* Both files as they are. Borrowed; a text of NULL: there is no such file. */
struct AwsSharedFiles {
        const char *config_path, *credentials_path; /* for people */
        const char *config, *credentials;
        size_t config_size, credentials_size;
};

/* One profile out of both. The outcomes of aws_profile_read(), -EINVAL, -E2BIG and -ENAMETOOLONG
 * with `problem` in words. The profile is to be done even then. */
int aws_profile_load(const struct AwsSharedFiles *files, const char *name,
                     struct AwsProfile *profile, char problem[AWS_PROFILE_PROBLEM_MAX]);
/* The URLs of single services, where the profile names any. 0; -EINVAL (also: there is no such
 * section) and -E2BIG with `problem` in words; -ENOMEM. */
int aws_profile_load_services(const struct AwsSharedFiles *files, struct AwsProfile *profile,
                              char problem[AWS_PROFILE_PROBLEM_MAX]);

/* What the last profile of a chain gets its credentials from. */
enum AwsProfileSource {
        AWS_SOURCE_NONE, /* it names nothing that credentials could come from */
        AWS_SOURCE_KEYS,
        AWS_SOURCE_PROCESS,
        AWS_SOURCE_WEB_IDENTITY,
        AWS_SOURCE_SSO,
        AWS_SOURCE_ENVIRONMENT, /* these three by credential_source */
        AWS_SOURCE_CONTAINER,
        AWS_SOURCE_METADATA,
};

/* A profile and those that its source_profile leads to. The first n_roles are roles, each assumed
 * with the credentials of what comes after it: so the last of them first. Owns its profiles. */
struct AwsProfileChain {
        struct AwsProfile profiles[AWS_PROFILE_CHAIN_MAX];
        size_t n_profiles, n_roles;
        enum AwsProfileSource source;
};

/* AWS_PROFILE_FOUND, AWS_PROFILE_ABSENT; -EINVAL with `problem` in words (a line that cannot be
 * read, a profile that is not there, one that leads to itself, half of what is needed, mfa_serial);
 * -ENOMEM. As the SDKs: at the profile that was asked for, a role goes before its keys; at one that
 * source_profile names, keys go before a role.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html */
int aws_profile_chain_load(const struct AwsSharedFiles *files, const char *name,
                           struct AwsProfileChain *ret, char problem[AWS_PROFILE_PROBLEM_MAX]);
void aws_profile_chain_done(struct AwsProfileChain *chain); /* may be called twice */
