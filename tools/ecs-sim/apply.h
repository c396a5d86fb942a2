/* SPDX-License-Identifier: Apache-2.0 */
/* Plans into deeds. Outcomes as of step_apply() in world.h. */
#pragma once

#include "world.h"

int definition_apply(struct World *world, const struct DefinitionPlan *plan);
int instance_apply(struct World *world, const struct InstancePlan *plan, struct Buffer *message);
int group_apply(struct World *world, const struct GroupPlan *plan, struct Buffer *message);
void scheduler_apply(const struct SchedulerPlan *plan, struct SimOptions *options);
