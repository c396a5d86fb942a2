/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of webhooks. The expected one was computed by another program (Python's hmac). */
#include <errno.h>
#include <string.h>

#include "check_main.h"
#include "event/webhook.h"

#define EXPECTED_SIGNATURE "v1,daJC9zjteVUEcGf6sESvuljSVDEsnQ3shawBrSwYgzU="
#define EXPECTED_PADDED "v1,Aq+Q+iVkpo8fvBLAFl4DjkTfWrQTJXOF5y/VUCCyw5k="

static const struct {
        const char *name, *secret;
        int r;
} SECRETS[] = {
        {"as it is", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", 0},
        {"a file's line", " whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n", 0},
        {"no prefix", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", -EINVAL},
        {"too short", "whsec_AAECAwQFBgcICQoLDA0O", -EINVAL},
        {"no base64", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFR!!", -EINVAL},
        {"padding within", "whsec_AAEC=wQFBgcICQoLDA0ODxAREhMUFRYX", -EINVAL},
        {"empty", "whsec_", -EINVAL},
        {"nothing", "", -EINVAL},
};

START_TEST(signs) {
        static const char body[] = "{\"test\": 2432232314}";
        char got[WEBHOOK_SIGNATURE_SIZE] = "untouched";
        int r = webhook_sign(SECRETS[_i].secret, "msg_1", 1614265330, body, strlen(body), got);

        ck_assert_msg(r == SECRETS[_i].r, "%s: got %d", SECRETS[_i].name, r);
        ck_assert_str_eq(got, r < 0 ? "untouched" : EXPECTED_SIGNATURE);
}
END_TEST

/* 16 bytes need padding, which may be left out. */
START_TEST(reads_padding) {
        char with[WEBHOOK_SIGNATURE_SIZE], without[WEBHOOK_SIGNATURE_SIZE];

        ck_assert_int_eq(webhook_sign("whsec_AAECAwQFBgcICQoLDA0ODw==", "a", 1, "b", 1, with), 0);
        ck_assert_int_eq(webhook_sign("whsec_AAECAwQFBgcICQoLDA0ODw", "a", 1, "b", 1, without), 0);
        ck_assert_str_eq(with, EXPECTED_PADDED);
        ck_assert_str_eq(with, without);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("webhook");
        ADD_ROWS(signs, SECRETS);
        tcase_add_test(tests, reads_padding);
        return suite;
}
