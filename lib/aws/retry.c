/* SPDX-License-Identifier: Apache-2.0 */
/* The code decides, because the same error has another status from service to service; the status
 * speaks only for answers without a code that we know. */
#include "aws/retry.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"

enum { RETRY_DELAY_CEILING_SECONDS = 20 };

static const struct {
        const char *code;
        enum AwsErrorClass class;
} CODES[] = {
        /* The lists of botocore's retries/standard.py and of AWS's "Common Errors" pages. */
        {"RequestTimeout", AWS_ERROR_TRANSIENT},
        {"RequestTimeoutException", AWS_ERROR_TRANSIENT},
        {"InternalError", AWS_ERROR_TRANSIENT},
        {"InternalFailure", AWS_ERROR_TRANSIENT},
        {"InternalServerError", AWS_ERROR_TRANSIENT},
        {"InternalServiceError", AWS_ERROR_TRANSIENT},
        {"ServerException", AWS_ERROR_TRANSIENT},
        {"ServiceUnavailable", AWS_ERROR_TRANSIENT},
        {"ServiceUnavailableException", AWS_ERROR_TRANSIENT},
        {"IDPCommunicationError", AWS_ERROR_TRANSIENT},
        {"Throttling", AWS_ERROR_THROTTLED},
        {"ThrottlingException", AWS_ERROR_THROTTLED},
        {"ThrottledException", AWS_ERROR_THROTTLED},
        {"RequestThrottledException", AWS_ERROR_THROTTLED},
        {"TooManyRequestsException", AWS_ERROR_THROTTLED},
        {"ProvisionedThroughputExceededException", AWS_ERROR_THROTTLED},
        {"TransactionInProgressException", AWS_ERROR_THROTTLED},
        {"RequestLimitExceeded", AWS_ERROR_THROTTLED},
        {"BandwidthLimitExceeded", AWS_ERROR_THROTTLED},
        {"LimitExceededException", AWS_ERROR_THROTTLED},
        {"RequestThrottled", AWS_ERROR_THROTTLED},
        {"SlowDown", AWS_ERROR_THROTTLED},
        {"PriorRequestNotComplete", AWS_ERROR_THROTTLED},
        {"EC2ThrottledException", AWS_ERROR_THROTTLED},
        {"ExpiredToken", AWS_ERROR_EXPIRED_TOKEN},
        {"ExpiredTokenException", AWS_ERROR_EXPIRED_TOKEN},
        {"RequestExpired", AWS_ERROR_CLOCK_SKEW},
        {"RequestInTheFuture", AWS_ERROR_CLOCK_SKEW},
        {"RequestTimeTooSkewed", AWS_ERROR_CLOCK_SKEW},
        {"AccessDenied", AWS_ERROR_DENIED},
        {"AccessDeniedException", AWS_ERROR_DENIED},
        {"UnauthorizedOperation", AWS_ERROR_DENIED},
        {"UnrecognizedClientException", AWS_ERROR_DENIED},
        {"InvalidClientTokenId", AWS_ERROR_DENIED},
        {"InvalidSignatureException", AWS_ERROR_DENIED},
        {"SignatureDoesNotMatch", AWS_ERROR_DENIED},
        {"IncompleteSignature", AWS_ERROR_DENIED},
        {"IncompleteSignatureException", AWS_ERROR_DENIED},
        {"MissingAuthenticationToken", AWS_ERROR_DENIED},
        {"MissingAuthenticationTokenException", AWS_ERROR_DENIED},
        {"NotAuthorized", AWS_ERROR_DENIED},
        {"AuthFailure", AWS_ERROR_DENIED},
        {"OptInRequired", AWS_ERROR_DENIED},
};

static const struct {
        int status;
        enum AwsErrorClass class;
} STATUSES[] = {
        {401, AWS_ERROR_DENIED},    {403, AWS_ERROR_DENIED},    {408, AWS_ERROR_TRANSIENT},
        {429, AWS_ERROR_THROTTLED}, {500, AWS_ERROR_TRANSIENT}, {502, AWS_ERROR_TRANSIENT},
        {503, AWS_ERROR_TRANSIENT}, {504, AWS_ERROR_TRANSIENT},
};

/* A signature that is only too old or too young is refused under a signature error's code:
 * "Signature expired: 20261123T010203Z is now earlier than …", "Signature not yet current: …". */
static bool tells_of_skew(const char *message) {
        return text_starts_with(message, "Signature expired") ||
               text_starts_with(message, "Signature not yet current");
}

enum AwsErrorClass aws_error_classify(const struct AwsError *error) {
        for (size_t i = 0; i < ARRAY_SIZE(CODES); i++) {
                if (strcmp(error->code, CODES[i].code) != 0)
                        continue;
                if (CODES[i].class == AWS_ERROR_DENIED && tells_of_skew(error->message))
                        return AWS_ERROR_CLOCK_SKEW;
                return CODES[i].class;
        }
        for (size_t i = 0; i < ARRAY_SIZE(STATUSES); i++)
                if (error->status == STATUSES[i].status)
                        return STATUSES[i].class;
        return AWS_ERROR_FINAL;
}

const char *aws_error_class_name(enum AwsErrorClass class) {
        switch (class) {
        case AWS_ERROR_FINAL: return "final";
        case AWS_ERROR_DENIED: return "denied";
        case AWS_ERROR_TRANSIENT: return "transient";
        case AWS_ERROR_THROTTLED: return "throttled";
        case AWS_ERROR_EXPIRED_TOKEN: return "expired_token";
        case AWS_ERROR_CLOCK_SKEW: return "clock_skew";
        }
        return "unknown";
}

usec_t aws_retry_delay(unsigned attempt, struct Random *random) {
        usec_t ceiling = RETRY_DELAY_CEILING_SECONDS * USEC_PER_SEC;

        /* Beyond the fifth attempt the power is past the ceiling anyway. */
        if (attempt <= 5)
                ceiling = MIN(ceiling, USEC_PER_SEC << (attempt > 0 ? attempt - 1 : 0));
        return random_below(random, ceiling + 1);
}

void aws_retry_quota_init(struct AwsRetryQuota *quota) {
        *quota = (struct AwsRetryQuota) {.tokens = AWS_RETRY_QUOTA_MAX};
}

bool aws_retry_quota_take(struct AwsRetryQuota *quota, unsigned cost) {
        if (cost > quota->tokens)
                return false;
        quota->tokens -= cost;
        return true;
}

void aws_retry_quota_succeeded(struct AwsRetryQuota *quota, unsigned cost) {
        unsigned room = AWS_RETRY_QUOTA_MAX - quota->tokens;

        quota->tokens += MIN(room, MAX(cost, 1U));
}
