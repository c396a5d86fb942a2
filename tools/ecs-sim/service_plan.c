/* SPDX-License-Identifier: Apache-2.0 */
/* Services in a scenario: what creates one, changes it, or strikes its tasks. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "plans.h"

enum {
        DESIRED_MAX = 10000,
        TAGS_MAX = 50,
        TAGS_BYTES_MAX = 64 * 1024,
};

static const char *const LAUNCH_TYPES[] = {"FARGATE", "EC2", NULL};
static const char *const SCHEDULINGS[] = {"REPLICA", "DAEMON", NULL};

void service_plan_init(struct ServicePlan *plan) {
        *plan = (struct ServicePlan) {
                .desired = -1,
                .minimum_healthy_percent = -1,
                .maximum_percent = -1,
                .launch_type = -1,
                .controller = -1,
                .strategy = {-1, USEC_INFINITY, USEC_INFINITY, -1, -1},
                .alarms = {-1, -1},
                .scheduling = -1,
                .spot = -1,
                .grace = USEC_INFINITY,
                .force_new_deployment = -1,
                .force = -1,
                .count = 1,
                .breaker = {.enable = -1,
                            .rollback = -1,
                            .reset_on_healthy_task = -1,
                            .threshold_type = -1,
                            .threshold = -1},
                .load_balancer = {.port = 80, .deregistration_delay = USEC_INFINITY},
        };
}

/* 3, 50%, "unbounded 50%" */
static void read_threshold(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct BreakerPlan *plan = target;
        const char *text = read_text(reader, node);
        enum SimThreshold type = SIM_COUNT;
        uint64_t value;
        char number[16];

        if (!text)
                return;
        if (text_starts_with(text, "unbounded ")) {
                type = SIM_UNBOUNDED_PERCENT;
                text += strlen("unbounded ");
        } else if (text_ends_with(text, "%")) {
                type = SIM_BOUNDED_PERCENT;
        }
        snprintf(number, sizeof(number), "%s", text);
        if (type != SIM_COUNT && text_ends_with(number, "%"))
                number[strlen(number) - 1] = '\0';
        if (text_parse_u64(number, 1, type == SIM_COUNT ? DESIRED_MAX : 100, &value) < 0) {
                reader_error(reader, node,
                             "a threshold like 3, 50%% or 'unbounded 50%%' is "
                             "expected");
                return;
        }
        plan->threshold_type = (int) type;
        plan->threshold = (int64_t) value;
}

static void read_breaker(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"enable", FIELD_BOOL, offsetof(struct BreakerPlan, enable)},
                {"rollback", FIELD_BOOL, offsetof(struct BreakerPlan, rollback)},
                {"reset_on_healthy_task", FIELD_BOOL,
                 offsetof(struct BreakerPlan, reset_on_healthy_task)},
                {"threshold", FIELD_OTHER, 0, .read = read_threshold},
                {},
        };
        struct BreakerPlan *plan = target;

        plan->given = true;
        read_mapping(reader, node, FIELDS, plan);
}

static void read_load_balancer(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"target_group", FIELD_TEXT, offsetof(struct LoadBalancerPlan, target_group),
                 .required = true},
                {"container", FIELD_TEXT, offsetof(struct LoadBalancerPlan, container)},
                {"port", FIELD_INT, offsetof(struct LoadBalancerPlan, port), .least = 1,
                 .most = 65535},
                {"deregistration_delay", FIELD_DURATION,
                 offsetof(struct LoadBalancerPlan, deregistration_delay)},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

static int append_json_text(struct Buffer *buffer, const char *text) {
        int r = buffer_append_char(buffer, '"');

        for (; *text && r == 0; text++) {
                unsigned char c = (unsigned char) *text;

                if (c < 0x20)
                        r = buffer_append_format(buffer, "\\u%04x", c);
                else if (c == '"' || c == '\\')
                        r = buffer_append_format(buffer, "\\%c", c);
                else
                        r = buffer_append_char(buffer, (char) c);
        }
        return r ?: buffer_append_char(buffer, '"');
}

static void read_tags(struct Reader *reader, const yaml_node_t *node, void *target) {
        const char **tags = target;
        struct Buffer json;
        size_t count = 0;

        if (node->type != YAML_MAPPING_NODE) {
                reader_error(reader, node, "a mapping is expected");
                return;
        }
        buffer_init(&json, TAGS_BYTES_MAX);
        buffer_append_char(&json, '[');
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
                const char *key =
                        read_text(reader, yaml_document_get_node(reader->document, pair->key));
                const char *value =
                        read_text(reader, yaml_document_get_node(reader->document, pair->value));

                if (!key || !value)
                        continue;
                buffer_append_text(&json, count++ ? ",{\"key\":" : "{\"key\":");
                append_json_text(&json, key);
                buffer_append_text(&json, ",\"value\":");
                append_json_text(&json, value);
                buffer_append_char(&json, '}');
        }
        if (count > TAGS_MAX)
                reader_error(reader, node, "no more than %d tags are possible", TAGS_MAX);
        if (buffer_append_char(&json, ']') < 0)
                reader_error(reader, node, "the tags are too long");
        *tags = arena_copy(reader->arena, buffer_text(&json));
        reader->out_of_memory |= !*tags;
        buffer_done(&json);
}

static const char *const CONTROLLERS[] = {"ECS", "CODE_DEPLOY", "EXTERNAL", NULL};

