/* SPDX-License-Identifier: Apache-2.0 */
/* Every interleaving of the protocol (act/act.h) with a small model of ECS, of the ledger and of a
 * daemon that may die between any two steps. The explored code is lib/act's own; the model is what
 * the daemon does with it (daemon/watch/acting.c) and what ECS may do meanwhile.
 *
 * Time goes in ticks of 15 s and is kept relative, clipped where no rule looks further, so there
 * are finitely many states, and all of them are visited, the nearest first: what is found wrong
 * comes with a shortest way to it. ECS's answers are up to 29 s old; a call that was sent may take
 * effect until its deadline, also after its answer is lost or the daemon is dead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/act.h"
#include "base/text.h"
#include "check_main.h"

#define TICK (15 * USEC_PER_SEC)
#define EPOCH (1000 * USEC_PER_DAY)
#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n

enum {
        CALLS_MAX = 2,
        AGE_MAX = 42,    /* ticks since the intent: past ACT_TRIED_FOR */
        STALE_TICKS = 2, /* answers show what was before a change until it is that old */
        CALL_TICKS = 2,  /* ACT_CALL_DEADLINE */
        COUNT_MAX = 3,   /* how many calls: more is not told apart */
        SINCE_MAX = 4,   /* ticks; nothing looks further */
        SINCE_UNKNOWN = 5,
        DEADLINE_NONE = 7,
        TRACE_MAX = 4096,
        STATES_MAX = 1 << 22,
};

_Static_assert(CALL_TICKS * 15 == 30, "ACT_CALL_DEADLINE");

enum Primary { JUDGED, OURS, THIRD, OLD };

/* A call that left and has not come to its end. */
struct InFlight {
        uint8_t is_there, ticks_left, is_carried_out, overtook, stops;
};

/* What the ledger keeps of the action, or the daemon has in memory. */
struct Kept {
        uint8_t state, calls, stops; /* by StopServiceDeployment */
        int8_t deadline;             /* ticks from now; DEADLINE_NONE: no call */
};

/* All of one moment; compared byte by byte. */
struct Moment {
        /* ECS */
        uint8_t primary, before; /* `before`: what a stale answer shows */
        uint8_t changed;         /* ticks ago */
        uint8_t accepted;
        struct InFlight calls[CALLS_MAX];
        uint8_t recovered, forbidden;
        /* the ledger */
        struct Kept ledger;
        /* the daemon; void while it is dead */
        uint8_t alive, until, since; /* since when PRIMARY is the judged one */
        struct Kept memory;
        /* both */
        uint8_t age, sent, ended;
        uint8_t unlooked; /* a call left, and its observation was no look, or showed another PRIMARY
                           */
};

/* What is explored: the protocol, and what a planted bug puts in its place. */
struct Protocol {
        const char *name;
        enum RollbackMethod method;
        bool falls_back;
        void (*step)(const struct ActionRecord *action, enum ActionUntil until,
                     const struct Rollout *judged, const struct ActionSeen *seen, usec_t now,
                     struct Step *ret);
        enum ActionUntil (*restored)(const struct ActionRecord *action);
        bool sends_before_commit;
};

struct Visit {
        struct Moment moment;
        uint32_t from;
        const char *how;
};

static struct {
        const struct Protocol *protocol;
        struct Visit *visits;
        uint32_t n, *table;
        /* The edges, for the way to an end. */
        uint32_t (*edges)[2];
        size_t n_edges, edges_allocated;
        const char *wrong;
        uint32_t wrong_at;
} search;

static const struct Rollout ROLLOUT = {
        .deployment = "ecs-svc/2",
        .task_definition = TD(2),
        .service_created_at = EPOCH,
        .started_at = EPOCH,
};

/* ---- the moment in the words of lib/act ---- */

static const usec_t NOW = EPOCH + USEC_PER_DAY;

