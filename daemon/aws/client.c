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
#define QUOTA_TIMER_ACCURACY (5 * USEC_PER_MSEC)

static const struct {
        double burst, sustained;
} QUOTAS[_QUOTA_GROUP_COUNT] = {
        [QUOTA_SERVICE_READ] = {100, 20},
        [QUOTA_CLUSTER_RESOURCE_READ] = {100, 20},
        [QUOTA_SERVICE_MODIFY] = {50, 5},
        [QUOTA_SERVICE_DEPLOYMENT] = {50, 20},
        [QUOTA_SERVICE_REVISION] = {50, 20},
        [QUOTA_TASK_DEFINITION_READ] = {50, 20},
        [QUOTA_CLUSTER_RESOURCE_MODIFY] = {100, 40},
        [QUOTA_UNPUBLISHED] = {20, 2},
};

static enum QuotaGroup quota_group(enum AwsOperation operation) {
        switch (operation) {
        case ECS_DESCRIBE_SERVICES:
        case ECS_LIST_SERVICES: return QUOTA_SERVICE_READ;
        case ECS_LIST_TASKS:
        case ECS_DESCRIBE_TASKS:
        case ECS_LIST_CONTAINER_INSTANCES:
        case ECS_DESCRIBE_CONTAINER_INSTANCES: return QUOTA_CLUSTER_RESOURCE_READ;
        case ECS_DESCRIBE_TASK_DEFINITION: return QUOTA_TASK_DEFINITION_READ;
        case ECS_LIST_SERVICE_DEPLOYMENTS:
        case ECS_DESCRIBE_SERVICE_DEPLOYMENTS: return QUOTA_SERVICE_DEPLOYMENT;
        case ECS_DESCRIBE_SERVICE_REVISIONS: return QUOTA_SERVICE_REVISION;
        case ECS_UPDATE_SERVICE:
        /* Its quota is not published; the smallest of its kind is the careful guess. */
        case ECS_UPDATE_TASK_SET:
        case ECS_UPDATE_SERVICE_PRIMARY_TASK_SET:
        case ECS_STOP_SERVICE_DEPLOYMENT: return QUOTA_SERVICE_MODIFY;
        case ECS_UPDATE_CONTAINER_INSTANCES_STATE: return QUOTA_CLUSTER_RESOURCE_MODIFY;
        case AUTO_SCALING_DESCRIBE_GROUPS:
        case AUTO_SCALING_SET_DESIRED_CAPACITY:
        case CODE_DEPLOY_STOP_DEPLOYMENT:
        case CLOUDWATCH_LOGS_GET_LOG_EVENTS:
        case _AWS_OPERATION_COUNT: break;
        }
        return QUOTA_UNPUBLISHED;
}

static void quota_arm(struct Quota *quota) {
        usec_t now = clock_monotonic();

        (void) clock_set_timer(quota->timer, quota->waiters ? bucket_ready_at(&quota->bucket, now)
                                                            : USEC_INFINITY);
}

static int on_quota(sd_event_source *source, uint64_t usec, void *userdata) {
        struct Quota *quota = userdata;

        (void) source;
        (void) usec;
        while (quota->waiters && bucket_take(&quota->bucket, clock_monotonic())) {
                struct QuotaWaiter *waiter = quota->waiters;

                quota_unwait(waiter);
                waiter->granted(waiter->userdata);
        }
        quota_arm(quota);
        return 0;
}

bool quota_take(struct Quota *quota, struct QuotaWaiter *waiter) {
        struct QuotaWaiter **last = &quota->waiters;

        if (!quota->waiters && bucket_take(&quota->bucket, clock_monotonic()))
                return true;
        while (*last)
                last = &(*last)->next;
        waiter->next = NULL;
        waiter->quota = quota;
        *last = waiter;
        quota_arm(quota);
        return false;
}

void quota_unwait(struct QuotaWaiter *waiter) {
        if (!waiter->quota)
                return;
        for (struct QuotaWaiter **p = &waiter->quota->waiters; *p; p = &(*p)->next)
                if (*p == waiter) {
                        *p = waiter->next;
                        break;
                }
        waiter->next = NULL;
        waiter->quota = NULL;
}

static void quota_set_free(struct QuotaSet *set) {
        for (size_t i = 0; i < _QUOTA_GROUP_COUNT; i++)
                sd_event_source_disable_unref(set->quotas[i].timer);
        free(set->key);
        free(set);
}

/* Clients of one Region and account share. */
static int world_quota_set(struct AwsWorld *world, const char *key, struct QuotaSet **ret) {
        struct QuotaSet *set;
        int r = 0;

        for (set = world->quota_sets; set; set = set->next)
                if (text_equal(set->key, key)) {
                        *ret = set;
                        return 0;
                }
        set = calloc(1, sizeof(*set));
        if (!set)
                return -ENOMEM;
        set->key = strdup(key);
        if (!set->key)
                r = -ENOMEM;
        for (size_t i = 0; i < _QUOTA_GROUP_COUNT && r >= 0; i++) {
                bucket_init(&set->quotas[i].bucket, QUOTAS[i].burst * world->options.api_share,
                            QUOTAS[i].sustained * world->options.api_share, clock_monotonic());
                r = clock_add_timer(world->options.event, &set->quotas[i].timer, USEC_INFINITY,
                                    QUOTA_TIMER_ACCURACY, on_quota, set->quotas + i);
        }
        if (r < 0) {
                quota_set_free(set);
                return r;
        }
        set->next = world->quota_sets;
        world->quota_sets = set;
        *ret = set;
        return 0;
}

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
        struct QuotaSet *next;

        if (!world)
                return;
        for (struct QuotaSet *set = world->quota_sets; set; set = next) {
                next = set->next;
                quota_set_free(set);
        }
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
                 : aws_endpoint_resolve(aws_service_name(service), client->region, NULL, endpoint);
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
        snprintf(key, sizeof(key), "%s/%s", client->region, account);
        return world_quota_set(client->world, key, &client->quota_set);
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
                r = client_set_endpoint(client, i, i == AWS_ECS ? options->endpoint_url : NULL,
                                        problem);
                if (r < 0)
                        return r;
        }

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

struct Quota *client_quota(struct AwsClient *client, enum AwsOperation operation) {
        return client->quota_set->quotas + quota_group(operation);
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
