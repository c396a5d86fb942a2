/* SPDX-License-Identifier: Apache-2.0 */
/* What is told: one value, and its faces as CloudEvents JSON, journal fields and one plain line. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"
#include "words/event_type.h"
#include "words/policy.h"
#include "words/rollout.h"
#include "words/verdict.h"

/* The one state-changing action. */
struct EventAction {
        const char *action; /* action_kind_name() */
        const char *method; /* of a rollback: rollback_method_name(); or NULL */
        const char *to;     /* task definition's ARN or name, or NULL */
        const char *target; /* of a remedy: the host's ARN, the group; or NULL */
        bool sets_desired;  /* a desired count or capacity: */
        uint64_t desired;
        const char *state;      /* would, skipped, intended, done, failed, uncertain */
        const char *reason;     /* of would, skipped and failed; else NULL */
        const char *deployment; /* the resulting or, when raced, the overtaken id; or NULL */
};

/* Borrows everything. NULL and zero: not known, the member is then absent. */
struct Event {
        enum EventType type;
        usec_t time;         /* when the verdict or step was reached */
        const char *source;  /* the service's ARN; of watcher.*: the cluster's ARN; of
                                fleet.*: "account/region" */
        const char *subject; /* the judged deployment's id, also of rollback.*; NULL: the rollout's
                                own; of host.*: the container instance's ARN */
        uint64_t counter;    /* for types that repeat */
        const char *cluster_arn;
        const char *service;           /* name; NULL for watcher.* */
        const struct Rollout *rollout; /* NULL for watcher.* */
        const char *policy;
        enum PolicyMode mode;
        const struct Verdict *verdict;
        const struct EvidenceLine *evidence;
        size_t n_evidence; /* what is above EVIDENCE_LINES_MAX is left out */
        const struct EventAction *action;
        const char *const *services; /* of fleet.* and host.*: names */
        size_t n_services;
        const char *detail; /* for people: why superseded, why a rollback failed, what watcher.* is
                               about; or NULL */
};

/* Whole CloudEvents documents, and data alone, stay below this; evidence lines go first, the
 * shortest-lived before the others. */
enum { EVENT_JSON_MAX = 64 * 1024 };
enum { EVENT_ID_SIZE = 65, EVENT_SUMMARY_MAX = VERDICT_SUMMARY_MAX };

/* Lower-case hex SHA-256 of source, deployment (of host.*: subject), rollout's ordinal, type's full
 * name and counter (decimal), joined by one line feed each; what is absent is empty (no rollout:
 * "", ordinal ""; a type that does not repeat: ""). 0 or -ENOMEM. */
int event_id(const struct Event *event, char ret[EVENT_ID_SIZE]);

/* One line for people; `ret` is always set, valid UTF-8. */
char *event_summary(const struct Event *event, char ret[EVENT_SUMMARY_MAX]);

/* Compact JSON, free(). 0, -ENOMEM, or -E2BIG when it is above the ceiling even without evidence.
 */
int event_json(const struct Event *event, char **ret);
int event_data_json(const struct Event *event, char **ret); /* the member `data` alone */
/* {"counts":…,"causes":…,"judge":…,"explanation":…} as in `data`, for what keeps a verdict; the
 * explanation of any verdict that has one. free(). 0 or -ENOMEM. */
int event_numbers_json(const struct Verdict *verdict, char **ret);
/* The lines as in `data.evidence`, an array. free(). 0 or -ENOMEM. */
int event_evidence_json(const struct EvidenceLine *lines, size_t n, char **ret);
/* Last words as in `data.evidence[].log`, an array. free(). 0 or -ENOMEM. */
int event_log_json(const char *log, char **ret);

/* MESSAGE, MESSAGE_ID, PRIORITY, ECS_* and ECSWATCH_*; values live in `arena`, without line feeds.
 * 0 or -ENOMEM. */
struct EventField {
        const char *name, *value;
};
enum { EVENT_FIELDS_MAX = 16 };
int event_journal_fields(const struct Event *event, struct Arena *arena,
                         struct EventField ret[EVENT_FIELDS_MAX], size_t *ret_n);

/* "my-cluster/my-app deployment.failed: SUMMARY"; lives in `arena`, NULL on -ENOMEM. */
const char *event_line(const struct Event *event, struct Arena *arena);
