/* SPDX-License-Identifier: Apache-2.0 */
/* How the deployment's numbers fold: the last ones, since when they hold what success asks for, and
 * when they last moved. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "judge/evidence_fields.h"

static bool enough(const struct CountRow *row) {
        return row->running >= row->service_desired;
}

/* Not failedTasks and not pendingCount: a loop that never starts anything moves these for ever. */
static bool is_progress(const struct CountRow *a, const struct CountRow *b) {
        return a->service_desired != b->service_desired ||
               a->service_running != b->service_running || a->desired != b->desired ||
               a->running != b->running || a->is_primary != b->is_primary ||
               a->rollout_state != b->rollout_state ||
               !text_equal(a->rollout_state_reason, b->rollout_state_reason);
}

static bool same_counts(const struct CountRow *a, const struct CountRow *b) {
        return !is_progress(a, b) && a->pending == b->pending && a->failed_tasks == b->failed_tasks;
}

static void free_oldest_pending(struct Counts *counts) {
        free((char *) counts->pending[0].rollout_state_reason);
        counts->n_pending--;
        memmove(&counts->pending[0], &counts->pending[1],
                counts->n_pending * sizeof(struct CountRow));
}

static int copy_text(const char *text, char **ret) {
        *ret = NULL;
        if (!text)
                return 0;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

static int add_pending(struct Counts *counts, const struct CountRow *row) {
        char *reason;
        int r;

        if (counts->n_pending == PENDING_COUNTS_MAX)
                free_oldest_pending(counts);
        r = array_reserve(&counts->pending, &counts->allocated, counts->n_pending + 1,
                          sizeof(struct CountRow), PENDING_COUNTS_MAX);
        if (r < 0)
                return r;
        r = copy_text(row->rollout_state_reason, &reason);
        if (r < 0)
                return r;
        counts->pending[counts->n_pending] = *row;
        counts->pending[counts->n_pending++].rollout_state_reason = reason;
        return 0;
}

/* Runs for every answer, changed or not. */
static void fold_durations(struct Counts *counts, const struct CountRow *row) {
        if (row->is_primary) {
                counts->primary_in_a_row++;
                counts->primary_at = row->at;
                counts->not_primary_at = USEC_UNKNOWN;
        } else {
                counts->primary_in_a_row = 0;
                if (counts->primary_at != USEC_UNKNOWN && counts->not_primary_at == USEC_UNKNOWN)
                        counts->not_primary_at = row->at;
        }
        if (row->rollout_state == ROLLOUT_FAILED && counts->native_failed_at == USEC_UNKNOWN)
                counts->native_failed_at = row->at;

        if (!enough(row))
                counts->enough_since = USEC_UNKNOWN;
        else if (counts->enough_since == USEC_UNKNOWN)
                counts->enough_since = row->at;
        if (row->rollout_state == ROLLOUT_IN_PROGRESS || row->rollout_state == ROLLOUT_FAILED)
                counts->completed_since = USEC_UNKNOWN;
        else if (counts->completed_since == USEC_UNKNOWN)
                counts->completed_since = row->at;
}

int evidence_fold_count(struct Evidence *evidence, const struct CountRow *row, bool fresh) {
        struct Counts *counts = &evidence->counts;
        bool changed = !counts->known || !same_counts(&counts->last, row);
        char *reason = NULL;
        int r;

        /* An answer that is late, or told already. */
        if (counts->known && row->at <= counts->last.at)
                return 0;
        r = copy_text(row->rollout_state_reason, &reason);
        if (r < 0)
                return r;
        if (changed && fresh) {
                r = add_pending(counts, row);
                if (r < 0) {
                        free(reason);
                        return r;
                }
        }

        if (counts->known && is_progress(&counts->last, row))
                counts->progress_at = row->at;
        fold_durations(counts, row);
        free(counts->reason);
        counts->reason = reason;
        counts->last = *row;
        counts->last.rollout_state_reason = reason;
        counts->known = true;
        return 0;
}
