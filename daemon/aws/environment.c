/* SPDX-License-Identifier: Apache-2.0 */
/* The one file of this folder that reads the environment. */
#include "daemon/aws/environment.h"

#include <stdlib.h>
#include <strings.h>

#include "base/macros.h"
#include "base/text.h"

static const char *read_one(const char *name) {
        const char *value = getenv(name);

        return text_is_empty(value) ? NULL : value;
}

static const char *read_either(const char *name, const char *otherwise) {
        const char *value = read_one(name);

        return value ? value : read_one(otherwise);
}

void aws_environment_read(struct AwsEnvironment *ret) {
        const char *disabled = read_one("AWS_EC2_METADATA_DISABLED");

        *ret = (struct AwsEnvironment) {
                .region = read_either("AWS_REGION", "AWS_DEFAULT_REGION"),
                .profile = read_either("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
                .access_key_id = read_one("AWS_ACCESS_KEY_ID"),
                .secret_access_key = read_one("AWS_SECRET_ACCESS_KEY"),
                .session_token = read_one("AWS_SESSION_TOKEN"),
                .endpoint_url = read_one("AWS_ENDPOINT_URL"),
                .endpoint_url_ecs = read_one("AWS_ENDPOINT_URL_ECS"),
                .endpoint_url_sts = read_one("AWS_ENDPOINT_URL_STS"),
                .endpoint_url_auto_scaling = read_one("AWS_ENDPOINT_URL_AUTO_SCALING"),
                .endpoint_url_codedeploy = read_one("AWS_ENDPOINT_URL_CODEDEPLOY"),
                .endpoint_url_cloudwatch_logs = read_one("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"),
                .config_file = read_one("AWS_CONFIG_FILE"),
                .shared_credentials_file = read_one("AWS_SHARED_CREDENTIALS_FILE"),
                .home = read_one("HOME"),
                .container_relative_uri = read_one("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                .container_full_uri = read_one("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
                .container_token = read_one("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                .container_token_file = read_one("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
                .metadata_disabled = disabled && strcasecmp(disabled, "true") == 0,
                .metadata_endpoint = read_one("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
                .ca_bundle = read_one("AWS_CA_BUNDLE"),
                .role_arn = read_one("AWS_ROLE_ARN"),
                .web_identity_token_file = read_one("AWS_WEB_IDENTITY_TOKEN_FILE"),
        };
}

const char *aws_environment_endpoint(const struct AwsEnvironment *environment,
                                     const char *service) {
        const struct {
                const char *service, *url;
        } specific[] = {
                {"ecs", environment->endpoint_url_ecs},
                {"sts", environment->endpoint_url_sts},
                {"autoscaling", environment->endpoint_url_auto_scaling},
                {"codedeploy", environment->endpoint_url_codedeploy},
                {"logs", environment->endpoint_url_cloudwatch_logs},
        };

        for (size_t i = 0; i < ARRAY_SIZE(specific); i++)
                if (text_equal(specific[i].service, service) && specific[i].url)
                        return specific[i].url;
        return environment->endpoint_url;
}
