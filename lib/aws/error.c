/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS answers when it does not do what was asked. */
#include "aws/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "aws/json.h"
#include "aws/xml.h"
#include "base/text.h"

/* Cuts to the room, and makes the bytes fit for a log: they may come from anybody's proxy. */
static void text_keep(char *to, size_t room, const char *text, size_t size) {
        bool utf8 = text_is_utf8(text, size);
        size_t n = MIN(size, room - 1);

        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char) text[i];

                if (c < ' ' || c == 0x7F)
                        to[i] = ' ';
                else
                        to[i] = c < 0x80 || utf8 ? text[i] : '?';
        }
        to[n] = '\0';
        /* What was cut may have left a sequence's beginning at the end. */
        if (utf8 && n < size && ((unsigned char) text[n] & 0xC0) == 0x80) {
                while (n > 0 && ((unsigned char) to[n - 1] & 0xC0) == 0x80)
                        n--;
                to[n > 0 ? n - 1 : 0] = '\0';
        }
}

/* "aws.ecs#ClusterNotFoundException:http://…" -> "ClusterNotFoundException" */
static bool code_keep(struct AwsError *error, const char *type) {
        const char *hash;
        size_t n;

        if (text_is_empty(type))
                return false;

        n = strcspn(type, ":");
        hash = memrchr(type, '#', n);
        if (hash) {
                n -= (size_t) (hash + 1 - type);
                type = hash + 1;
        }
        if (n == 0)
                return false;
        text_keep(error->code, sizeof(error->code), type, n);
        return true;
}

static void error_begin(int status, const char *body, size_t size, struct AwsError *ret) {
        *ret = (struct AwsError) {.status = status};
        snprintf(ret->code, sizeof(ret->code), "%d", status);
        if (size > 0)
                text_keep(ret->message, sizeof(ret->message), body, size);
}

int aws_error_from_json(int status, const char *type_header, const char *body, size_t size,
                        struct AwsError *ret) {
        json_auto_t *root = NULL;
        struct AwsError error;
        const json_t *message;
        int r;

        r = aws_json_load(body, size, AWS_ERROR_BODY_BYTES_MAX, &root);
        if (r == -ENOMEM)
                return r;

        error_begin(status, body, size, &error);
        if (!code_keep(&error, aws_json_text(root, "__type")) && !code_keep(&error, type_header))
                code_keep(&error, aws_json_text(root, "code"));

        message = json_object_get(root, "message");
        if (!json_is_string(message))
                message = json_object_get(root, "Message");
        if (json_is_string(message))
                text_keep(error.message, sizeof(error.message), json_string_value(message),
                          json_string_length(message));
        *ret = error;
        return 0;
}

static bool xml_text_read(const char *body, size_t size, const char *path, struct Buffer *text) {
        buffer_clear(text);
        return aws_xml_text(body, size, path, text) == 0 && text->size > 0;
}

void aws_error_from_xml(int status, const char *body, size_t size, struct AwsError *ret) {
        _cleanup_(buffer_done) struct Buffer text;

        buffer_init(&text, AWS_ERROR_BODY_BYTES_MAX);
        error_begin(status, body, size, ret);
        if (size > AWS_ERROR_BODY_BYTES_MAX)
                return;

        if (xml_text_read(body, size, "Error/Code", &text))
                text_keep(ret->code, sizeof(ret->code), text.data, text.size);
        if (xml_text_read(body, size, "Error/Message", &text))
                text_keep(ret->message, sizeof(ret->message), text.data, text.size);
}
