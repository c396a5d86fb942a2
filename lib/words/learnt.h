/* SPDX-License-Identifier: Apache-2.0 */
/* How often attempts failed in rollouts that became last-good: what a fine rollout looks like. */
#pragma once

#include <stdint.h>

struct Learnt {
        uint64_t attempts, failed;             /* of the service; failed: and blamed the code */
        uint64_t fleet_attempts, fleet_failed; /* of all services */
};
