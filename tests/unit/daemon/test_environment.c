/* SPDX-License-Identifier: Apache-2.0 */
/* Which URL a service is reached at, by the environment and the shared files: what is nearer to the
 * program goes first, and what is of one service before what is of all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/aws/shared_files.h"
#include "temporary.h"

#define PROFILE "[profile ops]\nservices = local\nendpoint_url = https://profile\nregion = r\n"
#define SERVICES                                                                      \
        "[services other]\necs =\n  endpoint_url = https://other\n"                   \
        "[services local]\nauto_scaling =\n  endpoint_url = https://scaling # ours\n" \
        "s3 =\n  endpoint_url = https://s3\n  addressing_style = path\n"              \
        "ECS = \n\tmax_attempts = 3\n\tENDPOINT_URL=https://services\n"               \
        "[profile else]\nsts =\n  endpoint_url = https://else\n"

static const struct {
        const char *name, *file;
        const char *variable, *value, *second, *second_value; /* of the environment; or NULL */
        const char *service, *url;                            /* wanted */
} ROWS[] = {
        {"nothing", "", NULL, NULL, NULL, NULL, "ecs", NULL},
        {"the services section", PROFILE SERVICES, NULL, NULL, NULL, NULL, "ecs",
         "https://services"},
        {"a key of two words", PROFILE SERVICES, NULL, NULL, NULL, NULL, "autoscaling",
         "https://scaling"},
        {"the profile, for what the section does not name", PROFILE SERVICES, NULL, NULL, NULL,
         NULL, "sts", "https://profile"},
        {"the variable of all goes before the section", PROFILE SERVICES, "AWS_ENDPOINT_URL",
         "https://all", NULL, NULL, "ecs", "https://all"},
        {"the variable of the service goes before the section", PROFILE SERVICES,
         "AWS_ENDPOINT_URL_ECS", "https://ecs", NULL, NULL, "ecs", "https://ecs"},
        {"and takes nothing from others", PROFILE SERVICES, "AWS_ENDPOINT_URL_ECS", "https://ecs",
         NULL, NULL, "autoscaling", "https://scaling"},
        {"the service's before that of all", "", "AWS_ENDPOINT_URL_AUTO_SCALING", "https://a",
         "AWS_ENDPOINT_URL", "https://all", "autoscaling", "https://a"},
        {"logs", "", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "https://l", NULL, NULL, "logs",
         "https://l"},
        {"none of them counts", PROFILE SERVICES, "AWS_ENDPOINT_URL_ECS", "https://ecs",
         "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "ecs", NULL},
};

static struct TemporaryDirectory directory;
static char config_path[256];

static void setup(void) {
        temporary_directory_init(&directory);
        snprintf(config_path, sizeof(config_path), "%s/config", directory.path);
        setenv("AWS_CONFIG_FILE", config_path, 1);
        setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
        setenv("AWS_PROFILE", "ops", 1);
}

static void teardown(void) {
        temporary_directory_done(&directory);
}

static void write_config(const char *text) {
        FILE *file = fopen(config_path, "we");

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fputs(text, file), 0);
        ck_assert_int_eq(fclose(file), 0);
}

START_TEST(finds_the_url) {
        char problem[AWS_PROFILE_PROBLEM_MAX] = "";
        struct AwsEnvironment environment;
        struct AwsProfile profile;
        const char *url;

        write_config(ROWS[_i].file);
        if (ROWS[_i].variable)
                setenv(ROWS[_i].variable, ROWS[_i].value, 1);
        if (ROWS[_i].second)
                setenv(ROWS[_i].second, ROWS[_i].second_value, 1);
        aws_environment_read(&environment);
        ck_assert_msg(shared_files_settings(&environment, &profile, problem) == 0, "%s: %s",
                      ROWS[_i].name, problem);
        url = aws_environment_endpoint(&environment, ROWS[_i].service);
        ck_assert_msg(text_equal(url, ROWS[_i].url), "%s: %s", ROWS[_i].name, text_or_empty(url));
        aws_profile_done(&profile);
}
END_TEST

static const struct {
        const char *file, *problem;
} REFUSED[] = {
        {PROFILE, "has no section [services local], which it names"},
        {PROFILE "[services local]\necs =\n  endpoint_url\n", "config:7: this line cannot be read"},
        {PROFILE "[services local]\necs\n", "config:6: this line cannot be read"},
};

START_TEST(says_what_is_wrong) {
        char problem[AWS_PROFILE_PROBLEM_MAX] = "";
        struct AwsEnvironment environment;
        struct AwsProfile profile;

        write_config(REFUSED[_i].file);
        aws_environment_read(&environment);
        ck_assert_int_lt(shared_files_settings(&environment, &profile, problem), 0);
        ck_assert_msg(strstr(problem, REFUSED[_i].problem), "%s", problem);
        ck_assert_ptr_null(environment.region);
        aws_profile_done(&profile);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("environment");
        tcase_add_checked_fixture(tests, setup, teardown);
        ADD_ROWS(finds_the_url, ROWS);
        ADD_ROWS(says_what_is_wrong, REFUSED);
        return suite;
}
