/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4. The rows named "published" are inputs and signatures of AWS's test suite
 * (2015-08-30, region us-east-1, service "service"); the others were signed by AWS's own SDK. All
 * use the test suite's example credentials. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/sigv4.h"
#include "check_main.h"

#define HOST "example.amazonaws.com"
#define JSON_TYPE \
        { "Content-Type", "application/x-amz-json-1.1" }
#define TARGET \
        { "x-amz-target", "AmazonEC2ContainerServiceV20141113.UpdateService" }

enum { ROW_HEADERS_MAX = 5 };

static const struct {
        const char *name, *method, *path, *query;
        struct Sigv4Header headers[ROW_HEADERS_MAX];
        const char *body, *token, *region, *service; /* region NULL: a published row */
        const char *signature;
} SIGNATURES[] = {
        {"published: nothing special",
         "GET",
         "/",
         "",
         {{"Host", HOST}},
         "",
         NULL,
         NULL,
         NULL,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"published: empty body of a POST",
         "POST",
         "",
         NULL,
         {{"Host", HOST}},
         "",
         NULL,
         NULL,
         NULL,
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        {"published: the same name three times",
         "GET",
         "/",
         "",
         {{"Host", HOST},
          {"My-Header1", "value2"},
          {"My-Header1", "value2"},
          {"My-Header1", "value1"}},
         "",
         NULL,
         NULL,
         NULL,
         "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        {"published: values keep their order",
         "GET",
         "/",
         "",
         {{"Host", HOST},
          {"My-Header1", "value4"},
          {"My-Header1", "value1"},
          {"My-Header1", "value3"},
          {"My-Header1", "value2"}},
         "",
         NULL,
         NULL,
         NULL,
         "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
        {"published: a folded value",
         "GET",
         "/",
         "",
         {{"Host", HOST}, {"My-Header1", "value1\n  value2\n     value3"}},
         "",
         NULL,
         NULL,
         NULL,
         "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"},
        {"published: spaces inside and around",
         "GET",
         "/",
         "",
         {{"Host", HOST}, {"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
         "",
         NULL,
         NULL,
         NULL,
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        {"published: a name's case does not count",
         "POST",
         "/",
         "",
         {{"MY-HEADER1", "value1"}, {"hOST", HOST}},
         "",
         NULL,
         NULL,
         NULL,
         "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
        {"published: a value's case counts",
         "POST",
         "/",
         "",
         {{"Host", HOST}, {"My-Header1", "VALUE1"}},
         "",
         NULL,
         NULL,
         NULL,
         "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
        {"published: UTF-8 in the path",
         "GET",
         "/\xE1\x88\xB4",
         "",
         {{"Host", HOST}},
         "",
         NULL,
         NULL,
         NULL,
         "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        {"published: UTF-8 in the query",
         "GET",
         "/",
         "\xE1\x88\xB4=bar",
         {{"Host", HOST}},
         "",
         NULL,
         NULL,
         NULL,
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
        {"published: encoded names sort by their bytes",
         "GET",
         "/",
         "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
         {{"Host", HOST}},
         "",
         NULL,
         NULL,
         NULL,
         "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
        {"published: a session token",
         "GET",
         "/",
         "",
         {{"Host", HOST}},
         "",
         "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
         NULL,
         NULL,
         "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
        {"JSON body",
         "POST",
         "/",
         "",
         {JSON_TYPE, TARGET, {"Host", "ecs.eu-west-1.amazonaws.com"}},
         "{\"cluster\":\"prod\",\"service\":\"web\",\"taskDefinition\":\"web:6\"}",
         NULL,
         "eu-west-1",
         "ecs",
         "032eccd248cae7c7420c2fabdf307dd99e40f61dfcfbf4af06c21abc8eed0034"},
        {"UTF-8 body and token",
         "POST",
         "/",
         "",
         {TARGET, JSON_TYPE, {"Host", "ecs.eu-west-1.amazonaws.com"}},
         "{\"service\":\"gr\xC3\xB6\xC3\x9F"
         "e-\xE1\x88\xB4\"}",
         "token/+==",
         "eu-west-1",
         "ecs",
         "6e0e23dee408fe116f9a508bdf485c5b177c5b0531538f59c7ce2f6241ac8a41"},
        {"a port in the host",
         "POST",
         "/",
         "",
         {{"Host", "127.0.0.1:4566"}, JSON_TYPE, TARGET},
         "{}",
         NULL,
         "eu-west-1",
         "ecs",
         "85a8109140422221d5396628e98ea3446e47f4b3ce736bb70dc77a65f45bff12"},
        {"the query protocol of STS in China",
         "POST",
         "/",
         "",
         {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
          {"Host", "sts.cn-north-1.amazonaws.com.cn"}},
         "Action=GetCallerIdentity&Version=2011-06-15",
         NULL,
         "cn-north-1",
         "sts",
         "0296b214594d0d3870aa8aa57aad700ddeb748c5b31ab86c88d5f9b6e644db95"},
        {"dots, empty segments and an escape in the path",
         "GET",
         "/a/./b//../c%20d/",
         "",
         {{"Host", HOST}},
         "",
         NULL,
         "eu-west-1",
         "execute-api",
         "17c2aea33660b0003bbbd7186459c59062550ea6feff8ce2df95174b1bf59241"},
        {"two dots at the end of the path",
         "GET",
         "/a/b/..",
         "",
         {{"Host", HOST}},
         "",
         NULL,
         "eu-west-1",
         "execute-api",
         "a448dc8e37dac6a63f13329eac867e331f41e9104472bb72d58ed768e2b6c1e3"},
        {"values of one parameter, empty ones, none",
         "GET",
         "/",
         "b=2&a=2&a=1&A=x%20y&c=&d",
         {{"Host", HOST}},
         "",
         NULL,
         "eu-west-1",
         "ecs",
         "7b78e1475721012c43d71e016b2c200b14c4e4f15ef2310dc975fe6911c36752"},
        {"unreserved and reserved in the query",
         "GET",
         "/",
         "&a=~-_.%2f%2B&",
         {{"Host", HOST}},
         "",
         NULL,
         "eu-west-1",
         "ecs",
         "d9f4d71c514519f670e331b5d5e2fc3042de69daa6841273981fc2b28cf6d05d"},
};

static const struct AwsCredentials CREDENTIALS = {
        .access_key_id = (char *) "AKIDEXAMPLE",
        .secret_access_key = (char *) "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

START_TEST(signs_as_aws_does) {
        __typeof__(SIGNATURES[0]) *row = &SIGNATURES[_i];
        bool published = !row->region;
        struct Sigv4Request request = {
                .method = row->method,
                .path = row->path,
                .query = row->query,
                .headers = row->headers,
                .body = row->body,
                .body_size = strlen(row->body),
        };
        struct Sigv4Scope scope = {
                .region = published ? "us-east-1" : row->region,
                .service = published ? "service" : row->service,
        };
        struct AwsCredentials credentials = CREDENTIALS;
        struct Sigv4Signed result;
        const char *got;

        while (request.n_headers < ROW_HEADERS_MAX && row->headers[request.n_headers].name)
                request.n_headers++;
        credentials.session_token = (char *) row->token;
        ck_assert_int_eq(time_parse_rfc3339(published ? "2015-08-30T12:36:00Z"
                                                      : "2026-11-23T01:02:03Z",
                                            &scope.now),
                         0);

        ck_assert_int_eq(sigv4_sign(&request, &credentials, &scope, &result), 0);
        got = strstr(result.authorization, "Signature=");
        ck_assert_msg(got && strcmp(got + strlen("Signature="), row->signature) == 0,
                      "%s: got %s, expected %s", row->name, result.authorization, row->signature);
        ck_assert_str_eq(result.amz_date, published ? "20150830T123600Z" : "20261123T010203Z");
        sigv4_signed_done(&result);
}
END_TEST

START_TEST(writes_every_step) {
        static const struct Sigv4Header HEADERS[] = {{"X-Amz-Date", "20261123T010203Z"},
                                                     {"Host", "a"},
                                                     {"b", " c  d "},
                                                     {"B", "e"}};
        static const struct Sigv4Request REQUEST = {
                .method = "GET",
                .path = "/x/../y",
                .query = "q",
                .headers = HEADERS,
                .n_headers = ARRAY_SIZE(HEADERS),
        };
        struct Sigv4Scope scope = {.region = "r", .service = "s", .now = 1795395723 * USEC_PER_SEC};
        _cleanup_(buffer_done) struct Buffer canonical, names, text;

        buffer_init(&canonical, 4096);
        buffer_init(&names, 4096);
        buffer_init(&text, 4096);
        ck_assert_int_eq(sigv4_canonical_request(&REQUEST, &canonical, &names), 0);
        ck_assert_str_eq(buffer_text(&names), "b;host;x-amz-date");
        ck_assert_str_eq(buffer_text(&canonical),
                         "GET\n/y\nq=\nb:c d,e\nhost:a\nx-amz-date:20261123T010203Z\n\n"
                         "b;host;x-amz-date\n"
                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

        ck_assert_int_eq(sigv4_string_to_sign(&scope, &canonical, &text), 0);
        ck_assert_ptr_nonnull(strstr(buffer_text(&text), "AWS4-HMAC-SHA256\n20261123T010203Z\n"
                                                         "20261123/r/s/aws4_request\n"));
        ck_assert_uint_eq(text.size, strlen("AWS4-HMAC-SHA256\n20261123T010203Z\n"
                                            "20261123/r/s/aws4_request\n") +
                                             64);
}
END_TEST

START_TEST(names_scope_and_headers) {
        static const struct Sigv4Header HEADERS[] = {{"Host", "a"}};
        static const struct Sigv4Request REQUEST = {.method = "POST",
                                                    .headers = HEADERS,
                                                    .n_headers = 1};
        struct Sigv4Scope scope = {.region = "eu-west-1",
                                   .service = "ecs",
                                   .now = 1795395723 * USEC_PER_SEC};
        struct AwsCredentials credentials = CREDENTIALS;
        struct Sigv4Signed result;

        credentials.session_token = (char *) "t";
        ck_assert_int_eq(sigv4_sign(&REQUEST, &credentials, &scope, &result), 0);
        ck_assert_ptr_eq(strstr(result.authorization,
                                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/ecs/"
                                "aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, "
                                "Signature="),
                         result.authorization);
        sigv4_signed_done(&result);
        ck_assert_ptr_null(result.authorization);
        sigv4_signed_done(&result);
}
END_TEST

START_TEST(refuses) {
        static struct Sigv4Header many[SIGV4_HEADERS_MAX + 1];
        static const struct Sigv4Header HOST_ONLY[] = {{"Host", "a"}};
        struct Sigv4Scope scope = {.region = "r", .service = "s", .now = USEC_PER_SEC};
        struct Sigv4Signed result = {.amz_date = "kept"};
        struct Sigv4Request request = {.method = "GET", .headers = many};
        char query[4 * SIGV4_QUERY_PARAMETERS_MAX + 8] = "";

        for (size_t i = 0; i < ARRAY_SIZE(many); i++)
                many[i] = (struct Sigv4Header) {"x", "y"};

        request.n_headers = 3;
        ck_assert_int_eq(sigv4_sign(&request, &CREDENTIALS, &scope, &result), -EINVAL);
        request.n_headers = ARRAY_SIZE(many);
        ck_assert_int_eq(sigv4_sign(&request, &CREDENTIALS, &scope, &result), -E2BIG);

        for (size_t i = 0; i <= SIGV4_QUERY_PARAMETERS_MAX; i++)
                strcat(query, "a=b&");
        request = (struct Sigv4Request) {.method = "GET",
                                         .headers = HOST_ONLY,
                                         .n_headers = 1,
                                         .query = query};
        ck_assert_int_eq(sigv4_sign(&request, &CREDENTIALS, &scope, &result), -E2BIG);
        ck_assert_str_eq(result.amz_date, "kept");
        ck_assert_ptr_null(result.authorization);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("sigv4");
        ADD_ROWS(signs_as_aws_does, SIGNATURES);
        tcase_add_test(tests, writes_every_step);
        tcase_add_test(tests, names_scope_and_headers);
        tcase_add_test(tests, refuses);
        return suite;
}
