/* SPDX-License-Identifier: Apache-2.0 */
/* What daemon/watch/acting.c does with the protocol's steps, and what ECS may do meanwhile. */
#include "model.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"

#define TICK (15 * USEC_PER_SEC)
#define EPOCH (1000 * USEC_PER_DAY)
#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n

enum {
        AGE_MAX = 42,    /* ticks since the intent: past ACT_TRIED_FOR */
        STALE_TICKS = 2, /* answers show what was before a change until it is that old */
        CALL_TICKS = 2,  /* ACT_CALL_DEADLINE */
        COUNT_MAX = 3,   /* how many calls: more is not told apart */
        SINCE_MAX = 4,   /* ticks; nothing looks further */
        SINCE_UNKNOWN = 5,
        DEADLINE_NONE = 7,
};

_Static_assert(CALL_TICKS * 15 == 30, "ACT_CALL_DEADLINE");

/* QUIESCED: still the judged one, and its service's desired count is 0. */
enum Primary { JUDGED, OURS, THIRD, OLD, QUIESCED };

static const struct Protocol *used;

void model_use(const struct Protocol *protocol) {
        used = protocol;
}

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
                .kind = used->kind,
                .method = used->kind != ACTION_ROLLBACK ? ROLLBACK_NEVER
                          : kept->stops                 ? used->method
                                                        : ROLLBACK_UPDATE_SERVICE,
                .handle = "ecs-svc/1",
                .falls_back = used->falls_back,
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
        ret->stops = action->method != ROLLBACK_UPDATE_SERVICE && action->kind == ACTION_ROLLBACK;
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
        [QUIESCED] = {.id = "ecs-svc/2",
                      .status = DEPLOYMENT_PRIMARY,
                      .task_definition = TD(2),
                      .created_at = EPOCH},
};

static bool is_judged(enum Primary primary) {
        return primary == JUDGED || primary == QUIESCED;
}

/* ---- the daemon ---- */

static void restore(struct Moment *m) {
        struct ActionRecord action = record_of(m, &m->ledger);

        m->memory = m->ledger;
        m->until = (uint8_t) used->restored(&action);
        m->since = SINCE_UNKNOWN;
}

static void die(struct Moment *m) {
        m->alive = m->until = 0;
        m->since = SINCE_UNKNOWN;
        memset(&m->memory, 0, sizeof(m->memory));
}

static bool send_call(struct Moment *m) {
        for (size_t i = 0; i < MODEL_CALLS; i++)
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

        used->step(&action, until, &ROLLOUT, seen, NOW, &step);
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
        if (step.kind == STEP_CALL && used->sends_before_commit)
                (void) send_call(m);
        if (records && commit == COMMIT_FAILS) {
                restore(m);
                return;
        }
        if (records)
                m->ledger = m->memory;
        m->ended = ends;
        if (step.kind == STEP_CALL && !used->sends_before_commit)
                (void) send_call(m);
}

static void observe(struct Moment *m, enum Primary primary, usec_t asked_at, enum Commit commit) {
        const struct TaskSetFacts set = {.id = DEPLOYMENTS[primary].id,
                                         .status = "ACTIVE",
                                         .created_at = DEPLOYMENTS[primary].created_at};
        const struct ServiceFacts service = {.status = "ACTIVE",
                                             .created_at = EPOCH,
                                             .desired_count = primary != QUIESCED,
                                             .deployments = DEPLOYMENTS + primary,
                                             .n_deployments = 1,
                                             .task_sets = &set,
                                             .n_task_sets = 1};
        const struct ActionSeen seen = {
                .asked_at = asked_at,
                .service = &service,
                .primary = DEPLOYMENTS[primary].id,
                .primary_since = !is_judged(primary)         ? USEC_UNKNOWN
                                 : m->since == SINCE_UNKNOWN ? NOW
                                                             : NOW - m->since * TICK,
                .ecs_rolls_back = primary == OLD,
                .has_recovered = m->recovered,
                .forbidden = m->forbidden ? "hold" : NULL,
        };

        m->since = !is_judged(primary) ? SINCE_UNKNOWN : m->since == SINCE_UNKNOWN ? 0 : m->since;
        take_turn(m, &seen, commit);
}

/* ---- what may happen next ---- */

static bool ticks(struct Moment *m, int which) {
        (void) which;
        for (size_t i = 0; i < MODEL_CALLS; i++) {
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

        if (!m->alive || action_has_left(m->until))
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
                /* ConflictException; of task sets the newer one keeps its share. */
                if (m->primary != JUDGED && used->method != ROLLBACK_TASK_SET)
                        return false;
                if (m->primary == JUDGED)
                        primary_becomes(m, OLD);
        } else if (used->kind == ACTION_QUIESCE) {
                call->overtook = !is_judged(m->primary);
                if (!call->overtook)
                        primary_becomes(m, QUIESCED);
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
        for (size_t i = 0; i < MODEL_CALLS; i++)
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

const char *model_what_is_wrong(const struct Moment *m) {
        unsigned in_flight = 0;

        for (size_t i = 0; i < MODEL_CALLS; i++)
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
        if (m->alive && !m->ended && !action_has_left(m->until) &&
            (m->accepted > 0 || in_flight > 0))
                return "a call may go out while an earlier one may still take effect";
        return NULL;
}

struct Moment model_beginning(void) {
        struct Moment m;

        memset(&m, 0, sizeof(m));
        m.changed = STALE_TICKS;
        m.ledger = m.memory = (struct Kept) {
                .state = ACTION_INTENDED,
                .stops = used->kind == ACTION_ROLLBACK && used->method != ROLLBACK_UPDATE_SERVICE,
                .deadline = DEADLINE_NONE,
        };
        m.alive = 1;
        m.until = UNTIL_LOOKED;
        m.since = SINCE_UNKNOWN;
        return m;
}

const char *model_event_name(size_t event) {
        return event < ARRAY_SIZE(EVENTS) ? EVENTS[event].name : NULL;
}

bool model_happens(size_t event, struct Moment *moment) {
        return EVENTS[event].happens(moment, EVENTS[event].which);
}
