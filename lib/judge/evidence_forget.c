/* SPDX-License-Identifier: Apache-2.0 */
/* A rollout that crashes for days stays within its ceiling: the oldest attempts that ended become
 * numbers. The first of each kind is kept and says how many more there were. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "judge/classify.h"
#include "judge/evidence_fields.h"

/* Many at once, so that not every attempt beyond the ceiling pays for finding the oldest. They come
 * in far fewer kinds. */
enum { FORGET_AT_ONCE = 1000 };

/* How long it was ready, in steps of four, so that whatever `survive_after` is set to, what
 * survived and what did not are hardly folded together. */
static unsigned ready_step(const struct Attempt *attempt) {
        usec_t ready_at = attempt_ready_at(attempt);
        usec_t limit = 15 * USEC_PER_SEC;
        unsigned step = 1;

        if (ready_at == USEC_UNKNOWN)
                return 0;
        while (step < 9 && usec_sub(attempt_ended_at(attempt), ready_at) >= limit) {
                limit *= 4;
                step++;
        }
        return step;
}

static bool are_alike(const struct Evidence *evidence, const struct Attempt *a,
                      const struct Attempt *b) {
        return a->cause == b->cause && a->carried == b->carried && a->vanished == b->vanished &&
               attempt_counts(evidence, a) == attempt_counts(evidence, b) &&
               ready_step(a) == ready_step(b);
}

static int by_creation(const void *a, const void *b) {
        const struct Attempt *x = *(struct Attempt *const *) a, *y = *(struct Attempt *const *) b;

        if (x->row.created_at != y->row.created_at)
                return x->row.created_at < y->row.created_at ? -1 : 1;
        return strcmp(x->row.task_arn, y->row.task_arn);
}

static int note_forgotten(struct Evidence *evidence, const struct Attempt *attempt) {
        int r;

        if (!attempt->stored)
                return 0;
        r = array_reserve(&evidence->forgotten, &evidence->forgotten_allocated,
                          evidence->n_forgotten + 1, sizeof(char *), SIZE_MAX / sizeof(char *));
        if (r < 0)
                return r;
        evidence->forgotten[evidence->n_forgotten] = strdup(attempt->row.task_arn);
        if (!evidence->forgotten[evidence->n_forgotten])
                return -ENOMEM;
        evidence->n_forgotten++;
        return 0;
}

static void drop(struct Evidence *evidence, const char *task_arn) {
        size_t index;
        struct Attempt *attempt = evidence_find_attempt(evidence, task_arn, &index);

        evidence->n_attempts--;
        memmove(&evidence->attempts[index], &evidence->attempts[index + 1],
                (evidence->n_attempts - index) * sizeof(struct Attempt *));
        free(attempt->texts);
        free(attempt);
}

/* `attempt` goes, `first` stands for it. */
static int fold_into(struct Evidence *evidence, struct Attempt *first, struct Attempt *attempt) {
        int r;

        r = note_forgotten(evidence, attempt);
        if (r < 0)
                return r;

        first->row.n_alike += 1 + attempt->row.n_alike;
        first->row.alike_until =
                MAX(first->row.alike_until, MAX(attempt->row.created_at, attempt->row.alike_until));
        first->changed = true;
        evidence->forgotten_until = MAX(evidence->forgotten_until, first->row.alike_until);
        drop(evidence, attempt->row.task_arn);
        return 0;
}

static int fold_oldest(struct Evidence *evidence, struct Attempt **oldest, size_t n) {
        size_t n_kinds = 0;
        int r;

        for (size_t i = 0; i < n; i++) {
                size_t kind = 0;

                while (kind < n_kinds && !are_alike(evidence, oldest[kind], oldest[i]))
                        kind++;
                if (kind == n_kinds) {
                        oldest[n_kinds++] = oldest[i];
                        continue;
                }
                r = fold_into(evidence, oldest[kind], oldest[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int evidence_make_place(struct Evidence *evidence) {
        _cleanup_free_ struct Attempt **ended = NULL;
        size_t n = 0;
        int r;

        if (evidence->n_attempts < EVIDENCE_ATTEMPTS_MAX)
                return 1;
        ended = calloc(evidence->n_attempts, sizeof(*ended));
        if (!ended)
                return -ENOMEM;
        for (size_t i = 0; i < evidence->n_attempts; i++)
                if (attempt_ended(evidence->attempts[i]))
                        ended[n++] = evidence->attempts[i];
        qsort(ended, n, sizeof(*ended), by_creation);
        r = fold_oldest(evidence, ended, MIN(n, (size_t) FORGET_AT_ONCE));
        return r < 0 ? r : evidence->n_attempts < EVIDENCE_ATTEMPTS_MAX;
}

bool evidence_has_forgotten(const struct Evidence *evidence, const struct AttemptRow *row) {
        return row->created_at != USEC_UNKNOWN && row->created_at <= evidence->forgotten_until &&
               attempt_is_ended(row);
}
