/* SPDX-License-Identifier: Apache-2.0 */
/* Steps: one table from word to reader. */
#include "steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plans.h"

static const char *const FARGATE[] = {"available",  "unavailable",    "task_limit",
                                      "vcpu_limit", "internal_error", NULL};
static const char *const AGENTS[] = {"connected", "disconnected", NULL};
static const char *const EFFECTS[] = {"before", "after", NULL};
static const char *const FAULT_KINDS[] = {
        [FAULT_THROTTLE] = "throttle",
        [FAULT_ERROR_5XX] = "error_5xx",
        [FAULT_STALL] = "stall",
        [FAULT_RESET] = "reset",
        [FAULT_TRUNCATE] = "truncate",
        [FAULT_STALE_DESCRIBE] = "stale_describe",
        [FAULT_CLOCK_SKEW] = "clock_skew",
        [FAULT_ACCESS_DENIED] = "access_denied",
        [FAULT_EXPIRED_TOKEN] = "expired_token",
        [FAULT_NOT_JSON] = "not_json",
        NULL,
};

const char *fault_kind_name(enum FaultKind kind) {
        return FAULT_KINDS[kind];
}

static void read_port(struct Reader *reader, const yaml_node_t *node, size_t index, void *target) {
        int64_t port;

        if (read_int(reader, node, 1, 65535, &port))
                ((struct InstancePlan *) target)->ports[index] = (uint16_t) port;
}

static void read_ports(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct InstancePlan *plan = target;

        plan->n_ports = read_sequence(reader, node, SIM_PORTS_MAX, read_port, plan);
}

void instance_plan_init(struct InstancePlan *plan) {
        *plan = (struct InstancePlan) {.cpu = 2048, .memory = 3900};
}

#define INSTANCE                                                                               \
        {"instance", FIELD_TEXT, offsetof(struct InstancePlan, instance), .required = true}, { \
                "cluster", FIELD_TEXT, offsetof(struct InstancePlan, cluster)                  \
        }

