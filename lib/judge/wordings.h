/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of wordings, for the code that matches them. Others ask judge/classify.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "words/cause.h"

/* A text is read tier by tier; the first that has a row for it decides. */
enum WordingTierKind {
        TIER_SENTENCES, /* whole sentences of ECS: the first row that fits */
        TIER_NAMES,     /* error names and phrases, of which one stands within the other: the
                           innermost, that is the last one in the text */
        TIER_WORDS,     /* words that tell where no name does: the first row that fits */
        TIER_FRAMES,    /* what only frames the words of others, when those tell nothing: the first
                           row that fits */
        _WORDING_TIER_COUNT,
};

/* `words` are lower case with single spaces and without articles; "*" stands for anything between
 * two parts, "^" and "$" anchor. */
struct Wording {
        const char *words;
        unsigned kinds; /* bits by enum TextKind */
        enum Cause cause;
        bool permanent;  /* cannot heal by itself, whatever row decides about the cause */
        bool of_another; /* a container says it, but another one is why */
};

struct WordingTier {
        const struct Wording *rows;
        size_t n;
};

extern const struct WordingTier WORDING_TIERS[_WORDING_TIER_COUNT];

/* What a stop code says when the texts are not recognised. */
struct StopCode {
        const char *code;
        enum Cause cause;
};

extern const struct StopCode STOP_CODES[];
extern const size_t N_STOP_CODES;
