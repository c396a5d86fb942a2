/* SPDX-License-Identifier: Apache-2.0 */
/* A task that is stopped by nobody's fault leaves its place to the next one that is created, and
 * with it the time for which the place was held. Stops and creations are matched in the order of
 * time, as the scheduler replaces. */
#include <errno.h>
#include <stdlib.h>

#include "base/macros.h"
#include "judge/tally.h"

struct Holder {
        const struct Attempt *attempt;
        usec_t since; /* of its place; USEC_UNKNOWN: not ready yet */
};

static int by_creation(const void *a, const void *b) {
        const struct Attempt *x = ((const struct Holder *) a)->attempt;
        const struct Attempt *y = ((const struct Holder *) b)->attempt;

        return (x->row.created_at > y->row.created_at) - (x->row.created_at < y->row.created_at);
}

static int by_end(const void *a, const void *b) {
        usec_t x = attempt_ended_at((*(struct Holder *const *) a)->attempt);
        usec_t y = attempt_ended_at((*(struct Holder *const *) b)->attempt);

        return (x > y) - (x < y);
}

/* Takes over from `before`, NULL for nobody. */
static void take_place(struct Holder *holder, const struct Holder *before) {
        holder->since = attempt_ready_at(holder->attempt);
        if (before && before->since != USEC_UNKNOWN &&
            (holder->since == USEC_UNKNOWN || before->since < holder->since))
                holder->since = before->since;
}

static bool is_ready(const struct Attempt *attempt) {
        return !attempt->vanished && !attempt_ended(attempt) &&
               attempt_ready_at(attempt) != USEC_UNKNOWN;
}

int succession_count(const struct Evidence *evidence, usec_t by, uint64_t *ret) {
        size_t n = evidence->n_attempts, n_left = 0, next = 0;
        _cleanup_free_ struct Holder *holders = calloc(n + 1, sizeof(*holders));
        _cleanup_free_ struct Holder **left = calloc(n + 1, sizeof(struct Holder *));
        uint64_t held = 0;

        if (!holders || !left)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                holders[i].attempt = evidence->attempts[i];
        qsort(holders, n, sizeof(*holders), by_creation);
        for (size_t i = 0; i < n; i++)
                if (cause_is_neutral(holders[i].attempt->cause))
                        left[n_left++] = &holders[i];
        qsort(left, n_left, sizeof(*left), by_end);

        /* Whoever left before this one was created was created before it: its place is known. */
        for (size_t i = 0; i < n; i++) {
                const struct Attempt *attempt = holders[i].attempt;
                bool follows = next < n_left &&
                               attempt_ended_at(left[next]->attempt) <= attempt->row.created_at;

                take_place(&holders[i], follows ? left[next++] : NULL);
                held += is_ready(attempt) && holders[i].since <= by;
        }
        *ret = held;
        return 0;
}