void read_instance(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                INSTANCE,
                {"cpu", FIELD_INT, offsetof(struct InstancePlan, cpu), .least = 1, .most = 1000000},
                {"memory", FIELD_INT, offsetof(struct InstancePlan, memory), .least = 1,
                 .most = 100000000},
                {"disk", FIELD_INT, offsetof(struct InstancePlan, disk), .least = 1,
                 .most = 100000000},
                {"availability_zone", FIELD_TEXT, offsetof(struct InstancePlan, availability_zone)},
                {"ports", FIELD_OTHER, 0, .read = read_ports},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void read_group(struct Reader *reader, const yaml_node_t *node, void *target) {
#define IN_INSTANCE(member) offsetof(struct GroupPlan, instance.member)
        static const struct Field FIELDS[] = {
                {"group", FIELD_TEXT, offsetof(struct GroupPlan, group), .required = true},
                {"cluster", FIELD_TEXT, IN_INSTANCE(cluster)},
                {"desired", FIELD_INT, offsetof(struct GroupPlan, desired), .least = 0,
                 .most = 5000, .required = true},
                {"min", FIELD_INT, offsetof(struct GroupPlan, minimum), .least = 0, .most = 5000},
                {"max", FIELD_INT, offsetof(struct GroupPlan, maximum), .least = 0, .most = 5000,
                 .required = true},
                {"launch_takes", FIELD_DURATION, offsetof(struct GroupPlan, launch_takes)},
                {"cpu", FIELD_INT, IN_INSTANCE(cpu), .least = 1, .most = 1000000},
                {"memory", FIELD_INT, IN_INSTANCE(memory), .least = 1, .most = 100000000},
                {"disk", FIELD_INT, IN_INSTANCE(disk), .least = 1, .most = 100000000},
                {},
        };
#undef IN_INSTANCE
        struct GroupPlan *plan = target;

        *plan = (struct GroupPlan) {.launch_takes = USEC_PER_MINUTE};
        instance_plan_init(&plan->instance);
        read_mapping(reader, node, FIELDS, plan);
        if (plan->desired < plan->minimum || plan->desired > plan->maximum)
                reader_error(reader, node, "desired is at least min and at most max");
}

static void read_instance_name(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {INSTANCE, {}};

        read_mapping(reader, node, FIELDS, target);
}

static void read_terminate(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"instance", FIELD_TEXT, offsetof(struct Step, instance.instance),
                 .required = true},
                {"cluster", FIELD_TEXT, offsetof(struct Step, instance.cluster)},
                {"agent", FIELD_CHOICE, offsetof(struct Step, disconnect), .choices = AGENTS},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

static void read_capacity(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"fargate", FIELD_CHOICE, 0, .required = true, .choices = FARGATE},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

void scheduler_plan_init(struct SchedulerPlan *plan) {
        *plan = (struct SchedulerPlan) {
                .tick = USEC_INFINITY,
                .healthy_wait = USEC_INFINITY,
                .stopped_tasks_kept = USEC_INFINITY,
                .containers_kept = USEC_INFINITY,
                .steady_state_every = USEC_INFINITY,
                .placement_event_every = USEC_INFINITY,
                .breaker_delay = USEC_INFINITY,
                .primary_starts_at_zero = -1,
                .reuse_deployment_id = -1,
                .start_throttle = -1,
                .breaker_counts_exits = -1,
                .breaker_stands_still = -1,
                .events_named = -1,
        };
}

#define DURATION(name) \
        { #name, FIELD_DURATION, offsetof(struct SchedulerPlan, name) }
#define TRUTH(name) \
        { #name, FIELD_BOOL, offsetof(struct SchedulerPlan, name) }

void read_scheduler(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                DURATION(tick),
                DURATION(healthy_wait),
                DURATION(stopped_tasks_kept),
                DURATION(containers_kept),
                DURATION(steady_state_every),
                DURATION(placement_event_every),
                DURATION(breaker_delay),
                TRUTH(primary_starts_at_zero),
                TRUTH(reuse_deployment_id),
                TRUTH(start_throttle),
                TRUTH(breaker_counts_exits),
                TRUTH(breaker_stands_still),
                TRUTH(events_named),
                {},
        };
        struct SchedulerPlan *plan = target;

        read_mapping(reader, node, FIELDS, plan);
        /* Below, an hour of history would be more looks than anybody waits for. */
        if (plan->tick < 100 * USEC_PER_MSEC || plan->steady_state_every < USEC_PER_MINUTE)
                reader_error(reader, node,
                             "tick is at least 100ms, steady_state_every at least 1min");
}

void read_throttle(struct Reader *reader, const yaml_node_t *node, void *target) {
        const char *text = read_text(reader, node);
        char *end = NULL;
        double value;

        if (!text)
                return;
        if (text_equal(text, "on") || text_equal(text, "off")) {
                *(double *) target = text_equal(text, "on");
                return;
        }
        value = strtod(text, &end);
        if (end == text || *end || !(value > 0 && value <= 1e6)) {
                reader_error(reader, node, "on, off or a factor is expected");
                return;
        }
        *(double *) target = value;
}

static void check_operation(struct Reader *reader, const yaml_node_t *node, const char *operation) {
        if (operation && !operation_is_known(operation))
                reader_error(reader, node, "'%.64s' is not an operation that is answered here",
                             operation);
}

void read_operations(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct TextList *list = target;

        read_texts(reader, node, list);
        for (size_t i = 0; i < list->count; i++)
                check_operation(reader, node, list->texts[i]);
}

void fault_plan_init(struct FaultPlan *plan) {
        *plan = (struct FaultPlan) {
                .kind = -1,
                .count = -1,
                .status = 500,
                .lasts = USEC_INFINITY,
                .age = USEC_PER_SEC,
        };
}

static void read_skew(struct Reader *reader, const yaml_node_t *node, void *target) {
        const char *text = read_text(reader, node);
        usec_t skew;

        if (!text)
                return;
        if (duration_parse(text + (*text == '-'), &skew) < 0 || skew > USEC_PER_DAY) {
                reader_error(reader, node, "a duration like 20m or -20m is expected");
                return;
        }
        *(int64_t *) target = (int64_t) (skew / USEC_PER_SEC) * (*text == '-' ? -1 : 1);
}

void read_fault(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"kind", FIELD_CHOICE, offsetof(struct FaultPlan, kind), .required = true,
                 .choices = FAULT_KINDS},
                {"operation", FIELD_TEXT, offsetof(struct FaultPlan, operation)},
                {"count", FIELD_INT, offsetof(struct FaultPlan, count), .least = 1,
                 .most = 1000000},
                {"for", FIELD_DURATION, offsetof(struct FaultPlan, lasts)},
                {"status", FIELD_INT, offsetof(struct FaultPlan, status), .least = 500,
                 .most = 599},
                {"effect", FIELD_CHOICE, offsetof(struct FaultPlan, after), .choices = EFFECTS},
                {"age", FIELD_DURATION, offsetof(struct FaultPlan, age)},
                {"by", FIELD_OTHER, offsetof(struct FaultPlan, skew_s), .read = read_skew},
                {},
        };
        struct FaultPlan *plan = target;

        read_mapping(reader, node, FIELDS, plan);
        check_operation(reader, node, plan->operation);
        if (plan->kind == FAULT_CLOCK_SKEW && plan->skew_s == 0)
                reader_error(reader, node, "'by' is missing");
        if (plan->count < 0 && plan->lasts == USEC_INFINITY)
                plan->count = 1;
}

static void read_nothing(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {{}};

        read_mapping(reader, node, FIELDS, target);
}

