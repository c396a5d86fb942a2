/* SPDX-License-Identifier: Apache-2.0 */
/* What a container wrote last, made fit to be told. */
#pragma once

#include <stddef.h>

enum {
        LAST_WORDS_LINES_MAX = 100,
        LAST_WORDS_MAX = 4096, /* bytes of all lines, with a line feed after each */
};

/* Of the messages, oldest first, the last `limit` lines that have a word, and of these the last
 * ones that fit into LAST_WORDS_MAX; lines are cut at 1,024 bytes. Control characters and terminal
 * sequences are gone, what looks like a secret is masked (event/secrets.h). `*ret`: the lines with
 * a line feed between two, free(); NULL where there are none. 0 or -ENOMEM. */
int last_words_text(const char *const *messages, size_t n, unsigned limit, char **ret);
