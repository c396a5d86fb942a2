/* SPDX-License-Identifier: Apache-2.0 */
/* Events as they were told. */
#pragma once

#include "daemon/ledger/ledger.h"

/* An event as it was told, for `/api/v1/events` and history. */
struct EventRecord {
        uint64_t sequence;     /* set by ledger_put_event(); grows, never used twice */
        const char *id, *type; /* type: "ecswatch.deployment.failed" */
        const char *service_arn, *deployment; /* or NULL */
        usec_t at;
        const char *body; /* CloudEvents JSON */
};

enum { LEDGER_EVENTS_MAX = 1000 };

/* An event whose id is known is stored once: `sequence` is then 0. */
int ledger_put_event(struct Ledger *ledger, struct EventRecord *event);
/* What was told of one deployment of a service (its subject, so with the rollback of it), oldest
 * first, at most LEDGER_EVENTS_MAX. */
int ledger_load_story(struct Ledger *ledger, const char *service_arn, const char *deployment,
                      struct Arena *arena, struct EventRecord **ret, size_t *ret_n);
/* After `sequence`, oldest first, at most `limit` (0: LEDGER_EVENTS_MAX). */
int ledger_load_events(struct Ledger *ledger, uint64_t sequence, size_t limit, struct Arena *arena,
                       struct EventRecord **ret, size_t *ret_n);
