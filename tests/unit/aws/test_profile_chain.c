/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile's credentials are made of, by the bytes of both files; the files of IAM Identity
 * Center. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/profile.h"
#include "aws/sso.h"
#include "base/text.h"
#include "check_main.h"

#define KEYS "aws_access_key_id=AK\naws_secret_access_key=s\n"

static const struct {
        const char *name, *config, *credentials;
        int r;
        const char *chain; /* its profiles, roles in parentheses, then the source's number */
        const char *problem;
} CHAINS[] = {
        {"keys", NULL, "[default]\n" KEYS, 1, "default=1"},
        {"no file", NULL, NULL, 0, "default=0"},
        {"a profile without credentials", "[default]\nregion=eu-west-1\n", NULL, 1, "default=0"},
        {"half of the keys", "[default]\naws_access_key_id=AK\n", NULL, -EINVAL, NULL,
         "profile default has one of aws_access_key_id and aws_secret_access_key, and needs both"},
        {"a process", "[default]\ncredential_process=x\n", NULL, 1, "default=2"},
        {"keys go before a process", "[default]\ncredential_process=x\n" KEYS, NULL, 1,
         "default=1"},
        {"a web identity", "[default]\nrole_arn=r\nweb_identity_token_file=/t\n", NULL, 1,
         "default=3"},
        {"Identity Center",
         "[default]\nsso_session=s\nsso_account_id=1\nsso_role_name=n\n"
         "[sso-session s]\nsso_start_url=u\nsso_region=eu-west-1\n",
         NULL, 1, "default=4"},
        {"Identity Center, as it was written before",
         "[default]\nsso_start_url=u\nsso_region=r\nsso_account_id=1\nsso_role_name=n\n", NULL, 1,
         "default=4"},
        {"Identity Center without its session", "[default]\nsso_session=s\nsso_account_id=1\n",
         NULL, -EINVAL, NULL,
         "profile default: the-config has no section [sso-session s], which it names"},
        {"Identity Center without a role", "[default]\nsso_start_url=u\nsso_region=r\n", NULL,
         -EINVAL, NULL,
         "profile default: IAM Identity Center needs sso_start_url, sso_region, sso_account_id and "
         "sso_role_name"},
        {"a role by another profile's keys", "[default]\nrole_arn=r\nsource_profile=base\n",
         "[base]\n" KEYS, 1, "(default) base=1"},
        {"a role goes before the keys beside it",
         "[default]\nrole_arn=r\nsource_profile=base\n" KEYS, "[base]\n" KEYS, 1,
         "(default) base=1"},
        {"a role by the keys beside it", "[default]\nrole_arn=r\nsource_profile=default\n" KEYS,
         NULL, 1, "(default) default=1"},
        {"roles in a chain",
         "[default]\nrole_arn=r1\nsource_profile=b\n[profile b]\nrole_arn=r2\nsource_profile=c\n"
         "[profile c]\ncredential_process=x\n",
         NULL, 1, "(default) (b) c=2"},
        {"keys go before a role at a source",
         "[default]\nrole_arn=r1\nsource_profile=b\n"
         "[profile b]\nrole_arn=r2\nsource_profile=c\n" KEYS,
         NULL, 1, "(default) b=1"},
        {"a role by the environment", "[default]\nrole_arn=r\ncredential_source=Environment\n",
         NULL, 1, "(default)=5"},
        {"a role by the container",
         "[default]\nrole_arn=r\nsource_profile=b\n"
         "[profile b]\nrole_arn=r\ncredential_source=EcsContainer\n",
         NULL, 1, "(default) (b)=6"},
        {"a role by the instance", "[default]\nrole_arn=r\ncredential_source=Ec2InstanceMetadata\n",
         NULL, 1, "(default)=7"},
        {"an unknown source", "[default]\nrole_arn=r\ncredential_source=Magic\n", NULL, -EINVAL,
         NULL,
         "profile default: credential_source is Magic: it is Environment, EcsContainer or "
         "Ec2InstanceMetadata"},
        {"both sources", "[default]\nrole_arn=r\ncredential_source=Environment\nsource_profile=b\n",
         NULL, -EINVAL, NULL,
         "profile default has both source_profile and credential_source: leave one"},
        {"a role alone", "[default]\nrole_arn=r\n", NULL, -EINVAL, NULL,
         "profile default: role_arn needs source_profile, credential_source or "
         "web_identity_token_file beside it"},
        {"a source that is not there", "[default]\nrole_arn=r\nsource_profile=b\n", NULL, -EINVAL,
         NULL, "profile default: its source_profile b is in neither of the shared files"},
        {"a source without credentials",
         "[default]\nrole_arn=r\nsource_profile=b\n[profile b]\nregion=r\n", NULL, -EINVAL, NULL,
         "profile default: its source_profile b has no credentials"},
        {"in a circle",
         "[default]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=default\n",
         NULL, -EINVAL, NULL, "profile b: its source_profile default leads back to it"},
        {"itself, without keys", "[default]\nrole_arn=r\nsource_profile=default\n", NULL, -EINVAL,
         NULL, "profile default: its source_profile default leads back to it"},
        {"a person's code", "[default]\nrole_arn=r\nsource_profile=b\nmfa_serial=m\n", NULL,
         -EINVAL, NULL,
         "profile default: mfa_serial asks for a code that nobody is there to type; use a role "
         "without it"},
        {"a duration", "[default]\nrole_arn=r\nsource_profile=b\nduration_seconds=60\n", NULL,
         -EINVAL, NULL, "profile default: duration_seconds is 60: it is 900 to 43200"},
        {"a line", "[default]\nnonsense\n", NULL, -EINVAL, NULL,
         "the-config:2: this line cannot be read: neither a [section] nor key = value"},
        {"a line of the other file", NULL, "[default]\n\nnonsense\n", -EINVAL, NULL,
         "the-credentials:3: this line cannot be read: neither a [section] nor key = value"},
};

