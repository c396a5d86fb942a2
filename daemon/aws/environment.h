/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS's SDKs read from the environment, read once. */
#pragma once

#include <stdbool.h>

#include "aws/endpoint.h"
#include "aws/profile.h"
#include "base/time.h"

/* Borrowed from environ; NULL where not set or empty.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
struct AwsEnvironment {
        const char *region;  /* AWS_REGION, AWS_DEFAULT_REGION */
        const char *profile; /* AWS_PROFILE, AWS_DEFAULT_PROFILE */
        const char *access_key_id, *secret_access_key, *session_token;
        const char *endpoint_url, *endpoint_urls[AWS_ENDPOINT_KEYS];
        struct AwsEndpointOptions
                endpoint_form; /* AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT
                                */
        const char *config_file, *shared_credentials_file, *home;
        const char *container_relative_uri, *container_full_uri;
        const char *container_token, *container_token_file;
        bool metadata_disabled;
        const char *metadata_endpoint;
        bool metadata_by_ipv6;   /* AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE */
        usec_t metadata_timeout; /* AWS_METADATA_SERVICE_TIMEOUT; 0: the usual */
        const char *ca_bundle;
        const char *role_arn, *web_identity_token_file, *role_session_name;
};

void aws_environment_read(struct AwsEnvironment *ret);

/* Fills in what the environment does not say and the profile does: Region, endpoint_url and those
 * of single services, FIPS and dual-stack endpoints, ca_bundle. The profile must outlive it. */
void aws_environment_add_profile(struct AwsEnvironment *environment,
                                 const struct AwsProfile *profile);

/* AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, else what the profile says of the service,
 * else the profile's endpoint_url, else NULL; `service` is one of aws_endpoint_key(). */
const char *aws_environment_endpoint(const struct AwsEnvironment *environment, const char *service);
