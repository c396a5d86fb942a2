/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario's text into struct Scenario: the top level, and whether its names lead anywhere. */
#include "scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plans.h"
#include "steps.h"

enum {
        ARENA_MAX = 512 * 1024 * 1024,
        LIST_MAX = 10000,
};

static void read_version(struct Reader *reader, const yaml_node_t *node, void *target) {
        int64_t version;

        (void) target;
        read_int(reader, node, 1, 1, &version);
}

static void read_one_instance(struct Reader *reader, const yaml_node_t *node, size_t index,
                              void *target) {
        struct InstancePlan *instances = target;

        instance_plan_init(&instances[index]);
        read_instance(reader, node, &instances[index]);
}

static void *make_room(struct Reader *reader, size_t count, size_t size) {
        void *room = arena_alloc_array(reader->arena, count + 1, size);

        reader->out_of_memory |= !room;
        return room;
}

static void read_instances(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;

        scenario->instances =
                make_room(reader, sequence_length(node), sizeof(*scenario->instances));
        if (scenario->instances)
                scenario->n_instances = read_sequence(reader, node, LIST_MAX, read_one_instance,
                                                      scenario->instances);
}

static void read_one_group(struct Reader *reader, const yaml_node_t *node, size_t index,
                           void *target) {
        read_group(reader, node, &((struct GroupPlan *) target)[index]);
}

static void read_groups(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;

        scenario->groups = make_room(reader, sequence_length(node), sizeof(*scenario->groups));
        if (scenario->groups)
                scenario->n_groups =
                        read_sequence(reader, node, LIST_MAX, read_one_group, scenario->groups);
}

static void read_definitions(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;
        size_t count;

        if (node->type != YAML_MAPPING_NODE) {
                reader_error(reader, node, "a mapping from family:revision is expected");
                return;
        }
        count = (size_t) (node->data.mapping.pairs.top - node->data.mapping.pairs.start);
        scenario->definitions = make_room(reader, count, sizeof(*scenario->definitions));
        if (!scenario->definitions)
                return;

        for (size_t i = 0; i < count; i++) {
                const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
                const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
                struct DefinitionPlan *plan = &scenario->definitions[scenario->n_definitions];

                definition_plan_init(plan);
                plan->task_definition = read_text(reader, key);
                if (!plan->task_definition)
                        continue;
                if (!definition_name_is_full(plan->task_definition))
                        reader_error(reader, key, "'%.64s' is not family:revision",
                                     plan->task_definition);
                for (size_t j = 0; j < scenario->n_definitions; j++)
                        if (text_equal(scenario->definitions[j].task_definition,
                                       plan->task_definition))
                                reader_error(reader, key, "'%.64s' is given twice",
                                             plan->task_definition);
                read_definition_body(reader, yaml_document_get_node(reader->document, pair->value),
                                     plan);
                scenario->n_definitions++;
        }
}

static void read_one_service(struct Reader *reader, const yaml_node_t *node, size_t index,
                             void *target) {
        struct Step *step = &((struct Step *) target)[index];

        step_init(step, STEP_CREATE_SERVICE, node);
        read_create_service(reader, node, &step->service);
}

static void read_services(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;

        scenario->services = make_room(reader, sequence_length(node), sizeof(*scenario->services));
        if (scenario->services)
                scenario->n_services =
                        read_sequence(reader, node, LIST_MAX, read_one_service, scenario->services);
}

static void read_one_role(struct Reader *reader, const yaml_node_t *node, size_t index,
                          void *target) {
        static const struct Field FIELDS[] = {
                {"arn", FIELD_TEXT, offsetof(struct RolePlan, arn), .required = true},
                {"external_id", FIELD_TEXT, offsetof(struct RolePlan, external_id)},
                {},
        };

        read_mapping(reader, node, FIELDS, &((struct RolePlan *) target)[index]);
}

static void read_roles(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;

        scenario->any_role = false;
        scenario->roles = make_room(reader, sequence_length(node), sizeof(*scenario->roles));
        if (scenario->roles)
                scenario->n_roles =
                        read_sequence(reader, node, LIST_MAX, read_one_role, scenario->roles);
}

static void read_one_step(struct Reader *reader, const yaml_node_t *node, size_t index,
                          void *target) {
        read_step(reader, node, true, &((struct Step *) target)[index]);
}

/* Insertion keeps those of the same moment in the order of the file. */
static void sort_steps(struct Step *steps, size_t count) {
        for (size_t i = 1; i < count; i++) {
                struct Step step = steps[i];
                size_t j = i;

                for (; j > 0 && steps[j - 1].at > step.at; j--)
                        steps[j] = steps[j - 1];
                steps[j] = step;
        }
}

