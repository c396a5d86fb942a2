/* SPDX-License-Identifier: Apache-2.0 */
/* Task definitions in a scenario, and what their tasks do. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "plans.h"

void definition_plan_init(struct DefinitionPlan *plan) {
        *plan = (struct DefinitionPlan) {.cpu = 256, .memory = 512};
        sim_behaviour_default(&plan->behaviour.behaviour);
        plan->behaviour.until_at = USEC_INFINITY;
}

static bool one_fault(struct Reader *reader, const yaml_node_t *node, struct BehaviourPlan *plan,
                      enum SimFault fault) {
        if (plan->behaviour.fault != SIM_FAULT_NONE) {
                reader_error(reader, node, "a behaviour has at most one fault");
                return false;
        }
        plan->behaviour.fault = fault;
        return true;
}

/* Texts of behaviours live in the plain value. */
static void read_fixed(struct Reader *reader, const yaml_node_t *node, char *value, size_t size) {
        const char *text = read_text(reader, node);

        if (!text)
                return;
        if (strlen(text) >= size)
                reader_error(reader, node, "no more than %zu bytes are possible", size - 1);
        snprintf(value, size, "%s", text);
}

static void read_reason(struct Reader *reader, const yaml_node_t *node, void *target) {
        read_fixed(reader, node, target, SIM_TEXT_MAX);
}

static void read_short_name(struct Reader *reader, const yaml_node_t *node, void *target) {
        read_fixed(reader, node, target, SIM_SHORT_NAME_MAX);
}

static void read_exit_code(struct Reader *reader, const yaml_node_t *node, void *target) {
        int64_t code;

        if (read_int(reader, node, 0, 255, &code))
                *(int *) target = (int) code;
}

static void read_truth(struct Reader *reader, const yaml_node_t *node, void *target) {
        const char *text = read_text(reader, node);

        if (text_equal(text, "true") || text_equal(text, "false"))
                *(bool *) target = text_equal(text, "true");
        else if (text)
                reader_error(reader, node, "true or false is expected");
}

#define AFTER(key) \
        { key, FIELD_DURATION, offsetof(struct SimBehaviour, after), .required = true }

static void read_exit(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                AFTER("after"),
                {"code", FIELD_OTHER, offsetof(struct SimBehaviour, exit_code),
                 .read = read_exit_code},
                {"reason", FIELD_OTHER, offsetof(struct SimBehaviour, reason), .read = read_reason},
                {"container", FIELD_OTHER, offsetof(struct SimBehaviour, container),
                 .read = read_short_name},
                {"in_availability_zone", FIELD_OTHER,
                 offsetof(struct BehaviourPlan, behaviour.availability_zone),
                 .read = read_short_name},
                {},
        };
        struct BehaviourPlan *plan = target;

        if (!one_fault(reader, node, plan, SIM_FAULT_EXIT))
                return;
        plan->behaviour.exit_code = 1;
        read_mapping(reader, node, FIELDS, &plan->behaviour);
}

static void read_oom(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                AFTER("after"),
                {"container", FIELD_OTHER, offsetof(struct SimBehaviour, container),
                 .read = read_short_name},
                {},
        };
        struct BehaviourPlan *plan = target;

        if (one_fault(reader, node, plan, SIM_FAULT_OOM))
                read_mapping(reader, node, FIELDS, &plan->behaviour);
}

static void read_health(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                AFTER("fails_after"),
                {"passes_first", FIELD_OTHER, offsetof(struct SimBehaviour, passes_first),
                 .read = read_truth},
                {},
        };
        struct BehaviourPlan *plan = target;

        if (one_fault(reader, node, plan, SIM_FAULT_HEALTH))
                read_mapping(reader, node, FIELDS, &plan->behaviour);
}

static void read_lb(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                AFTER("unhealthy_after"),
                {"passes_first", FIELD_OTHER, offsetof(struct SimBehaviour, passes_first),
                 .read = read_truth},
                {"reason", FIELD_OTHER, offsetof(struct SimBehaviour, reason), .read = read_reason},
                {},
        };
        struct BehaviourPlan *plan = target;

        if (one_fault(reader, node, plan, SIM_FAULT_LB))
                read_mapping(reader, node, FIELDS, &plan->behaviour);
}

static void read_kind(struct Reader *reader, const yaml_node_t *node, struct BehaviourPlan *plan,
                      enum SimFault fault) {
        const char *kind = read_text(reader, node);
        char text[SIM_TEXT_MAX];

        if (!kind || !one_fault(reader, node, plan, fault))
                return;
        if (!sim_fault_text(fault, kind, "", "", text))
                reader_error(reader, node, "unknown fault '%.64s'", kind);
        plan->fault_kind = kind;
}

static void read_pull(struct Reader *reader, const yaml_node_t *node, void *target) {
        read_kind(reader, node, target, SIM_FAULT_PULL);
}

static void read_init(struct Reader *reader, const yaml_node_t *node, void *target) {
        read_kind(reader, node, target, SIM_FAULT_INIT);
}

static void read_start_error(struct Reader *reader, const yaml_node_t *node, void *target) {
        read_kind(reader, node, target, SIM_FAULT_START);
}

static void read_stop(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"takes", FIELD_DURATION, offsetof(struct SimBehaviour, stop_takes)},
                {"code", FIELD_OTHER, offsetof(struct SimBehaviour, stop_code),
                 .read = read_exit_code},
                {},
        };
        struct BehaviourPlan *plan = target;

        read_mapping(reader, node, FIELDS, &plan->behaviour);
}

