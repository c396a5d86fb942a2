/* SPDX-License-Identifier: Apache-2.0 */
/* Which deployment the service moves to now, what kind of rollout that makes, and what it says of
 * the rollout watched until now. Pure; the only state is the pending change that the caller keeps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "words/action.h"
#include "words/facts.h"
#include "words/rollout.h"
#include "words/verdict.h"

/* A deployment (or task set) that the service has had as PRIMARY before, from the ledger. */
struct KnownDeployment {
        const char *id;
        const char *task_definition;
        usec_t created_at;
};

/* A rollback of ours, from the ledger. */
struct OurAction {
        const struct ActionRecord *record;
        const char *judged_deployment; /* the one that was rolled back */
};

/* A change seen once and not proven yet. Zeroed: none. One per service, kept between calls. */
struct PendingChange {
        char id[VERDICT_ID_MAX];
        usec_t first_seen_at;
};

struct ChangeInput {                        /* everything borrowed for the call */
        const struct ServiceFacts *service; /* NULL: ECS answered MISSING for it */
        const struct Rollout *watched;      /* the newest rollout of the service; NULL: first sight,
                                               or first sight since the ledger was lost */
        enum VerdictKind verdict;           /* of `watched`; VERDICT_PROGRESSING: none yet */
        const struct KnownDeployment *known;
        size_t n_known;
        const struct OurAction *actions; /* finished ones too */
        size_t n_actions;
        bool rolls_back_status; /* the service deployment's status is ROLLBACK_* */
        usec_t last_known_at;   /* when the ledger last heard of this service before this start;
                                   USEC_UNKNOWN: never */
        usec_t confirm_after;   /* poll.active */
        usec_t act_within;      /* of the policy */
        usec_t now;             /* AWS's time of this answer */
};

enum ChangeOutcome {
        CHANGE_NONE,          /* the same as before; or no PRIMARY at all in this answer */
        CHANGE_WAIT,          /* seen once, proves nothing yet: observe again */
        CHANGE_NEW_ROLLOUT,   /* `rollout` begins; `watched` ends */
        CHANGE_ADOPTED,       /* first sight of a completed one: `rollout` is recorded, not judged
                                 and not told; `last_good` or unproven */
        CHANGE_GONE,          /* the service is deleted: `watched` ends */
        CHANGE_OTHER_SERVICE, /* another createdAt: `watched` ends; ask again with nothing known */
};

enum { CHANGE_REASON_MAX = 256 };

struct Change {
        enum ChangeOutcome outcome;
        /* For NEW_ROLLOUT and ADOPTED. Texts are those of `service` and `watched`. `ordinal` is 0:
         * the caller gives the next one of that id, which is 1 unless `known_id`. */
        struct Rollout rollout;
        bool known_id;
        bool last_good;                 /* ADOPTED: completed with running >= desired > 0 */
        const struct OurAction *action; /* the one of `actions` that led here; or NULL */
        /* The verdict on the watched rollout, which had none: superseded or reverted. */
        bool has_verdict;
        enum VerdictKind verdict;
        char reason[CHANGE_REASON_MAX]; /* one line for people; "" without a verdict */
};

/* `pending` is updated; `ret` is always set. */
enum ChangeOutcome change_decide(const struct ChangeInput *input, struct PendingChange *pending,
                                 struct Change *ret);

/* Whether ECS says that it rolls the judged rollout back or has done so: a "rolling back to
 * deployment" event since it began, or a rolloutStateReason that says so. */
bool change_ecs_rolls_back(const struct ServiceFacts *service, const struct Rollout *rollout);

/* The id that the service moves to now: PRIMARY, or the newest task set that is not DRAINING; NULL
 * if there is none. */
const char *change_primary_id(const struct ServiceFacts *service);
