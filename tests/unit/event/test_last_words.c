/* SPDX-License-Identifier: Apache-2.0 */
/* What of a container's log may be told. No secret here is one: they are put together from pieces
 * that mean nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "event/last_words.h"
#include "event/secrets.h"

#define SIXTEEN "ABCDEFGH23456789"

static const struct {
        const char *text, *masked;
} MASKED[] = {
        {"listening on :8080", "listening on :8080"},
        {"id AKIA" SIXTEEN " is not known", "id *** is not known"},
        {"ASIA" SIXTEEN " and ASIA" SIXTEEN, "*** and ***"},
        {"AKIA too short", "AKIA too short"},
        {"aws_secret_access_key = abc/def+ghi", "aws_secret_access_key = ***"},
        {"{\"password\": \"a b,c\", \"user\": \"x\"}", "{\"password\": \"***\", \"user\": \"x\"}"},
        {"{'clientSecret': 'a b'}", "{'clientSecret': '***'}"},
        {"DB_PASSWORD=abc DB_HOST=db", "DB_PASSWORD=*** DB_HOST=db"},
        {"pwd: abc", "pwd: ***"},
        {"password => abc", "password => ***"},
        {"run --db-password abc --port 1", "run --db-password *** --port 1"},
        {"api-key=abc&x=1", "api-key=***&x=1"},
        {"Authorization: Basic YWJjOmRlZg==", "Authorization: Basic ***"},
        {"{\"authorization\":\"Bearer abc\"}", "{\"authorization\":\"Bearer ***\"}"},
        {"got Bearer abcdefgh.ijk", "got Bearer ***"},
        {"postgres://app:s3cret@db:5432/x", "postgres://app:***@db:5432/x"},
        {"amqp://:s3cret@mq and redis://:other@r", "amqp://:***@mq and redis://:***@r"},
        {"https://" SIXTEEN "@example.com/", "https://***@example.com/"},
        {"http://example.com:80/a@b", "http://example.com:80/a@b"},
        {"jwt eyJ" SIXTEEN "." SIXTEEN "." SIXTEEN ";", "jwt ***;"},
        {"gh"
         "p_" SIXTEEN " gl"
         "pat-" SIXTEEN " xo"
         "xb-" SIXTEEN,
         "*** *** ***"},
        {"sk"
         "_live_" SIXTEEN " AI"
         "za" SIXTEEN " np"
         "m_" SIXTEEN,
         "*** *** ***"},
        {"a\n-----BEGIN RSA PRIVATE KEY-----\nMII\nabc\n-----END RSA PRIVATE KEY-----\nb",
         "a\n***\nb"},
        {"a\n-----BEGIN PRIVATE KEY-----\nMII\nabc", "a\n***"},
        {"MII\nabc\n-----END PRIVATE KEY-----\nb", "***\nb"},
        {"", ""},
};

START_TEST(masks) {
        _cleanup_(buffer_done) struct Buffer got;

        buffer_init(&got, 4096);
        ck_assert_int_eq(secrets_mask(MASKED[_i].text, &got), 0);
        ck_assert_str_eq(buffer_text(&got), MASKED[_i].masked);
}
END_TEST

static const struct {
        const char *what;
        unsigned limit;
        const char *messages[4];
        const char *text;
} TEXTS[] = {
        {"nothing", 20, {NULL}, NULL},
        {"blank lines say nothing", 20, {"\n", "  \t", "\r\n"}, NULL},
        {"in their order", 20, {"one", "two"}, "one\ntwo"},
        {"the last of them", 2, {"one", "two\nthree", "four\n"}, "three\nfour"},
        {"none", 0, {"one"}, NULL},
        {"colours and bells", 20, {"\033[1;31mFATAL\033[0m\a it\r"}, "FATAL  it"},
        {"a sequence that never ends", 20, {"a\033[12"}, "a"},
        {"no UTF-8",
         20,
         {"a\xff"
          "b"},
         "a\xef\xbf\xbd"
         "b"},
        {"a key whose head is further back",
         2,
         {"MII", "abc", "-----END PRIVATE KEY-----", "x"},
         "***\nx"},
};

START_TEST(tells) {
        _cleanup_free_ char *got = NULL;
        size_t n = 0;

        while (n < 4 && TEXTS[_i].messages[n])
                n++;
        ck_assert_int_eq(last_words_text(TEXTS[_i].messages, n, TEXTS[_i].limit, &got), 0);
        if (TEXTS[_i].text)
                ck_assert_msg(got && strcmp(got, TEXTS[_i].text) == 0, "%s: %s", TEXTS[_i].what,
                              got);
        else
                ck_assert_msg(!got, "%s: %s", TEXTS[_i].what, got);
}
END_TEST

/* The last lines that fit, each cut, and never in the middle of a character. */
START_TEST(fits) {
        static char message[64 * 1024];
        const char *messages[LAST_WORDS_LINES_MAX];
        _cleanup_free_ char *got = NULL;

        memset(message, 'x', 2000);
        memcpy(message + 1023, "\xc3\xa4", 2);
        for (size_t i = 0; i < LAST_WORDS_LINES_MAX; i++)
                messages[i] = message;
        messages[LAST_WORDS_LINES_MAX - 1] = "the last";
        ck_assert_int_eq(last_words_text(messages, LAST_WORDS_LINES_MAX, 20, &got), 0);
        ck_assert_uint_eq(strlen(got), 3 * 1023 + 3 + strlen("the last"));
        ck_assert_ptr_nonnull(strstr(got, "x\nthe last"));
}
END_TEST

/* What is cut off may be the part by which a secret is known. */
START_TEST(masks_before_it_cuts) {
        char message[2048] = "";
        const char *messages[] = {message};
        _cleanup_free_ char *got = NULL;

        memset(message, 'x', 1010);
        snprintf(message + 1010, sizeof(message) - 1010, " AKIA" SIXTEEN);
        ck_assert_int_eq(last_words_text(messages, 1, 20, &got), 0);
        ck_assert_ptr_null(strstr(got, "AKIA"));
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("last_words");
        ADD_ROWS(masks, MASKED);
        ADD_ROWS(tells, TEXTS);
        tcase_add_test(tests, fits);
        tcase_add_test(tests, masks_before_it_cuts);
        return suite;
}
