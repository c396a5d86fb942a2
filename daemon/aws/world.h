/* SPDX-License-Identifier: Apache-2.0 */
/* What clients share. Private to daemon/aws. */
#pragma once

#include "aws/clock.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "base/random.h"
#include "daemon/aws/client.h"
#include "daemon/aws/meter.h"
#include "daemon/aws/provider.h"
#include "daemon/aws/quota.h"

struct AwsWorld {
        struct AwsWorldOptions options;
        struct Random random;
        struct AwsClock clock; /* by the answers to all clients, and of STS */
        struct CredentialsProvider *base;
        struct QuotaSet *quota_sets;
        struct CallMeter meter;
};

struct AwsClient {
        struct AwsWorld *world;
        char *region, *role_arn, *external_id;
        struct AwsUrl endpoints[_AWS_SERVICE_COUNT];
        struct CredentialsProvider *role; /* NULL: the world's base */
        struct QuotaSet *quota_set;
        struct AwsRetryQuota retry_quota;
        struct AwsClock clock;
        bool skew_told;
};

struct CredentialsProvider *client_provider(struct AwsClient *client);
/* The machine's time unless it is known to be wrong. */
usec_t client_signing_time(const struct AwsClient *client);
/* AWS's Date header of a signed answer that came just now. */
void client_told_date(struct AwsClient *client, usec_t date);
