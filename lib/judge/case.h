/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict's case taken down, and judged again. */
#pragma once

#include "judge/evidence.h"
#include "words/case.h"

/* Borrows from the rollout and the evidence, until either changes; arrays live in `arena`. 0 or
 * -ENOMEM. `ret->verdict` is NULL. */
int case_take(const struct Evidence *evidence, const struct Rollout *rollout,
              const struct JudgeRule *rule, usec_t now, struct Arena *arena, struct Case *ret);

/* The evidence as it was. 0 or -ENOMEM. */
int case_evidence(const struct Case *of, struct Evidence **ret);
