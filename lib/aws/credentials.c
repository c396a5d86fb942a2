/* SPDX-License-Identifier: Apache-2.0 */
/* The value, and the answers that carry one. */
#include "aws/credentials.h"

#include <errno.h>
#include <string.h>

#include "aws/json.h"
#include "aws/secret.h"
#include "aws/xml.h"
#include "base/text.h"

void aws_credentials_done(struct AwsCredentials *credentials) {
        secret_free(credentials->access_key_id);
        secret_free(credentials->secret_access_key);
        secret_free(credentials->session_token);
        *credentials = (struct AwsCredentials) {0};
}

int aws_credentials_make(const char *access_key_id, const char *secret_access_key,
                         const char *session_token, usec_t expires, struct AwsCredentials *ret) {
        struct AwsCredentials made = {.expires = expires};

        if (!secret_fits_header(access_key_id) || !secret_fits_header(secret_access_key) ||
            (session_token && !secret_fits_header(session_token)))
                return -EINVAL;

        made.access_key_id = strdup(access_key_id);
        made.secret_access_key = strdup(secret_access_key);
        made.session_token = session_token ? strdup(session_token) : NULL;
        if (!made.access_key_id || !made.secret_access_key ||
            (session_token && !made.session_token)) {
                aws_credentials_done(&made);
                return -ENOMEM;
        }

        *ret = made;
        return 0;
}

int aws_credentials_copy(const struct AwsCredentials *credentials, struct AwsCredentials *ret) {
        return aws_credentials_make(credentials->access_key_id, credentials->secret_access_key,
                                    credentials->session_token, credentials->expires, ret);
}

bool aws_credentials_expire_within(const struct AwsCredentials *credentials, usec_t now,
                                   usec_t margin) {
        return credentials->expires != USEC_UNKNOWN &&
               credentials->expires <= usec_add(now, margin);
}

/* Absent (NULL) is fine: they never expire. */
static int expiration_parse(const char *text, usec_t *ret) {
        *ret = USEC_UNKNOWN;
        return text ? time_parse_rfc3339(text, ret) : 0;
}

int aws_credentials_from_json(const char *body, size_t size, struct AwsCredentials *ret) {
        json_auto_t *root = NULL;
        const json_t *version, *expiration;
        const char *code, *token;
        usec_t expires;
        int r;

        r = aws_json_load(body, size, AWS_CREDENTIALS_BYTES_MAX, &root);
        if (r < 0)
                return r;

        code = aws_json_text(root, "Code");
        version = json_object_get(root, "Version");
        if ((code && strcmp(code, "Success") != 0) || (version && json_integer_value(version) != 1))
                return -EINVAL;

        expiration = json_object_get(root, "Expiration");
        if (expiration && !json_is_null(expiration) && !aws_json_text(root, "Expiration"))
                return -EINVAL;
        r = expiration_parse(aws_json_text(root, "Expiration"), &expires);
        if (r < 0)
                return r;

        token = aws_json_text(root, "Token");
        token = token ? token : aws_json_text(root, "SessionToken");
        return aws_credentials_make(aws_json_text(root, "AccessKeyId"),
                                    aws_json_text(root, "SecretAccessKey"),
                                    text_is_empty(token) ? NULL : token, expires, ret);
}

static int sts_text_read(const char *body, size_t size, const char *path, struct Buffer *text) {
        int r;

        buffer_init(text, AWS_CREDENTIALS_BYTES_MAX);
        r = aws_xml_text(body, size, path, text);
        return r == -ENOENT ? -EINVAL : r;
}

int aws_credentials_from_sts_xml(const char *body, size_t size, struct AwsCredentials *ret) {
        static const char *const PATHS[] = {
                "Credentials/AccessKeyId",
                "Credentials/SecretAccessKey",
                "Credentials/SessionToken",
                "Credentials/Expiration",
        };
        struct Buffer texts[ARRAY_SIZE(PATHS)] = {0};
        usec_t expires = USEC_UNKNOWN;
        int r = 0;

        if (size > AWS_CREDENTIALS_BYTES_MAX)
                return -E2BIG;

        for (size_t i = 0; i < ARRAY_SIZE(PATHS) && r >= 0; i++)
                r = sts_text_read(body, size, PATHS[i], &texts[i]);
        if (r >= 0)
                r = time_parse_rfc3339(buffer_text(&texts[3]), &expires);
        if (r >= 0)
                r = aws_credentials_make(buffer_text(&texts[0]), buffer_text(&texts[1]),
                                         buffer_text(&texts[2]), expires, ret);
        for (size_t i = 0; i < ARRAY_SIZE(PATHS); i++)
                buffer_wipe(&texts[i]);
        return r;
}
