/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about one rollout so far: its attempts, placement trouble, native signals and
 * counts. Facts fold into it; the ledger's rows fold into the same. It holds what ECS said, and
 * ECS's times; conclusions are the judge's (judge/judge.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "words/facts.h"
#include "words/rollout.h"
#include "words/rows.h"
#include "words/verdict.h"

/* Most that one rollout keeps, here and in the ledger. Beyond it the oldest attempts that ended are
 * folded into numbers: they go on counting in verdicts and evidence lines, but the rule
 * `likelihood` sees the newest only. Of the signals the oldest goes. A crash loop that is not
 * throttled makes some 10,000 tasks a day. */
enum { EVIDENCE_ATTEMPTS_MAX = 10000, EVIDENCE_SIGNALS_MAX = 2000 };

struct Evidence;

/* Copies what it needs of the rollout. 0 or -ENOMEM. */
int evidence_new(const struct Rollout *rollout, struct Evidence **ret);
void evidence_free(struct Evidence *evidence); /* NULL is fine */
DEFINE_FREEP(struct Evidence, evidence_free)

/* Whether it is of this rollout: the same deployment, time and turn of it. */
bool evidence_is_of(const struct Evidence *evidence, const struct Rollout *rollout);

/* Folds one observation in; nothing of `facts` is kept. Adding it twice is adding it once. Facts
 * about other deployments are passed over. 0 or -ENOMEM (what was folded until then stays; adding
 * again is safe). */
int evidence_add(struct Evidence *evidence, const struct Facts *facts);

/* Folds what the ledger stored, before any facts, counts in the order of their `at`. Rows are
 * copied and count as stored. 0 or -ENOMEM. After the next evidence_add() it is as if it had seen
 * all the facts from which the rows came. */
int evidence_restore_attempt(struct Evidence *evidence, const struct AttemptRow *row);
int evidence_restore_signal(struct Evidence *evidence, const struct SignalRow *row);
int evidence_restore_count(struct Evidence *evidence, const struct CountRow *row);

/* What the ledger does not have yet. Rows are borrowed for the call. A callback's negative answer
 * ends the visit and is returned; call evidence_changes_stored() once all of it is durable. That a
 * task is still alive is told again as its age grows by half, not at every poll. */
struct EvidenceVisitor {
        int (*attempt)(const struct AttemptRow *row, void *userdata);
        int (*forgotten)(const char *task_arn, void *userdata); /* its row is not needed any more */
        int (*signal)(const struct SignalRow *row, void *userdata);
        int (*count)(const struct CountRow *row, void *userdata);
};
int evidence_visit_changes(const struct Evidence *evidence, const struct EvidenceVisitor *visitor,
                           void *userdata);
void evidence_changes_stored(struct Evidence *evidence);

/* After `succeeded` evidence starts again from nothing: failures and signals up to that instant
 * (AWS's time, the verdict's) no longer count, and the age of what is alive counts from there.
 * USEC_UNKNOWN takes it back: nothing is forgotten by it. */
void evidence_reset_after_success(struct Evidence *evidence, usec_t succeeded_at);

/* What stands still on purpose (a hook that waits, a bake time) has not been silent until `at`. Not
 * stored: whoever was away looks again. */
void evidence_excuse_silence(struct Evidence *evidence, usec_t at);

bool evidence_task_is_known(const struct Evidence *evidence, const char *task_arn);
/* For the poller: of a task that ListTasks named, among the stopped or the running ones. Worth
 * asking are unknown ones, ones that stop and were not seen STOPPED, ones not yet RUNNING, and
 * where a container health check is defined running ones that have not been HEALTHY for `settle`:
 * those that have are well, and ECS stops one that is not any more. */
enum TaskInterest evidence_task_interest(const struct Evidence *evidence, const char *task_arn,
                                         bool listed_as_stopped, usec_t settle);

/* Whether the rollout's own attempts filled that host: 10 or more of them ended there within 3 h
 * before the first that found no space. */
bool evidence_host_filled_by_rollout(const struct Evidence *evidence,
                                     const char *container_instance_arn);

/* The failures folded by likeness, longest-lived first, then the events that count; the number of
 * lines written. */
size_t evidence_lines(const struct Evidence *evidence,
                      struct EvidenceLine lines[EVIDENCE_LINES_MAX]);
