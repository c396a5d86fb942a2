/* SPDX-License-Identifier: Apache-2.0 */
/* The world, its quotas, and clients. */
#include "daemon/aws/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/aws/world.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "words/arn.h"

/* A wrong clock changes no verdict, but signatures depend on it and people read the log by it. */
#define SKEW_TOLD (30 * (int64_t) USEC_PER_SEC)

int aws_world_new(const struct AwsWorldOptions *options, struct AwsWorld **ret) {
        _cleanup_(aws_world_freep) struct AwsWorld *world = calloc(1, sizeof(*world));
        int r;

        if (!world)
                return -ENOMEM;
        world->options = *options;
        random_init(&world->random, options->seed);
        call_meter_init(&world->meter);
        r = provider_new(&(struct ProviderOptions) {.event = options->event,
                                                    .http = options->http,
                                                    .environment = options->environment,
                                                    .clock = &world->clock},
                         &world->base);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(world);
        return 0;
}

int aws_world_add_metrics(struct AwsWorld *world, struct Metrics *metrics) {
        return call_meter_register(&world->meter, metrics);
}

void aws_world_free(struct AwsWorld *world) {
        if (!world)
                return;
        quota_sets_free(world->quota_sets);
        provider_free(world->base);
        call_meter_done(&world->meter);
        free(world);
}

static int client_set_endpoint(struct AwsClient *client, enum AwsService service, const char *given,
                               char problem[AWS_CLIENT_PROBLEM_MAX]) {
        const char *text = given ? given
                                 : aws_environment_endpoint(client->world->options.environment,
                                                            aws_service_name(service));
        struct AwsUrl *endpoint = client->endpoints + service;
        int r;

        r = text ? aws_url_parse(text, endpoint)
                 : aws_endpoint_resolve(aws_service_name(service), client->region,
                                        &client->world->options.environment->endpoint_form,
                                        endpoint);
        if (r < 0) {
                snprintf(problem, AWS_CLIENT_PROBLEM_MAX, "%.200s is no %s",
                         text ? text : client->region, text ? "http or https URL" : "AWS Region");
                return -EINVAL;
        }
        if (!aws_url_is_allowed(endpoint)) {
                snprintf(
                        problem, AWS_CLIENT_PROBLEM_MAX,
                        "%.200s: plain http is only for loopback and link-local addresses; write https",
                        text);
                return -EINVAL;
        }
        return 0;
}

static int client_set_role(struct AwsClient *client, const struct AwsClientOptions *options) {
        const struct AwsWorld *world = client->world;

        client->role_arn = strdup(options->role_arn);
        client->external_id = options->external_id ? strdup(options->external_id) : NULL;
        if (!client->role_arn || (options->external_id && !client->external_id))
                return -ENOMEM;
        return provider_new(&(struct ProviderOptions) {.event = world->options.event,
                                                       .http = world->options.http,
                                                       .environment = world->options.environment,
                                                       .clock = &client->world->clock,
                                                       .base = world->base,
                                                       .role_arn = client->role_arn,
                                                       .external_id = client->external_id,
                                                       .region = client->region},
                            &client->role);
}

static int client_set_quota(struct AwsClient *client) {
        char account[32] = "", key[128];
        struct Arn arn;

        if (client->role_arn && arn_parse(client->role_arn, &arn))
                arn_part_copy(&arn.account, account, sizeof(account));
        snprintf(key, sizeof(key), "%s%s%s", client->region, account[0] != '\0' ? "/" : "",
                 account);
        return quota_set_need(&client->world->quota_sets, client->world->options.event,
                              client->world->options.api_share, key, &client->quota_set);
}

static const char *endpoint_given(const struct AwsClientOptions *options, enum AwsService service) {
        if (service == AWS_ECS)
                return options->endpoint_url;
        return service == AWS_SQS ? options->queue_url : NULL;
}

int aws_client_new(struct AwsWorld *world, const struct AwsClientOptions *options,
                   char problem[AWS_CLIENT_PROBLEM_MAX], struct AwsClient **ret) {
        const char *region = options->region ? options->region : world->options.environment->region;
        _cleanup_(aws_client_freep) struct AwsClient *client = NULL;
        int r;

        if (!region || !aws_region_is_valid(region)) {
                snprintf(problem, AWS_CLIENT_PROBLEM_MAX,
                         "%s: write region at the cluster or under defaults, or set AWS_REGION",
                         region ? "this is no AWS Region" : "no Region is known");
                return -EINVAL;
        }
        client = calloc(1, sizeof(*client));
        if (!client)
                return -ENOMEM;
        client->world = world;
        aws_retry_quota_init(&client->retry_quota);
        client->region = strdup(region);
        if (!client->region)
                return -ENOMEM;
        for (enum AwsService i = 0; i < _AWS_SERVICE_COUNT; i++) {
                r = client_set_endpoint(client, i, endpoint_given(options, i), problem);
                if (r < 0)
                        return r;
        }
        /* The queue's path is in the body. */
        if (options->queue_url)
                strcpy(client->endpoints[AWS_SQS].path, "/");

        r = options->role_arn ? client_set_role(client, options) : 0;
        if (r >= 0)
                r = client_set_quota(client);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(client);
        return 0;
}

void aws_client_free(struct AwsClient *client) {
        if (!client)
                return;
        provider_free(client->role);
        free(client->region);
        free(client->role_arn);
        free(client->external_id);
        free(client);
}

const char *aws_client_region(const struct AwsClient *client) {
        return client->region;
}

struct AwsAllowance aws_client_allowance(const struct AwsClient *client) {
        const struct QuotaSet *set = client->quota_set;
        const struct Bucket *bucket = &set->quotas[quota_group(ECS_DESCRIBE_SERVICES)].bucket;
        double rate = bucket_rate(bucket, clock_monotonic());

        return (struct AwsAllowance) {
                .key = set->key,
                .calls_per_second = rate,
                .throttled = rate < bucket->rate,
        };
}

struct CredentialsProvider *client_provider(struct AwsClient *client) {
        return client->role ? client->role : client->world->base;
}

usec_t aws_client_now(const struct AwsClient *client) {
        return aws_clock_now(&client->clock, clock_monotonic());
}

usec_t client_signing_time(const struct AwsClient *client) {
        return client->skew_told ? aws_client_now(client) : clock_realtime();
}

void client_told_date(struct AwsClient *client, usec_t date) {
        char text[TIME_TEXT_MAX];
        int64_t skew;
        bool large;

        aws_clock_told(&client->clock, date, clock_monotonic());
        aws_clock_told(&client->world->clock, date, clock_monotonic());
        skew = (int64_t) aws_client_now(client) - (int64_t) clock_realtime();
        large = llabs(skew) > SKEW_TOLD;
        if (large && !client->skew_told)
                log_warning(
                        "This machine's clock is %s %s AWS's in %s: requests are signed and deployments judged by AWS's time",
                        duration_format((usec_t) llabs(skew), text),
                        skew > 0 ? "behind" : "ahead of", client->region);
        client->skew_told = large;
}
