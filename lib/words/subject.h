/* SPDX-License-Identifier: Apache-2.0 */
/* What a remedy changes, as AWS shows it just before: a container instance, or an Auto Scaling
 * group. Sources of the members: the ECS API reference (ContainerInstance), the EC2 Auto Scaling
 * API reference (AutoScalingGroup). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/* Texts live in the arena that they were decoded into. */
struct HostFacts {
        const char *arn;
        const char *status; /* ACTIVE, DRAINING, …; NULL: ECS knows no such instance any more */
        const char *ec2_instance_id;
        /* The cluster's ACTIVE ones, ARNs; it may be among them. */
        const char *const *active;
        size_t n_active;
};

struct GroupFacts {
        bool is_there;
        uint64_t desired, most; /* DesiredCapacity, MaxSize */
        uint64_t in_service;    /* instances that serve */
};

struct SubjectFacts {
        usec_t asked_at; /* AWS's time when the first call left */
        struct HostFacts host;
        struct GroupFacts group;
};
