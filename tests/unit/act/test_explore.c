/* SPDX-License-Identifier: Apache-2.0 */
/* Every interleaving of the protocol with what may happen around it (model.h). The explored code is
 * lib/act's own. All moments are visited, the nearest first: what is found wrong comes with a
 * shortest way to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "model.h"

enum { TRACE_MAX = 4096, STATES_MAX = 1 << 22 };

struct Visit {
        struct Moment moment;
        uint32_t from;
        const char *how;
};

static struct {
        struct Visit *visits;
        uint32_t n, *table;
        /* The edges, for the way to an end. */
        uint32_t (*edges)[2];
        size_t n_edges, edges_allocated;
        const char *wrong;
        uint32_t wrong_at;
} search;

/* ---- the search ---- */

static uint64_t hash(const struct Moment *m) {
        const unsigned char *bytes = (const unsigned char *) m;
        uint64_t h = 1469598103934665603u;

        for (size_t i = 0; i < sizeof(*m); i++)
                h = (h ^ bytes[i]) * 1099511628211u;
        return h;
}

/* The number of the moment's visit, which is a new one if it was never seen. */
static uint32_t visit(const struct Moment *m, uint32_t from, const char *how) {
        uint32_t place = (uint32_t) (hash(m) & (2 * STATES_MAX - 1));

        for (; search.table[place] != 0; place = (place + 1) & (2 * STATES_MAX - 1))
                if (memcmp(&search.visits[search.table[place] - 1].moment, m, sizeof(*m)) == 0)
                        return search.table[place] - 1;
        ck_assert_msg(search.n < STATES_MAX, "more than %d states", STATES_MAX);
        search.visits[search.n] = (struct Visit) {*m, from, how};
        search.table[place] = ++search.n;
        return search.n - 1;
}

static void add_edge(uint32_t from, uint32_t to) {
        if (search.n_edges == search.edges_allocated) {
                search.edges_allocated = MAX(2 * search.edges_allocated, (size_t) 1 << 20);
                search.edges =
                        realloc(search.edges, search.edges_allocated * sizeof(*search.edges));
                ck_assert_ptr_nonnull(search.edges);
        }
        search.edges[search.n_edges][0] = from;
        search.edges[search.n_edges++][1] = to;
}

static void explore_from(uint32_t at) {
        for (size_t i = 0; model_event_name(i) && !search.wrong; i++) {
                struct Moment next = search.visits[at].moment;
                uint32_t known = search.n, to;

                if (!model_happens(i, &next))
                        continue;
                to = visit(&next, at, model_event_name(i));
                add_edge(at, to);
                if (to == known) {
                        search.wrong = model_what_is_wrong(&next);
                        search.wrong_at = to;
                }
        }
}

/* From every moment there is a way to an end: the edges are walked back from the ends. */
static void check_that_all_end(void) {
        uint32_t *offsets = calloc((size_t) search.n + 2, sizeof(*offsets));
        uint32_t *sources = calloc(search.n_edges + 1, sizeof(*sources));
        uint32_t *queue = calloc((size_t) search.n + 1, sizeof(*queue));
        bool *ends = calloc((size_t) search.n + 1, sizeof(*ends));
        size_t head = 0, tail = 0;

        ck_assert(offsets && sources && queue && ends);
        for (size_t i = 0; i < search.n_edges; i++)
                offsets[search.edges[i][1] + 2]++;
        for (size_t i = 2; i < (size_t) search.n + 2; i++)
                offsets[i] += offsets[i - 1];
        for (size_t i = 0; i < search.n_edges; i++)
                sources[offsets[search.edges[i][1] + 1]++] = search.edges[i][0];
        for (uint32_t i = 0; i < search.n; i++)
                if (search.visits[i].moment.ended) {
                        ends[i] = true;
                        queue[tail++] = i;
                }
        while (head < tail) {
                uint32_t at = queue[head++];

                for (uint32_t i = offsets[at]; i < offsets[at + 1]; i++)
                        if (!ends[sources[i]]) {
                                ends[sources[i]] = true;
                                queue[tail++] = sources[i];
                        }
        }
        for (uint32_t i = 0; i < search.n && !search.wrong; i++)
                if (!ends[i]) {
                        search.wrong = "there is no way to an end";
                        search.wrong_at = i;
                }
        free(offsets);
        free(sources);
        free(queue);
        free(ends);
}