static struct ActionRecord record_of(const struct Moment *m, const struct Kept *kept) {
        return (struct ActionRecord) {
                .method = kept->stops ? ROLLBACK_STOP_DEPLOYMENT : ROLLBACK_UPDATE_SERVICE,
                .falls_back = search.protocol->falls_back,
                .target = TD(1),
                .state = kept->state,
                .intended_at = NOW - m->age * TICK,
                .calls = kept->calls,
                .call_deadline =
                        kept->deadline == DEADLINE_NONE
                                ? USEC_UNKNOWN
                                : (usec_t) ((int64_t) NOW + kept->deadline * (int64_t) TICK),
        };
}

static void keep(const struct ActionRecord *action, struct Kept *ret) {
        int64_t ticks = ((int64_t) action->call_deadline - (int64_t) NOW) / (int64_t) TICK;

        ret->state = (uint8_t) action->state;
        ret->stops = action->method == ROLLBACK_STOP_DEPLOYMENT;
        ret->calls = (uint8_t) MIN(action->calls, (uint64_t) COUNT_MAX);
        ret->deadline = action->call_deadline == USEC_UNKNOWN ? DEADLINE_NONE
                        : ticks < -SINCE_MAX                  ? -SINCE_MAX
                                                              : (int8_t) ticks;
}

static const struct DeploymentFacts DEPLOYMENTS[] = {
        [JUDGED] = {.id = "ecs-svc/2",
                    .status = DEPLOYMENT_PRIMARY,
                    .task_definition = TD(2),
                    .created_at = EPOCH},
        [OURS] = {.id = "ecs-svc/3",
                  .status = DEPLOYMENT_PRIMARY,
                  .task_definition = TD(1),
                  .created_at = EPOCH + 2 * USEC_PER_DAY},
        [THIRD] = {.id = "ecs-svc/4",
                   .status = DEPLOYMENT_PRIMARY,
                   .task_definition = TD(3),
                   .created_at = EPOCH + 2 * USEC_PER_DAY},
        [OLD] = {.id = "ecs-svc/1",
                 .status = DEPLOYMENT_PRIMARY,
                 .task_definition = TD(1),
                 .created_at = EPOCH - USEC_PER_DAY},
};

/* ---- the daemon ---- */

static void restore(struct Moment *m) {
        struct ActionRecord action = record_of(m, &m->ledger);

        m->memory = m->ledger;
        m->until = (uint8_t) search.protocol->restored(&action);
        m->since = SINCE_UNKNOWN;
}

static void die(struct Moment *m) {
        m->alive = m->until = 0;
        m->since = SINCE_UNKNOWN;
        memset(&m->memory, 0, sizeof(m->memory));
}

static bool send_call(struct Moment *m) {
        for (size_t i = 0; i < CALLS_MAX; i++)
                if (!m->calls[i].is_there) {
                        m->calls[i] = (struct InFlight) {.is_there = 1,
                                                         .ticks_left = CALL_TICKS,
                                                         .stops = m->memory.stops};
                        m->sent = (uint8_t) MIN(m->sent + 1, COUNT_MAX);
                        return true;
                }
        return false;
}

enum Commit { COMMITS, COMMIT_FAILS };

/* What daemon/watch/acting.c does with a step. */
static void take_turn(struct Moment *m, const struct ActionSeen *seen, enum Commit commit) {
        struct ActionRecord action = record_of(m, &m->memory);
        enum ActionUntil until = m->until;
        const struct ActionRecord before = action;
        struct Step step;
        bool ends, records;

        search.protocol->step(&action, until, &ROLLOUT, seen, NOW, &step);
        if (step.kind == STEP_CALL &&
            (seen->is_answer || !text_equal(seen->primary, ROLLOUT.deployment) ||
             seen->asked_at <= MAX(action.intended_at, action.call_deadline)))
                m->unlooked = 1;
        action_apply(&action, &until, &step, NOW);
        keep(&action, &m->memory);
        m->until = (uint8_t) until;
        ends = step.kind == STEP_DONE || step.kind == STEP_FAILED || step.kind == STEP_SKIPPED;
        records = ends || step.kind == STEP_CALL || action.state != before.state ||
                  action.method != before.method;
        if (step.kind == STEP_CALL && search.protocol->sends_before_commit)
                (void) send_call(m);
        if (records && commit == COMMIT_FAILS) {
                restore(m);
                return;
        }
        if (records)
                m->ledger = m->memory;
        m->ended = ends;
        if (step.kind == STEP_CALL && !search.protocol->sends_before_commit)
                (void) send_call(m);
}

