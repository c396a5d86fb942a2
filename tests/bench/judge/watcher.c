/* SPDX-License-Identifier: Apache-2.0 */
#include "watcher.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/clock.h"
#include "base/macros.h"
#include "eyes.h"
#include "judge/course.h"
#include "judge/evidence.h"
#include "judge/judge.h"
#include "judge/learn.h"
#include "judge/restart.h"

/* poll.idle and poll.active, the defaults. */
static const usec_t IDLE = 30 * USEC_PER_SEC, ACTIVE = 5 * USEC_PER_SEC;
enum { PAST_DEPLOYMENTS = 20 };
static const usec_t REFERENCES_AFTER = 15 * USEC_PER_MINUTE;
static const usec_t HORIZON = 30 * USEC_PER_MINUTE;

struct Watcher {
        struct World world;
        struct Eyes *eyes;
        struct Evidence *evidence;
        struct JudgeRule rule;
        struct Course course;
        struct AwsClock clock;
        struct Calm calm;
        uint64_t blamed; /* by the last verdict */
        unsigned looks;
        struct Watched *watched;
};

static void must(int r) {
        if (r >= 0)
                return;
        fprintf(stderr, "the judge fails: %d\n", r);
        exit(EXIT_FAILURE);
}

static bool each(unsigned n, unsigned look) {
        return n > 0 && look % n == n - 1;
}

/* As config/ecswatch.yaml has it: these causes are told, not rolled back. */
static bool rolls_back(enum Cause cause) {
        return cause_blame(cause) == BLAME_CODE;
}

/* AWS's time, as this watcher knows it: its own clock is the monotonic one, off by what the cell
 * says, and each answer tells a Date. */
static usec_t now_of(struct Watcher *watcher) {
        usec_t truth = sim_now(watcher->world.sim);
        usec_t own = truth + (usec_t) watcher->world.cell->skew * USEC_PER_SEC;

        aws_clock_told(&watcher->clock, truth / USEC_PER_SEC * USEC_PER_SEC, own);
        return aws_clock_now(&watcher->clock, own);
}

static void look(struct Watcher *watcher) {
        const struct Cell *cell = watcher->world.cell;
        struct Watched *watched = watcher->watched;
        unsigned n = watcher->looks++;
        usec_t now = now_of(watcher);
        struct Verdict verdict;
        const struct Facts *facts = eyes_look(watcher->eyes, &watcher->world, watcher->evidence,
                                              now, each(cell->stale, n), each(cell->refused, n));

        must(evidence_add(watcher->evidence, facts));
        must(judge_verdict(watcher->evidence, &watcher->rule, now, &verdict));
        watcher->blamed = verdict.blamed;
        switch (course_step(&watcher->course, &verdict, &watcher->rule, now)) {
        case COURSE_STAYS:
        case COURSE_RECOVERS: return;
        case COURSE_PROVES:
                watched->proven = true;
                watcher->calm = (struct Calm) {0};
                return;
        case COURSE_SUCCEEDS:
        case COURSE_FILLS: evidence_reset_after_success(watcher->evidence, now); break;
        case COURSE_FAILS:
        case COURSE_STALLS: break;
        }
        watched->verdict = verdict.kind;
        watched->cause = verdict.cause;
        watched->told_at = sim_now(watcher->world.sim);
        watched->rolls_back = verdict.kind == VERDICT_FAILED && rolls_back(verdict.cause);
}

/* Of attempts, those that fail though the revision is fine. */
static unsigned passing_percent(const struct Cell *cell) {
        bool whole = cell->away == 0 && !cell->on_host && !cell->in_zone;

        return cell->kind == CELL_GOOD && cell->fault != SIM_FAULT_NONE && whole ? cell->percent
                                                                                 : 0;
}

static struct Learnt learnt_of(const struct Trial *trial, struct Random *random) {
        struct Learnt ret = {.attempts = (uint64_t) PAST_DEPLOYMENTS * trial->desired,
                             .fleet_attempts = 5000,
                             .fleet_failed = 25};
        double share = passing_percent(trial->cell) / 100.0;

        if (trial->past == PAST_NONE)
                return (struct Learnt) {0};
        for (uint64_t i = 0; trial->past == PAST_USUAL && i < ret.attempts; i++)
                ret.failed += random_unit(random) < share;
        return ret;
}

/* The idle polls, once it is proven. */
static void glance(struct Watcher *watcher) {
        const struct ServiceFacts *service = eyes_glance(watcher->eyes, &watcher->world);
        usec_t now = now_of(watcher);

        if (restart_seen(&watcher->calm, service) &&
            course_reopen(&watcher->course, watcher->world.began, watcher->blamed, &watcher->rule,
                          now))
                watcher->watched->proven = false;
}

static void begin(struct Watcher *watcher, const struct Trial *trial) {
        struct JudgeRule rule = judge_rule_default();
        struct Learnt learnt = learnt_of(trial, &watcher->world.random);
        const struct World *world = &watcher->world;
        struct Rollout rollout = {
                .service_arn = "arn:aws:ecs:us-east-1:123456789012:service/prod/web",
                .deployment = world->deployment->id,
                .ordinal = 1,
                .started_at = world->began,
        };

        must(evidence_new(&rollout, &watcher->evidence));
        watcher->eyes = eyes_new();
        watcher->rule = learn_rule(&rule, &learnt);
        watcher->course = (struct Course) {.verdict = VERDICT_PROGRESSING};
        watcher->watched->began = world->began;
}

static bool references_are_done(const struct Watched *watched) {
        for (size_t i = 0; i < N_REFERENCES; i++)
                if (watched->references[i].said == REFERENCE_WAITS)
                        return false;
        return true;
}

/* What is bad may still show it; what is good has. References have some time more than we took. */
static bool is_over(const struct Watcher *watcher) {
        const struct Watched *watched = watcher->watched;
        bool failed = watcher->course.verdict == VERDICT_FAILED;

        if (failed && sim_now(watcher->world.sim) >= watched->told_at + REFERENCES_AFTER)
                return true;
        return (failed || (watched->proven && watcher->world.cell->kind != CELL_BAD)) &&
               references_are_done(watched);
}

void watch_one(const struct Trial *trial, struct Watched *ret) {
        const struct Cell *cell = trial->cell;
        struct Watcher watcher = {.watched = ret};
        struct World *world = &watcher.world;
        usec_t interval = cell->interval > 0 ? cell->interval * USEC_PER_SEC : ACTIVE;
        usec_t horizon = cell->horizon > 0 ? cell->horizon * USEC_PER_SEC : HORIZON;
        usec_t at;

        *ret = (struct Watched) {.verdict = VERDICT_PROGRESSING};
        world_init(world, cell, trial->desired, trial->percent, trial->seed);
        begin(&watcher, trial);
        references_begin(ret->references, &world->random);
        /* The idle polls find the deployment. */
        at = world->began + random_below(&world->random, IDLE);
        while (at < world->began + horizon) {
                world_advance(world, at);
                if (ret->proven)
                        glance(&watcher);
                else if (watcher.course.verdict != VERDICT_FAILED)
                        look(&watcher);
                references_look(ret->references, world);
                if (is_over(&watcher))
                        break;
                at += ret->proven ? IDLE : interval;
        }
        ret->ended = sim_now(world->sim);
        ret->truth = world->truth;
        eyes_free(watcher.eyes);
        evidence_free(watcher.evidence);
        world_done(world);
}
