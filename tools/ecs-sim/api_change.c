/* SPDX-License-Identifier: Apache-2.0 */
/* CreateService and UpdateService. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"

enum { DESIRED_MAX = 10000, HUNDRED = 100 };

static int unsupported(struct Call *call, const char *what) {
        return call_fail(call, "UnsupportedFeatureException", "%s is not supported.", what);
}

/* -1: there is no such controller. */
static int controller_of(const char *type) {
        for (int i = SIM_CONTROLLER_ECS; i <= SIM_CONTROLLER_EXTERNAL; i++)
                if (text_equal(sim_controller_name((enum SimController) i), type))
                        return i;
        return -1;
}

static void read_truth(const json_t *object, const char *name, bool *value) {
        const json_t *given = json_object_get(object, name);

        if (json_is_boolean(given))
                *value = json_is_true(given);
}

/* -1: there is no such strategy. */
static int strategy_of(const char *name) {
        for (int i = SIM_ROLLING; i <= SIM_CANARY; i++)
                if (text_equal(sim_strategy_name((enum SimStrategyKind) i), name))
                        return i;
        return -1;
}

/* Minutes; absent: unchanged. */
static void read_minutes(const json_t *object, const char *name, usec_t *value) {
        const json_t *given = json_object_get(object, name);

        if (json_is_integer(given) && json_integer_value(given) >= 0)
                *value = (usec_t) json_integer_value(given) * USEC_PER_MINUTE;
}

static void read_strategy(struct Call *call, struct SimServiceSpec *spec) {
        const json_t *given = call_value(call, "deploymentConfiguration");
        const json_t *linear = json_object_get(given, "linearConfiguration");
        const json_t *canary = json_object_get(given, "canaryConfiguration");
        const json_t *alarms = json_object_get(given, "alarms");
        const char *name = json_string_value(json_object_get(given, "strategy"));
        const json_t *percent = linear ? json_object_get(linear, "stepPercent")
                                       : json_object_get(canary, "canaryPercent");

        if (name)
                spec->strategy.kind = (enum SimStrategyKind) strategy_of(name);
        read_minutes(given, "bakeTimeInMinutes", &spec->strategy.bake);
        read_minutes(linear, "stepBakeTimeInMinutes", &spec->strategy.step_bake);
        read_minutes(canary, "canaryBakeTimeInMinutes", &spec->strategy.step_bake);
        if (json_is_number(percent) && json_number_value(percent) >= 1 &&
            json_number_value(percent) <= HUNDRED)
                spec->strategy.step_percent = (unsigned) json_number_value(percent);
        read_truth(alarms, "enable", &spec->alarms.enable);
        read_truth(alarms, "rollback", &spec->alarms.rollback);
}

/* A service keeps the strategy that it was made with. */
static int check_features(struct Call *call) {
        const json_t *configuration = call_value(call, "deploymentConfiguration");
        const char *strategy = json_string_value(json_object_get(configuration, "strategy"));
        const char *type = json_string_value(
                json_object_get(call_value(call, "deploymentController"), "type"));

        if (type && controller_of(type) < 0)
                return call_invalid(call,
                                    "deploymentController should be one of [ECS, CODE_DEPLOY, "
                                    "EXTERNAL].");
        if (strategy && strategy_of(strategy) < 0)
                return call_invalid(call, "strategy should be one of [ROLLING, BLUE_GREEN, LINEAR, "
                                          "CANARY].");
        if (json_array_size(json_object_get(configuration, "lifecycleHooks")) > 0)
                return unsupported(call, "A lifecycle hook");
        return 0;
}

static int check_count(struct Call *call, const char *name, int64_t most) {
        int64_t value = call_integer(call, name, 0);

        return value < 0 || value > most ? call_invalid(call, "%s is out of its range.", name) : 0;
}

/* False: not a number that can be meant. */
static bool read_percent(const json_t *object, const char *name, unsigned *value) {
        const json_t *given = json_object_get(object, name);

        if (!given || json_is_null(given))
                return true;
        if (!json_is_integer(given) || json_integer_value(given) < 0 ||
            json_integer_value(given) > DESIRED_MAX)
                return false;
        *value = (unsigned) json_integer_value(given);
        return true;
}