/* Where each word's values go. */
static const struct {
        const char *name;
        size_t offset;
        void (*read)(struct Reader *reader, const yaml_node_t *node, void *target);
} STEPS[] = {
        [STEP_CREATE_SERVICE] = {"create_service", offsetof(struct Step, service),
                                 read_create_service},
        [STEP_UPDATE_SERVICE] = {"update_service", offsetof(struct Step, service),
                                 read_update_service},
        [STEP_SCALE] = {"scale", offsetof(struct Step, service), read_scale},
        [STEP_DELETE_SERVICE] = {"delete_service", offsetof(struct Step, service),
                                 read_delete_service},
        [STEP_REGISTER_TASK_DEFINITION] = {"register_task_definition",
                                           offsetof(struct Step, definition), read_definition_step},
        [STEP_DEREGISTER_TASK_DEFINITION] = {"deregister_task_definition",
                                             offsetof(struct Step, definition),
                                             read_definition_name},
        [STEP_SET_BEHAVIOUR] = {"set_behaviour", offsetof(struct Step, definition),
                                read_set_behaviour},
        [STEP_STOP_TASK] = {"stop_task", offsetof(struct Step, service), read_stop_task},
        [STEP_SPOT_INTERRUPT] = {"spot_interrupt", offsetof(struct Step, service), read_some_tasks},
        [STEP_STOP_SERVICE_DEPLOYMENT] = {"stop_service_deployment", offsetof(struct Step, service),
                                          read_service_name},
        [STEP_PROMOTE] = {"promote", offsetof(struct Step, service), read_service_name},
        [STEP_CONTINUE] = {"continue_service_deployment", offsetof(struct Step, service),
                           read_service_name},
        [STEP_ALARM] = {"alarm", offsetof(struct Step, service), read_alarm},
        [STEP_REGISTER_INSTANCE] = {"register_instance", offsetof(struct Step, instance),
                                    read_instance},
        [STEP_DRAIN] = {"drain", offsetof(struct Step, instance), read_instance_name},
        [STEP_ACTIVATE] = {"activate", offsetof(struct Step, instance), read_instance_name},
        [STEP_TERMINATE_INSTANCE] = {"terminate_instance", 0, read_terminate},
        [STEP_CAPACITY] = {"capacity", offsetof(struct Step, capacity), read_capacity},
        [STEP_SCHEDULER] = {"scheduler", offsetof(struct Step, scheduler), read_scheduler},
        [STEP_DENY] = {"deny", offsetof(struct Step, operations), read_operations},
        [STEP_ALLOW] = {"allow", offsetof(struct Step, operations), read_operations},
        [STEP_THROTTLE] = {"throttle", offsetof(struct Step, throttle), read_throttle},
        [STEP_FAULT] = {"fault", offsetof(struct Step, fault), read_fault},
        [STEP_CLEAR_FAULTS] = {"clear_faults", 0, read_nothing},
};

const char *step_kind_name(enum StepKind kind) {
        return STEPS[kind].name;
}

void step_init(struct Step *step, enum StepKind kind, const yaml_node_t *node) {
        *step = (struct Step) {
                .kind = kind,
                .line = node->start_mark.line + 1,
                .column = node->start_mark.column + 1,
                .throttle = 1,
        };
        service_plan_init(&step->service);
        definition_plan_init(&step->definition);
        instance_plan_init(&step->instance);
        scheduler_plan_init(&step->scheduler);
        fault_plan_init(&step->fault);
}

static const char *key_of(struct Reader *reader, const yaml_node_pair_t *pair,
                          const yaml_node_t **ret_key) {
        *ret_key = yaml_document_get_node(reader->document, pair->key);
        return (*ret_key)->type == YAML_SCALAR_NODE ? (const char *) (*ret_key)->data.scalar.value
                                                    : "";
}

static bool read_word(struct Reader *reader, const char *word, const yaml_node_t *value,
                      struct Step *step) {
        for (size_t i = 0; i < ARRAY_SIZE(STEPS); i++) {
                if (!text_equal(STEPS[i].name, word))
                        continue;
                step->kind = (enum StepKind) i;
                STEPS[i].read(reader, value, (char *) step + STEPS[i].offset);
                return true;
        }
        return false;
}

void read_step(struct Reader *reader, const yaml_node_t *node, bool with_at, struct Step *step) {
        unsigned words = 0;
        bool timed = false;

        step_init(step, STEP_CLEAR_FAULTS, node);
        if (node->type != YAML_MAPPING_NODE) {
                reader_error(reader, node, "a step is a mapping");
                return;
        }
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
                const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
                const yaml_node_t *key;
                const char *word = key_of(reader, pair, &key);

                if (with_at && text_equal(word, "at"))
                        timed = read_duration(reader, value, &step->at);
                else if (words++ > 0)
                        reader_error(reader, key, "a step does one thing");
                else if (!read_word(reader, word, value, step))
                        reader_error(reader, key, "unknown step '%.64s'", word);
        }
        if (words == 0)
                reader_error(reader, node, "a step does one thing");
        if (with_at && !timed)
                reader_error(reader, node, "'at' is missing");
}
