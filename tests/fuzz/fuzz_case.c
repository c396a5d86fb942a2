/* SPDX-License-Identifier: Apache-2.0 */
/* A file for `ecswatchctl judge --replay`: whatever it says, it is refused in words or judged. */
#include <errno.h>

#include "event/case.h"
#include "fuzz.h"
#include "judge/case.h"
#include "judge/judge.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 };

static void judge(const struct Case *of) {
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        _cleanup_free_ char *text = NULL;
        struct Verdict verdict;

        if (case_evidence(of, &evidence) >= 0 &&
            judge_verdict(evidence, &of->rule, of->at, &verdict) >= 0)
                FUZZ_CHECK(case_verdict_json(&verdict, &text) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ARENA_BYTES);
        char problem[CASE_PROBLEM_MAX];
        struct Case of;
        int r;

        if (!arena)
                return 0;
        r = case_parse((const char *) data, size, arena, &of, problem);
        FUZZ_CHECK((r == -EINVAL) == (problem[0] != '\0'));
        if (r >= 0)
                judge(&of);
        return 0;
}
