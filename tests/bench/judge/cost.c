/* SPDX-License-Identifier: Apache-2.0 */
/* What one verdict costs, by the number of attempts: in instructions it is repeatable
 * (valgrind --tool=callgrind --toggle-collect=judge_verdict), in time it depends on the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/macros.h"
#include "judge/judge.h"

#define START ((usec_t) 1795395723 * USEC_PER_SEC)

static const unsigned SIZES[] = {100, 1000, 10000};
enum { ROUNDS = 200, ARN_SIZE = 96 };

/* Each third one failed, each tenth was lost with its host, the others live. */
static struct Evidence *evidence_of(unsigned n) {
        struct Rollout rollout = {.service_arn = "arn:aws:ecs:us-east-1:123456789012:service/c/s",
                                  .deployment = "ecs-svc/1",
                                  .ordinal = 1,
                                  .started_at = START};
        struct CountRow count = {.at = START + 300 * USEC_PER_SEC,
                                 .service_desired = n,
                                 .running = n / 2,
                                 .is_primary = true,
                                 .rollout_state = ROLLOUT_IN_PROGRESS};
        struct Evidence *evidence = NULL;

        if (evidence_new(&rollout, &evidence) < 0)
                exit(EXIT_FAILURE);
        for (unsigned i = 0; i < n; i++) {
                char arn[ARN_SIZE];
                usec_t created_at = START + (i % 97) * USEC_PER_SEC;
                struct AttemptRow row = {.task_arn = arn,
                                         .last_status = "RUNNING",
                                         .desired_status = "RUNNING",
                                         .created_at = created_at,
                                         .started_at = created_at + 5 * USEC_PER_SEC,
                                         .last_alive_at = START + 300 * USEC_PER_SEC};

                snprintf(arn, sizeof(arn), "arn:aws:ecs:us-east-1:123456789012:task/c/%032u", i);
                if (i % 3 == 0 || i % 10 == 0) {
                        row.last_status = row.desired_status = "STOPPED";
                        row.stop_code =
                                i % 3 == 0 ? "EssentialContainerExited" : "SpotInterruption";
                        row.stopped_reason = i % 3 == 0 ? "Essential container in task exited"
                                                        : "Your Spot Task was interrupted.";
                        row.stopping_at = row.stopped_at = row.started_at + 20 * USEC_PER_SEC;
                }
                if (evidence_restore_attempt(evidence, &row) < 0)
                        exit(EXIT_FAILURE);
        }
        if (evidence_restore_count(evidence, &count) < 0)
                exit(EXIT_FAILURE);
        return evidence;
}

static double microseconds(const struct timespec *from, const struct timespec *to) {
        return (double) (to->tv_sec - from->tv_sec) * 1e6 +
               (double) (to->tv_nsec - from->tv_nsec) / 1e3;
}

/* The fastest of many: what disturbs it only adds. */
static double measure(const struct Evidence *evidence) {
        struct JudgeRule rule = judge_rule_default();
        double best = 1e12;

        rule.learnt = 0.02; /* as most services have it */
        for (unsigned i = 0; i < ROUNDS; i++) {
                struct timespec from, to;
                struct Verdict verdict;

                clock_gettime(CLOCK_MONOTONIC, &from);
                if (judge_verdict(evidence, &rule, START + 301 * USEC_PER_SEC, &verdict) < 0)
                        exit(EXIT_FAILURE);
                clock_gettime(CLOCK_MONOTONIC, &to);
                best = microseconds(&from, &to) < best ? microseconds(&from, &to) : best;
        }
        return best;
}

int main(void) {
        printf("| attempts | a verdict | an attempt of it |\n|---|---|---|\n");
        for (size_t i = 0; i < ARRAY_SIZE(SIZES); i++) {
                struct Evidence *evidence = evidence_of(SIZES[i]);
                double took = measure(evidence);

                printf("| %u | %.0f µs | %.0f ns |\n", SIZES[i], took, took * 1e3 / SIZES[i]);
                evidence_free(evidence);
        }
        return 0;
}
