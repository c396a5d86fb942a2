/* SPDX-License-Identifier: Apache-2.0 */
/* All that one decision reads: a failed deployment of my-app:2 that came after my-app:1. */
#pragma once

#include "judge/decide.h"

#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n
#define T0 (1000 * USEC_PER_DAY)
#define S(n) (T0 + (n) *USEC_PER_SEC)

struct Scene {
        struct Policy policy;
        struct PolicyEntry entry;
        enum Cause named;
        struct Judged judged;
        struct Rollout rollout;
        struct Verdict verdict;
        struct ServiceFacts service;
        struct DeploymentFacts deployment;
        struct ServiceEvent event;
        struct TargetCandidate candidate;
        struct History history;
        usec_t now;
};

/* Good to act. The pointers of it lead into it: it must not be copied. */
void scene_init(struct Scene *s);
