/* SPDX-License-Identifier: Apache-2.0 */
/* `tolerate`, from the history of the service and of all services. Pure. */
#pragma once

#include "words/learnt.h"
#include "words/policy.h"

/* The rule to judge by: with its `learn` set, `learnt` is the upper 95 % bound of the service's own
 * share of failing attempts, never below LEARN_LEAST, where that is below `tolerate`. The bound is
 * a Beta distribution's: its prior has the fleet's share and the weight of 20 attempts, and the
 * fleet's share starts at `tolerate` with the same weight. */
struct JudgeRule learn_rule(const struct JudgeRule *rule, const struct Learnt *learnt);

#define LEARN_LEAST 0.01

/* The point below which a Beta(a, b) distribution has that share; a, b > 0. */
double beta_quantile(double a, double b, double share);
