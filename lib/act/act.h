/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of one action as a pure machine: what is recorded and what was seen go in, the one
 * next thing to do comes out. An intent is recorded before anything leaves, a look that began after
 * it precedes every call, and what became of a call that has no answer only looking tells. The
 * table is in step.c; docs/acting.md shows it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "words/action.h"
#include "words/decision.h"
#include "words/event_type.h"
#include "words/facts.h"
#include "words/rollout.h"
#include "words/subject.h"

/* What ECS did not take is repeated for so long, each time after a new look; what remains uncertain
 * for so long is told. */
#define ACT_TRIED_FOR (10 * USEC_PER_MINUTE)
/* After this long (real time) a call has ended one way or another, and takes no effect any more. */
#define ACT_CALL_DEADLINE (30 * USEC_PER_SEC)
/* PRIMARY unchanged in every observation for that long after the call's deadline: it was not
 * taken. Answers of ECS are not older than that. */
#define ACT_NOT_TAKEN_AFTER (30 * USEC_PER_SEC)

/* What an open action waits for, in this order. Not recorded: what a restart finds,
 * action_restored() says. */
enum ActionUntil {
        UNTIL_LOOKED,       /* nothing has left that may still take effect: a look */
        UNTIL_LOOKED_AGAIN, /* likewise, and the look agreed: a last one at the service alone, which
                               is one call and no more, then the call */
        UNTIL_ANSWERED,     /* the call is under way in this process */
        UNTIL_FOUND,        /* a call has left; only looking tells what became of it */
        UNTIL_FOUND_TOLD,   /* likewise, and that it cannot be found out has been told */
        _ACTION_UNTIL_COUNT,
};

/* A call may have left, or is about to. */
bool action_has_left(enum ActionUntil until);

const char *action_until_name(enum ActionUntil until); /* "looked", "answered", "found", … */

enum CallOutcome {
        CALL_ACCEPTED,  /* ECS does it */
        CALL_RACED,     /* likewise, and a deployment newer than the judged one was overtaken */
        CALL_REFUSED,   /* ECS did not act, and will not */
        CALL_CLOSED,    /* likewise, this way: another one may do */
        CALL_NOT_TAKEN, /* ECS did not act: throttled, no connection, 5xx */
        CALL_UNCERTAIN, /* it left, and no usable answer came */
};

/* Either the answer of the call under way, or what an observation shows. All is borrowed; instants
 * are AWS's. */
struct ActionSeen {
        bool is_answer;

        /* Of the answer. Texts are "" where not known. */
        enum CallOutcome outcome;
        const char *text;       /* why, in words, when not accepted */
        const char *deployment; /* where it leads */
        const char *overtaken;  /* when raced */

        /* Of the observation. */
        usec_t asked_at;                    /* when its first question left */
        const struct ServiceFacts *service; /* NULL: looking failed, or ECS answered MISSING */
        const char *primary;  /* the id that the service moves to (change_primary_id()), once
                                 a change of it is proven; NULL: none */
        usec_t primary_since; /* since when that has been the judged one in every observation;
                                 USEC_UNKNOWN: it is not */
        bool ecs_rolls_back;  /* ECS says so of the judged rollout */
        bool has_recovered;   /* the judged rollout has met success meanwhile */
        const struct SubjectFacts *subject; /* of a remedy that has one; NULL: it was not seen */
        const char *forbidden;              /* what forbids every action now, in words; or NULL */
        const char *given_up;               /* why nothing more is begun, in words; or NULL */
        const char *over; /* why the rollout is over (deleted, …), in words; or NULL */
};

enum StepKind {
        STEP_WAIT, /* nothing to do before the next observation */
        STEP_LOOK, /* observe at once */
        STEP_CALL, /* commit what action_apply() recorded; only then the call leaves */
        STEP_TELL, /* say what `reason` says; the action stays open */
        STEP_DONE, /* these three end it */
        STEP_FAILED,
        STEP_SKIPPED,
};

const char *step_kind_name(enum StepKind kind); /* "wait", "look", … */

struct Step {
        enum StepKind kind;
        enum ActionState state; /* what it is recorded as from now on */
        enum ActionUntil until;
        enum RollbackMethod method; /* by which it goes on */
        const char *leads_to;       /* when DONE: the resulting deployment, or NULL; borrowed */
        bool is_told;
        enum EventType event;             /* when told */
        char reason[DECISION_REASON_MAX]; /* for people; "" */
};

/* The way is the record's method. `judged` is the rollout that the action is about. */
void action_step(const struct ActionRecord *action, enum ActionUntil until,
                 const struct Rollout *judged, const struct ActionSeen *seen, usec_t now,
                 struct Step *ret);

/* Makes the step the action's: its state, and for a call that it leaves now. `reason` and
 * `resulting_deployment` are borrowed from the step and from what was seen. */
void action_apply(struct ActionRecord *action, enum ActionUntil *until, const struct Step *step,
                  usec_t now);

/* What a restart finds: one that was never sent may be sent after a look, any other is found out
 * about. */
enum ActionUntil action_restored(const struct ActionRecord *action);

/* One way to act. */
struct Way {
        enum ActionKind kind;
        enum RollbackMethod method; /* of a rollback; a remedy has one way, ROLLBACK_NEVER */
        const char *call;           /* AWS's name of what is sent */
        /* The observation shows that the call was carried out: PRIMARY is where it leads. */
        bool (*took_effect)(const struct ActionRecord *action, const struct Rollout *judged,
                            const struct ActionSeen *seen);
        enum RollbackMethod left; /* the way that `auto` has left where this one is closed */
        const char *success;      /* what took_effect() looks for, in words */
        bool has_subject;         /* a host or a group, which is looked at besides */
        /* It would hurt what runs there now, so it waits; NULL: it never does. */
        bool (*is_in_use)(const struct ActionSeen *seen);
        const char *by_hand; /* what somebody does where it did not come to that */
        const char *undo; /* how it is undone, once it is done; NULL: the events that follow say */
};

/* NULL: there is no such way. */
const struct Way *way_of(enum ActionKind kind, enum RollbackMethod method);
/* The table of ways, row by row; NULL past the end. */
const struct Way *way_row(size_t row);

/* The table, row by row, for people: which `until`s, what is seen, what is done. False past the
 * end. */
struct StepRow {
        char until[64];
        const char *seen;
        const char *step;
};
bool action_table_row(size_t row, struct StepRow *ret);
