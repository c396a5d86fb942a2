/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials in all their formats. */
#include <errno.h>
#include <string.h>

#include "aws/credentials.h"
#include "aws/profile.h"
#include "aws/sso.h"
#include "base/macros.h"
#include "fuzz.h"

static void credentials_check(int r, struct AwsCredentials *credentials) {
        FUZZ_CHECK(r <= 0);
        if (r == 0)
                FUZZ_CHECK(strlen(credentials->access_key_id) > 0 &&
                           strlen(credentials->secret_access_key) > 0);
        else
                FUZZ_CHECK(!credentials->access_key_id && !credentials->secret_access_key);
        aws_credentials_done(credentials);
}

static void profile_check(enum AwsProfileFile kind, const char *name, const char *text,
                          size_t size) {
        struct AwsProfile profile;
        unsigned line = 0;
        int r;

        FUZZ_CHECK(aws_profile_init(&profile, name) == 0);
        r = aws_profile_read(&profile, kind, text, size, &line);
        FUZZ_CHECK(r <= AWS_PROFILE_FOUND);
        if (r >= 0)
                FUZZ_CHECK(line == 0);
        if (r >= 0 && profile.services) {
                r = aws_profile_read_services(&profile, text, size, &line);
                FUZZ_CHECK(r <= AWS_PROFILE_FOUND && (r == -EINVAL) == (line > 0));
        }
        aws_profile_done(&profile);
}

static void chain_check(const char *name, const char *text, size_t size) {
        const struct AwsSharedFiles files = {.config_path = "config",
                                             .credentials_path = "credentials",
                                             .config = text,
                                             .config_size = size,
                                             .credentials = text,
                                             .credentials_size = size};
        char problem[AWS_PROFILE_PROBLEM_MAX] = "";
        struct AwsProfileChain chain;
        int r;

        r = aws_profile_chain_load(&files, name, &chain, problem);
        if (r < 0) {
                FUZZ_CHECK(r == -EINVAL && problem[0] != '\0');
                return;
        }
        FUZZ_CHECK(chain.n_profiles > 0 && chain.n_roles <= chain.n_profiles);
        aws_profile_chain_done(&chain);
}

static void sso_check(const char *text, size_t size) {
        struct AwsSsoToken token = {0};
        int r;

        r = aws_sso_token_read(text, size, &token);
        FUZZ_CHECK(r <= 0 && (r < 0) == !token.access_token);
        aws_sso_token_done(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data;
        struct AwsCredentials credentials = {0};

        credentials_check(aws_credentials_from_json(text, size, &credentials), &credentials);
        credentials_check(aws_credentials_from_sts_xml(text, size, &credentials), &credentials);
        credentials_check(aws_credentials_from_sso_json(text, size, &credentials), &credentials);
        sso_check(text, size);
        chain_check("default", text, size);
        chain_check("ops", text, size);
        profile_check(AWS_PROFILE_FILE_CONFIG, "default", text, size);
        profile_check(AWS_PROFILE_FILE_CONFIG, "ops", text, size);
        profile_check(AWS_PROFILE_FILE_CREDENTIALS, "default", text, size);
        return 0;
}
