/* SPDX-License-Identifier: Apache-2.0 */
/* What programs log by mistake, and nobody should be sent. */
#pragma once

#include "base/buffer.h"

/* Appends the text, which may have several lines, with *** for each of: AWS's access keys; what
 * follows `Authorization:` and `Bearer`; passwords and tokens in URLs; values of names such as
 * password, secret, token, api_key; JSON Web Tokens; tokens of GitHub, GitLab, Slack, Stripe,
 * Google and npm; private keys. Of a private key of which only the end is there, everything before
 * it goes. 0, -ENOMEM or -ENOBUFS. */
int secrets_mask(const char *text, struct Buffer *ret);
