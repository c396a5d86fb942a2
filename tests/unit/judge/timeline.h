/* SPDX-License-Identifier: Apache-2.0 */
/* Timelines of what happens to a rollout, and the facts that a poller would see of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "judge/evidence.h"
#include "judge/judge.h"

/* Seconds are counted from the deployment's createdAt, which is at TIMELINE_START. */
#define TIMELINE_START ((usec_t) 1700000000 * USEC_PER_SEC)
static inline usec_t timeline_at(double seconds) {
        return TIMELINE_START + (usec_t) (seconds * (double) USEC_PER_SEC);
}

enum { NEVER = -1, TIMELINE_TASKS_MAX = 2048, TIMELINE_EVENTS_MAX = 64 };

struct TimelineTask {
        double created, started, stopped; /* NEVER: not (yet) */
        const char *stop_code, *stopped_reason;
        const char *container_reason;
        int exit_code; /* NEVER: none */
        const char *instance;
        double healthy; /* from when on a checked task reports HEALTHY */
};

struct TimelineEvent {
        double at;
        const char *message;
};

struct Timeline {
        int desired;
        bool load_balancer, classic, container_check, daemon, early_success;
        int grace;
        double completed, failed; /* when rolloutState says so; NEVER */
        double primary_until;     /* NEVER: stays PRIMARY */
        const char *state_reason;
        /* How the poller fares from second `from` to `to`. */
        enum { TOLD, PARTIAL, DENIED } tasks;
        double from, to;
        int running_minus; /* fewer than the tasks tell (early success, say) */
        struct TimelineTask task[TIMELINE_TASKS_MAX];
        size_t n_tasks;
        struct TimelineEvent event[TIMELINE_EVENTS_MAX];
        size_t n_events;
};

#define TIMELINE_DEPLOYMENT "ecs-svc/1111111111111111111"

struct Rollout timeline_rollout(void);

/* Empty, IN_PROGRESS and PRIMARY for ever; free(). */
struct Timeline *timeline_new(int desired);

/* Folds in what a round that began at that second shows. */
void timeline_observe(struct Evidence *evidence, const struct Timeline *timeline, double second);

/* What a round that began at that second shows; the caller's to facts_free(). */
struct Facts *timeline_facts(const struct Timeline *timeline, double second);

/* `n` tasks created every `every` seconds from `first` on, started `startup` later (NEVER: not),
 * each living `lived` seconds (NEVER: for ever), like `like` otherwise. */
void timeline_add(struct Timeline *timeline, size_t n, double first, double every, double startup,
                  double lived, struct TimelineTask like);
