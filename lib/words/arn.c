/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Resource Names. */
#include "words/arn.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"

bool arn_parse(const char *text, struct Arn *ret) {
        struct ArnPart parts[5];
        const char *p = text;

        if (!text_starts_with(text, "arn:"))
                return false;
        p += 4;
        for (size_t i = 0; i < 4; i++) {
                const char *colon = strchr(p, ':');

                if (!colon)
                        return false;
                parts[i] = (struct ArnPart) {p, (size_t) (colon - p)};
                p = colon + 1;
        }
        parts[4] = (struct ArnPart) {p, strlen(p)};
        if (parts[0].size == 0 || parts[1].size == 0 || parts[4].size == 0)
                return false;
        *ret = (struct Arn) {parts[0], parts[1], parts[2], parts[3], parts[4]};
        return true;
}

char *arn_part_copy(const struct ArnPart *part, char *text, size_t size) {
        size_t n = MIN(part->size, size - 1);

        memcpy(text, part->text, n);
        text[n] = '\0';
        return text;
}

const char *arn_short_name(const char *text) {
        if (!text_starts_with(text, "arn:"))
                return text;
        return text_after_last(text, '/');
}