static void observe(struct Moment *m, enum Primary primary, usec_t asked_at, enum Commit commit) {
        const struct ServiceFacts service = {.status = "ACTIVE",
                                             .created_at = EPOCH,
                                             .deployments = DEPLOYMENTS + primary,
                                             .n_deployments = 1};
        const struct ActionSeen seen = {
                .asked_at = asked_at,
                .service = &service,
                .primary = DEPLOYMENTS[primary].id,
                .primary_since = primary != JUDGED           ? USEC_UNKNOWN
                                 : m->since == SINCE_UNKNOWN ? NOW
                                                             : NOW - m->since * TICK,
                .ecs_rolls_back = primary == OLD,
                .has_recovered = m->recovered,
                .forbidden = m->forbidden ? "hold" : NULL,
        };

        m->since = primary != JUDGED ? SINCE_UNKNOWN : m->since == SINCE_UNKNOWN ? 0 : m->since;
        take_turn(m, &seen, commit);
}

/* ---- what may happen next ---- */

static bool ticks(struct Moment *m, int which) {
        (void) which;
        for (size_t i = 0; i < CALLS_MAX; i++) {
                struct InFlight *call = m->calls + i;

                if (call->is_there && call->ticks_left == 0)
                        *call = (struct InFlight) {};
                else if (call->is_there)
                        call->ticks_left--;
        }
        m->age = (uint8_t) MIN(m->age + 1, AGE_MAX);
        m->changed = (uint8_t) MIN(m->changed + 1, STALE_TICKS);
        if (m->changed == STALE_TICKS)
                m->before = m->primary;
        if (m->since != SINCE_UNKNOWN)
                m->since = (uint8_t) MIN(m->since + 1, SINCE_MAX);
        for (struct Kept *kept = &m->ledger;; kept = &m->memory) {
                if (kept->deadline != DEADLINE_NONE && kept->deadline > -SINCE_MAX &&
                    (kept == &m->ledger || m->alive))
                        kept->deadline--;
                if (kept == &m->memory)
                        return true;
        }
}

static bool observes(struct Moment *m, int commit) {
        if (!m->alive || m->until == UNTIL_ANSWERED)
                return false;
        observe(m, m->primary, NOW, commit);
        return true;
}

static bool observes_stale(struct Moment *m, int commit) {
        if (!m->alive || m->until == UNTIL_ANSWERED || m->before == m->primary)
                return false;
        observe(m, m->before, NOW, commit);
        return true;
}

/* A round that was under way when the intent was made, or when the last call ended. */
static bool observes_early(struct Moment *m, int commit) {
        struct ActionRecord action = record_of(m, &m->memory);

        if (!m->alive || m->until != UNTIL_LOOKED)
                return false;
        observe(m, m->before, MAX(action.intended_at, action.call_deadline), commit);
        return true;
}

static void primary_becomes(struct Moment *m, enum Primary primary) {
        m->before = m->primary;
        m->primary = (uint8_t) primary;
        m->changed = 0;
}

/* ECS carries out a call that has arrived, whoever still waits for it. */
static bool carries_out(struct Moment *m, int which) {
        struct InFlight *call = m->calls + which;

        if (!call->is_there || call->is_carried_out)
                return false;
        if (call->stops) {
                if (m->primary != JUDGED)
                        return false; /* ConflictException */
                primary_becomes(m, OLD);
        } else {
                call->overtook = m->primary == THIRD;
                primary_becomes(m, OURS);
        }
        call->is_carried_out = 1;
        m->accepted++;
        return true;
}

static struct InFlight *awaited_call(struct Moment *m) {
        struct InFlight *newest = NULL;

