/* SPDX-License-Identifier: Apache-2.0 */
/* Error answers, their classes, and the price of trying again. */
#include <stdio.h>
#include <string.h>

#include "aws/retry.h"
#include "base/text.h"
#include "check_main.h"

static const struct {
        const char *name;
        int status;
        const char *header, *body;
        const char *code, *message;
        enum AwsErrorClass class;
} JSON_ERRORS[] = {
        {"plain", 400, NULL, "{\"__type\":\"ClusterNotFoundException\",\"message\":\"none\"}",
         "ClusterNotFoundException", "none", AWS_ERROR_FINAL},
        {"namespace", 400, NULL, "{\"__type\":\"com.amazonaws.ecs#ThrottlingException\"}",
         "ThrottlingException", "{\"__type\":\"com.amazonaws.ecs#ThrottlingException\"}",
         AWS_ERROR_THROTTLED},
        {"namespace and link", 500, NULL,
         "{\"__type\":\"a#b#ServerException:http://x/#y\",\"message\":\"m\"}", "ServerException",
         "m", AWS_ERROR_TRANSIENT},
        {"Message", 400, NULL, "{\"__type\":\"AccessDeniedException\",\"Message\":\"not you\"}",
         "AccessDeniedException", "not you", AWS_ERROR_DENIED},
        {"header only", 403, "ExpiredTokenException:http://x/", "{\"message\":\"old\"}",
         "ExpiredTokenException", "old", AWS_ERROR_EXPIRED_TOKEN},
        {"body before header", 400, "Throttling", "{\"__type\":\"ClientException\"}",
         "ClientException", "{\"__type\":\"ClientException\"}", AWS_ERROR_FINAL},
        {"code member", 400, NULL, "{\"code\":\"ServiceUnavailable\",\"message\":\"\"}",
         "ServiceUnavailable", "", AWS_ERROR_TRANSIENT},
        {"mistyped type", 400, NULL, "{\"__type\":7,\"message\":[]}", "400",
         "{\"__type\":7,\"message\":[]}", AWS_ERROR_FINAL},
        {"empty type", 400, NULL, "{\"__type\":\"a#:\",\"message\":\"m\"}", "400", "m",
         AWS_ERROR_FINAL},
        {"empty body", 503, NULL, "", "503", "", AWS_ERROR_TRANSIENT},
        {"a proxy's page", 502, NULL, "<html>\r\n<h1>502\x1B[1m</h1>", "502",
         "<html>  <h1>502 [1m</h1>", AWS_ERROR_TRANSIENT},
        {"not UTF-8", 404, NULL, "caf\xE9", "404", "caf?", AWS_ERROR_FINAL},
        {"cut off", 400, NULL, "{\"__type\":\"Throttling\",", "400", "{\"__type\":\"Throttling\",",
         AWS_ERROR_FINAL},
        {"NUL in the message", 400, NULL, "{\"__type\":\"X\",\"message\":\"a\\u0000b\\n\"}", "X",
         "a b ", AWS_ERROR_FINAL},
        {"NUL in the type", 500, NULL, "{\"__type\":\"X\\u0000\",\"message\":\"m\"}", "500", "m",
         AWS_ERROR_TRANSIENT},
        {"skew in a signature error", 403, NULL,
         "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: 2026 is "
         "now\"}",
         "InvalidSignatureException", "Signature expired: 2026 is now", AWS_ERROR_CLOCK_SKEW},
        {"too early", 403, NULL,
         "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature not yet current: 2\"}",
         "InvalidSignatureException", "Signature not yet current: 2", AWS_ERROR_CLOCK_SKEW},
        {"a wrong signature", 403, NULL,
         "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature\"}",
         "InvalidSignatureException", "The request signature", AWS_ERROR_DENIED},
        {"expired by its code", 400, NULL, "{\"__type\":\"RequestExpired\",\"message\":\"m\"}",
         "RequestExpired", "m", AWS_ERROR_CLOCK_SKEW},
        {"no code, forbidden", 403, NULL, "", "403", "", AWS_ERROR_DENIED},
        {"no code, throttled", 429, NULL, "", "429", "", AWS_ERROR_THROTTLED},
        {"unknown code, 5xx", 500, NULL, "{\"__type\":\"Odd\",\"message\":\"m\"}", "Odd", "m",
         AWS_ERROR_TRANSIENT},
        {"a code beats its status", 500, NULL, "{\"__type\":\"Throttling\",\"message\":\"m\"}",
         "Throttling", "m", AWS_ERROR_THROTTLED},
};

START_TEST(reads_json_errors) {
        __typeof__(JSON_ERRORS[0]) *row = &JSON_ERRORS[_i];
        struct AwsError error;

        ck_assert_int_eq(aws_error_from_json(row->status, row->header, row->body, strlen(row->body),
                                             &error),
                         0);
        ck_assert_int_eq(error.status, row->status);
        ck_assert_msg(strcmp(error.code, row->code) == 0, "%s: code '%s'", row->name, error.code);
        ck_assert_msg(strcmp(error.message, row->message) == 0, "%s: message '%s'", row->name,
                      error.message);
        ck_assert_msg(aws_error_classify(&error) == row->class, "%s: %s", row->name,
                      aws_error_class_name(aws_error_classify(&error)));
}
END_TEST

