/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the specification, on libcrypto. */
#include "daemon/notify/sign.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

enum { KEY_MIN = 24, KEY_MAX = 64, SIGNED_BYTES_MAX = 1 << 20, DIGEST_BYTES = 32 };

/* EVP_DecodeBlock() counts the padding as bytes and wants whole groups. */
static int key_decode(const char *secret, unsigned char key[KEY_MAX + 8], size_t *ret_size) {
        const char *text = text_starts_with(secret, "whsec_") ? secret + 6 : secret;
        size_t size = strlen(text);
        int n;

        if (size == 0 || size % 4 != 0 || size / 4 * 3 > KEY_MAX + 2)
                return -EINVAL;
        n = EVP_DecodeBlock(key, (const unsigned char *) text, (int) size);
        if (n < 0)
                return -EINVAL;
        n -= text_ends_with(text, "==") ? 2 : text_ends_with(text, "=") ? 1 : 0;
        if (n < KEY_MIN || n > KEY_MAX)
                return -EINVAL;
        *ret_size = (size_t) n;
        return 0;
}

int webhook_signature(const char *secret, const char *id, const char *timestamp, const char *body,
                      char signature[SIGNATURE_MAX]) {
        unsigned char key[KEY_MAX + 8], digest[DIGEST_BYTES];
        struct Buffer text;
        size_t key_size;
        int r;

        r = key_decode(secret, key, &key_size);
        if (r < 0)
                return r;
        buffer_init(&text, SIGNED_BYTES_MAX);
        r = buffer_append_format(&text, "%s.%s.%s", id, timestamp, body);
        if (r >= 0 && !HMAC(EVP_sha256(), key, (int) key_size,
                            (const unsigned char *) buffer_text(&text), text.size, digest, NULL))
                r = -ENOMEM;
        OPENSSL_cleanse(key, sizeof(key));
        buffer_done(&text);
        if (r < 0)
                return r;

        memcpy(signature, "v1,", 3);
        EVP_EncodeBlock((unsigned char *) signature + 3, digest, sizeof(digest));
        return 0;
}
