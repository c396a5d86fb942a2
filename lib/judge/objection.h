/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks against acting, for good. */
#pragma once

#include "judge/question.h"

/* The first that does, the most permanent before the others: the reason told is the one that no
 * waiting would have cured. False: none. */
bool objection_found(const struct Question *question, char ret_reason[DECISION_REASON_MAX]);
/* Of them those that come and go by themselves: a hold, the brake, the budget. `entry` and `judged`
 * may be NULL. */
bool objection_of_the_moment(const struct Question *question, char ret_reason[DECISION_REASON_MAX]);

bool question_tries_stop(const struct Question *question); /* `auto`, `stop_deployment` */
bool native_rollback_is_armed(const struct ServiceFacts *service);
