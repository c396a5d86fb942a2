/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static void hex_encode(const unsigned char digest[HASH_BYTES], char hex[HASH_HEX_MAX]) {
        static const char DIGITS[] = "0123456789abcdef";

        for (size_t i = 0; i < HASH_BYTES; i++) {
                hex[2 * i] = DIGITS[digest[i] >> 4];
                hex[2 * i + 1] = DIGITS[digest[i] & 15];
        }
        hex[HASH_HEX_MAX - 1] = '\0';
}

int hash_hex(const void *data, size_t size, char hex[HASH_HEX_MAX]) {
        unsigned char digest[HASH_BYTES];

        if (EVP_Digest(size > 0 ? data : "", size, digest, NULL, EVP_sha256(), NULL) != 1)
                return -EIO;
        hex_encode(digest, hex);
        return 0;
}

int hash_hmac(const void *key, size_t key_size, const char *data, size_t size,
              unsigned char digest[HASH_BYTES]) {
        if (!HMAC(EVP_sha256(), key, (int) key_size, (const unsigned char *) data, size, digest,
                  NULL))
                return -EIO;
        return 0;
}

int hash_hmac_hex(const void *key, size_t key_size, const char *data, size_t size,
                  char hex[HASH_HEX_MAX]) {
        unsigned char digest[HASH_BYTES];
        int r;

        r = hash_hmac(key, key_size, data, size, digest);
        if (r >= 0)
                hex_encode(digest, hex);
        return r;
}
