/* SPDX-License-Identifier: Apache-2.0 */
/* The little of STS that an ECS client needs: GetCallerIdentity and AssumeRole, Query and XML. */
#pragma once

#include "world.h"

enum { FORM_VALUE_MAX = 2048 };

/* One value of an application/x-www-form-urlencoded body, decoded; false if it is not there. */
bool form_value(const char *body, const char *name, char value[FORM_VALUE_MAX]);

struct StsFailure {
        const char *code;
        const char *message;
        unsigned status;
};

/* Both: 0 with the XML appended to `answer`, 1 with *ret_failure, or a negative errno. */
int sts_caller_identity(const struct World *world, const char *caller, struct Buffer *answer);
int sts_assume_role(struct World *world, const char *body, struct Buffer *answer,
                    struct StsFailure *ret_failure);
int sts_error(const char *code, const char *message, struct Buffer *answer);

/* NULL if nobody was given that key. */
const struct Session *session_find(const struct World *world, const char *access_key);
