/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that evidence is folded from (words/rows.h). Texts handed in are copied; texts handed
 * out live in the caller's arena (-ENOMEM when it is exhausted). All instants are AWS's. */
#pragma once

#include "daemon/ledger/ledger.h"
#include "words/rows.h"

/* Bounds one rollout's rows: a crash loop of days would otherwise fill the disk that it reports
 * on. (Of its attempts evidence says which to forget, and counts them.) */
enum {
        LEDGER_SIGNALS_MAX = 2000,
        LEDGER_COUNTS_MAX = 20000,
};
enum LedgerStored { LEDGER_STORED, LEDGER_UNCHANGED };

/* enum LedgerStored, or a negative errno. An attempt replaces the row of its task; a signal is
 * stored once; counts are appended when any but `at` differs from the last row's. At the ceiling
 * the oldest row makes place. */
int ledger_put_attempt(struct Ledger *ledger, int64_t rollout_id, const struct AttemptRow *row);
/* STORED, or UNCHANGED when there is no such row. */
int ledger_forget_attempt(struct Ledger *ledger, int64_t rollout_id, const char *task_arn);
int ledger_put_signal(struct Ledger *ledger, int64_t rollout_id, const struct SignalRow *row);
int ledger_put_count(struct Ledger *ledger, int64_t rollout_id, const struct CountRow *row);

struct RolloutRows {
        struct AttemptRow *attempts; /* by created_at */
        size_t n_attempts;
        struct SignalRow *signals; /* by created_at */
        size_t n_signals;
        struct CountRow *counts; /* in the order in which they were put */
        size_t n_counts;
};

/* What ended on one container instance since `since`, of whatever rollout, newest first, at most
 * this many; a task that two rollouts know comes once. */
enum { LEDGER_HOST_ATTEMPTS_MAX = 200 };
struct HostAttempt {
        const char *service; /* name */
        struct AttemptRow row;
};
int ledger_load_host_attempts(struct Ledger *ledger, const char *container_instance_arn,
                              usec_t since, struct Arena *arena, struct HostAttempt **ret,
                              size_t *ret_n);

int ledger_load_rows(struct Ledger *ledger, int64_t rollout_id, struct Arena *arena,
                     struct RolloutRows *ret);