static void read_log(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct TextList lines;
        char *log = target;
        size_t used = 0;

        read_texts(reader, node, &lines);
        for (size_t i = 0; i < lines.count && used < SIM_LOG_MAX; i++)
                used += (size_t) snprintf(log + used, SIM_LOG_MAX - used, "%s%s", i > 0 ? "\n" : "",
                                          lines.texts[i]);
        if (used >= SIM_LOG_MAX)
                reader_error(reader, node, "no more than %d bytes are possible", SIM_LOG_MAX - 1);
}

static void read_run(struct Reader *reader, const yaml_node_t *node, void *target) {
        const char *text = read_text(reader, node);

        (void) target;
        if (text && !text_equal(text, "forever"))
                reader_error(reader, node, "only 'forever' is possible; see 'exit'");
}

static void read_behaviour(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"start", FIELD_DURATION, offsetof(struct BehaviourPlan, behaviour.start)},
                {"start_at_most", FIELD_DURATION,
                 offsetof(struct BehaviourPlan, behaviour.start_at_most)},
                {"ready", FIELD_DURATION, offsetof(struct BehaviourPlan, behaviour.ready)},
                {"stop", FIELD_OTHER, 0, .read = read_stop},
                {"run", FIELD_OTHER, 0, .read = read_run},
                {"log", FIELD_OTHER, offsetof(struct BehaviourPlan, behaviour.log),
                 .read = read_log},
                {"exit", FIELD_OTHER, 0, .read = read_exit},
                {"oom", FIELD_OTHER, 0, .read = read_oom},
                {"health", FIELD_OTHER, 0, .read = read_health},
                {"lb", FIELD_OTHER, 0, .read = read_lb},
                {"pull", FIELD_OTHER, 0, .read = read_pull},
                {"init", FIELD_OTHER, 0, .read = read_init},
                {"start_error", FIELD_OTHER, 0, .read = read_start_error},
                {"fail_share", FIELD_SHARE, offsetof(struct BehaviourPlan, behaviour.share)},
                {"fail_until", FIELD_DURATION, offsetof(struct BehaviourPlan, behaviour.until_age)},
                {"fail_until_at", FIELD_DURATION, offsetof(struct BehaviourPlan, until_at)},
                {"on_instance", FIELD_OTHER, offsetof(struct BehaviourPlan, behaviour.instance),
                 .read = read_short_name},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}

struct ContainerPlan {
        const char *name, *image;
        int essential, health_check;
        int64_t host_port;
};

static void read_container(struct Reader *reader, const yaml_node_t *node, size_t index,
                           void *target) {
        static const struct Field FIELDS[] = {
                {"name", FIELD_TEXT, offsetof(struct ContainerPlan, name), .required = true},
                {"image", FIELD_TEXT, offsetof(struct ContainerPlan, image)},
                {"essential", FIELD_BOOL, offsetof(struct ContainerPlan, essential)},
                {"health_check", FIELD_BOOL, offsetof(struct ContainerPlan, health_check)},
                {"host_port", FIELD_INT, offsetof(struct ContainerPlan, host_port), .least = 0,
                 .most = 65535},
                {},
        };
        struct DefinitionPlan *plan = target;
        struct ContainerPlan container = {.essential = true};

        read_mapping(reader, node, FIELDS, &container);
        plan->containers[index] = (struct SimContainerDefinition) {
                /* The core copies; it has no const in what it owns. */
                .name = (char *) (uintptr_t) container.name,
                .image = (char *) (uintptr_t) container.image,
                .essential = container.essential,
                .health_check = container.health_check,
                .host_port = (uint16_t) container.host_port,
        };
}

static void read_containers(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct DefinitionPlan *plan = target;

        plan->n_containers = read_sequence(reader, node, SIM_CONTAINERS_MAX, read_container, plan);
        if (node->type == YAML_SEQUENCE_NODE && sequence_length(node) == 0)
                reader_error(reader, node, "at least one container is expected");
}

static const char *const STATUSES[] = {"ACTIVE", "INACTIVE", NULL};

#define NAME                                                                                     \
        {                                                                                        \
                "task_definition", FIELD_TEXT, offsetof(struct DefinitionPlan, task_definition), \
                        .required = true                                                         \
        }
#define BEHAVIOUR                                                                     \
        {                                                                             \
                "behaviour", FIELD_OTHER, offsetof(struct DefinitionPlan, behaviour), \
                        .read = read_behaviour                                        \
        }
#define BODY                                                                                  \
        {"cpu", FIELD_INT, offsetof(struct DefinitionPlan, cpu), .least = 1, .most = 196608}, \
                {"memory", FIELD_INT, offsetof(struct DefinitionPlan, memory), .least = 1,    \
                 .most = 16777216},                                                           \
                {"disk", FIELD_INT, offsetof(struct DefinitionPlan, disk), .least = 1,        \
                 .most = 100000000},                                                          \
                {"containers", FIELD_OTHER, 0, .read = read_containers},                      \
                {"status", FIELD_CHOICE, offsetof(struct DefinitionPlan, status),             \
                 .choices = STATUSES},                                                        \
                BEHAVIOUR

void read_definition_step(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {NAME, BODY, {}};

        read_mapping(reader, node, FIELDS, target);
}

void read_definition_body(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {BODY, {}};

        read_mapping(reader, node, FIELDS, target);
}

void read_definition_name(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {NAME, {}};

        read_mapping(reader, node, FIELDS, target);
}

void read_set_behaviour(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {NAME, BEHAVIOUR, {}};

        read_mapping(reader, node, FIELDS, target);
}
