/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict just reached makes of a rollout: its course from progressing to a final verdict
 * and, after a success, to last-good. Pure. */
#pragma once

#include <stdbool.h>

#include "base/time.h"
#include "words/policy.h"
#include "words/verdict.h"

/* Where a rollout stands. */
struct Course {
        enum VerdictKind verdict; /* as told; PROGRESSING: none yet */
        bool vacuous;             /* succeeded with zero desired tasks, and has had none since */
        bool recovered;           /* failed, and told as recovered */
        usec_t proving_since; /* since when its tasks are watched after the success; USEC_UNKNOWN:
                                 not yet, there are none, or the watcher was away */
};

enum CourseStep {
        COURSE_STAYS,
        COURSE_SUCCEEDS, /* evidence starts again from nothing */
        COURSE_FAILS,
        COURSE_STALLS,
        COURSE_RECOVERS,
        COURSE_FILLS,  /* the vacuous success has tasks now, which do well */
        COURSE_PROVES, /* last-good: a whole look began after watch_after_success had passed since
                          the success and since the last failure that blames the code (24 h at
                          most), so a crash loop of any period up to it is found */
};

/* A rollout that had proven itself is judged again: a task was restarted (judge/restart.h). Only
 * while it is younger than `act_within`, or than 24 h if since its success a failure blamed the
 * code (the last verdict's `blamed`); false: it is not. */
bool course_reopen(struct Course *course, usec_t started_at, uint64_t blamed,
                   const struct JudgeRule *rule, usec_t now);

/* Takes the step; `now` is AWS's time of the verdict. */
enum CourseStep course_step(struct Course *course, const struct Verdict *verdict,
                            const struct JudgeRule *rule, usec_t now);
