/* SPDX-License-Identifier: Apache-2.0 */
#include "words/service_deployment.h"

#include "base/text.h"

const char *service_deployment_status_name(enum ServiceDeploymentStatus status) {
        static const char *const names[] = {
                [SERVICE_DEPLOYMENT_UNKNOWN] = "",
                [SERVICE_DEPLOYMENT_PENDING] = "PENDING",
                [SERVICE_DEPLOYMENT_IN_PROGRESS] = "IN_PROGRESS",
                [SERVICE_DEPLOYMENT_SUCCESSFUL] = "SUCCESSFUL",
                [SERVICE_DEPLOYMENT_STOPPED] = "STOPPED",
                [SERVICE_DEPLOYMENT_STOP_REQUESTED] = "STOP_REQUESTED",
                [SERVICE_DEPLOYMENT_ROLLBACK_REQUESTED] = "ROLLBACK_REQUESTED",
                [SERVICE_DEPLOYMENT_ROLLBACK_IN_PROGRESS] = "ROLLBACK_IN_PROGRESS",
                [SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL] = "ROLLBACK_SUCCESSFUL",
                [SERVICE_DEPLOYMENT_ROLLBACK_FAILED] = "ROLLBACK_FAILED",
        };

        return names[status];
}

bool service_deployment_rolls_back(enum ServiceDeploymentStatus status) {
        switch (status) {
        case SERVICE_DEPLOYMENT_ROLLBACK_REQUESTED:
        case SERVICE_DEPLOYMENT_ROLLBACK_IN_PROGRESS:
        case SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL: return true;
        case SERVICE_DEPLOYMENT_UNKNOWN:
        case SERVICE_DEPLOYMENT_PENDING:
        case SERVICE_DEPLOYMENT_IN_PROGRESS:
        case SERVICE_DEPLOYMENT_SUCCESSFUL:
        case SERVICE_DEPLOYMENT_STOPPED:
        case SERVICE_DEPLOYMENT_STOP_REQUESTED:
        case SERVICE_DEPLOYMENT_ROLLBACK_FAILED: break;
        }
        return false;
}

bool service_deployment_waits(const struct ServiceDeploymentFacts *deployment) {
        for (size_t i = 0; i < deployment->n_hooks; i++)
                if (text_equal(deployment->hooks[i].status, "AWAITING_ACTION") ||
                    text_equal(deployment->hooks[i].status, "IN_PROGRESS"))
                        return true;
        return text_equal(deployment->lifecycle_stage, "BAKE_TIME");
}
