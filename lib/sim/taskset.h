/* SPDX-License-Identifier: Apache-2.0 */
/* Services whose deployment controller is CodeDeploy or somebody else: their deployments are task
 * sets, each with a share of the desired count. Outcomes as in sim/sim.h. */
#pragma once

#include "sim/service.h"

/* One of CodeDeploy's: the new task set comes up beside the old one, takes over once it is steady,
 * and the old one goes after a while. */
enum SimCodeStatus {
        SIM_CODE_IN_PROGRESS,
        SIM_CODE_SUCCEEDED,
        SIM_CODE_STOPPED,
};

struct SimCodeDeployment {
        char id[SIM_ID_MAX]; /* "d-…" */
        struct SimService *service;
        struct SimDeployment *target, *source; /* source NULL: there was none */
        enum SimCodeStatus status;
        usec_t shifted_at; /* the traffic; USEC_UNKNOWN: not yet */
};

/* The newest is last; `scale` in percent of the desired count, `external_id` may be NULL. The first
 * of a service is PRIMARY. Refusals: NO_TASK_SETS (its controller is ECS), DEFINITION_INACTIVE. */
int sim_create_task_set(struct Sim *sim, struct SimService *service,
                        struct SimTaskDefinition *definition, unsigned scale,
                        const char *external_id, struct SimDeployment **ret);
int sim_scale_task_set(struct Sim *sim, struct SimDeployment *set, unsigned scale);
int sim_promote_task_set(struct Sim *sim, struct SimDeployment *set); /* it becomes PRIMARY */
/* DRAINING until its tasks are gone. Refusal: TASK_SET_PRIMARY unless forced. */
int sim_delete_task_set(struct Sim *sim, struct SimDeployment *set, bool force);
/* By id or the last part of an ARN, those that are gone left out; NULL. */
struct SimDeployment *sim_find_task_set(const struct SimService *service, const char *id);
bool sim_task_set_is_steady(const struct Sim *sim, const struct SimDeployment *set);

/* CreateDeployment. Refusals: NO_TASK_SETS, DEPLOYMENT_OPEN. */
int sim_code_deploy(struct Sim *sim, struct SimService *service,
                    struct SimTaskDefinition *definition, struct SimCodeDeployment **ret);
/* StopDeployment; with `rolls_back` the old task set has it all again. Refusal: CODE_COMPLETED. */
int sim_stop_code_deployment(struct Sim *sim, struct SimCodeDeployment *deployment,
                             bool rolls_back);
struct SimCodeDeployment *sim_find_code_deployment(const struct Sim *sim, const char *id);