static void read_timeline(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;

        scenario->timeline = make_room(reader, sequence_length(node), sizeof(*scenario->timeline));
        if (!scenario->timeline)
                return;
        scenario->n_steps =
                read_sequence(reader, node, LIST_MAX, read_one_step, scenario->timeline);
        sort_steps(scenario->timeline, scenario->n_steps);
}

static const struct Field SCENARIO_FIELDS[] = {
        {"version", FIELD_OTHER, 0, .required = true, .read = read_version},
        {"account", FIELD_TEXT, offsetof(struct Scenario, account)},
        {"region", FIELD_TEXT, offsetof(struct Scenario, region)},
        {"seed", FIELD_INT, offsetof(struct Scenario, seed), .least = 0, .most = INT64_MAX},
        {"history", FIELD_DURATION, offsetof(struct Scenario, history)},
        {"clusters", FIELD_TEXTS, offsetof(struct Scenario, clusters)},
        {"instances", FIELD_OTHER, 0, .read = read_instances},
        {"auto_scaling_groups", FIELD_OTHER, 0, .read = read_groups},
        {"task_definitions", FIELD_OTHER, 0, .read = read_definitions},
        {"services", FIELD_OTHER, 0, .read = read_services},
        {"scheduler", FIELD_OTHER, offsetof(struct Scenario, scheduler), .read = read_scheduler},
        {"throttle", FIELD_OTHER, offsetof(struct Scenario, throttle), .read = read_throttle},
        {"deny", FIELD_OTHER, offsetof(struct Scenario, deny), .read = read_operations},
        {"roles", FIELD_OTHER, 0, .read = read_roles},
        {"timeline", FIELD_OTHER, 0, .read = read_timeline},
        {},
};

struct Scenario *scenario_default(void) {
        struct Arena *arena = arena_new(ARENA_MAX);
        struct Scenario *scenario = arena ? arena_alloc(arena, sizeof(*scenario)) : NULL;
        const char **clusters = arena ? arena_alloc_array(arena, 1, sizeof(char *)) : NULL;

        if (!scenario || !clusters) {
                arena_free(arena);
                return NULL;
        }
        clusters[0] = "default";
        *scenario = (struct Scenario) {
                .arena = arena,
                .account = "123456789012",
                .region = "us-east-1",
                .seed = -1,
                .history = USEC_PER_HOUR,
                .clusters = {.texts = clusters, .count = 1},
                .throttle = 1,
                .any_role = true,
        };
        scheduler_plan_init(&scenario->scheduler);
        return scenario;
}

void scenario_free(struct Scenario *scenario) {
        if (scenario)
                arena_free(scenario->arena);
}

static void read_scenario(struct Reader *reader, const yaml_node_t *node, void *target) {
        struct Scenario *scenario = target;

        read_mapping(reader, node, SCENARIO_FIELDS, scenario);
        if (scenario->clusters.count == 0)
                reader_error(reader, node, "at least one cluster is expected");
}

int scenario_parse(const char *name, const char *bytes, size_t size, struct Buffer *errors,
                   struct Scenario **ret) {
        _cleanup_(scenario_freep) struct Scenario *scenario = scenario_default();
        struct Reader reader = {.name = name, .errors = errors};
        int r;

        if (!scenario)
                return -ENOMEM;
        if (size > SCENARIO_BYTES_MAX) {
                buffer_append_format(errors, "%s:1:1: more than %d bytes\n", name,
                                     SCENARIO_BYTES_MAX);
                return -EINVAL;
        }
        reader.arena = scenario->arena;
        r = reader_document(&reader, bytes, size, read_scenario, scenario);
        if (r < 0)
                return r;
        if (!scenario_names_lead_somewhere(name, scenario, errors))
                return -EINVAL;

        *ret = TAKE_PTR(scenario);
        return 0;
}

static void read_lone_step(struct Reader *reader, const yaml_node_t *node, void *target) {
        read_step(reader, node, false, target);
}

int step_parse(const char *bytes, size_t size, struct Arena *arena, struct Buffer *errors,
               struct Step *ret) {
        struct Reader reader = {.errors = errors, .arena = arena};
        struct Step step;
        int r;

        if (size > STEP_BYTES_MAX) {
                buffer_append_format(errors, "more than %d bytes\n", STEP_BYTES_MAX);
                return -EINVAL;
        }
        r = reader_document(&reader, bytes, size, read_lone_step, &step);
        if (r < 0)
                return r;

        *ret = step;
        return 0;
}
