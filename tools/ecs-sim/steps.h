/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a scenario, and the check that names in it lead somewhere. */
#pragma once

#include "reader.h"
#include "scenario.h"

void step_init(struct Step *step, enum StepKind kind, const yaml_node_t *node);
void read_step(struct Reader *reader, const yaml_node_t *node, bool with_at, struct Step *step);

bool definition_name_is_full(const char *name); /* family:revision */
/* Tells every task definition, cluster and instance that nothing in the scenario makes. */
bool scenario_names_lead_somewhere(const char *name, const struct Scenario *scenario,
                                   struct Buffer *errors);
