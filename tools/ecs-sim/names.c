/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the names in a scenario lead somewhere. */
#include <string.h>

#include "base/text.h"
#include "steps.h"

bool definition_name_is_full(const char *name) {
        const char *colon = strrchr(name, ':');
        uint64_t revision;

        return colon && colon > name && text_parse_u64(colon + 1, 1, UINT32_MAX, &revision) == 0;
}

/* "web" for "web", "web:1"; of `other`. */
static bool is_of_family(const char *name, const char *family) {
        size_t length = strlen(family);

        return strncmp(name, family, length) == 0 && (name[length] == ':' || name[length] == '\0');
}

static bool matches(const char *made, const char *wanted) {
        return text_equal(made, wanted) ||
               (!definition_name_is_full(wanted) && is_of_family(made, wanted)) ||
               /* "register web" makes the next revision, whatever its number will be */
               (!definition_name_is_full(made) && is_of_family(wanted, made));
}

static bool definition_exists(const struct Scenario *scenario, const char *name) {
        for (size_t i = 0; i < scenario->n_definitions; i++)
                if (matches(scenario->definitions[i].task_definition, name))
                        return true;
        for (size_t i = 0; i < scenario->n_steps; i++)
                if (scenario->timeline[i].kind == STEP_REGISTER_TASK_DEFINITION &&
                    matches(scenario->timeline[i].definition.task_definition, name))
                        return true;
        return false;
}

static bool cluster_exists(const struct Scenario *scenario, const char *name) {
        for (size_t i = 0; i < scenario->clusters.count; i++)
                if (text_equal(scenario->clusters.texts[i], name))
                        return true;
        return false;
}

static bool instance_exists(const struct Scenario *scenario, const char *name) {
        for (size_t i = 0; i < scenario->n_instances; i++)
                if (text_equal(scenario->instances[i].instance, name))
                        return true;
        for (size_t i = 0; i < scenario->n_steps; i++)
                if (scenario->timeline[i].kind == STEP_REGISTER_INSTANCE &&
                    text_equal(scenario->timeline[i].instance.instance, name))
                        return true;
        return false;
}

static bool service_exists(const struct Scenario *scenario, const char *name) {
        for (size_t i = 0; i < scenario->n_services; i++)
                if (text_equal(scenario->services[i].service.service, name))
                        return true;
        for (size_t i = 0; i < scenario->n_steps; i++)
                if (scenario->timeline[i].kind == STEP_CREATE_SERVICE &&
                    text_equal(scenario->timeline[i].service.service, name))
                        return true;
        return false;
}

struct Check {
        const char *what, *name;
        bool exists;
};

static bool check_step(const char *file, const struct Scenario *scenario, const struct Step *step,
                       struct Buffer *errors) {
        const char *definition = step->service.task_definition;
        bool good = true;

        if (step->kind == STEP_SET_BEHAVIOUR || step->kind == STEP_DEREGISTER_TASK_DEFINITION)
                definition = step->definition.task_definition;
        const struct Check checks[] = {
                {"task definition", definition,
                 !definition || definition_exists(scenario, definition)},
                {"cluster", step->service.cluster,
                 !step->service.cluster || cluster_exists(scenario, step->service.cluster)},
                {"cluster", step->instance.cluster,
                 !step->instance.cluster || cluster_exists(scenario, step->instance.cluster)},
                {"service", step->service.service,
                 !step->service.service || service_exists(scenario, step->service.service)},
                {"instance", step->instance.instance,
                 !step->instance.instance || instance_exists(scenario, step->instance.instance)},
        };

        for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
                if (checks[i].exists)
                        continue;
                good = false;
                buffer_append_format(errors, "%s:%zu:%zu: there is no %s '%.64s'\n", file,
                                     step->line, step->column, checks[i].what, checks[i].name);
        }
        return good;
}

bool scenario_names_lead_somewhere(const char *name, const struct Scenario *scenario,
                                   struct Buffer *errors) {
        bool good = true;

        for (size_t i = 0; i < scenario->n_services; i++)
                good &= check_step(name, scenario, &scenario->services[i], errors);
        for (size_t i = 0; i < scenario->n_steps; i++)
                good &= check_step(name, scenario, &scenario->timeline[i], errors);
        for (size_t i = 0; i < scenario->n_instances; i++) {
                const char *cluster = scenario->instances[i].cluster;

                if (!cluster || cluster_exists(scenario, cluster))
                        continue;
                good = false;
                buffer_append_format(errors, "%s:1:1: there is no cluster '%.64s'\n", name,
                                     cluster);
        }
        return good;
}
