/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS answers when it does not do what was asked. */
#pragma once

#include <stddef.h>

enum {
        AWS_ERROR_CODE_MAX = 128,     /* bytes with the NUL; AWS's longest is about 60 */
        AWS_ERROR_MESSAGE_MAX = 1024, /* cut there, never inside of a UTF-8 sequence */
        AWS_ERROR_BODY_BYTES_MAX = 256 * 1024,
};

/* A plain value. `code` is AWS's name ("ThrottlingException"), or the HTTP status in digits where
 * the answer names none (a proxy's page, an empty body). Texts are valid UTF-8 without control
 * characters: fit for a log. */
struct AwsError {
        int status;
        char code[AWS_ERROR_CODE_MAX];
        char message[AWS_ERROR_MESSAGE_MAX];
};

/* JSON 1.0 and 1.1: `__type` cut at the first ':' and taken after the last '#', else the
 * x-amzn-ErrorType header (`type_header`, may be NULL) treated alike, else `code`; message or
 * Message. A body that is no such JSON is the message. 0 or -ENOMEM. */
int aws_error_from_json(int status, const char *type_header, const char *body, size_t size,
                        struct AwsError *ret);

/* Query protocol: <Error><Code>…</Code><Message>…</Message>. */
void aws_error_from_xml(int status, const char *body, size_t size, struct AwsError *ret);