static void describe(const struct AwsProfileChain *chain, char *text, size_t size) {
        size_t n = 0;

        text[0] = '\0';
        for (size_t i = 0; i < chain->n_profiles; i++) {
                bool role = i < chain->n_roles;

                n += (size_t) snprintf(text + n, size - n, "%s%s%s%s", i > 0 ? " " : "",
                                       role ? "(" : "", chain->profiles[i].name, role ? ")" : "");
        }
        snprintf(text + n, size - n, "=%d", (int) chain->source);
}

static struct AwsSharedFiles files_of(const char *config, const char *credentials) {
        return (struct AwsSharedFiles) {
                .config_path = "the-config",
                .credentials_path = "the-credentials",
                .config = config,
                .credentials = credentials,
                .config_size = config ? strlen(config) : 0,
                .credentials_size = credentials ? strlen(credentials) : 0,
        };
}

START_TEST(follows_profiles) {
        __typeof__(CHAINS[0]) *row = &CHAINS[_i];
        const struct AwsSharedFiles files = files_of(row->config, row->credentials);
        char problem[AWS_PROFILE_PROBLEM_MAX] = "", text[256];
        struct AwsProfileChain chain;
        int r;

        r = aws_profile_chain_load(&files, "default", &chain, problem);
        ck_assert_msg(r == row->r, "%s: got %d (%s)", row->name, r, problem);
        if (r < 0) {
                ck_assert_msg(text_equal(problem, row->problem), "%s: %s", row->name, problem);
                return;
        }
        describe(&chain, text, sizeof(text));
        ck_assert_msg(text_equal(text, row->chain), "%s: %s", row->name, text);
        aws_profile_chain_done(&chain);
        aws_profile_chain_done(&chain);
}
END_TEST