static const char *const STRATEGIES[] = {"ROLLING", "BLUE_GREEN", "LINEAR", "CANARY", NULL};
static const char *const ALARM_STATES[] = {"OK", "ALARM", NULL};

static void read_strategy(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"kind", FIELD_CHOICE, offsetof(struct StrategyPlan, kind), .required = true,
                 .choices = STRATEGIES},
                {"bake", FIELD_DURATION, offsetof(struct StrategyPlan, bake)},
                {"step_percent", FIELD_INT, offsetof(struct StrategyPlan, step_percent), .least = 1,
                 .most = 100},
                {"step_bake", FIELD_DURATION, offsetof(struct StrategyPlan, step_bake)},
                {"pause", FIELD_BOOL, offsetof(struct StrategyPlan, pauses)},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

static void read_alarms(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"enable", FIELD_BOOL, offsetof(struct AlarmsPlan, enable)},
                {"rollback", FIELD_BOOL, offsetof(struct AlarmsPlan, rollback)},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

#define SERVICE \
        { "service", FIELD_TEXT, offsetof(struct ServicePlan, service), .required = true }
#define CLUSTER \
        { "cluster", FIELD_TEXT, offsetof(struct ServicePlan, cluster) }
#define DESIRED                                                                                  \
        {                                                                                        \
                "desired", FIELD_INT, offsetof(struct ServicePlan, desired), .least = 0,         \
                                                                             .most = DESIRED_MAX \
        }
#define MINIMUM                                                                            \
        {                                                                                  \
                "minimum_healthy_percent", FIELD_INT,                                      \
                        offsetof(struct ServicePlan, minimum_healthy_percent), .least = 0, \
                                                                               .most = 100 \
        }
#define MAXIMUM                                                                              \
        {                                                                                    \
                "maximum_percent", FIELD_INT, offsetof(struct ServicePlan, maximum_percent), \
                        .least = 1, .most = 200                                              \
        }
#define BREAKER                                                                        \
        {                                                                              \
                "circuit_breaker", FIELD_OTHER, offsetof(struct ServicePlan, breaker), \
                        .read = read_breaker                                           \
        }
#define GRACE \
        { "grace", FIELD_DURATION, offsetof(struct ServicePlan, grace) }

void read_create_service(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                SERVICE,
                CLUSTER,
                {"task_definition", FIELD_TEXT, offsetof(struct ServicePlan, task_definition),
                 .required = true},
                DESIRED,
                {"launch_type", FIELD_CHOICE, offsetof(struct ServicePlan, launch_type),
                 .choices = LAUNCH_TYPES},
                {"controller", FIELD_CHOICE, offsetof(struct ServicePlan, controller),
                 .choices = CONTROLLERS},
                {"spot", FIELD_BOOL, offsetof(struct ServicePlan, spot)},
                {"scheduling", FIELD_CHOICE, offsetof(struct ServicePlan, scheduling),
                 .choices = SCHEDULINGS},
                MINIMUM,
                MAXIMUM,
                BREAKER,
                {"strategy", FIELD_OTHER, offsetof(struct ServicePlan, strategy),
                 .read = read_strategy},
                {"alarms", FIELD_OTHER, offsetof(struct ServicePlan, alarms), .read = read_alarms},
                {"load_balancer", FIELD_OTHER, offsetof(struct ServicePlan, load_balancer),
                 .read = read_load_balancer},
                GRACE,
                {"tags", FIELD_OTHER, offsetof(struct ServicePlan, tags), .read = read_tags},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void read_update_service(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                SERVICE,
                CLUSTER,
                {"task_definition", FIELD_TEXT, offsetof(struct ServicePlan, task_definition)},
                DESIRED,
                {"force_new_deployment", FIELD_BOOL,
                 offsetof(struct ServicePlan, force_new_deployment)},
                MINIMUM,
                MAXIMUM,
                BREAKER,
                GRACE,
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void read_scale(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                SERVICE,
                CLUSTER,
                {"desired", FIELD_INT, offsetof(struct ServicePlan, desired), .required = true,
                 .least = 0, .most = DESIRED_MAX},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void read_delete_service(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                SERVICE,
                CLUSTER,
                {"force", FIELD_BOOL, offsetof(struct ServicePlan, force)},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void read_alarm(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                SERVICE,
                CLUSTER,
                {"state", FIELD_CHOICE, offsetof(struct ServicePlan, in_alarm), .required = true,
                 .choices = ALARM_STATES},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void read_service_name(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {SERVICE, CLUSTER, {}};

        read_mapping(reader, node, FIELDS, target);
}

#define COUNT \
        { "count", FIELD_INT, offsetof(struct ServicePlan, count), .least = 1, .most = DESIRED_MAX }

void read_some_tasks(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {SERVICE, CLUSTER, COUNT, {}};

        read_mapping(reader, node, FIELDS, target);
}

void read_stop_task(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"service", FIELD_TEXT, offsetof(struct ServicePlan, service)},
                {"task", FIELD_TEXT, offsetof(struct ServicePlan, task)},
                CLUSTER,
                COUNT,
                {"reason", FIELD_TEXT, offsetof(struct ServicePlan, reason)},
                {},
        };
        struct ServicePlan *plan = target;

        read_mapping(reader, node, FIELDS, plan);
        if (!plan->service == !plan->task)
                reader_error(reader, node, "either 'service' or 'task' is expected");
}
