/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Resource Names, as far as ECS uses them. Nothing is allocated: parts are views into the
 * text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ArnPart {
        const char *text; /* not NUL-terminated */
        size_t size;
};

struct Arn {
        struct ArnPart partition, service, region, account, resource;
};

/* False unless the text has the form arn:partition:service:region:account:resource. */
bool arn_parse(const char *text, struct Arn *ret);

/* Copies a part; cut to `size` - 1 bytes. Returns `text`. */
char *arn_part_copy(const struct ArnPart *part, char *text, size_t size);

/* "my-app:2" of "arn:…:task-definition/my-app:2"; "web" of "…:service/my-cluster/web" or
 * "…:service/web"; a text that is no ARN is returned as it is. Never NULL for a text; NULL for
 * NULL. */
const char *arn_short_name(const char *text);
