/* SPDX-License-Identifier: Apache-2.0 */
/* Error answers, and the URLs that come from the environment. */
#include <string.h>

#include "aws/endpoint.h"
#include "aws/retry.h"
#include "base/macros.h"
#include "base/text.h"
#include "fuzz.h"

static void error_check(const struct AwsError *error) {
        FUZZ_CHECK(error->code[0] != '\0');
        FUZZ_CHECK(strnlen(error->code, sizeof(error->code)) < sizeof(error->code));
        FUZZ_CHECK(strnlen(error->message, sizeof(error->message)) < sizeof(error->message));
        FUZZ_CHECK(text_is_utf8(error->code, strlen(error->code)));
        FUZZ_CHECK(text_is_utf8(error->message, strlen(error->message)));
        for (const char *p = error->message; *p != '\0'; p++)
                FUZZ_CHECK((unsigned char) *p >= ' ');
        FUZZ_CHECK(aws_error_class_name(aws_error_classify(error))[0] != '\0');
}

static void url_check(const char *text) {
        char authority[AWS_AUTHORITY_MAX];
        struct AwsUrl url;

        if (aws_url_parse(text, &url) < 0)
                return;
        FUZZ_CHECK(url.host[0] != '\0' && url.port > 0 && url.path[0] == '/');
        FUZZ_CHECK(strlen(aws_url_authority(&url, authority)) >= strlen(url.host));
        aws_url_is_allowed(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *body = (const char *) data;
        _cleanup_free_ char *text = strndup(body, size);
        struct AwsError error;

        FUZZ_CHECK(text);
        FUZZ_CHECK(aws_error_from_json(400, NULL, body, size, &error) == 0);
        error_check(&error);
        FUZZ_CHECK(aws_error_from_json(400, text, "", 0, &error) == 0);
        error_check(&error);
        aws_error_from_xml(503, body, size, &error);
        error_check(&error);
        url_check(text);
        return 0;
}
