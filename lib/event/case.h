/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict's case as JSON: the file of `ecswatchctl judge --record`. Instants and durations are
 * microseconds, shares fractions, words and texts as ECS has them. */
#pragma once

#include "base/arena.h"
#include "words/case.h"
#include "words/verdict.h"

enum { CASE_JSON_MAX = 64 * 1024 * 1024, CASE_PROBLEM_MAX = 256 };

/* {"version":1,"rollout":…,"at":…,"rule":…,"evidence":…,"verdict":…}: `verdict` as it was reached.
 * free(). 0 or -ENOMEM. */
int case_json(const struct Case *of, const struct Verdict *verdict, char **ret);

/* Everything lives in `arena`; `ret->verdict` is the member's compact text. 0; -EINVAL with
 * `problem` in words (no JSON, not such a file, of a later version); or -ENOMEM. */
int case_parse(const char *text, size_t size, struct Arena *arena, struct Case *ret,
               char problem[CASE_PROBLEM_MAX]);

/* What of a verdict can be compared: {"verdict":…,"cause":…,"summary":…,"counts":…,…}, compact.
 * free(). 0 or -ENOMEM. */
int case_verdict_json(const struct Verdict *verdict, char **ret);
