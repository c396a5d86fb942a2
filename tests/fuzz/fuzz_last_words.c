/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a container wrote: what is told of it is short, valid UTF-8 and without control
 * characters, and each line is a line. Messages are separated by a NUL. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "event/last_words.h"
#include "fuzz.h"

enum { MESSAGES_MAX = 16 };

static void check(const char *text) {
        FUZZ_CHECK(strlen(text) <= LAST_WORDS_MAX && text_is_utf8(text, strlen(text)));
        for (; *text; text++)
                FUZZ_CHECK((unsigned char) *text >= ' ' || (*text == '\n' && text[1] != '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *copy = malloc(size + 1), *text = NULL;
        const char *messages[MESSAGES_MAX];
        size_t n = 0;

        if (!copy)
                return 0;
        memcpy(copy, data, size);
        copy[size] = '\0';
        for (const char *at = copy; at <= copy + size && n < MESSAGES_MAX; at += strlen(at) + 1)
                messages[n++] = at;
        if (last_words_text(messages, n, 20, &text) >= 0 && text)
                check(text);
        free(text);
        free(copy);
        return 0;
}
