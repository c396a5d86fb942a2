/* SPDX-License-Identifier: Apache-2.0 */
/* What each way sends, and what its answers mean: a table. Private to daemon/act. */
#pragma once

#include "aws/operation.h"
#include "base/buffer.h"
#include "daemon/act/perform.h"

enum { SENDING_CALLS_MAX = 3 };

/* One call of a way: the operation and its body. */
struct SendingCall {
        enum AwsOperation operation;
        int (*body)(const struct PerformRequest *request, struct Buffer *body);
};

/* What an accepted answer tells besides. */
struct SendingQuestion {
        enum ActionKind kind;
        const char *judged; /* deployment */
        usec_t judged_created_at;
        const char *body;
        size_t body_size;
};

struct Sending {
        enum ActionKind kind;
        enum RollbackMethod method;
        struct SendingCall
                calls[SENDING_CALLS_MAX]; /* one after the other; `body` NULL ends them */
        /* Of the last call's accepted answer; NULL: nothing. It may say that AWS did not do it,
         * with the reason in `text`. */
        void (*read)(const struct SendingQuestion *question, struct PerformAnswer *answer,
                     char text[256]);
        const char *const *closes; /* codes by which AWS says that this way is closed */
        const char *const *waits;  /* codes by which it says: not now */
};

const struct Sending *sending_of(const struct ActionRecord *action); /* NULL: there is none */
bool sending_closes(const struct Sending *sending, const struct AwsAnswer *answer);
bool sending_waits(const struct Sending *sending, const struct AwsAnswer *answer);
