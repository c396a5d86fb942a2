/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: the value, the answers that carry one, and the shared files. */
#include <errno.h>
#include <string.h>

#include "aws/credentials.h"
#include "aws/profile.h"
#include "base/text.h"
#include "check_main.h"

/* 2026-11-23T01:02:03Z */
#define EXPIRES (1795395723 * USEC_PER_SEC)

static const struct {
        const char *name, *body;
        int r;
        const char *secret, *token;
        usec_t expires;
} JSON[] = {
        {"container endpoint",
         "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":"
         "\"2026-11-23T01:02:03Z\",\"RoleArn\":\"r\"}",
         0, "s", "t", EXPIRES},
        {"IMDS",
         "{\"Code\":\"Success\",\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
         "\"Expiration\":\"2026-11-23T01:02:03Z\"}",
         0, "s", "t", EXPIRES},
        {"process, for ever", "{\"Version\":1,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\"}", 0,
         "s", NULL, USEC_UNKNOWN},
        {"process, with null and offset",
         "{\"Version\":1,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"SessionToken\":null,"
         "\"Expiration\":\"2026-11-23T02:02:03+01:00\"}",
         0, "s", NULL, EXPIRES},
        {"process, session token",
         "{\"Version\":1,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"st\"}",
         0, "s", "st", USEC_UNKNOWN},
        {"empty token", "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Token\":\"\"}", 0, "s",
         NULL, USEC_UNKNOWN},
        {"another version", "{\"Version\":2,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\"}",
         -EINVAL},
        {"a version that is text",
         "{\"Version\":\"1\",\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\"}", -EINVAL},
        {"IMDS says no",
         "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"AccessKeyId\":\"AK\","
         "\"SecretAccessKey\":\"s\"}",
         -EINVAL},
        {"no secret", "{\"AccessKeyId\":\"AK\"}", -EINVAL},
        {"empty key", "{\"AccessKeyId\":\"\",\"SecretAccessKey\":\"s\"}", -EINVAL},
        {"a line break in the token",
         "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Token\":\"a\\r\\nX: b\"}", -EINVAL},
        {"NUL in the key", "{\"AccessKeyId\":\"A\\u0000K\",\"SecretAccessKey\":\"s\"}", -EINVAL},
        {"a bad time",
         "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Expiration\":\"tomorrow\"}", -EINVAL},
        {"a time that is a number",
         "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Expiration\":1795395723}", -EINVAL},
        {"an array", "[]", -EINVAL},
        {"not JSON", "AccessKeyId=AK", -EINVAL},
        {"empty", "", -EINVAL},
};

START_TEST(reads_json) {
        __typeof__(JSON[0]) *row = &JSON[_i];
        struct AwsCredentials credentials = {.expires = 42};
        int r = aws_credentials_from_json(row->body, strlen(row->body), &credentials);

        ck_assert_msg(r == row->r, "%s: got %d", row->name, r);
        if (r < 0) {
                ck_assert(!credentials.access_key_id && credentials.expires == 42);
                return;
        }
        ck_assert_str_eq(credentials.access_key_id, "AK");
        ck_assert_str_eq(credentials.secret_access_key, row->secret);
        ck_assert_msg(text_equal(credentials.session_token, row->token), "%s", row->name);
        ck_assert_msg(credentials.expires == row->expires, "%s", row->name);
        aws_credentials_done(&credentials);
}
END_TEST

#define STS(credentials)                                                             \
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n" \
        "<AssumeRoleResult><AssumedRoleUser><Arn>arn:x</Arn></"                      \
        "AssumedRoleUser><Credentials>" credentials                                  \
        "</Credentials></AssumeRoleResult><ResponseMetadata/></AssumeRoleResponse>"

