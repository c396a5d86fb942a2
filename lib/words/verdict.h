/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge concludes about one rollout, with the numbers that produced it. Plain values. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "words/cause.h"
#include "words/policy.h"

enum VerdictKind {
        VERDICT_PROGRESSING,
        VERDICT_SUCCEEDED,
        VERDICT_FAILED,
        VERDICT_STALLED,
        VERDICT_SUPERSEDED,
        VERDICT_REVERTED,
};

enum AttemptOutcome {
        ATTEMPT_STARTING,
        ATTEMPT_ALIVE,
        ATTEMPT_SURVIVED,
        ATTEMPT_FAILED,
        ATTEMPT_NEUTRAL
};

struct VerdictCounts {
        uint64_t desired, running,
                pending; /* desired: the service's; running, pending: the rollout's own */
        uint64_t attempts, failed, alive, survived, neutral;
};

struct CauseCount {
        enum Cause cause;
        uint64_t count;
};

/* The rule's arithmetic, as the event's `judge` shows it. */
struct RuleNumbers {
        enum RuleKind rule;
        double score, threshold; /* likelihood: natural logarithms */
        double learnt;           /* likelihood: the share that the past taught; 0: none */
        bool sustained;
        uint64_t failures, limit; /* count, percent */
        double percent;
};

enum { VERDICT_SUMMARY_MAX = 512, VERDICT_EXPLANATION_MAX = 1024, VERDICT_ID_MAX = 256 };

struct Verdict {
        enum VerdictKind kind;
        enum Cause cause; /* CAUSE_NONE unless failed, stalled or reverted for a known cause */
        struct VerdictCounts counts;
        struct RuleNumbers numbers;
        struct CauseCount causes[_CAUSE_COUNT]; /* most frequent first */
        size_t n_causes;
        uint64_t blamed; /* of counts.failed: the code is to blame */
        bool vacuous;    /* succeeded with zero desired tasks: never last-good */
        bool native;     /* ECS itself declared the failure */
        bool without_task_evidence;
        bool meets_success; /* all of section "Succeeding" holds now; a failed rollout then has
                               recovered */
        usec_t since;       /* of the first failure, of success, of the last progress (stalled) */
        usec_t looked_at;   /* when the last whole look at its tasks began; USEC_UNKNOWN: the last
                               one was not whole, so nothing is ruled out */
        usec_t blamed_at;   /* the last failed attempt that blames the code, since the last success;
                               USEC_UNKNOWN: none */
        char instance[VERDICT_ID_MAX]; /* the container instance of host_bad and disk_full, else ""
                                        */
        char summary[VERDICT_SUMMARY_MAX]; /* one line for people */
        /* How it came to that, and what would have changed it: sentences, a line feed between two;
         * "" where there is nothing to say. */
        char explanation[VERDICT_EXPLANATION_MAX];
};

/* One folded line of evidence: `count` alike, with the longest-lived example. Texts are cut to fit.
 */
enum { EVIDENCE_LINES_MAX = 16, EVIDENCE_TEXT_MAX = 1024 };

struct EvidenceLine {
        uint64_t count;
        enum Cause cause;
        char task[VERDICT_ID_MAX], container_instance[VERDICT_ID_MAX], availability_zone[64];
        char stop_code[64], container[VERDICT_ID_MAX];
        char stopped_reason[EVIDENCE_TEXT_MAX + 1]; /* ECS's words: of the task, or of the event */
        char reason[EVIDENCE_TEXT_MAX + 1];         /* the container's own reason */
        bool has_exit_code;
        int64_t exit_code;
        usec_t at;
        const char *log; /* the example's last words: lines, a line feed between two; borrowed, or
                            NULL */
};

const char *verdict_kind_name(enum VerdictKind kind); /* "failed" */
bool verdict_kind_is_final(enum VerdictKind kind);    /* failed, succeeded, superseded, reverted */
