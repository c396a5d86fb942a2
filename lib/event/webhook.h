/* SPDX-License-Identifier: Apache-2.0 */
/* Signs webhooks. Source: Standard Webhooks 1.0 (webhook-id, webhook-timestamp,
 * webhook-signature). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* "v1," and 44 characters of base64. */
enum { WEBHOOK_SIGNATURE_SIZE = 3 + 44 + 1, WEBHOOK_SECRET_MIN = 16, WEBHOOK_SECRET_MAX = 64 };

/* HMAC-SHA256 of "id.timestamp.body" under the secret, "whsec_" and base64 of 16 to 64 bytes (white
 * space around it is ignored: it comes from a file). `timestamp` in Unix seconds. 0, -EINVAL (the
 * secret is not what it should be), -ENOBUFS (a body above 1 MiB) or -ENOMEM. */
int webhook_sign(const char *secret, const char *id, uint64_t timestamp, const void *body,
                 size_t size, char ret[WEBHOOK_SIGNATURE_SIZE]);
