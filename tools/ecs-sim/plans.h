/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a scenario that several keys share. */
#pragma once

#include "reader.h"
#include "scenario.h"

void service_plan_init(struct ServicePlan *plan);
void definition_plan_init(struct DefinitionPlan *plan);
void instance_plan_init(struct InstancePlan *plan);
void scheduler_plan_init(struct SchedulerPlan *plan);
void fault_plan_init(struct FaultPlan *plan);

void read_create_service(struct Reader *reader, const yaml_node_t *node, void *target);
void read_update_service(struct Reader *reader, const yaml_node_t *node, void *target);
void read_scale(struct Reader *reader, const yaml_node_t *node, void *target);
void read_delete_service(struct Reader *reader, const yaml_node_t *node, void *target);
void read_stop_task(struct Reader *reader, const yaml_node_t *node, void *target);
void read_some_tasks(struct Reader *reader, const yaml_node_t *node, void *target);
void read_alarm(struct Reader *reader, const yaml_node_t *node, void *target);
void read_service_name(struct Reader *reader, const yaml_node_t *node, void *target);
/* The name stands in the mapping (a step) or is its key (the scenario: then it is set already). */
void read_definition_step(struct Reader *reader, const yaml_node_t *node, void *target);
void read_definition_body(struct Reader *reader, const yaml_node_t *node, void *target);
void read_definition_name(struct Reader *reader, const yaml_node_t *node, void *target);
void read_set_behaviour(struct Reader *reader, const yaml_node_t *node, void *target);
void read_instance(struct Reader *reader, const yaml_node_t *node, void *target);
void read_group(struct Reader *reader, const yaml_node_t *node, void *target); /* GroupPlan */
void read_scheduler(struct Reader *reader, const yaml_node_t *node, void *target);
void read_fault(struct Reader *reader, const yaml_node_t *node, void *target);
void read_throttle(struct Reader *reader, const yaml_node_t *node, void *target);   /* double */
void read_operations(struct Reader *reader, const yaml_node_t *node, void *target); /* TextList */
