/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an answer is worth another try, when, and whether we can afford it: the "standard" mode
 * of AWS's SDKs (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html). */
#pragma once

#include <stdbool.h>

#include "aws/error.h"
#include "base/random.h"
#include "base/time.h"

enum AwsErrorClass {
        AWS_ERROR_FINAL,         /* asking again gives the same answer */
        AWS_ERROR_DENIED,        /* final too: permissions or credentials are refused */
        AWS_ERROR_TRANSIENT,     /* ask again after a while */
        AWS_ERROR_THROTTLED,     /* ask again later, and ask less */
        AWS_ERROR_EXPIRED_TOKEN, /* fetch credentials, then once more */
        AWS_ERROR_CLOCK_SKEW,    /* set the offset from the Date header, then once more */
};

/* By code, and by status where the code says nothing. A failed connection is transient without
 * being asked here. */
enum AwsErrorClass aws_error_classify(const struct AwsError *error);
const char *aws_error_class_name(enum AwsErrorClass class);

enum {
        AWS_ATTEMPTS_MAX = 3, /* the first one included */
        AWS_RETRY_QUOTA_MAX = 500,
        AWS_RETRY_COST = 5,
        AWS_RETRY_COST_TIMEOUT = 10, /* no answer at all costs the other side more */
};

/* Full jitter: anything up to min(2^(attempt - 1) s, 20 s), where `attempt` is the one that failed,
 * from 1. */
usec_t aws_retry_delay(unsigned attempt, struct Random *random);

/* One for each endpoint: when most calls fail, retries stop by themselves. A plain value. */
struct AwsRetryQuota {
        unsigned tokens;
};

void aws_retry_quota_init(struct AwsRetryQuota *quota);
/* False, and nothing taken, when there is not enough. */
bool aws_retry_quota_take(struct AwsRetryQuota *quota, unsigned cost);
/* A call succeeded: `cost` is what its last retry took, 0 if it had none (then one token returns).
 */
void aws_retry_quota_succeeded(struct AwsRetryQuota *quota, unsigned cost);
