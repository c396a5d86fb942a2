/* SPDX-License-Identifier: Apache-2.0 */
/* An action of ours: what changes AWS, or would have, as the ledger keeps it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "words/policy.h"

enum ActionState {
        ACTION_INTENDED,
        ACTION_DONE,
        ACTION_FAILED,
        ACTION_UNCERTAIN, /* the call left and its outcome is not known */
        ACTION_SKIPPED,
        ACTION_WOULD, /* observe or dry run */
};

const char *action_state_name(enum ActionState state); /* "intended", … as in events */

/* Instants are AWS's but for `call_deadline`, which is whatever clock the caller compares it
 * with. */
struct ActionRecord {
        int64_t id; /* set by ledger_put_action() */
        int64_t rollout_id;
        enum ActionKind kind;
        enum RollbackMethod method; /* of a rollback; a remedy has one way: NEVER */
        bool falls_back;    /* `rollback: auto`: another way is left where this one is closed */
        const char *target; /* ARN of the task definition, or of the host; the group; NULL where
                               there is none */
        uint64_t amount;    /* of scale_out: the desired capacity to set */
        const char *handle; /* what the call names besides: of stop_deployment the service
                               deployment's ARN, of code_deploy CodeDeploy's id, of task_set the id
                               of the one before; or NULL */
        enum ActionState state;
        const char *reason; /* of WOULD, SKIPPED and FAILED; else NULL */
        usec_t intended_at;
        usec_t call_deadline; /* after it the call cannot take effect any more */
        usec_t accepted_at;   /* ECS took the call; USEC_UNKNOWN: not, or not known */
        usec_t finished_at;
        const char *resulting_deployment; /* the id in ECS's answer, or NULL */
        uint64_t calls;                   /* how many went out */
};

/* It is not finished: something is still to be done, or to be found out. */
bool action_is_open(const struct ActionRecord *action);
