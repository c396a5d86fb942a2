/* SPDX-License-Identifier: Apache-2.0 */
/* The table of wordings, for the code that matches it. Others ask judge/classify.h. */
#pragma once

#include <stddef.h>

#include "words/cause.h"

/* `words` are lower case with single spaces; "*" stands for anything between two parts, "^" and "$"
 * anchor. The first row that matches decides, so particular wordings come before general ones. */
struct Wording {
        const char *words;
        unsigned kinds; /* bits by enum TextKind */
        enum Cause cause;
};

extern const struct Wording WORDINGS[];
extern const size_t N_WORDINGS;

/* What a stop code says when the texts are not recognised. */
struct StopCode {
        const char *code;
        enum Cause cause;
};

extern const struct StopCode STOP_CODES[];
extern const size_t N_STOP_CODES;
