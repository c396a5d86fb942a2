/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are wiped before their memory is given back. Private to lib/aws. */
#pragma once

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* NULL is fine. */
static inline void secret_free(char *text) {
        if (text)
                OPENSSL_cleanse(text, strlen(text));
        free(text);
}