        if (!m->alive || m->until != UNTIL_ANSWERED)
                return NULL;
        for (size_t i = 0; i < CALLS_MAX; i++)
                if (m->calls[i].is_there &&
                    (!newest || m->calls[i].ticks_left > newest->ticks_left))
                        newest = m->calls + i;
        return newest;
}

static void answer(struct Moment *m, enum CallOutcome outcome, enum Commit commit) {
        const struct ActionSeen seen = {.is_answer = true,
                                        .outcome = outcome,
                                        .text = "",
                                        .deployment = DEPLOYMENTS[OURS].id,
                                        .overtaken = DEPLOYMENTS[THIRD].id};

        take_turn(m, &seen, commit);
}

static bool answers_accepted(struct Moment *m, int commit) {
        struct InFlight *call = awaited_call(m);
        enum CallOutcome outcome;

        if (!call || !call->is_carried_out)
                return false;
        outcome = call->overtook ? CALL_RACED : CALL_ACCEPTED;
        *call = (struct InFlight) {};
        answer(m, outcome, commit);
        return true;
}

static bool answers_not_taken(struct Moment *m, int commit) {
        struct InFlight *call = awaited_call(m);

        if (!call || call->is_carried_out)
                return false;
        *call = (struct InFlight) {};
        answer(m, CALL_NOT_TAKEN, commit);
        return true;
}

static bool answers_refused(struct Moment *m, int commit) {
        struct InFlight *call = awaited_call(m);

        if (!call || call->is_carried_out)
                return false;
        *call = (struct InFlight) {};
        answer(m, CALL_REFUSED, commit);
        return true;
}

/* Conflict: the service deployment cannot be stopped any more. */
static bool answers_closed(struct Moment *m, int commit) {
        struct InFlight *call = awaited_call(m);

        if (!call || call->is_carried_out || !call->stops)
                return false;
        *call = (struct InFlight) {};
        answer(m, CALL_CLOSED, commit);
        return true;
}

/* The answer is lost, before or after the effect; what is not carried out may still be. */
static bool answer_is_lost(struct Moment *m, int commit) {
        if (!m->alive || m->until != UNTIL_ANSWERED)
                return false;
        answer(m, CALL_UNCERTAIN, commit);
        return true;
}

static bool dies(struct Moment *m, int which) {
        (void) which;
        if (!m->alive)
                return false;
        die(m);
        return true;
}

static bool starts(struct Moment *m, int which) {
        (void) which;
        if (m->alive)
                return false;
        m->alive = 1;
        restore(m);
        return true;
}

static bool somebody_deploys(struct Moment *m, int which) {
        (void) which;
        if (m->primary == THIRD)
                return false;
        primary_becomes(m, THIRD);
        return true;
}

static bool ecs_rolls_back(struct Moment *m, int which) {
        (void) which;
        if (m->primary != JUDGED)
                return false;
        primary_becomes(m, OLD);
        return true;
}

static bool recovers(struct Moment *m, int which) {
        (void) which;
        m->recovered = !m->recovered;
        return true;
}

static bool is_held(struct Moment *m, int which) {
        (void) which;
        m->forbidden = !m->forbidden;
        return true;
}

static const struct {
        const char *name;
        bool (*happens)(struct Moment *m, int which); /* false: it cannot happen now */
        int which;
} EVENTS[] = {
        {"15 s pass", ticks, 0},
        {"the daemon observes", observes, COMMITS},
        {"the daemon observes and cannot commit", observes, COMMIT_FAILS},
        {"the daemon observes, and ECS answers from before", observes_stale, COMMITS},
        {"the daemon observes, ECS answers from before, no commit", observes_stale, COMMIT_FAILS},
        {"the daemon observes by a round that began before", observes_early, COMMITS},
        {"ECS carries out a call", carries_out, 0},
        {"ECS carries out another call", carries_out, 1},
        {"ECS answers: accepted", answers_accepted, COMMITS},
        {"ECS answers: accepted; no commit", answers_accepted, COMMIT_FAILS},
        {"ECS answers: throttled", answers_not_taken, COMMITS},
        {"ECS answers: throttled; no commit", answers_not_taken, COMMIT_FAILS},
        {"ECS answers: refused", answers_refused, COMMITS},
        {"ECS answers: refused; no commit", answers_refused, COMMIT_FAILS},
        {"ECS answers: conflict", answers_closed, COMMITS},
        {"ECS answers: conflict; no commit", answers_closed, COMMIT_FAILS},
        {"the answer is lost", answer_is_lost, COMMITS},
        {"the answer is lost; no commit", answer_is_lost, COMMIT_FAILS},
        {"the daemon is killed", dies, 0},
        {"the daemon starts", starts, 0},
        {"somebody deploys", somebody_deploys, 0},
        {"ECS rolls back by itself", ecs_rolls_back, 0},
        {"the rollout recovers, or fails again", recovers, 0},
        {"a hold is set, or lifted", is_held, 0},
};

