/* SPDX-License-Identifier: Apache-2.0 */
/* What a service may go back to. */
#pragma once

#include "daemon/ledger/ledger.h"
#include "words/decision.h"

/* What may be gone back to from `rollout_id`: one row per task definition that the service ran
 * before it, its `previous_task_definition` first (`source`; also if no rollout of it is known),
 * then newest first. `failed_under_us`: its newest failed verdict is younger than when it last
 * became good. `status` is NULL: not asked yet. */
enum { LEDGER_CANDIDATES_MAX = 32 };
int ledger_load_candidates(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                           struct TargetCandidate **ret, size_t *ret_n);
