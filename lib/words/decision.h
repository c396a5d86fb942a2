/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy says to do now: data, not deed. And what it may know of the past. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/time.h"
#include "words/inhibit.h"
#include "words/policy.h"

enum DecisionKind {
        DECISION_NOTHING, /* no action asked for: the entry has none, or no entry matches */
        DECISION_WAIT,    /* not yet: ask again at `wait_until` (ECS first) */
        DECISION_ACT,
        DECISION_WOULD, /* observe or dry run: what would be done */
        DECISION_SKIP,  /* final, told, with `reason` */
};

enum { DECISION_REASON_MAX = 512, TASK_DEFINITION_MAX = 256, HANDLE_MAX = 768 };

struct Decision {
        enum DecisionKind kind;
        enum ActionKind action;
        enum RollbackMethod
                method;  /* of a rollback; resolved: never ROLLBACK_AUTO when ACT or WOULD */
        bool falls_back; /* where it is closed, UpdateService is left */
        char target[TASK_DEFINITION_MAX]; /* the ARN of the task definition to go back to, or of the
                                             host to drain; the group to scale out; "" */
        uint64_t amount;                  /* of scale_out: the desired capacity to set */
        char handle[HANDLE_MAX];          /* what the call names besides (words/action.h), or "" */
        usec_t wait_until;
        bool wants_approval;              /* of WAIT: for somebody's yes */
        char reason[DECISION_REASON_MAX]; /* for WOULD, SKIP and WAIT */
};

/* One task definition that the service ran before this rollout, newest first. */
struct TargetCandidate {
        const char *task_definition; /* ARN */
        bool good;                   /* the ledger holds it as last-good, or ECS completed it */
        bool unproven;               /* adopted completed with fewer than desired tasks running */
        bool source;                 /* the one that served when this rollout began */
        bool failed_under_us;
        bool by_ecs; /* not the ledger but ECS says so: its latest SUCCESSFUL service deployment */
        usec_t proven_at;   /* when it became good (AWS's time); USEC_UNKNOWN if never */
        const char *status; /* ACTIVE, INACTIVE, DELETE_IN_PROGRESS; NULL: not asked yet */
};

/* A remedy that AWS took, or that may still take effect. */
struct PastRemedy {
        enum ActionKind kind;
        const char *target;
        usec_t at; /* when it was intended */
};

/* So far back remedies are looked at. */
#define REMEDIES_WITHIN USEC_PER_DAY

/* The explicit history that acting may depend on; loaded from the ledger, borrowed for the call. */
struct History {
        const struct TargetCandidate *candidates;
        size_t n_candidates;
        bool past_asked;              /* what ECS completed before is among them, if there is any */
        const char *past_problem;     /* why it cannot be had; NULL */
        uint64_t accepted_of_service; /* actions, within safety.rollback.within */
        uint64_t accepted_of_fleet;
        uint64_t per_service, per_fleet; /* the budget */
        usec_t within, max_age;
        bool already_acted[_ACTION_KIND_COUNT]; /* on this very rollout: it was accepted, or may
                                                   have been */
        bool dry_run;
        const struct PastRemedy *remedies; /* of all services within REMEDIES_WITHIN, but for the
                                              one that is decided about */
        size_t n_remedies;
        const char *approved_by; /* who said yes to rolling this rollout back; NULL: nobody */
        struct InhibitRule inhibit;
        const char *inhibited; /* why nothing is rolled back in its account and region now, in
                                  words; NULL: it may be */
        const char *held; /* by whom and why nothing may be changed now, in words; NULL: it may */
};

/* Writes the reason, cut to fit; true, for whoever objects to return. */
bool decision_object(char ret_reason[DECISION_REASON_MAX], const char *format, ...) _printf_(2, 3);

const char *decision_kind_name(enum DecisionKind kind); /* "act", "would", "skipped", … */
