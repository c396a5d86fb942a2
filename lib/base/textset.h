/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that were seen: their hashes, eight bytes each, so that remembering tens of thousands of
 * ARNs costs little. Two texts with one hash are taken for one, which among a million happens once
 * in thirty million sets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct TextSet {         /* all zero: empty */
        uint64_t *slots; /* 0: free */
        size_t n, allocated;
};

bool text_set_has(const struct TextSet *set, const char *text);
/* 0, -ENOMEM, or -ENOBUFS beyond `ceiling` texts. One that is there already is no error. */
int text_set_add(struct TextSet *set, const char *text, size_t ceiling);
void text_set_clear(struct TextSet *set); /* frees it; empty again */
