/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of the query protocol: application/x-www-form-urlencoded. Private to lib/aws and
 * daemon/aws. */
#pragma once

#include "base/buffer.h"

/* "Action=…&Version=…". Both are letters, digits and '-'. 0, -ENOMEM, -ENOBUFS. */
int aws_form_begin(struct Buffer *body, const char *action, const char *version);
/* The value, encoded byte by byte; "&NAME=VALUE" of it. Likewise. */
int aws_form_append(struct Buffer *body, const char *value);
int aws_form_add(struct Buffer *body, const char *name, const char *value);
