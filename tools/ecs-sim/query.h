/* SPDX-License-Identifier: Apache-2.0 */
/* What the services that speak the query protocol share: forms in, XML out. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

enum { FORM_VALUE_MAX = 2048 };

/* One value of an application/x-www-form-urlencoded body, decoded; false if it is not there. */
bool form_value(const char *body, const char *name, char value[FORM_VALUE_MAX]);

struct QueryFailure {
        const char *code;
        const char *message;
        unsigned status;
};

#define QUERY_METADATA                                                                    \
        "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></" \
        "ResponseMetadata>"

struct World;

/* What answers one operation of the query protocol. 0 with the XML appended to `answer`, 1 with
 * *ret_failure, or a negative errno. */
struct QueryCall {
        struct World *world;
        const char *body;   /* the form */
        const char *caller; /* ARN */
};
typedef int QueryAnswer(const struct QueryCall *call, struct Buffer *answer,
                        struct QueryFailure *ret_failure);

/* <NAME>TEXT</NAME>, and an error's whole answer. 0 or a negative errno. */
int query_element(struct Buffer *answer, const char *name, const char *text);
int query_error(const char *code, const char *message, struct Buffer *answer);
