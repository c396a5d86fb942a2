/* SPDX-License-Identifier: Apache-2.0 */
#include "references.h"

#include <string.h>

#include "base/macros.h"

static const char *const NAMES[N_REFERENCES] = {
        [REFERENCE_BREAKER] = "ECS circuit breaker 50 %",
        [REFERENCE_BREAKER_NO_RESET] = "ECS circuit breaker 50 % without reset",
        [REFERENCE_BREAKER_COUNT] = "ECS circuit breaker count 3",
        [REFERENCE_BREAKER_DELAYED] = "ECS circuit breaker 50 % as measured (8 to 12 min late)",
        [REFERENCE_FAILED_SHARE] = "failed over 25 % of desired",
        [REFERENCE_EVENT_UNABLE] = "an event containing 'unable'",
        [REFERENCE_TIMEOUT] = "not completed after 300 s",
        [REFERENCE_RUNNING] = "runningCount == desiredCount",
};

static const usec_t TIMEOUT = 300 * USEC_PER_SEC;

const char *reference_name(enum Reference name) {
        return NAMES[name];
}

void references_begin(struct ReferenceOutcome references[N_REFERENCES], struct Random *random) {
        memset(references, 0, N_REFERENCES * sizeof(references[0]));
        references[REFERENCE_BREAKER_DELAYED].delay =
                8 * USEC_PER_MINUTE + random_below(random, 4 * USEC_PER_MINUTE);
}

/* Tasks of the new revision that count as healthy now. */
static unsigned healthy(const struct World *world) {
        return sim_count(world->sim, world->service, world->deployment).healthy;
}

/* The simulator counts as ECS does, without a reset; one that starts again at each healthy task
 * counts from there. */
static bool breaker(struct ReferenceOutcome *rule, const struct World *world, bool resets,
                    unsigned threshold) {
        unsigned n = world->deployment->failures, now_healthy = resets ? healthy(world) : 0;
        usec_t now = sim_now(world->sim);

        if (resets && now_healthy > rule->counted)
                rule->reset_at = n;
        rule->counted = now_healthy;
        if (rule->reached_at == USEC_UNKNOWN && n - rule->reset_at >= threshold)
                rule->reached_at = now;
        return rule->reached_at != USEC_UNKNOWN && now >= rule->reached_at + rule->delay;
}

static bool says_unable(const struct World *world) {
        for (size_t i = 0; i < world->service->n_events; i++)
                if (world->service->events[i].created_at >= world->began &&
                    strstr(world->service->events[i].message, "unable"))
                        return true;
        return false;
}

static bool has_failed(enum Reference name, struct ReferenceOutcome *rule,
                       const struct World *world) {
        unsigned desired = world->desired, half = (desired + 1) / 2;
        unsigned bounded = MIN(MAX(half, 3U), 200U);

        switch (name) {
        case REFERENCE_BREAKER:
        case REFERENCE_BREAKER_DELAYED: return breaker(rule, world, true, bounded);
        case REFERENCE_BREAKER_NO_RESET: return breaker(rule, world, false, bounded);
        case REFERENCE_BREAKER_COUNT: return breaker(rule, world, true, 3);
        case REFERENCE_FAILED_SHARE: return world->truth.failed * 4 > desired;
        case REFERENCE_EVENT_UNABLE: return says_unable(world);
        case REFERENCE_TIMEOUT: return sim_now(world->sim) >= world->began + TIMEOUT;
        case REFERENCE_RUNNING: return false;
        case N_REFERENCES: break;
        }
        return false;
}

static bool has_succeeded(enum Reference name, const struct World *world) {
        if (name == REFERENCE_RUNNING)
                return sim_count(world->sim, world->service, world->deployment).running >=
                       world->service->desired;
        return world->deployment->rollout == SIM_COMPLETED;
}

void references_look(struct ReferenceOutcome references[N_REFERENCES], const struct World *world) {
        for (enum Reference name = 0; name < N_REFERENCES; name++) {
                struct ReferenceOutcome *rule = &references[name];

                if (rule->said != REFERENCE_WAITS)
                        continue;
                if (has_failed(name, rule, world))
                        rule->said = REFERENCE_FAILED;
                else if (has_succeeded(name, world))
                        rule->said = REFERENCE_SUCCEEDED;
                rule->at = sim_now(world->sim);
        }
}
