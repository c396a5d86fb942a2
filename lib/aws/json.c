/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign JSON, with ceilings. */
#include "aws/json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* jansson allows 2,048 levels of recursion; the brackets are counted before it sees them. */
static bool is_too_deep(const char *body, size_t size) {
        bool in_string = false;
        size_t depth = 0;

        for (size_t i = 0; i < size; i++) {
                char c = body[i];

                if (in_string) {
                        if (c == '\\')
                                i++;
                        else if (c == '"')
                                in_string = false;
                } else if (c == '"') {
                        in_string = true;
                } else if (c == '[' || c == '{') {
                        if (++depth > AWS_JSON_DEPTH_MAX)
                                return true;
                } else if ((c == ']' || c == '}') && depth > 0) {
                        depth--;
                }
        }
        return false;
}

int aws_json_load(const char *body, size_t size, size_t ceiling, json_t **ret) {
        json_error_t error = {0};
        json_t *value;

        if (size > ceiling)
                return -E2BIG;
        if (size == 0 || is_too_deep(body, size))
                return -EINVAL;

        value = json_loadb(body, size, JSON_ALLOW_NUL, &error);
        /* Where an allocation fails deep inside, jansson leaves the error without a text. */
        if (!value)
                return error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory
                               ? -ENOMEM
                               : -EINVAL;

        *ret = value;
        return 0;
}

const char *aws_json_text(const json_t *object, const char *name) {
        const json_t *member = json_object_get(object, name);
        const char *text = json_string_value(member);

        return text && strlen(text) == json_string_length(member) ? text : NULL;
}
