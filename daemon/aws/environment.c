/* SPDX-License-Identifier: Apache-2.0 */
/* The one file of this folder that reads the environment. */
#include "daemon/aws/environment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static bool is_true(const char *text) {
        return text && strcasecmp(text, "true") == 0;
}

static bool read_switch(const char *name) {
        return is_true(read_one(name));
}

/* As botocore: whole seconds. What is none is as if it were not set. */
static usec_t read_seconds(const char *name) {
        const char *text = read_one(name);
        uint64_t seconds;

        return text && text_parse_u64(text, 1, 60, &seconds) >= 0 ? seconds * USEC_PER_SEC : 0;
}

static bool metadata_by_ipv6(void) {
        const char *mode = read_one("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

        return mode && strcasecmp(mode, "IPv6") == 0;
}

/* AWS_ENDPOINT_URL_AUTO_SCALING and its like */
static const char *read_endpoint(const char *key) {
        char name[64];
        int n = snprintf(name, sizeof(name), "AWS_ENDPOINT_URL_");

        while (*key != '\0')
                name[n++] = (char) toupper((unsigned char) *key++);
        name[n] = '\0';
        return read_one(name);
}

/* AWS_IGNORE_CONFIGURED_ENDPOINT_URLS takes all of them away. */
static void forget_endpoints(struct AwsEnvironment *environment) {
        environment->endpoint_url = NULL;
        memset(environment->endpoint_urls, 0, sizeof(environment->endpoint_urls));
}

void aws_environment_read(struct AwsEnvironment *ret) {
        *ret = (struct AwsEnvironment) {
                .region = read_either("AWS_REGION", "AWS_DEFAULT_REGION"),
                .profile = read_either("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
                .access_key_id = read_one("AWS_ACCESS_KEY_ID"),
                .secret_access_key = read_one("AWS_SECRET_ACCESS_KEY"),
                .session_token = read_one("AWS_SESSION_TOKEN"),
                .endpoint_url = read_one("AWS_ENDPOINT_URL"),
                .endpoint_form = {.fips = read_switch("AWS_USE_FIPS_ENDPOINT"),
                                  .dualstack = read_switch("AWS_USE_DUALSTACK_ENDPOINT")},
                .config_file = read_one("AWS_CONFIG_FILE"),
                .shared_credentials_file = read_one("AWS_SHARED_CREDENTIALS_FILE"),
                .home = read_one("HOME"),
                .container_relative_uri = read_one("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                .container_full_uri = read_one("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
                .container_token = read_one("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                .container_token_file = read_one("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
                .metadata_disabled = read_switch("AWS_EC2_METADATA_DISABLED"),
                .metadata_endpoint = read_one("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
                .metadata_by_ipv6 = metadata_by_ipv6(),
                .metadata_timeout = read_seconds("AWS_METADATA_SERVICE_TIMEOUT"),
                .ca_bundle = read_one("AWS_CA_BUNDLE"),
                .role_arn = read_one("AWS_ROLE_ARN"),
                .web_identity_token_file = read_one("AWS_WEB_IDENTITY_TOKEN_FILE"),
                .role_session_name = read_one("AWS_ROLE_SESSION_NAME"),
        };
        for (size_t i = 0; i < AWS_ENDPOINT_KEYS; i++)
                ret->endpoint_urls[i] = read_endpoint(aws_endpoint_key(i)->key);
        if (read_switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
                forget_endpoints(ret);
}

static void add_endpoints(struct AwsEnvironment *environment, const struct AwsProfile *profile) {
        if (environment->endpoint_url || read_switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
                return;
        environment->endpoint_url = profile->endpoint_url;
        for (size_t i = 0; i < AWS_ENDPOINT_KEYS; i++)
                if (!environment->endpoint_urls[i])
                        environment->endpoint_urls[i] = profile->endpoint_urls[i];
}

void aws_environment_add_profile(struct AwsEnvironment *environment,
                                 const struct AwsProfile *profile) {
        if (!environment->region)
                environment->region = profile->region;
        add_endpoints(environment, profile);
        if (!environment->ca_bundle)
                environment->ca_bundle = profile->ca_bundle;
        if (!read_one("AWS_USE_FIPS_ENDPOINT"))
                environment->endpoint_form.fips = is_true(profile->use_fips_endpoint);
        if (!read_one("AWS_USE_DUALSTACK_ENDPOINT"))
                environment->endpoint_form.dualstack = is_true(profile->use_dualstack_endpoint);
}

const char *aws_environment_endpoint(const struct AwsEnvironment *environment,
                                     const char *service) {
        for (size_t i = 0; i < AWS_ENDPOINT_KEYS; i++)
                if (text_equal(aws_endpoint_key(i)->service, service) &&
                    environment->endpoint_urls[i])
                        return environment->endpoint_urls[i];
        return environment->endpoint_url;
}
