/* SPDX-License-Identifier: Apache-2.0 */
/* By which way, and to what or of what. */
#pragma once

#include "judge/question.h"

/* Nothing speaks against acting. DECIDED with ret->kind ACT: way and target are set; SKIP or WAIT:
 * there is none, and why. Else what is to be asked first. */
enum DecideOutcome way_choose(const struct Question *question, struct Decision *ret);
