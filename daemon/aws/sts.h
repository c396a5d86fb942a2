/* SPDX-License-Identifier: Apache-2.0 */
/* What both ways of asking STS for a role's credentials share. Private to daemon/aws. */
#pragma once

#include "aws/endpoint.h"
#include "aws/error.h"
#include "daemon/aws/fetch.h"

#define STS_CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

enum { STS_BODY_BYTES_MAX = 128 * 1024 };

struct StsRole {
        const char *arn, *external_id;               /* or NULL */
        const char *session_name, *duration_seconds; /* NULL: the usual */
};

/* 0; a negative errno for sts_not_asked(). */
int sts_url(const struct Fetch *fetch, struct AwsUrl *ret);
/* The Region that the signature names; NULL: none is known. */
const char *sts_region(const struct Fetch *fetch);
/* The body, without a token. 0, -ENOMEM, -ENOBUFS. */
int sts_body(const struct Fetch *fetch, const char *action, const struct StsRole *role,
             struct Buffer *ret);

/* The fetch ends: STS could not even be asked. */
void sts_not_asked(struct Fetch *fetch, int r);
/* The credentials of a successful answer, whose Date is learned first: they expire by it. */
void sts_answered(struct Fetch *fetch, const struct HttpResponse *response);
/* Its error, when the status is not 200. */
void sts_error(const struct HttpResponse *response, struct AwsError *ret);
