/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder do for each other. */
#pragma once

#include "daemon/watch/inhibit.h"
#include "daemon/watch/state.h"

/* The files of this folder in their order: each calls only those before it, and the folder's
 * smaller parts (told, turn, meter, cluster, hosts). tests/layers/one_way.py holds that. */

/* ---- work.c: a watch works, or is settled ---- */

/* Before each turn, and whatever else needs room to work. Below 0: nothing can be worked on now,
 * which is said; ECS is asked again. */
int watch_rouse(struct Watch *watch);
/* Likewise where no answer says who the service is: the record does. */
int watch_rouse_by_itself(struct Watch *watch);
/* After a turn that was recorded: no room any more, if nothing is under way or undecided. */
void watch_settle(struct Watch *watch);
void watch_drop_work(struct Watch *watch);    /* cancels what is under way in this process */
void watch_forget_looks(struct Watch *watch); /* what was asked for a decision */
void watch_forget_subject(struct Watch *watch);
void watch_stop_acting(struct Watch *watch); /* the looks and the call */

/* ---- pace.c: how often ECS is asked, and before whom ---- */

void watch_set_pace(struct Watch *watch); /* by what is open now: after every turn */

/* ---- record.c: what is written down and told, and how a turn ends ---- */

/* A write that fails spoils the turn, which its commit tells: nobody need ask. */
void watch_put_record(struct Watch *watch);
void watch_put_action(struct Watch *watch, struct ActionRecord *action);
/* The verdict is the rollout's from now on, with its summary and numbers. */
void watch_put_verdict(struct Watch *watch, const struct Verdict *verdict, usec_t now);
void watch_forget_rollout(struct Watch *watch);
void watch_note_last_good(struct Watch *watch, const char *task_definition); /* NULL: none */
/* Tells of the watched rollout. `verdict`, `action` and `detail` may be NULL. */
void watch_tell(struct Watch *watch, enum EventType type, usec_t now, const struct Verdict *verdict,
                const struct EventAction *action, const char *detail);
/* Forgets what this turn changed: the next one restores the watch. Evidence is kept besides: it
 * holds what ECS said, not what we made of it. */
void watch_take_back(struct Watch *watch);
/* Ends the watch's turn: turn_commit(). When nothing could be recorded, the watch is taken back to
 * what the ledger holds: the next observation restores it as a start does. */
int watch_commit(struct Watch *watch);
/* Evidence of the watched rollout was kept when a turn was taken back, and is taken up again. */
bool watch_has_kept(struct Watch *watch);

/* ---- failures.c: what fails, for the brake ---- */

void watch_note_failure(struct Watch *watch, const struct AttemptRow *row);
/* Of the newest answer, those that were not there before. */
void watch_note_events(struct Watch *watch, usec_t now);

/* ---- rollouts.c: which rollout is watched ---- */

/* What the ledger knows of the service's deployments and of our actions; in `arena`. */
enum { KNOWN_MAX = 200 };
struct ChangeKnown {
        struct KnownDeployment known[KNOWN_MAX]; /* newest first */
        size_t n_known;
        struct OurAction *actions;
        size_t n_actions;
};
int watch_load_known(struct Watch *watch, struct Arena *arena, struct ChangeKnown *ret);
/* Whether PRIMARY has changed, and to what; `service` NULL: MISSING. `ret->action` is not given. */
int watch_decide_change(struct Watch *watch, const struct ServiceFacts *service, usec_t now,
                        struct Change *ret);
/* The verdict that the change gives to a rollout that had none, and its end. */
void watch_end_by_change(struct Watch *watch, const struct Change *change, usec_t now);
/* The rollout that begins; `seen`: it is told. 0 or -errno. */
int watch_begin(struct Watch *watch, const struct Change *change, bool seen, usec_t now);

/* ---- past.c, looks.c, deciding.c, acting.c: acting.h ---- */

/* ---- restore.c: from the ledger into memory ---- */

/* Loads what the ledger knows of the service: the newest rollout, its evidence, its open action. */
int watch_restore(struct Watch *watch, usec_t now);
/* The rollout ended, and its deployment is PRIMARY still or again: it goes on where its rows stand.
 * `why` is logged of it. 0 or -errno. */
int watch_reopen(struct Watch *watch, const char *why);
/* What the ledger holds as last-good. */
int watch_recall_last_good(struct Watch *watch);
/* ECS has no such service, and this process never saw it: what the ledger knows of it becomes the
 * watch's memory. 1; 0: nothing; or -errno. */
int watch_recall_missing(struct Watch *watch, usec_t now);

/* ---- verdicts.c: evidence, verdicts and what follows from them ---- */

int watch_judge(struct Watch *watch, usec_t now);
/* The rollout has proven itself, and only the service is asked about: a restart that this answer
 * shows makes judging of it go on, while it can still be acted on. 0 or -errno. */
int watch_note_restart(struct Watch *watch, usec_t now);

/* ---- follow.c: PRIMARY changes ---- */

/* Decides whether PRIMARY has changed and follows it; `service` is the newest answer, NULL:
 * MISSING. 1: go on and judge; 0: nothing to judge now; or -errno. */
int watch_follow(struct Watch *watch, const struct ServiceFacts *service, usec_t now);
/* Likewise, of what was PRIMARY while nobody looked: that it began is not told any more. */
int watch_follow_unseen(struct Watch *watch, const struct ServiceFacts *as_it_was, usec_t now);
/* The rollout ends undecided: superseded, with the reason. */
void watch_end_superseded(struct Watch *watch, usec_t now, const char *reason);

/* ---- missed.c: what came and went between two looks ---- */

/* True: the newest answer cannot be understood yet; ECS is asked for what was before it, and `then`
 * takes the turn. */
bool watch_look_back(struct Watch *watch, TurnTaker *then);
/* All is known up to the newest answer's service deployment. */
void watch_account(struct Watch *watch);

/* ---- watch.c ---- */

enum WatchState watch_state(const struct Watch *watch);
