/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/form.h"

#include <string.h>

int aws_form_begin(struct Buffer *body, const char *action, const char *version) {
        return buffer_append_format(body, "Action=%s&Version=%s", action, version);
}

int aws_form_append(struct Buffer *body, const char *value) {
        static const char plain[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
        int r = 0;

        for (const char *p = value; *p != '\0' && r >= 0; p++)
                r = strchr(plain, *p) ? buffer_append_char(body, *p)
                                      : buffer_append_format(body, "%%%02X", (unsigned char) *p);
        return r;
}

int aws_form_add(struct Buffer *body, const char *name, const char *value) {
        int r = buffer_append_format(body, "&%s=", name);

        return r ?: aws_form_append(body, value);
}