static int read_breaker(struct Call *call, const json_t *given, struct SimBreaker *breaker) {
        const json_t *threshold = json_object_get(given, "thresholdConfiguration");
        const char *type = json_string_value(json_object_get(threshold, "type"));

        read_truth(given, "enable", &breaker->enable);
        read_truth(given, "rollback", &breaker->rollback);
        read_truth(given, "resetOnHealthyTask", &breaker->reset_on_healthy_task);
        if (!threshold || json_is_null(threshold))
                return 0;
        for (int i = SIM_BOUNDED_PERCENT; i <= SIM_COUNT; i++) {
                if (!text_equal(type, sim_threshold_name((enum SimThreshold) i)))
                        continue;
                breaker->threshold = (enum SimThreshold) i;
                breaker->value = 0;
                if (read_percent(threshold, "value", &breaker->value))
                        return 0; /* the core refuses 0 */
        }
        return call_invalid(call, "thresholdConfiguration is malformed.");
}

static int read_configuration(struct Call *call, unsigned *minimum, unsigned *maximum,
                              struct SimBreaker *breaker) {
        const json_t *given = call_value(call, "deploymentConfiguration");
        const json_t *breaker_given = json_object_get(given, "deploymentCircuitBreaker");

        if (!read_percent(given, "minimumHealthyPercent", minimum) ||
            !read_percent(given, "maximumPercent", maximum))
                return call_invalid(call, "deploymentConfiguration is malformed.");
        return json_is_object(breaker_given) ? read_breaker(call, breaker_given, breaker) : 0;
}

static int read_load_balancer(struct Call *call, struct SimLoadBalancer *balancer) {
        const json_t *list = call_value(call, "loadBalancers");
        const json_t *first = json_array_get(list, 0);
        json_int_t port = json_integer_value(json_object_get(first, "containerPort"));
        const char *group = json_string_value(json_object_get(first, "targetGroupArn"));
        const char *container = json_string_value(json_object_get(first, "containerName"));

        if (json_array_size(list) == 0)
                return 0;
        if (json_array_size(list) > 1 || !group)
                return unsupported(call, "More than one target group, or a Classic Load Balancer,");
        if (!container || port < 1 || port > UINT16_MAX)
                return call_invalid(call, "containerName and containerPort cannot be empty.");
        /* Copied by the core, which has no const in what it owns. */
        balancer->target_group = (char *) (uintptr_t) group;
        balancer->container = (char *) (uintptr_t) container;
        balancer->port = (uint16_t) port;
        return 0;
}

static bool wants_spot(const struct Call *call) {
        const json_t *first = json_array_get(call_value(call, "capacityProviderStrategy"), 0);

        return text_equal(json_string_value(json_object_get(first, "capacityProvider")),
                          "FARGATE_SPOT");
}

static int read_spec(struct Call *call, struct SimServiceSpec *spec) {
        bool daemon = text_equal(call_text(call, "schedulingStrategy"), "DAEMON");
        const char *launch = call_text(call, "launchType");
        const char *definition = call_text(call, "taskDefinition");
        const char *type = json_string_value(
                json_object_get(call_value(call, "deploymentController"), "type"));
        int r;

        sim_service_spec_default(spec, daemon ? SIM_DAEMON : SIM_REPLICA);
        spec->name = call_text(call, "serviceName");
        /* ECS: EC2 where nothing is said. */
        spec->spot = wants_spot(call);
        spec->launch = spec->spot || text_equal(launch, "FARGATE") ||
                                       call_value(call, "capacityProviderStrategy")
                               ? SIM_FARGATE
                               : SIM_EC2;
        if (launch && !text_equal(launch, "FARGATE") && !text_equal(launch, "EC2"))
                return unsupported(call, "The launch type");
        spec->desired = (unsigned) call_integer(call, "desiredCount", daemon ? 0 : 1);
        spec->grace =
                (usec_t) call_integer(call, "healthCheckGracePeriodSeconds", 0) * USEC_PER_SEC;
        if (type)
                spec->controller = (enum SimController) controller_of(type);
        if (!definition && spec->controller != SIM_CONTROLLER_EXTERNAL)
                return call_invalid(call, "TaskDefinition cannot be empty.");
        r = definition ? call_definition(call, definition, &spec->definition) : 0;
        if (r == 0)
                r = read_configuration(call, &spec->minimum_healthy_percent, &spec->maximum_percent,
                                       &spec->breaker);
        read_strategy(call, spec);
        return r != 0 ? r : read_load_balancer(call, &spec->load_balancer);
}

