/* SPDX-License-Identifier: Apache-2.0 */
/* One service's watch: it observes, weighs, judges, decides, records, acts and records again, in
 * this order. */
#pragma once

#include "daemon/api/api.h"
#include "daemon/watch/cluster.h"
#include "words/decision.h"

struct Watch;

enum WatchState {
        WATCH_IDLE,      /* nothing is undecided */
        WATCH_WATCHING,  /* a rollout is being judged */
        WATCH_LOOKING,   /* a rollback is intended, or its outcome unknown: looking before anything
                            else */
        WATCH_ACTING,    /* the call is under way */
        WATCH_FOLLOWING, /* the rollback is being judged */
};

const char *watch_state_name(enum WatchState state);

/* What the configuration says of the service. The watch references `config`, in which the policy
 * lives. */
struct WatchSettings {
        struct Config *config;
        const struct Policy *policy;
        enum PolicyMode mode;
        usec_t idle, active;
};

/* `name`: the service's name as configured or found. 0 or a negative errno. */
int watch_new(struct WatchCluster *cluster, const char *name, const struct WatchSettings *settings,
              struct Watch **ret);
void watch_free(struct Watch *watch); /* NULL is fine; what is recorded stays */
DEFINE_FREEP(struct Watch, watch_free)

const char *watch_name(const struct Watch *watch);

/* After a reload; what runs keeps its state, and what was decided stays decided. */
void watch_configure(struct Watch *watch, const struct WatchSettings *settings);

/* Not in the configuration any more. True: it is finished, and may be freed; else an action is
 * under way, and it retires by itself: ask again with watch_is_retired(). */
bool watch_retire(struct Watch *watch);
bool watch_is_retired(const struct Watch *watch);

/* Whether the newest list of the cluster's services named it; returns how many lists in a row did
 * not. */
unsigned watch_note_listed(struct Watch *watch, bool listed);

/* Asks ECS about it at once. */
void watch_look(struct Watch *watch);
/* Likewise within a second, if it is not looked at all the time anyway or it is `urgent`. */
void watch_hint(struct Watch *watch, bool urgent);

/* Somebody's yes to the rollback that waits for one (`mode: confirm`). 0; -ENODATA: none waits, and
 * why; or another negative errno. */
int watch_approve(struct Watch *watch, const char *author, char ret_problem[DECISION_REASON_MAX]);

/* No call is under way whose outcome is still to be recorded. */
bool watch_is_quiet(const struct Watch *watch);

/* What is known of the attempts of the rollout that is being judged; the number of lines. */
size_t watch_evidence(const struct Watch *watch, struct EvidenceLine lines[EVIDENCE_LINES_MAX]);

void watch_describe(const struct Watch *watch, struct ApiService *ret);

/* The poller's hooks; `service` is the Watch, `cluster` the WatchCluster. */
extern const struct PollHooks WATCH_HOOKS;