static void explore(const struct Protocol *protocol) {
        struct Moment first;

        memset(&search, 0, sizeof(search));
        model_use(protocol);
        first = model_beginning();
        search.visits = calloc(STATES_MAX, sizeof(*search.visits));
        search.table = calloc((size_t) 2 * STATES_MAX, sizeof(*search.table));
        ck_assert(search.visits && search.table);
        (void) visit(&first, 0, NULL);
        for (uint32_t at = 0; at < search.n && !search.wrong; at++)
                if (!search.visits[at].moment.ended)
                        explore_from(at);
        if (!search.wrong)
                check_that_all_end();
}

/* The shortest way to what is wrong: a line a step. */
static void print_trace(char *ret, size_t size) {
        const char *steps[TRACE_MAX];
        size_t n = 0, used = 0;

        for (uint32_t at = search.wrong_at; at != 0 && n < TRACE_MAX; at = search.visits[at].from)
                steps[n++] = search.visits[at].how;
        used = (size_t) snprintf(ret, size, "%s:", search.wrong);
        while (n-- > 0 && used < size)
                used += (size_t) snprintf(ret + used, size - used, "\n#   %s", steps[n]);
}

static void explored(void) {
        free(search.visits);
        free(search.table);
        free(search.edges);
}

/* ---- the protocol, and bugs ---- */

/* The observation that led to the intent will do. */
static void step_without_look(const struct ActionRecord *action, enum ActionUntil until,
                              const struct Rollout *judged, const struct ActionSeen *seen,
                              usec_t now, struct Step *ret) {
        struct ActionSeen fresh = *seen;

        fresh.asked_at = now;
        action_step(action, until, judged, &fresh, now, ret);
}

/* What came of a call that has no answer does not matter: it is sent again. */
static enum ActionUntil restored_without_reconciling(const struct ActionRecord *action) {
        (void) action;
        return UNTIL_LOOKED;
}

/* Looked at once, long before it can be known. */
static void step_impatiently(const struct ActionRecord *action, enum ActionUntil until,
                             const struct Rollout *judged, const struct ActionSeen *seen,
                             usec_t now, struct Step *ret) {
        struct ActionRecord earlier = *action;

        if (until == UNTIL_FOUND && !seen->is_answer)
                earlier.call_deadline = usec_sub(action->call_deadline, ACT_NOT_TAKEN_AFTER);
        action_step(&earlier, until, judged, seen, now, ret);
}

static const struct Protocol RIGHT[] = {
        {"UpdateService", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, false, action_step,
         action_restored, false},
        {"StopServiceDeployment", ACTION_ROLLBACK, ROLLBACK_STOP_DEPLOYMENT, false, action_step,
         action_restored, false},
        {"auto: StopServiceDeployment, then UpdateService", ACTION_ROLLBACK,
         ROLLBACK_STOP_DEPLOYMENT, true, action_step, action_restored, false},
        {"CodeDeploy's StopDeployment", ACTION_ROLLBACK, ROLLBACK_CODE_DEPLOY, false, action_step,
         action_restored, false},
        {"task sets", ACTION_ROLLBACK, ROLLBACK_TASK_SET, false, action_step, action_restored,
         false},
        {"quiesce", ACTION_QUIESCE, ROLLBACK_NEVER, false, action_step, action_restored, false},
};

static const struct {
        struct Protocol protocol;
        const char *found;
} BUGS[] = {
        {{"a call without a look", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, false,
          step_without_look, action_restored, false},
         "a call left without a look"},
        {{"an intent after the call", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, false, action_step,
          action_restored, true},
         "a call left that is not recorded"},
        {{"a retry without reconciliation", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, false,
          action_step, restored_without_reconciling, false},
         "a call may go out while an earlier one may still take effect"},
        {{"a retry before the deadline has passed", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, false,
          step_impatiently, action_restored, false},
         "a call may go out while an earlier one may still take effect"},
};

START_TEST(holds_in_every_interleaving) {
        char text[16 * 1024] = "";

        explore(RIGHT + _i);
        if (search.wrong)
                print_trace(text, sizeof(text));
        printf("# %s: %u states, %zu steps\n", RIGHT[_i].name, search.n, search.n_edges);
        ck_assert_msg(!search.wrong, "%s: %s", RIGHT[_i].name, text);
        explored();
}
END_TEST

START_TEST(finds_a_planted_bug) {
        char text[16 * 1024] = "nothing";

        explore(&BUGS[_i].protocol);
        if (search.wrong)
                print_trace(text, sizeof(text));
        printf("# %s: %s\n", BUGS[_i].protocol.name, text);
        ck_assert_msg(search.wrong && strcmp(search.wrong, BUGS[_i].found) == 0, "%s: %s",
                      BUGS[_i].protocol.name, text);
        explored();
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("act/explore");
        ADD_ROWS(holds_in_every_interleaving, RIGHT);
        ADD_ROWS(finds_a_planted_bug, BUGS);
        return suite;
}
