/* SPDX-License-Identifier: Apache-2.0 */
/* Names of verdicts and outcomes. */
#include "words/verdict.h"

static const char *const KINDS[] = {
        [VERDICT_PROGRESSING] = "progressing", [VERDICT_SUCCEEDED] = "succeeded",
        [VERDICT_FAILED] = "failed",           [VERDICT_STALLED] = "stalled",
        [VERDICT_SUPERSEDED] = "superseded",   [VERDICT_REVERTED] = "reverted",
};

const char *verdict_kind_name(enum VerdictKind kind) {
        return KINDS[kind];
}

bool verdict_kind_is_final(enum VerdictKind kind) {
        return kind != VERDICT_PROGRESSING && kind != VERDICT_STALLED;
}
