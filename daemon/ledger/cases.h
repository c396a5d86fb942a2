/* SPDX-License-Identifier: Apache-2.0 */
/* What a failed or stalled verdict was made of, so that it can be judged again (event/case.h). */
#pragma once

#include "daemon/ledger/ledger.h"

/* The last one of a rollout, which goes with it. 0 or -errno. */
int ledger_put_case(struct Ledger *ledger, int64_t rollout_id, const char *body);
/* enum LedgerFound or -errno; `*ret` lives in `arena`. */
int ledger_find_case(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                     const char **ret);
