/* SPDX-License-Identifier: Apache-2.0 */
/* Walks UTF-8 one sequence at a time. */
#include "event/text.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes that the lead byte announces; 0 for one that leads nothing. */
static size_t announced(unsigned char lead) {
        if (lead < 0x80)
                return 1;
        if (lead >= 0xc2 && lead < 0xe0)
                return 2;
        if (lead >= 0xe0 && lead < 0xf0)
                return 3;
        return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

size_t event_text_clean(const char *text, size_t limit, char *ret, size_t size) {
        size_t used = 0;

        limit = MIN(limit, size - 1);
        while (*text) {
                size_t n = announced((unsigned char) *text);
                const char *piece = text;
                size_t piece_size = n;

                if (n == 0 || strnlen(text, n) < n || !text_is_utf8(text, n)) {
                        piece = REPLACEMENT;
                        piece_size = strlen(REPLACEMENT);
                        n = 1;
                } else if (n == 1 && ((unsigned char) *text < 0x20 || *text == 0x7f))
                        piece = " ";

                if (used + piece_size > limit)
                        break;
                memcpy(ret + used, piece, piece_size);
                used += piece_size;
                text += n;
        }
        ret[used] = '\0';
        return used;
}
