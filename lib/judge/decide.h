/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy says to do about a verdict. Pure. */
#pragma once

#include <stdbool.h>

#include "base/time.h"
#include "judge/change.h"
#include "words/decision.h"
#include "words/facts.h"
#include "words/policy.h"
#include "words/rollout.h"
#include "words/service_deployment.h"
#include "words/subject.h"
#include "words/verdict.h"

/* So far apart a service deployment and its deployment may say that they began. */
#define SAME_BEGINNING (60 * USEC_PER_SEC)
/* What ECS declared FAILED and then left alone that long is ours to roll back. */
#define NATIVE_STANDSTILL (60 * USEC_PER_SEC)
/* What a remedy would change and cannot be seen is asked for again for so long. */
#define SUBJECT_AWAITED (10 * USEC_PER_MINUTE)

struct Judged { /* borrowed */
        const struct Rollout *rollout;
        const struct Verdict *verdict;
        usec_t verdict_at;                  /* when it was reached (AWS's time) */
        const struct ServiceFacts *service; /* the newest answer */
        usec_t native_failed_since;         /* PRIMARY is the judged one and FAILED in every answer
                                               since; USEC_UNKNOWN: it is not */
        /* What DescribeServiceDeployments told of the service's current one, with its task
         * definitions. `deployment_asked` false: it was not asked yet. NULL besides: there is none,
         * or it cannot be had, for the reason in `deployment_problem`. */
        bool deployment_asked;
        const struct ServiceDeploymentFacts *deployment;
        const char *deployment_problem;
        /* Of a remedy that has one: what it would change (words/subject.h). `subject_asked` false:
         * it was not asked for yet. NULL besides: it cannot be had, for the reason. */
        bool subject_asked;
        const struct SubjectFacts *subject;
        const char *subject_problem;
        bool host_filled_by_rollout; /* evidence_host_filled_by_rollout() of the verdict's
                                        instance; matters for disk_full only */
};

enum DecideOutcome {
        DECIDED,
        /* Whether StopServiceDeployment would do is to be found out: set `deployment_asked` and
         * what came of it, decide again. ret->kind is WAIT until `now`. */
        DECIDE_ASK_SERVICE_DEPLOYMENT,
        /* `ret->target` is what we would go back to: DescribeTaskDefinition, set the candidate's
         * status in the history, decide again. ret->kind is WAIT until `now`. */
        DECIDE_ASK_TASK_DEFINITION,
        /* The ledger knows nothing to go back to: see what ECS has completed before, set
         * `past_asked` in the history and what came of it, decide again. ret->kind is WAIT until
         * `now`. */
        DECIDE_ASK_PAST,
        /* `ret->target` is what the remedy would change: set `subject_asked` and what came of it,
         * decide again. ret->kind is WAIT until `now`. */
        DECIDE_ASK_SUBJECT,
};

/* Decides about failed (on_failed) and stalled (on_stalled, opt-in) verdicts; others are
 * DECISION_NOTHING. SKIP is final; WAIT is asked again at `wait_until` with the newest facts.
 * `ret` is always set, with `target` wherever one was found. */
enum DecideOutcome policy_decide(const struct Policy *policy, const struct Judged *judged,
                                 const struct History *history, usec_t now, struct Decision *ret);

/* The policy's entry by which the verdict would be answered so now; NULL: there is none. */
const struct PolicyEntry *decision_entry(const struct Policy *policy, const struct Judged *judged,
                                         enum ActionKind kind);

/* Just before every call, also after a restart or a reload: whether what speaks for everything or
 * for the whole policy forbids it now (dry run, mode, hold, brake, budget). False: nothing does. */
bool decision_is_forbidden(const struct Policy *policy, const struct History *history,
                           enum ActionKind kind, char ret_reason[DECISION_REASON_MAX]);