static const struct {
        const char *name, *body, *code, *message;
} XML_ERRORS[] = {
        {"STS",
         "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code>"
         "<Message>&lt;you&gt; &amp; &#x2019;me&#39;</Message></Error></ErrorResponse>",
         "AccessDenied", "<you> & \xE2\x80\x99me'"},
        {"with a prologue and a comment",
         "<?xml version='1.0'?><!-- <Error><Code>No</Code> --><R><Error><Code>A</Code>"
         "<Message><![CDATA[<m>]]></Message></Error></R>",
         "A", "<m>"},
        {"no message", "<R><Error><Code>A</Code></Error></R>", "A",
         "<R><Error><Code>A</Code></Error></R>"},
        {"empty code", "<R><Error><Code/><Message>m</Message></Error></R>", "400", "m"},
        {"a code elsewhere", "<R><Code>A</Code></R>", "400", "<R><Code>A</Code></R>"},
        {"not XML", "oops", "400", "oops"},
        {"a DOCTYPE", "<!DOCTYPE a><Error><Code>A</Code></Error>", "400",
         "<!DOCTYPE a><Error><Code>A</Code></Error>"},
        {"an unknown entity", "<Error><Code>&x;</Code></Error>", "400",
         "<Error><Code>&x;</Code></Error>"},
        {"cut off", "<Error><Code>A", "400", "<Error><Code>A"},
        {"crossed", "<Error><a><b></a></b><Code>A</Code></Error>", "400",
         "<Error><a><b></a></b><Code>A</Code></Error>"},
        {"NUL by reference", "<Error><Code>&#0;</Code></Error>", "400",
         "<Error><Code>&#0;</Code></Error>"},
        {"empty", "", "400", ""},
};

START_TEST(reads_xml_errors) {
        __typeof__(XML_ERRORS[0]) *row = &XML_ERRORS[_i];
        struct AwsError error;

        aws_error_from_xml(400, row->body, strlen(row->body), &error);
        ck_assert_msg(strcmp(error.code, row->code) == 0, "%s: code '%s'", row->name, error.code);
        ck_assert_msg(strcmp(error.message, row->message) == 0, "%s: message '%s'", row->name,
                      error.message);
}
END_TEST

START_TEST(cuts_messages_between_characters) {
        char body[2 * AWS_ERROR_MESSAGE_MAX + 64];
        struct AwsError error;
        int n = snprintf(body, sizeof(body), "{\"message\":\"");

        for (int i = 0; i < AWS_ERROR_MESSAGE_MAX; i++)
                n += snprintf(body + n, sizeof(body) - (size_t) n, i == 0 ? "a" : "\xC3\xA9");
        strcat(body, "\"}");
        ck_assert_int_eq(aws_error_from_json(400, NULL, body, strlen(body), &error), 0);
        ck_assert_uint_eq(strlen(error.message), AWS_ERROR_MESSAGE_MAX - 1);
        ck_assert(text_is_utf8(error.message, strlen(error.message)));

        body[12] = (char) 0xC3;
        body[13] = (char) 0xA9;
        body[14] = 'a';
        ck_assert_int_eq(aws_error_from_json(400, NULL, body, strlen(body), &error), 0);
        ck_assert(text_is_utf8(error.message, strlen(error.message)));
}
END_TEST

START_TEST(delays_with_full_jitter) {
        static const unsigned CEILING_S[] = {1, 2, 4, 8, 16, 20, 20};
        struct Random random;

        random_init(&random, 7);
        for (unsigned attempt = 1; attempt <= ARRAY_SIZE(CEILING_S); attempt++) {
                usec_t ceiling = CEILING_S[attempt - 1] * USEC_PER_SEC, least = ceiling, most = 0;

                for (int i = 0; i < 1000; i++) {
                        usec_t delay = aws_retry_delay(attempt, &random);

                        least = MIN(least, delay);
                        most = MAX(most, delay);
                }
                ck_assert_uint_le(most, ceiling);
                ck_assert_uint_gt(most, ceiling * 9 / 10);
                ck_assert_uint_lt(least, ceiling / 10);
        }
        ck_assert_uint_le(aws_retry_delay(0, &random), USEC_PER_SEC);
        ck_assert_uint_le(aws_retry_delay(4000000000U, &random), 20 * USEC_PER_SEC);
}
END_TEST

START_TEST(quota_runs_out_and_comes_back) {
        struct AwsRetryQuota quota;

        aws_retry_quota_init(&quota);
        for (int i = 0; i < AWS_RETRY_QUOTA_MAX / AWS_RETRY_COST_TIMEOUT; i++)
                ck_assert(aws_retry_quota_take(&quota, AWS_RETRY_COST_TIMEOUT));
        ck_assert(!aws_retry_quota_take(&quota, AWS_RETRY_COST));
        ck_assert_uint_eq(quota.tokens, 0);

        aws_retry_quota_succeeded(&quota, 0);
        ck_assert_uint_eq(quota.tokens, 1);
        ck_assert(!aws_retry_quota_take(&quota, AWS_RETRY_COST));
        aws_retry_quota_succeeded(&quota, AWS_RETRY_COST);
        ck_assert_uint_eq(quota.tokens, 6);
        ck_assert(aws_retry_quota_take(&quota, AWS_RETRY_COST));

        for (int i = 0; i < 2 * AWS_RETRY_QUOTA_MAX; i++)
                aws_retry_quota_succeeded(&quota, AWS_RETRY_COST_TIMEOUT);
        ck_assert_uint_eq(quota.tokens, AWS_RETRY_QUOTA_MAX);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("error");
        ADD_ROWS(reads_json_errors, JSON_ERRORS);
        ADD_ROWS(reads_xml_errors, XML_ERRORS);
        tcase_add_test(tests, cuts_messages_between_characters);
        tcase_add_test(tests, delays_with_full_jitter);
        tcase_add_test(tests, quota_runs_out_and_comes_back);
        return suite;
}
