/* SPDX-License-Identifier: Apache-2.0 */
/* One deployment watched to its end, by the code that the daemon judges with. */
#pragma once

#include "references.h"
#include "words/cause.h"
#include "words/verdict.h"
#include "world.h"

struct Watched {
        /* Ours. */
        enum VerdictKind verdict; /* the last that was told; PROGRESSING: none */
        enum Cause cause;
        bool rolls_back; /* as the standard policy has it */
        bool proven;     /* it became last-good */
        usec_t told_at;
        /* The rules that people have today. */
        struct ReferenceOutcome references[N_REFERENCES];
        struct Truth truth;
        usec_t began, ended;
};

void watch_one(const struct Cell *cell, unsigned desired, unsigned percent, uint64_t seed,
               struct Watched *ret);
