/* SPDX-License-Identifier: Apache-2.0 */
/* What Evidence is made of, for the files that fold it and judge it. Others ask judge/evidence.h.
 */
#pragma once

#include "judge/evidence.h"

struct Attempt {
        struct AttemptRow row; /* texts point into `texts` */
        char *texts;
        enum Cause cause; /* CAUSE_NONE until it ends */
        bool permanent;   /* it cannot heal by itself (attempt_is_permanent) */
        bool carried;     /* from before the rollout: no attempt of it, but it may run for it */
        bool vanished;    /* in neither list of a complete round */
        bool changed;     /* the ledger does not have it so */
        bool stored;      /* the ledger has a row of it */
        usec_t seen_at;
        usec_t stored_alive_at;
};

enum SignalMeaning {
        SIGNAL_NOTHING,
        SIGNAL_TROUBLE, /* placement trouble */
        SIGNAL_CLEARS,
        SIGNAL_NATIVE,
        SIGNAL_THROTTLED,
        SIGNAL_SAID, /* decides nothing, and is told word for word: it is not routine */
};

struct Signal {
        struct SignalRow row;
        char *texts;
        enum SignalMeaning meaning;
        enum Cause cause;
        bool names_rollout; /* SIGNAL_NATIVE: said of this deployment by its id */
        bool changed;
};

/* An event of the last answer; `id` is a hash of its id. */
struct ReadEvent {
        uint64_t id;
        enum SignalMeaning meaning;
};

/* Rows of counts that the ledger has not taken yet; more than these and the middle is lost. */
enum { PENDING_COUNTS_MAX = 256 };

struct Counts {
        struct CountRow last; /* its reason is `reason` */
        char *reason;
        bool known;
        unsigned primary_in_a_row;
        usec_t primary_at;                    /* last seen PRIMARY */
        usec_t not_primary_at;                /* first seen not PRIMARY any more */
        usec_t native_failed_at;              /* first seen with rolloutState FAILED */
        usec_t enough_since, completed_since; /* USEC_UNKNOWN while it is not so */
        usec_t progress_at;                   /* last change that is progress */
        struct CountRow *pending;
        size_t n_pending, allocated;
};

/* One source of task facts, as its latest round told. */
struct Round {
        bool known, complete, denied;
        usec_t asked_at, answered_at;
};

struct Evidence {
        char *deployment;
        usec_t started_at;
        uint64_t ordinal;

        struct Attempt **attempts; /* by task ARN */
        size_t n_attempts, attempts_allocated;
        usec_t forgotten_until; /* created_at of the newest that is only counted */
        char **forgotten;       /* task ARNs whose rows the ledger is to delete */
        size_t n_forgotten, forgotten_allocated;
        struct Signal **signals; /* by event id */
        size_t n_signals, signals_allocated;
        struct ReadEvent *read; /* by id */
        size_t n_read;
        struct Counts counts;
        struct Round stopped, running;

        bool has_load_balancer, early_success, has_container_health_check;
        usec_t grace;
        usec_t reset_at; /* of the last success; what ended until then does not count */
};

usec_t attempt_ended_at(const struct Attempt *attempt);
usec_t attempt_lived(const struct Attempt *attempt); /* RUNNING until it ended; 0: it never was */
/* RUNNING, and HEALTHY where a check is defined, since; USEC_UNKNOWN if it never was. */
usec_t attempt_ready_at(const struct Attempt *attempt);
bool attempt_ended(const struct Attempt *attempt);
/* The age that counts, in time since it was ready: up to its end or to when it was last seen alive,
 * and from the last success on. */
usec_t attempt_age(const struct Evidence *evidence, const struct Attempt *attempt);
/* False for what ended before the last success and for tasks that are no attempts of the rollout.
 */
bool attempt_counts(const struct Evidence *evidence, const struct Attempt *attempt);
/* Said about this rollout, in its time, and not void since the last success. */
bool signal_counts(const struct Evidence *evidence, const struct Signal *signal);
/* Of the newest event that clears placement trouble and throttling; USEC_UNKNOWN without one. */
usec_t evidence_cleared_at(const struct Evidence *evidence);

/* How facts and rows fold (evidence_fold.c). `fresh`: from facts, so the ledger must still store
 * it. */
int evidence_fold_attempt(struct Evidence *evidence, const struct AttemptRow *row, usec_t seen_at,
                          bool fresh);
/* How it stays within its ceiling (evidence_forget.c). 1: there is place for one more attempt, 0:
 * there is none, or -ENOMEM. */
int evidence_make_place(struct Evidence *evidence);
/* Whether an attempt that is not among those kept may be one of those counted. */
bool evidence_has_forgotten(const struct Evidence *evidence, const struct AttemptRow *row);
int evidence_fold_signal(struct Evidence *evidence, const struct SignalRow *row, bool fresh);
/* The events of one answer (evidence_events.c). 0 or -ENOMEM. */
int evidence_add_events(struct Evidence *evidence, const struct ServiceFacts *service);
int evidence_fold_count(struct Evidence *evidence, const struct CountRow *row, bool fresh);
struct Attempt *evidence_find_attempt(const struct Evidence *evidence, const char *task_arn,
                                      size_t *ret_index);
enum SignalMeaning signal_meaning(const struct Evidence *evidence, const struct SignalRow *row,
                                  enum Cause *ret_cause, bool *ret_names_rollout);
