/* SPDX-License-Identifier: Apache-2.0 */
#include "words/task_facts.h"

const char *health_status_name(enum HealthStatus status) {
        static const char *const names[] = {
                [HEALTH_UNKNOWN] = "UNKNOWN",
                [HEALTH_HEALTHY] = "HEALTHY",
                [HEALTH_UNHEALTHY] = "UNHEALTHY",
        };

        return names[status];
}