static const struct {
        const char *name, *body;
        int r;
} STS_ANSWERS[] = {
        {"complete",
         STS("<AccessKeyId>AK</AccessKeyId><SecretAccessKey>s&amp;&#61;</SecretAccessKey>"
             "<SessionToken>t</SessionToken><Expiration>2026-11-23T01:02:03Z</Expiration>"),
         0},
        {"any order",
         STS("<Expiration>2026-11-23T01:02:03.000Z</Expiration><SessionToken>t"
             "</SessionToken><SecretAccessKey><![CDATA[s&=]]></SecretAccessKey>"
             "<AccessKeyId>AK</AccessKeyId>"),
         0},
        {"no expiration",
         STS("<AccessKeyId>AK</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
             "<SessionToken>t</SessionToken>"),
         -EINVAL},
        {"no token",
         STS("<AccessKeyId>AK</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
             "<SessionToken/><Expiration>2026-11-23T01:02:03Z</Expiration>"),
         -EINVAL},
        {"an error", "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
         -EINVAL},
        {"a key with a child", STS("<AccessKeyId><b/>AK</AccessKeyId>"), -EINVAL},
        {"cut off", "<AssumeRoleResponse><Credentials><AccessKeyId>AK", -EINVAL},
        {"empty", "", -EINVAL},
};

START_TEST(reads_sts) {
        __typeof__(STS_ANSWERS[0]) *row = &STS_ANSWERS[_i];
        struct AwsCredentials credentials = {0};
        int r = aws_credentials_from_sts_xml(row->body, strlen(row->body), &credentials);

        ck_assert_msg(r == row->r, "%s: got %d", row->name, r);
        if (r < 0) {
                ck_assert_ptr_null(credentials.access_key_id);
                return;
        }
        ck_assert_str_eq(credentials.access_key_id, "AK");
        ck_assert_str_eq(credentials.secret_access_key, "s&=");
        ck_assert_str_eq(credentials.session_token, "t");
        ck_assert_uint_eq(credentials.expires, EXPIRES);
        aws_credentials_done(&credentials);
}
END_TEST

START_TEST(bounds_answers) {
        static char large[AWS_PROFILE_FILE_BYTES_MAX + 1];
        struct AwsCredentials credentials = {0};
        struct AwsProfile profile;
        unsigned line = 0;

        memset(large, ' ', sizeof(large));
        ck_assert_int_eq(aws_credentials_from_json(large, AWS_CREDENTIALS_BYTES_MAX + 1,
                                                   &credentials),
                         -E2BIG);
        ck_assert_int_eq(aws_credentials_from_sts_xml(large, AWS_CREDENTIALS_BYTES_MAX + 1,
                                                      &credentials),
                         -E2BIG);
        ck_assert_int_eq(aws_profile_init(&profile, "default"), 0);
        ck_assert_int_eq(aws_profile_read(&profile, AWS_PROFILE_FILE_CONFIG, large, sizeof(large),
                                          &line),
                         -E2BIG);
        large[AWS_PROFILE_NAME_MAX] = '\0';
        ck_assert_int_eq(aws_profile_init(&profile, large), -ENAMETOOLONG);
}
END_TEST

START_TEST(copies_and_ages) {
        struct AwsCredentials made = {0}, copy = {0};

        ck_assert_int_eq(aws_credentials_make("AK", "s", NULL, 100, &made), 0);
        ck_assert_int_eq(aws_credentials_copy(&made, &copy), 0);
        aws_credentials_done(&made);
        aws_credentials_done(&made);
        ck_assert_str_eq(copy.secret_access_key, "s");
        ck_assert_ptr_null(copy.session_token);

        ck_assert(!aws_credentials_expire_within(&copy, 90, 9));
        ck_assert(aws_credentials_expire_within(&copy, 90, 10));
        ck_assert(aws_credentials_expire_within(&copy, 101, 0));
        ck_assert(aws_credentials_expire_within(&copy, 1, USEC_INFINITY));
        copy.expires = USEC_UNKNOWN;
        ck_assert(!aws_credentials_expire_within(&copy, 1, USEC_INFINITY));
        aws_credentials_done(&copy);
}
END_TEST

