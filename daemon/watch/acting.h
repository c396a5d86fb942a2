/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a failed or stalled verdict: the files that ask, decide and act, in their
 * order, after record.c and rollouts.c of internal.h. */
#pragma once

#include "daemon/watch/internal.h"

/* ---- past.c: what a decision may know ---- */

/* Borrows `arena`. 0 or -errno. */
int watch_load_history(struct Watch *watch, struct Arena *arena, usec_t now, struct History *ret);

/* ---- looks.c: what is asked of AWS first ---- */

/* `then` takes it from there, unless it is forgotten before; until then the watch waits. */
void watch_look_at_deployment(struct Watch *watch, LookTaker *then);
void watch_look_at_past(struct Watch *watch, LookTaker *then);
/* The rollout's record gets the last words of what failed. False: there is nothing to ask. */
bool watch_look_at_log(struct Watch *watch, LookTaker *then);
void watch_look_at_subject(struct Watch *watch, const char *target, LookTaker *then);

/* ---- deciding.c: from a verdict to an intent, or to why there is none ---- */

/* A failed or stalled verdict has just been reached: decide about it. */
void watch_decide(struct Watch *watch, usec_t now);
/* What the decision waits for; NULL: nothing waits. */
const char *watch_waits_for(const struct Watch *watch);
/* What was still to be decided is told as skipped. */
void watch_skip_decision(struct Watch *watch, usec_t now, const char *reason);
/* What forbids acting, asked again before every call: it may have changed since the decision, by a
 * reload or a restart. 1: forbidden, with the reason; 0: not; or -errno. */
int watch_is_forbidden(struct Watch *watch, usec_t now, char reason[DECISION_REASON_MAX]);
/* Decided about later, also by the next start. */
void watch_put_deferred(struct Watch *watch, bool deferred);
/* The decided action in that state, as events show it, and one step of it told. */
struct EventAction watch_event_action(const struct Watch *watch, const char *state,
                                      const char *reason);
void watch_tell_step(struct Watch *watch, enum EventType type, usec_t now,
                     const struct EventAction *action, const char *detail);

/* ---- acting.c: carries out the protocol of lib/act ---- */

/* Nothing more is begun: what was to be decided or called is told as skipped. */
void watch_give_up_acting(struct Watch *watch, usec_t now, const char *reason);
/* The turn's observation is in: go on with what is being decided, looked at or followed. */
void watch_advance_action(struct Watch *watch, usec_t now);
/* PRIMARY has changed, provenly: what was being decided or done about the watched rollout ends. */
void watch_primary_changed(struct Watch *watch, usec_t now);
/* Likewise: there is no rollout any more, for this reason. */
void watch_rollout_over(struct Watch *watch, usec_t now, const char *reason);
/* After a restart. */
void watch_restore_action(struct Watch *watch, const struct ActionRecord *action);
