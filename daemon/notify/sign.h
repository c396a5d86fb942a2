/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of Standard Webhooks (https://www.standardwebhooks.com). Computes only. */
#pragma once

enum { SIGNATURE_MAX = 64 }; /* "v1," and the base64 of 32 bytes */

/* HMAC-SHA256 over "id.timestamp.body". `secret` is whsec_ and base64 of 24 to 64 bytes, or the
 * base64 alone. 0, -EINVAL (the secret is not that), -ENOMEM. */
int webhook_signature(const char *secret, const char *id, const char *timestamp, const char *body,
                      char signature[SIGNATURE_MAX]);