static const struct {
        const char *name;
        enum AwsProfileFile kind;
        const char *profile, *text;
        int r;
        unsigned line;
        const char *region, *role_arn;
} FILES[] = {
        {"credentials file", AWS_PROFILE_FILE_CREDENTIALS, "ops", "[ops]\nregion=a\n", 1, 0, "a"},
        {"config file", AWS_PROFILE_FILE_CONFIG, "ops", "[profile ops]\nregion=a\n", 1, 0, "a"},
        {"config file without the word", AWS_PROFILE_FILE_CONFIG, "ops", "[ops]\nregion=a\n", 0},
        {"credentials file with the word", AWS_PROFILE_FILE_CREDENTIALS, "ops",
         "[profile ops]\nregion=a\n", 0},
        {"default in the config file", AWS_PROFILE_FILE_CONFIG, "default", "[default]\nregion=a", 1,
         0, "a"},
        {"[profile default] goes first", AWS_PROFILE_FILE_CONFIG, "default",
         "[profile default]\nregion=b\n[default]\nregion=a\nrole_arn=r\n", 1, 0, "b", "r"},
        {"quoted name", AWS_PROFILE_FILE_CONFIG, "two words",
         "[ profile \"two words\" ] # mine\nregion=a\n", 1, 0, "a"},
        {"a name that begins alike", AWS_PROFILE_FILE_CONFIG, "ops", "[profile ops2]\nregion=a\n",
         0},
        {"other sections", AWS_PROFILE_FILE_CONFIG, "ops",
         "[sso-session ops]\nregion=x\n[profile ops]\nregion=a\n[services ops]\nregion=y\n", 1, 0,
         "a"},
        {"the same section twice", AWS_PROFILE_FILE_CONFIG, "ops",
         "[profile ops]\nregion=a\nrole_arn=r\n[profile ops]\nregion=b\n", 1, 0, "b", "r"},
        {"spaces, case, CR, byte order mark", AWS_PROFILE_FILE_CREDENTIALS, "ops",
         "\xEF\xBB\xBF[ops]\r\n REGION \t=  a \r\n", 1, 0, "a"},
        {"comments", AWS_PROFILE_FILE_CREDENTIALS, "ops",
         "# c\n[ops]\n; c\nregion = a # c\nrole_arn = r#1 ; c\n", 1, 0, "a", "r#1"},
        {"only a comment for a value", AWS_PROFILE_FILE_CREDENTIALS, "ops",
         "[ops]\nregion =\nrole_arn = # c\n", 1, 0},
        {"equals signs in a value", AWS_PROFILE_FILE_CREDENTIALS, "ops", "[ops]\nregion=a=b=\n", 1,
         0, "a=b="},
        {"nested settings", AWS_PROFILE_FILE_CREDENTIALS, "ops",
         "[ops]\nregion=a\ns3 =\n  region = x\n  [ops2]\n\nrole_arn=r\n", 1, 0, "a", "r"},
        {"an indented first key", AWS_PROFILE_FILE_CREDENTIALS, "ops", "[ops]\n  region=a\n", 1, 0,
         "a"},
        {"keys before any section", AWS_PROFILE_FILE_CREDENTIALS, "ops", "region=x\n[ops]\n", 1},
        {"no equals sign", AWS_PROFILE_FILE_CREDENTIALS, "ops", "\n[ops]\nregion a\n", -EINVAL, 3},
        {"no key", AWS_PROFILE_FILE_CREDENTIALS, "ops", "[ops]\n= a\n", -EINVAL, 2},
        {"trouble in another profile", AWS_PROFILE_FILE_CREDENTIALS, "ops",
         "[other]\nnonsense\n[ops]\nregion=a\n", 1, 0, "a"},
        {"an open bracket", AWS_PROFILE_FILE_CREDENTIALS, "ops", "[ops\nregion=a\n", -EINVAL, 1},
        {"empty", AWS_PROFILE_FILE_CREDENTIALS, "ops", "", 0},
};

