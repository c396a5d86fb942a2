/* SPDX-License-Identifier: Apache-2.0 */
/* The attempts counted once for one verdict, for the files that make it up. Others ask
 * judge/judge.h. */
#pragma once

#include "judge/evidence_fields.h"
#include "words/policy.h"

struct Tally {
        struct VerdictCounts counts;
        uint64_t by_cause[_CAUSE_COUNT]; /* attempts that failed */

        /* What drives the rules: attempts that blame the code. */
        uint64_t blamed;
        uint64_t blamed_alike;              /* more of them, of which only the number is kept */
        usec_t first_failure, last_failure; /* last: of any attempt that failed */
        usec_t last_blamed;
        bool retry_failed;     /* as persistence asks */
        usec_t retries_lasted; /* from the first failure until the last one of an attempt created
                                  after it; 0: none */
        uint64_t permanent;    /* of `blamed`: cannot heal by themselves. 0 once an attempt has been
                                  RUNNING for `settle`: then it can */
        bool permanent_again;  /* two of them, on two container instances where there are */
        double *failed_ages;   /* seconds, `blamed` of them */
        double *censored_ages; /* seconds */
        size_t n_censored;
        uint64_t
                survived_whole; /* survived since the last success: all failures would have shown */

        const char *instance; /* the one on which all that blame the code were, else NULL */
        bool outlived;        /* an attempt on another one lived longer than any of them */

        const char *full_instance; /* where most attempts found no space */
        usec_t last_started, last_survived, last_created;
        uint64_t ready;      /* tasks RUNNING (and HEALTHY) now */
        uint64_t ready_long; /* of these, for `settle` before the last complete look */
        uint64_t left;       /* were ready once, and were stopped by nobody's fault */
        uint64_t unplaced_by_cause[_CAUSE_COUNT]; /* never ran since the last that did, no code to
                                                     blame */
        usec_t unplaced_since;
        const struct Attempt *example[_CAUSE_COUNT]; /* of each the one that tells most, the
                                                        longest-lived of those */
        const struct Attempt *waiting; /* for a container that exited or is UNHEALTHY, or NULL */
};

/* 0 or -ENOMEM. `ready_by`: the instant for ready_long. */
int tally_init(struct Tally *tally, const struct Evidence *evidence, const struct JudgeRule *rule,
               usec_t ready_by);
void tally_done(struct Tally *tally);

/* How many are ready now in a place that has been held since `by`: by themselves, or by those that
 * they replaced and that nobody is to blame for (succession.c). 0 or -ENOMEM. */
int succession_count(const struct Evidence *evidence, usec_t by, uint64_t *ret);

enum AttemptOutcome attempt_outcome(const struct Evidence *evidence, const struct Attempt *attempt,
                                    const struct JudgeRule *rule);

/* The most frequent cause, the table's order breaking ties; CAUSE_NONE without any. */
enum Cause tally_main_cause(const uint64_t by_cause[_CAUSE_COUNT]);

/* The policy's rule (rule.c): whether it condemns, persistence set apart, and its arithmetic. */
bool rule_reached(const struct Tally *tally, const struct JudgeRule *rule,
                  struct RuleNumbers *ret_numbers);

/* What one more failed attempt adds to the likelihood's score, with nothing alive. */
double rule_weight(const struct JudgeRule *rule);

/* Placement trouble that lasts (verdict.c) as the summary shows it. */
struct Trouble {
        bool active;
        enum Cause cause;
        usec_t since;        /* of the trouble */
        usec_t silent_since; /* from when the grace counts */
        const char *message; /* the newest event, or NULL */
        uint64_t events_by_cause[_CAUSE_COUNT];
};

struct Judgement { /* what summary.c is told besides the verdict */
        const struct Evidence *evidence;
        const struct JudgeRule *rule;
        const struct Tally *tally;
        const struct Trouble *trouble;
        bool by_trouble, throttled;
        const char *native_message;
        const char *said; /* ECS's newest words that are not routine and decide nothing, or NULL */
        usec_t settle;
};
void summary_write(const struct Judgement *judgement, const struct Verdict *verdict,
                   char summary[VERDICT_SUMMARY_MAX]);
/* What was counted, what the rule made of it, and what would have changed the verdict: sentences, a
 * line feed between two. */
void explain_write(const struct Judgement *judgement, const struct Verdict *verdict,
                   char explanation[VERDICT_EXPLANATION_MAX]);
