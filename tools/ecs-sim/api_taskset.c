/* SPDX-License-Identifier: Apache-2.0 */
/* Task sets, and the one call of CodeDeploy that stops a deployment, and the one that shows it. */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"
#include "sim/taskset.h"

enum { HUNDRED = 100 };

/* {"value": 50, "unit": "PERCENT"}; 100 where nothing is given. */
static int read_scale(struct Call *call, unsigned *ret) {
        const json_t *scale = call_value(call, "scale"), *value = json_object_get(scale, "value");
        const char *unit = json_string_value(json_object_get(scale, "unit"));
        double percent = json_number_value(value);

        *ret = HUNDRED;
        if (!scale)
                return 0;
        if ((unit && !text_equal(unit, "PERCENT")) || !json_is_number(value) || percent < 0 ||
            percent > HUNDRED)
                return call_invalid(call, "scale should be a value of 0 to 100 PERCENT.");
        *ret = (unsigned) percent;
        return 0;
}

static int call_task_set(struct Call *call, const char *parameter, struct SimService **ret_service,
                         struct SimDeployment **ret) {
        struct SimCluster *cluster;
        int r;

        r = call_service(call, call_text(call, "service"), &cluster, ret_service);
        if (r != 0)
                return r;
        *ret = sim_find_task_set(*ret_service, call_text(call, parameter));
        return *ret ? 0 : SIM_REFUSED_TASK_SET_NOT_FOUND;
}

static int answer_with(struct Call *call, const struct SimDeployment *set) {
        call->response = json_pack("{s:o}", "taskSet", render_task_set(call->world, set));
        return 0;
}

int create_task_set(struct Call *call) {
        struct SimTaskDefinition *definition;
        struct SimCluster *cluster;
        struct SimService *service;
        struct SimDeployment *set;
        unsigned scale;
        int r;

        r = call_service(call, call_text(call, "service"), &cluster, &service);
        if (r == 0 && service->controller != SIM_CONTROLLER_EXTERNAL)
                r = SIM_REFUSED_NO_TASK_SETS;
        if (r == 0)
                r = call_definition(call, call_text(call, "taskDefinition"), &definition);
        if (r == 0)
                r = read_scale(call, &scale);
        if (r == 0)
                r = sim_create_task_set(call->sim, service, definition, scale,
                                        call_text(call, "externalId"), &set);
        return r != 0 ? r : answer_with(call, set);
}

int update_task_set(struct Call *call) {
        struct SimService *service;
        struct SimDeployment *set;
        unsigned scale;
        int r;

        r = call_task_set(call, "taskSet", &service, &set);
        if (r == 0)
                r = read_scale(call, &scale);
        if (r == 0)
                r = sim_scale_task_set(call->sim, set, scale);
        return r != 0 ? r : answer_with(call, set);
}

int update_primary_task_set(struct Call *call) {
        struct SimService *service;
        struct SimDeployment *set;
        int r;

        r = call_task_set(call, "primaryTaskSet", &service, &set);
        if (r == 0)
                r = sim_promote_task_set(call->sim, set);
        return r != 0 ? r : answer_with(call, set);
}

int delete_task_set(struct Call *call) {
        struct SimService *service;
        struct SimDeployment *set;
        int r;

        r = call_task_set(call, "taskSet", &service, &set);
        if (r == 0)
                r = sim_delete_task_set(call->sim, set, call_truth(call, "force"));
        return r != 0 ? r : answer_with(call, set);
}

int describe_task_sets(struct Call *call) {
        struct SimCluster *cluster;
        struct SimService *service;
        int r;

        r = call_service(call, call_text(call, "service"), &cluster, &service);
        if (r != 0)
                return r;
        call->response = json_pack("{s:o, s:[]}", "taskSets",
                                   render_task_sets(call->world, service), "failures");
        return 0;
}

/* ---- CodeDeploy ---- */

static int call_code_deployment(struct Call *call, struct SimCodeDeployment **ret) {
        *ret = sim_find_code_deployment(call->sim, call_text(call, "deploymentId"));
        if (*ret)
                return 0;
        return call_fail(call, "DeploymentDoesNotExistException",
                         "The deployment %.64s could not be found.",
                         text_or_empty(call_text(call, "deploymentId")));
}

int code_deploy_get(struct Call *call) {
        static const char *const STATUSES[] = {
                [SIM_CODE_IN_PROGRESS] = "InProgress",
                [SIM_CODE_SUCCEEDED] = "Succeeded",
                [SIM_CODE_STOPPED] = "Stopped",
        };
        struct SimCodeDeployment *deployment;
        int r;

        r = call_code_deployment(call, &deployment);
        if (r != 0)
                return r;
        call->response =
                json_pack("{s:{s:s, s:s, s:s}}", "deploymentInfo", "deploymentId", deployment->id,
                          "status", STATUSES[deployment->status], "computePlatform", "ECS");
        return 0;
}

int code_deploy_stop(struct Call *call) {
        struct SimCodeDeployment *deployment;
        int r;

        r = call_code_deployment(call, &deployment);
        if (r == 0)
                r = sim_stop_code_deployment(call->sim, deployment,
                                             call_truth(call, "autoRollbackEnabled"));
        if (r != 0)
                return r;
        call->response = json_pack("{s:s, s:s}", "status", "Pending", "statusMessage",
                                   "Stopping the deployment and rolling back.");
        return 0;
}