START_TEST(reads_profiles) {
        __typeof__(FILES[0]) *row = &FILES[_i];
        struct AwsProfile profile;
        unsigned line = 0;
        int r;

        ck_assert_int_eq(aws_profile_init(&profile, row->profile), 0);
        r = aws_profile_read(&profile, row->kind, row->text, strlen(row->text), &line);
        ck_assert_msg(r == row->r, "%s: got %d", row->name, r);
        ck_assert_msg(line == row->line, "%s: line %u", row->name, line);
        if (r >= 0) {
                ck_assert_msg(text_equal(profile.region, row->region), "%s: region %s", row->name,
                              text_or_empty(profile.region));
                ck_assert_msg(text_equal(profile.role_arn, row->role_arn), "%s: role_arn %s",
                              row->name, text_or_empty(profile.role_arn));
        }
        aws_profile_done(&profile);
        aws_profile_done(&profile);
}
END_TEST

static int read_text(struct AwsProfile *profile, enum AwsProfileFile kind, const char *text) {
        unsigned line = 0;

        return aws_profile_read(profile, kind, text, strlen(text), &line);
}

START_TEST(lays_credentials_over_config) {
        struct AwsProfile profile;

        ck_assert_int_eq(aws_profile_init(&profile, "ops"), 0);
        ck_assert_int_eq(read_text(&profile, AWS_PROFILE_FILE_CONFIG,
                                   "[profile ops]\naws_access_key_id=old\nregion=r\n"
                                   "credential_process = sh -c \"a ; b\" # all of it\n"
                                   "source_profile=sp\ncredential_source=Environment\n"
                                   "external_id=e\nrole_session_name=n\nduration_seconds=900\n"
                                   "mfa_serial=m\nweb_identity_token_file=/t\nca_bundle=/c\n"
                                   "endpoint_url=https://x\nsso_start_url=https://sso\n"),
                         AWS_PROFILE_FOUND);
        ck_assert_int_eq(read_text(&profile, AWS_PROFILE_FILE_CREDENTIALS,
                                   "[ops]\naws_access_key_id=new\naws_secret_access_key=s\n"
                                   "aws_session_token=t\n"),
                         AWS_PROFILE_FOUND);
        ck_assert_int_eq(read_text(&profile, AWS_PROFILE_FILE_CREDENTIALS, "[other]\nregion=x\n"),
                         AWS_PROFILE_ABSENT);

        ck_assert_str_eq(profile.access_key_id, "new");
        ck_assert_str_eq(profile.secret_access_key, "s");
        ck_assert_str_eq(profile.session_token, "t");
        ck_assert_str_eq(profile.region, "r");
        ck_assert_str_eq(profile.credential_process, "sh -c \"a ; b\" # all of it");
        ck_assert_str_eq(profile.source_profile, "sp");
        ck_assert_str_eq(profile.credential_source, "Environment");
        ck_assert_str_eq(profile.external_id, "e");
        ck_assert_str_eq(profile.role_session_name, "n");
        ck_assert_str_eq(profile.duration_seconds, "900");
        ck_assert_str_eq(profile.mfa_serial, "m");
        ck_assert_str_eq(profile.web_identity_token_file, "/t");
        ck_assert_str_eq(profile.ca_bundle, "/c");
        ck_assert_str_eq(profile.endpoint_url, "https://x");
        ck_assert_str_eq(profile.sso_start_url, "https://sso");
        aws_profile_done(&profile);
        ck_assert_ptr_null(profile.secret_access_key);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("credentials");
        ADD_ROWS(reads_json, JSON);
        ADD_ROWS(reads_sts, STS_ANSWERS);
        ADD_ROWS(reads_profiles, FILES);
        tcase_add_test(tests, bounds_answers);
        tcase_add_test(tests, copies_and_ages);
        tcase_add_test(tests, lays_credentials_over_config);
        return suite;
}