/* ---- what must hold at every moment ---- */

static const char *what_is_wrong(const struct Moment *m) {
        unsigned in_flight = 0;

        for (size_t i = 0; i < CALLS_MAX; i++)
                in_flight += m->calls[i].is_there && !m->calls[i].is_carried_out;
        if (m->unlooked)
                return "a call left without a look";
        if (m->accepted > 1)
                return "a second rollback of one rollout was accepted";
        if (m->sent > m->ledger.calls)
                return "a call left that is not recorded";
        if (m->ended && m->ledger.state == ACTION_SKIPPED && (m->accepted > 0 || in_flight > 0))
                return "an action is told as skipped whose call left";
        if (m->ended && m->ledger.state == ACTION_DONE && m->accepted == 0 && m->primary != OLD &&
            m->before != OLD)
                return "an action is told as done that ECS never took";
        if (m->alive && !m->ended && m->until == UNTIL_LOOKED && (m->accepted > 0 || in_flight > 0))
                return "a call may go out while an earlier one may still take effect";
        return NULL;
}

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
        for (size_t i = 0; i < ARRAY_SIZE(EVENTS) && !search.wrong; i++) {
                struct Moment next = search.visits[at].moment;
                uint32_t known = search.n, to;

                if (!EVENTS[i].happens(&next, EVENTS[i].which))
                        continue;
                to = visit(&next, at, EVENTS[i].name);
                add_edge(at, to);
                if (to == known) {
                        search.wrong = what_is_wrong(&next);
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

/* The intent is committed, and nothing has left. */
static struct Moment beginning(void) {
        struct Moment m;

        memset(&m, 0, sizeof(m));
        m.changed = STALE_TICKS;
        m.ledger = m.memory = (struct Kept) {
                .state = ACTION_INTENDED,
                .stops = search.protocol->method == ROLLBACK_STOP_DEPLOYMENT,
                .deadline = DEADLINE_NONE,
        };
        m.alive = 1;
        m.until = UNTIL_LOOKED;
        m.since = SINCE_UNKNOWN;
        return m;
}

static void explore(const struct Protocol *protocol) {
        struct Moment first;

        memset(&search, 0, sizeof(search));
        search.protocol = protocol;
        first = beginning();
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
        {"UpdateService", ROLLBACK_UPDATE_SERVICE, false, action_step, action_restored, false},
        {"StopServiceDeployment", ROLLBACK_STOP_DEPLOYMENT, false, action_step, action_restored,
         false},
        {"auto: StopServiceDeployment, then UpdateService", ROLLBACK_STOP_DEPLOYMENT, true,
         action_step, action_restored, false},
};

static const struct {
        struct Protocol protocol;
        const char *found;
} BUGS[] = {
        {{"a call without a look", ROLLBACK_UPDATE_SERVICE, false, step_without_look,
          action_restored, false},
         "a call left without a look"},
        {{"an intent after the call", ROLLBACK_UPDATE_SERVICE, false, action_step, action_restored,
          true},
         "a call left that is not recorded"},
        {{"a retry without reconciliation", ROLLBACK_UPDATE_SERVICE, false, action_step,
          restored_without_reconciling, false},
         "a call may go out while an earlier one may still take effect"},
        {{"a retry before the deadline has passed", ROLLBACK_UPDATE_SERVICE, false,
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
