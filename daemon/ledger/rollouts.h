/* SPDX-License-Identifier: Apache-2.0 */
/* Services and rollouts. */
#pragma once

#include "daemon/ledger/ledger.h"
#include "words/cause.h"
#include "words/learnt.h"
#include "words/policy.h"
#include "words/rollout.h"
#include "words/verdict.h"

/* Texts handed in are copied; texts handed out live in the caller's arena (-ENOMEM when it is
 * exhausted). All instants are AWS's. */

/* Another createdAt under the same ARN is another service. */
struct ServiceRecord {
        const char *arn;
        usec_t created_at;
        const char *name, *cluster; /* names */
        const char *cluster_arn, *region, *account;
        usec_t first_seen_at;
        const char *service_deployment; /* currentServiceDeployment as last seen, or NULL */
};

/* Inserts or replaces; `first_seen_at` of an existing row stays. Writes nothing when nothing has
 * changed. */
int ledger_put_service(struct Ledger *ledger, const struct ServiceRecord *service);
int ledger_find_service(struct Ledger *ledger, const char *arn, usec_t created_at,
                        struct Arena *arena, struct ServiceRecord *ret); /* enum LedgerFound */

struct RolloutRecord {
        int64_t id; /* the ledger's own number, > 0; set by ledger_put_rollout(). Void when the
                       transaction that gave it is not committed: another row may get it */
        struct Rollout rollout;
        const char *policy;      /* its name when the rollout began, or NULL */
        enum PolicyMode mode;    /* when it began; of one that was decided about: by then */
        const char *approved_by; /* who said yes to rolling it back, or NULL */
        /* The verdict as last told; VERDICT_PROGRESSING and USEC_UNKNOWN before there is one. */
        enum VerdictKind verdict;
        enum Cause cause;
        const char *summary;
        const char *numbers; /* JSON object (event_numbers_json()) for history, or NULL */
        /* Of a failed verdict: the last lines of this container of this task (an ARN), a line feed
         * between two; or NULLs. */
        const char *log, *log_task, *log_container;
        usec_t verdict_at;
        usec_t recovered_at;           /* it met success after failed or stalled */
        usec_t ended_at;               /* no longer watched; USEC_UNKNOWN while open */
        usec_t last_good_at;           /* became last-good, or adopted so */
        bool unproven;                 /* adopted completed with fewer than desired running */
        bool vacuous;                  /* succeeded with zero desired tasks: judged again when
                                          there are more */
        usec_t evidence_reset_at;      /* evidence older than this no longer counts */
        uint64_t attempts, blamed;     /* until it was last-good; blamed: failed, and the code is to
                                          blame. 0 before it succeeded */
        const char *cluster, *service; /* names, from the service's row; ignored when putting */
};

/* Inserts, or replaces the row of the same identity. The service must have been put before
 * (-EINVAL). On a failure `id` is LEDGER_UNRECORDED unless it was known before. */
enum { LEDGER_UNRECORDED = -1 };
int ledger_put_rollout(struct Ledger *ledger, struct RolloutRecord *record);

/* With its texts, into `arena`. 0 or -ENOMEM. */
int rollout_record_copy(const struct RolloutRecord *record, struct Arena *arena,
                        struct RolloutRecord *ret);

struct RolloutQuery {
        const char *service_arn;       /* NULL: of all services */
        usec_t service_created_at;     /* USEC_UNKNOWN: whatever it is */
        const char *deployment;        /* NULL: all */
        const char *cluster, *service; /* names; NULL: all */
        bool only_open;                /* ended_at unknown */
        size_t limit;                  /* 0: LEDGER_ROLLOUTS_MAX */
};

enum { LEDGER_ROLLOUTS_MAX = 1000 };

/* Newest first. Known deployments of a service are those with its arn and createdAt. */
int ledger_load_rollouts(struct Ledger *ledger, const struct RolloutQuery *query,
                         struct Arena *arena, struct RolloutRecord **ret, size_t *ret_n);

/* The task definition that became last-good last; NULL in *ret when there is none. 0 or -errno. */
int ledger_find_last_good(struct Ledger *ledger, const char *service_arn, usec_t service_created_at,
                          struct Arena *arena, const char **ret);

/* Of rollouts that became last-good: the service's newest 50, and the fleet's newest 1,000. 0 or
 * -errno. */
int ledger_load_learnt(struct Ledger *ledger, const char *service_arn, usec_t service_created_at,
                       struct Learnt *ret);

/* The highest ordinal that this id has had for the service; 0 if it is not known. */
int ledger_last_ordinal(struct Ledger *ledger, const char *service_arn, usec_t service_created_at,
                        const char *deployment, uint64_t *ret);
