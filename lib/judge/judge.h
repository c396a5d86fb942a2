/* SPDX-License-Identifier: Apache-2.0 */
/* From evidence to a verdict: pure, so the same evidence, rule and instant always give the same. */
#pragma once

#include "base/time.h"
#include "judge/evidence.h"
#include "words/policy.h"
#include "words/verdict.h"

/* The kind is progressing, succeeded, failed or stalled; superseded and reverted come from the
 * change of PRIMARY (judge/change.h), which needs the counts and cause given here all the same.
 * `meets_success` is set besides failed and stalled too: such a rollout has recovered.
 * `now` is AWS's time; durations of silence count only up to the last answer of DescribeServices,
 * so an observer gone blind decides nothing.
 * 0 or -ENOMEM (ret untouched). Linear in the attempts, but for sorting the ages of failures. */
int judge_verdict(const struct Evidence *evidence, const struct JudgeRule *rule, usec_t now,
                  struct Verdict *ret);

/* What ECS tells of its own failed service deployment (its reason, the circuit breaker's counts,
 * the alarms) is added to the explanation. */
struct ServiceDeploymentFacts;
void verdict_explain_native(struct Verdict *verdict,
                            const struct ServiceDeploymentFacts *deployment);
/* Likewise of one that was taken back before there was a verdict of ours: how it stood. */
void verdict_explain_reverted(struct Verdict *verdict);
