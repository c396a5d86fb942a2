/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by libcrypto, as AWS's signatures take it. Each 0, or -EIO when libcrypto refuses. */
#pragma once

#include <stddef.h>

enum {
        HASH_BYTES = 32,
        HASH_HEX_MAX = 2 * HASH_BYTES + 1, /* lower case, and the NUL */
};

int hash_hex(const void *data, size_t size, char hex[HASH_HEX_MAX]);
/* `digest` may be the key. */
int hash_hmac(const void *key, size_t key_size, const char *data, size_t size,
              unsigned char digest[HASH_BYTES]);
int hash_hmac_hex(const void *key, size_t key_size, const char *data, size_t size,
                  char hex[HASH_HEX_MAX]);
