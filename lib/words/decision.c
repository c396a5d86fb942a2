/* SPDX-License-Identifier: Apache-2.0 */
/* Names of decisions, and their reasons. */
#include "words/decision.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *decision_kind_name(enum DecisionKind kind) {
        static const char *const names[] = {
                [DECISION_NOTHING] = "nothing", [DECISION_WAIT] = "wait",    [DECISION_ACT] = "act",
                [DECISION_WOULD] = "would",     [DECISION_SKIP] = "skipped",
        };

        return names[kind];
}

bool decision_object(char ret_reason[DECISION_REASON_MAX], const char *format, ...) {
        char whole[2 * DECISION_REASON_MAX];
        va_list arguments;
        size_t size;

        va_start(arguments, format);
        vsnprintf(whole, sizeof(whole), format, arguments);
        va_end(arguments);

        size = text_cut_utf8(whole, MIN(strlen(whole), (size_t) DECISION_REASON_MAX - 1));
        memcpy(ret_reason, whole, size);
        ret_reason[size] = '\0';
        return true;
}
