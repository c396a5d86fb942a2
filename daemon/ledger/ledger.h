/* SPDX-License-Identifier: Apache-2.0 */
/* The durable record: one SQLite file, one connection, one daemon. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/time.h"

struct Ledger;

enum LedgerOutcome {
        LEDGER_OPENED, /* the file was there, and is now at this program's version */
        LEDGER_CREATED,
        LEDGER_REPLACED, /* it was damaged: moved aside, a fresh one begun; `moved_to` says where */
        /* The following open nothing and leave the file untouched. */
        LEDGER_LOCKED,  /* another daemon runs on it: `holder` */
        LEDGER_TOO_NEW, /* written by a newer program: `version` */
        LEDGER_FOREIGN, /* a database, but not a ledger */
};

enum { LEDGER_PATH_MAX = 4096 };

struct LedgerOpening {
        enum LedgerOutcome outcome;
        pid_t holder;                   /* LOCKED; 0 when its name could not be read */
        int version;                    /* TOO_NEW: the file's; else the version now in use */
        char moved_to[LEDGER_PATH_MAX]; /* REPLACED */
};

/* Opens or creates the ledger at `path`; a lock on `path`.lock is held until it is freed. `now`
 * (local time) names a damaged file. 0 and *ret set for the first three outcomes, 0 and *ret NULL
 * for the others; or a negative errno (-ENOENT: no such directory; -EACCES; -ENOSPC; …). */
int ledger_open(const char *path, usec_t now, struct LedgerOpening *ret_opening,
                struct Ledger **ret);
/* NULL is fine. What was not committed is undone. */
void ledger_free(struct Ledger *ledger);
DEFINE_FREEP(struct Ledger, ledger_free)

/* One transaction per loop turn. Every function of this folder that writes begins it when none is
 * open; ledger_commit() ends it and is harmless when none is. When an intent, an action's outcome
 * or an outbox row is in it, it is on the disk when this returns 0; else it is written without
 * waiting for the disk (it survives the program, not the machine).
 *
 * After a write that failed the transaction cannot be committed any more: ledger_commit() returns
 * that write's errno and undoes all of it. So a failure may be handled in one place, at the end of
 * the turn, and nothing half-told ever becomes durable. -ENOSPC and -EFBIG: the disk is full;
 * -EBUSY: another process holds the write lock; -EBADMSG: the file is damaged (restart: it is moved
 * aside). When only the wait for the disk fails the rows are there, but not surely after a power
 * cut: the errno is returned all the same. */
int ledger_commit(struct Ledger *ledger);
/* A write of this turn has failed: ledger_commit() will. */
bool ledger_is_spoilt(const struct Ledger *ledger);
void ledger_abandon(struct Ledger *ledger); /* undoes what is not committed */
bool ledger_is_dirty(const struct Ledger *ledger);

/* Registers how often and for how long the loop waited for commits; `metrics` must outlive the
 * ledger. 0 or -ENOBUFS. */
struct Metrics;
int ledger_add_metrics(struct Ledger *ledger, struct Metrics *metrics);

/* What SQLite said of the last failure, for a log line; "" if nothing failed. Valid until the next
 * call. */
const char *ledger_problem(const struct Ledger *ledger);

/* Functions that look for one thing answer so, or with a negative errno. */
enum LedgerFound { LEDGER_FOUND, LEDGER_NOT_FOUND };
