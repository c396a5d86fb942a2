/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are wiped before their memory is given back. Private to lib/aws. */
#pragma once

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* NULL is fine. */
static inline void secret_free(char *text) {
        if (text)
                OPENSSL_cleanse(text, strlen(text));
        free(text);
}

/* Fit for a header: printable ASCII without spaces, and not nothing; NULL is not. */
static inline bool secret_fits_header(const char *text) {
        if (!text || *text == '\0')
                return false;
        for (; *text != '\0'; text++)
                if (*text <= ' ' || *text >= 0x7F)
                        return false;
        return true;
}