START_TEST(bounds_a_chain) {
        char config[1024] = "", problem[AWS_PROFILE_PROBLEM_MAX];
        struct AwsProfileChain chain;
        struct AwsSharedFiles files;
        size_t n = 0;

        for (unsigned i = 0; i < AWS_PROFILE_CHAIN_MAX; i++)
                n += (size_t) snprintf(config + n, sizeof(config) - n,
                                       "[profile p%u]\nrole_arn=r\nsource_profile=p%u\n", i, i + 1);
        files = files_of(config, "[p8]\n" KEYS);
        ck_assert_int_eq(aws_profile_chain_load(&files, "p0", &chain, problem), -EINVAL);
        ck_assert_str_eq(problem, "profile p0: more than 8 profiles lead to each other");
        ck_assert_int_eq(aws_profile_chain_load(&files, "p1", &chain, problem), AWS_PROFILE_FOUND);
        ck_assert_uint_eq(chain.n_roles, 7);
        aws_profile_chain_done(&chain);
}
END_TEST

START_TEST(names_the_token) {
        char name[AWS_SSO_CACHE_NAME_MAX];

        /* printf %s admin | sha1sum */
        ck_assert_int_eq(aws_sso_cache_name("admin", name), 0);
        ck_assert_str_eq(name, "d033e22ae348aeb5660fc2140aec35850c4da997.json");
}
END_TEST

static const struct {
        const char *text;
        int r;
        usec_t expires;
} TOKENS[] = {
        {"{\"accessToken\": \"t\", \"expiresAt\": \"2020-06-17T10:02:08Z\"}", 0, 1592388128},
        {"{\"accessToken\": \"t\", \"expiresAt\": \"2020-06-17T10:02:08UTC\"}", 0, 1592388128},
        {"{\"accessToken\": \"t\"}", -EINVAL},
        {"{\"accessToken\": \"t\", \"expiresAt\": \"tomorrow\"}", -EINVAL},
        {"{\"accessToken\": \"t\\r\\nx: y\", \"expiresAt\": \"2020-06-17T10:02:08Z\"}", -EINVAL},
        {"{\"expiresAt\": \"2020-06-17T10:02:08Z\"}", -EINVAL},
        {"[", -EINVAL},
};

START_TEST(reads_tokens) {
        struct AwsSsoToken token = {0};

        ck_assert_int_eq(aws_sso_token_read(TOKENS[_i].text, strlen(TOKENS[_i].text), &token),
                         TOKENS[_i].r);
        if (TOKENS[_i].r == 0) {
                ck_assert_str_eq(token.access_token, "t");
                ck_assert_uint_eq(token.expires, TOKENS[_i].expires * USEC_PER_SEC);
        }
        aws_sso_token_done(&token);
        aws_sso_token_done(&token);
}
END_TEST

static const struct {
        const char *text;
        int r;
} ROLES[] = {
        {"{\"roleCredentials\": {\"accessKeyId\": \"AK\", \"secretAccessKey\": \"s\","
         " \"sessionToken\": \"t\", \"expiration\": 1592388128000}}",
         0},
        {"{\"roleCredentials\": {\"accessKeyId\": \"AK\", \"secretAccessKey\": \"s\","
         " \"sessionToken\": \"t\"}}",
         -EINVAL},
        {"{\"roleCredentials\": {\"accessKeyId\": \"AK\", \"secretAccessKey\": \"s\","
         " \"sessionToken\": \"t\", \"expiration\": -1}}",
         -EINVAL},
        {"{\"roleCredentials\": {\"secretAccessKey\": \"s\", \"expiration\": 1}}", -EINVAL},
        {"{}", -EINVAL},
        {"[]", -EINVAL},
};

START_TEST(reads_a_roles_credentials) {
        struct AwsCredentials credentials = {0};

        ck_assert_int_eq(aws_credentials_from_sso_json(ROLES[_i].text, strlen(ROLES[_i].text),
                                                       &credentials),
                         ROLES[_i].r);
        if (ROLES[_i].r == 0)
                ck_assert_uint_eq(credentials.expires, 1592388128 * USEC_PER_SEC);
        aws_credentials_done(&credentials);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("profile_chain");
        ADD_ROWS(follows_profiles, CHAINS);
        ADD_ROWS(reads_tokens, TOKENS);
        ADD_ROWS(reads_a_roles_credentials, ROLES);
        tcase_add_test(tests, bounds_a_chain);
        tcase_add_test(tests, names_the_token);
        return suite;
}
