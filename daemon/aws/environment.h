/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS's SDKs read from the environment, read once. */
#pragma once

#include <stdbool.h>

/* Borrowed from environ; NULL where not set or empty.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
struct AwsEnvironment {
        const char *region;  /* AWS_REGION, AWS_DEFAULT_REGION */
        const char *profile; /* AWS_PROFILE, AWS_DEFAULT_PROFILE */
        const char *access_key_id, *secret_access_key, *session_token;
        const char *endpoint_url, *endpoint_url_ecs, *endpoint_url_sts;
        const char *endpoint_url_auto_scaling, *endpoint_url_codedeploy;
        const char *endpoint_url_cloudwatch_logs;
        const char *config_file, *shared_credentials_file, *home;
        const char *container_relative_uri, *container_full_uri;
        const char *container_token, *container_token_file;
        bool metadata_disabled;
        const char *metadata_endpoint;
        const char *ca_bundle;
        const char *role_arn, *web_identity_token_file;
};

void aws_environment_read(struct AwsEnvironment *ret);

/* AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, else NULL; `service` is "ecs", "sts",
 * "autoscaling", "codedeploy" or "logs". */
const char *aws_environment_endpoint(const struct AwsEnvironment *environment, const char *service);