/* Opaque to the core: a JSON text. *ret stays NULL where nothing is given. */
static int opaque(struct Call *call, const char *name, char **ret) {
        const json_t *value = call_value(call, name);

        if (!value)
                return 0;
        *ret = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
        return *ret ? 0 : -ENOMEM;
}

static int answer_with(struct Call *call, const struct SimService *service) {
        call->response = json_pack("{s:o}", "service",
                                   render_service(call->world, service, call->caller, true));
        return 0;
}

static int check_request(struct Call *call) {
        int r;

        r = check_features(call);
        if (r == 0)
                r = check_count(call, "desiredCount", DESIRED_MAX);
        return r != 0 ? r : check_count(call, "healthCheckGracePeriodSeconds", INT32_MAX);
}

int create_service(struct Call *call) {
        _cleanup_free_ char *network = NULL, *tags = NULL;
        struct SimServiceSpec spec;
        struct SimCluster *cluster;
        struct SimService *service;
        int r;

        r = check_request(call);
        if (r == 0)
                r = call_cluster(call, &cluster);
        if (r == 0)
                r = read_spec(call, &spec);
        if (r == 0)
                r = opaque(call, "networkConfiguration", &network);
        if (r == 0)
                r = opaque(call, "tags", &tags);
        if (r != 0)
                return r;

        spec.network = network;
        spec.tags = tags;
        r = sim_create_service(call->sim, cluster, &spec, &service);
        return r != 0 ? r : answer_with(call, service);
}

int update_service(struct Call *call) {
        _cleanup_free_ char *network = NULL;
        const char *definition = call_text(call, "taskDefinition"), *strategy;
        unsigned desired = (unsigned) call_integer(call, "desiredCount", 0), minimum, maximum;
        usec_t grace =
                (usec_t) call_integer(call, "healthCheckGracePeriodSeconds", 0) * USEC_PER_SEC;
        struct SimServiceChange change = {
                .force_new_deployment = call_truth(call, "forceNewDeployment"),
        };
        struct SimCluster *cluster;
        struct SimService *service;
        struct SimBreaker breaker;
        int r;

        r = check_request(call);
        if (r == 0)
                r = call_service(call, call_text(call, "service"), &cluster, &service);
        if (r != 0)
                return r;

        strategy = json_string_value(
                json_object_get(call_value(call, "deploymentConfiguration"), "strategy"));
        if (strategy && strategy_of(strategy) != (int) service->strategy.kind)
                return unsupported(call, "Another deployment strategy");
        minimum = service->minimum_healthy_percent;
        maximum = service->maximum_percent;
        breaker = service->breaker;
        r = read_configuration(call, &minimum, &maximum, &breaker);
        if (r == 0)
                r = opaque(call, "networkConfiguration", &network);
        if (r == 0 && definition)
                r = call_definition(call, definition, &change.definition);
        if (r != 0)
                return r;

        change.minimum_healthy_percent = &minimum;
        change.maximum_percent = &maximum;
        change.breaker = &breaker;
        change.network = network;
        if (call_value(call, "desiredCount"))
                change.desired = &desired;
        if (call_value(call, "healthCheckGracePeriodSeconds"))
                change.grace = &grace;
        r = sim_update_service(call->sim, service, &change);
        return r != 0 ? r : answer_with(call, service);
}
