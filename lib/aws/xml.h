/* SPDX-License-Identifier: Apache-2.0 */
/* Texts out of the small XML answers of the query protocol. Not an XML parser: it knows elements,
 * attributes that it skips, character references and CDATA, and refuses a DOCTYPE. Private to
 * lib/aws. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum { AWS_XML_DEPTH_MAX = 32, AWS_XML_TEXT_MAX = 4096 };

/* The text of the first element whose path ends in `path` ("Credentials/AccessKeyId"), appended to
 * `ret`. Namespaces are not looked at: a prefix is part of the name. 0, -ENOENT, -EINVAL (not well
 * formed up to there), -ENOMEM, -ENOBUFS. */
int aws_xml_text(const char *body, size_t size, const char *path, struct Buffer *ret);

/* Whether it is an answer of the query protocol, and not cut off: each ends with the id of its
 * request. */
bool aws_xml_is_answer(const char *body, size_t size);
