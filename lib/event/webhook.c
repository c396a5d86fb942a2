/* SPDX-License-Identifier: Apache-2.0 */
/* Standard Webhooks signatures over libcrypto's HMAC. */
#include "event/webhook.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

#define SECRET_PREFIX "whsec_"

enum {
        BASE64_MAX = 4 * ((WEBHOOK_SECRET_MAX + 2) / 3),
        ID_MAX = 256,                   /* ours have 64 characters */
        SIGNED_MAX = 1024 * 1024 + 512, /* no body of ours comes near */
};

/* EVP_DecodeBlock() counts the padding as zero bytes; the padding says how many those are. */
static int decode_key(const char *text, size_t size, unsigned char *key, size_t *ret_size) {
        char padded[BASE64_MAX + 1];
        size_t padding = 0;
        int n;

        while (size > 0 && text[size - 1] == '=' && padding < 2) {
                size--;
                padding++;
        }
        if (size == 0 || size > BASE64_MAX || size % 4 == 1 ||
            (padding > 0 && (size + padding) % 4 != 0) || memchr(text, '=', size))
                return -EINVAL;

        /* Secrets are handed around without their padding, too. */
        padding = (4 - size % 4) % 4;
        memcpy(padded, text, size);
        memset(padded + size, '=', padding);
        n = EVP_DecodeBlock(key, (const unsigned char *) padded, (int) (size + padding));
        OPENSSL_cleanse(padded, sizeof(padded));
        if (n < 0)
                return -EINVAL;

        *ret_size = (size_t) n - padding;
        return *ret_size < WEBHOOK_SECRET_MIN || *ret_size > WEBHOOK_SECRET_MAX ? -EINVAL : 0;
}

static int read_secret(const char *secret, unsigned char *key, size_t *ret_size) {
        size_t size;

        while (isspace((unsigned char) *secret))
                secret++;
        if (!text_starts_with(secret, SECRET_PREFIX))
                return -EINVAL;

        secret += strlen(SECRET_PREFIX);
        size = strlen(secret);
        while (size > 0 && isspace((unsigned char) secret[size - 1]))
                size--;
        return decode_key(secret, size, key, ret_size);
}

static int sign(const unsigned char *key, size_t key_size, const struct Buffer *content,
                char ret[WEBHOOK_SIGNATURE_SIZE]) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size;

        if (!HMAC(EVP_sha256(), key, (int) key_size, (const unsigned char *) content->data,
                  content->size, digest, &size))
                return -ENOMEM;

        memcpy(ret, "v1,", 3);
        EVP_EncodeBlock((unsigned char *) ret + 3, digest, (int) size);
        return 0;
}

int webhook_sign(const char *secret, const char *id, uint64_t timestamp, const void *body,
                 size_t size, char ret[WEBHOOK_SIGNATURE_SIZE]) {
        _cleanup_(buffer_done) struct Buffer content = {};
        unsigned char key[BASE64_MAX];
        size_t key_size = 0;
        int r;

        buffer_init(&content, SIGNED_MAX);
        r = read_secret(secret, key, &key_size);
        if (r >= 0)
                r = buffer_append_format(&content, "%.*s.%llu.", (int) ID_MAX, id,
                                         (unsigned long long) timestamp);
        if (r >= 0)
                r = buffer_append(&content, body, size);
        if (r >= 0)
                r = sign(key, key_size, &content, ret);
        OPENSSL_cleanse(key, sizeof(key));
        return r;
}
