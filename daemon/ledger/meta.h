/* SPDX-License-Identifier: Apache-2.0 */
/* Small facts by scope and key. */
#pragma once

#include "daemon/ledger/ledger.h"

/* When host.at_risk was told of the container instance `scope`, in microseconds; goes like an
 * event.
 */
#define LEDGER_META_AT_RISK "at_risk_told_at"
/* Small facts: `scope` is "" or a cluster's or service's ARN. NULL as `value` removes. */
int ledger_put_meta(struct Ledger *ledger, const char *scope, const char *key, const char *value);
int ledger_find_meta(struct Ledger *ledger, const char *scope, const char *key, struct Arena *arena,
                     const char **ret);
