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

/* What the ledger knows of the service and the fleet. */
enum Past {
        PAST_NONE,  /* a new ledger: `tolerate` is the policy's */
        PAST_USUAL, /* 20 good deployments of the service, which failed as often as the cell's good
                       attempts do; in the fleet one attempt of 200 failed */
        PAST_CLEAN, /* the same, but none has ever failed here: what fails now is new */
};

struct Trial {
        const struct Cell *cell;
        unsigned desired, percent;
        enum Past past;
        uint64_t seed;
};

void watch_one(const struct Trial *trial, struct Watched *ret);
