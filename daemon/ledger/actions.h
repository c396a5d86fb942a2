/* SPDX-License-Identifier: Apache-2.0 */
/* Intent before effect, outcome after: what changes AWS, or would have. */
#pragma once

#include "daemon/ledger/ledger.h"
#include "words/policy.h"

enum ActionKind { ACTION_ROLLBACK };

enum ActionState {
        ACTION_INTENDED,
        ACTION_DONE,
        ACTION_FAILED,
        ACTION_UNCERTAIN, /* the call left and its outcome is not known */
        ACTION_SKIPPED,
        ACTION_WOULD, /* observe or dry run */
};

const char *action_kind_name(enum ActionKind kind);    /* "rollback" */
const char *action_state_name(enum ActionState state); /* "intended", … as in events */

/* Instants are AWS's but for `call_deadline`, which is whatever clock the caller compares it
 * with. */
struct ActionRecord {
        int64_t id; /* set by ledger_put_action() */
        int64_t rollout_id;
        enum ActionKind kind;
        enum RollbackMethod method;
        const char *target; /* task definition's ARN; NULL where there is none */
        enum ActionState state;
        const char *reason; /* of WOULD, SKIPPED and FAILED; else NULL */
        usec_t intended_at;
        usec_t call_deadline; /* after it the call cannot take effect any more */
        usec_t accepted_at;   /* ECS took the call; USEC_UNKNOWN: not, or not known */
        usec_t finished_at;
        const char *resulting_deployment; /* the id in ECS's answer, or NULL */
        uint64_t calls;                   /* how many went out */
};

/* Inserts when `id` is 0 and sets it, else replaces all but rollout_id, kind and intended_at.
 * Durable at the next ledger_commit(): commit before the call leaves. */
int ledger_put_action(struct Ledger *ledger, struct ActionRecord *action);

struct ActionQuery {
        int64_t rollout_id;      /* 0: of all rollouts */
        const char *service_arn; /* NULL: of all services */
        bool only_open;          /* INTENDED and UNCERTAIN */
        usec_t since;            /* intended at or after */
};

enum { LEDGER_ACTIONS_MAX = 1000 };

/* Oldest first; texts in `arena`. */
int ledger_load_actions(struct Ledger *ledger, const struct ActionQuery *query, struct Arena *arena,
                        struct ActionRecord **ret, size_t *ret_n);

/* Rollbacks of the service (NULL: of the fleet) that ECS accepted at or after `since`, and those
 * under way (INTENDED, UNCERTAIN) that may have been since then: the budget must hold whatever
 * comes of them. */
int ledger_count_rollbacks(struct Ledger *ledger, const char *service_arn, usec_t since,
                           uint64_t *ret);
