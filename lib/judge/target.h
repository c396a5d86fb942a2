/* SPDX-License-Identifier: Apache-2.0 */
/* To what a failed rollout is rolled back, and why not to the others. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "words/decision.h"
#include "words/rollout.h"
#include "words/service_deployment.h"

/* How many of the task definitions that the service ran before are considered, newest first. */
enum { TARGET_REVISIONS_BACK_MAX = 5 };

enum TargetOutcome {
        TARGET_NONE,
        TARGET_CHOSEN,
        TARGET_ASK, /* it would be this one: DescribeTaskDefinition first, set `status`, ask again
                     */
};

struct TargetChoice {
        const struct TargetCandidate *candidate; /* NULL for TARGET_NONE */
        char refusals[DECISION_REASON_MAX];      /* "my-app:2: failed here before; …", cut to fit;
                                                    "" when nothing was refused */
};

/* The latest that ECS completed before the rollout began, out of its service deployments (in any
 * order), as a candidate; borrowed texts. False: there is none. */
bool target_by_ecs(const struct ServiceDeploymentFacts *past, size_t n_past,
                   const struct Rollout *rollout, struct TargetCandidate *ret);

/* Candidates newest first, as the ledger gives them; the one that served when the rollout began
 * goes before all others wherever it stands. `max_age` is counted from when a candidate became
 * good and is not asked of the one that served until this rollout began: its age says nothing.
 * Judged is `rollout`; `same_will_do`: its own task definition may be gone back to, since another
 * revision of the service has it. `now` is AWS's time. `ret` is always set. */
enum TargetOutcome target_choose(const struct TargetCandidate *candidates, size_t n_candidates,
                                 const struct Rollout *rollout, bool same_will_do, usec_t max_age,
                                 usec_t now, struct TargetChoice *ret);
