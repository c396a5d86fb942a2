/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of every rollout, tried on random ones. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "check_main.h"
#include "event/case.h"
#include "judge/case.h"
#include "timeline.h"

enum { ROLLOUTS = 240, AT_ONCE = 30, POLL = 10 };

/* How a task ends, if it does; all but the last four are failures. */
static const struct TimelineTask ENDS[] = {
        {.stop_code = "EssentialContainerExited",
         .stopped_reason = "Essential container in task exited",
         .exit_code = 1},
        {.stop_code = "ServiceSchedulerInitiated",
         .stopped_reason = "Task failed container health checks",
         .exit_code = 137},
        {.stop_code = "TaskFailedToStart",
         .stopped_reason = "CannotPullContainerError: failed to resolve ref app:nope: not found",
         .exit_code = NEVER},
        {.stop_code = "TaskFailedToStart",
         .stopped_reason = "InternalError: try again",
         .exit_code = NEVER},
        {.stop_code = "SpotInterruption",
         .stopped_reason = "Your Spot Task was interrupted.",
         .exit_code = 143},
        {.stop_code = "UserInitiated", .stopped_reason = "Task stopped by user", .exit_code = 143},
        {.stop_code = "ServiceSchedulerInitiated",
         .stopped_reason = "Scaling activity initiated by (deployment " TIMELINE_DEPLOYMENT ")",
         .exit_code = 143},
        {.exit_code = NEVER}, /* it does not */
};
enum { FIRST_NEUTRAL = 4, ALIVE = 7 };

static const char *const HOSTS[] = {NULL, "arn:aws:ecs:r:1:container-instance/c/a",
                                    "arn:aws:ecs:r:1:container-instance/c/b"};

#define NO_ROOM                                                                                \
        "(service s) was unable to place a task because no container instance met all of its " \
        "requirements. Reason: No Container Instances were found in your cluster."

static const char *const SAID[] = {
        (NO_ROOM),
        "(service s) has reached a steady state.",
        "(service s) operations are being throttled. Will try again later.",
        "(service s) has started 1 tasks: (task 0123456789abcdef).",
};

static double between(struct Random *random, double least, double most) {
        return least + random_unit(random) * (most - least);
}

static void add_task(struct Timeline *t, struct Random *random, size_t end) {
        struct TimelineTask like = ENDS[end];
        double created = between(random, 1, 400), startup = between(random, 1, 30);

        like.healthy = NEVER;
        like.instance = HOSTS[random_below(random, ARRAY_SIZE(HOSTS))];
        timeline_add(t, 1, created, 0, like.exit_code == NEVER && end != ALIVE ? NEVER : startup,
                     end == ALIVE ? NEVER : between(random, 1, 200), like);
}

static struct Timeline *random_timeline(struct Random *random) {
        struct Timeline *t = calloc(1, sizeof(*t));
        size_t n = random_below(random, 30);

        ck_assert_ptr_nonnull(t);
        t->desired = 1 + (int) random_below(random, 12);
        t->completed = random_below(random, 2) ? between(random, 50, 400) : NEVER;
        t->failed = t->primary_until = NEVER;
        for (size_t i = 0; i < n; i++)
                add_task(t, random, random_below(random, ARRAY_SIZE(ENDS)));
        for (size_t i = random_below(random, 4); i > 0; i--)
                t->event[t->n_events++] =
                        (struct TimelineEvent) {between(random, -60, 500),
                                                SAID[random_below(random, ARRAY_SIZE(SAID))]};
        return t;
}

static struct JudgeRule random_rule(struct Random *random) {
        struct JudgeRule rule = judge_rule_default();

        rule.rule = (enum RuleKind) random_below(random, RULE_PERCENT + 1);
        rule.sustain = random_below(random, 90) * USEC_PER_SEC;
        if (random_below(random, 2))
                rule.learnt = between(random, 0.01, 0.09);
        return rule;
}

/* Puts the parts of one answer into another order. */
static void shuffle(void *items, size_t n, size_t size, struct Random *random) {
        char *bytes = items, kept[512];

        ck_assert_uint_le(size, sizeof(kept));
        for (size_t i = n; i > 1; i--) {
                size_t j = random_below(random, i);

                memcpy(kept, bytes + (i - 1) * size, size);
                memmove(bytes + (i - 1) * size, bytes + j * size, size);
                memcpy(bytes + j * size, kept, size);
        }
}

/* Judged at `second`, after a poll every POLL seconds; with `order` each answer's parts come in
 * another order. */
static struct Evidence *observe(const struct Timeline *t, double second, struct Random *order) {
        struct Evidence *evidence = NULL;
        struct Rollout rollout = timeline_rollout();

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        for (double at = 0; at <= second; at += POLL) {
                _cleanup_(facts_freep) struct Facts *facts = timeline_facts(t, at);

                if (order) {
                        shuffle((void *) facts->tasks, facts->n_tasks, sizeof(facts->tasks[0]),
                                order);
                        shuffle((void *) facts->running_ids, facts->n_running_ids,
                                sizeof(facts->running_ids[0]), order);
                        shuffle((void *) facts->service.events, facts->service.n_events,
                                sizeof(facts->service.events[0]), order);
                }
                ck_assert_int_eq(evidence_add(evidence, facts), 0);
        }
        return evidence;
}

static struct Verdict judge(const struct Timeline *t, const struct JudgeRule *rule, double second,
                            struct Random *order) {
        _cleanup_(evidence_freep) struct Evidence *evidence = observe(t, second, order);
        struct Verdict verdict;

        ck_assert_int_eq(judge_verdict(evidence, rule, timeline_at(second + 1), &verdict), 0);
        return verdict;
}

static void assert_same(const struct Verdict *a, const struct Verdict *b, int seed) {
        ck_assert_msg(a->kind == b->kind && a->cause == b->cause && a->blamed == b->blamed &&
                              a->numbers.score == b->numbers.score &&
                              a->numbers.sustained == b->numbers.sustained &&
                              a->meets_success == b->meets_success &&
                              memcmp(&a->counts, &b->counts, sizeof(a->counts)) == 0 &&
                              strcmp(a->instance, b->instance) == 0,
                      "rollout %d: '%s' and '%s'", seed, a->summary, b->summary);
}

static struct Random seeded(int seed) {
        struct Random random;

        random_init(&random, (uint64_t) seed + 1);
        return random;
}

static void equal_evidence_gives_equal_verdicts_in_any_order(int seed) {
        struct Random random = seeded(seed), order = seeded(seed + ROLLOUTS);
        _cleanup_free_ struct Timeline *t = random_timeline(&random);
        struct JudgeRule rule = random_rule(&random);
        double second = between(&random, 20, 700);
        struct Verdict first = judge(t, &rule, second, NULL);
        struct Verdict again = judge(t, &rule, second, NULL);
        struct Verdict shuffled = judge(t, &rule, second, &order);

        assert_same(&first, &again, seed);
        ck_assert_str_eq(first.summary, again.summary);
        assert_same(&first, &shuffled, seed);
}

static void assert_no_worse(const struct Verdict *before, const struct Verdict *after, int seed) {
        ck_assert_msg(after->kind != VERDICT_FAILED || before->kind == VERDICT_FAILED,
                      "rollout %d: '%s' became '%s'", seed, before->summary, after->summary);
        ck_assert_msg(after->numbers.score <= before->numbers.score + 1e-9,
                      "rollout %d: the score rose from %.4f to %.4f", seed, before->numbers.score,
                      after->numbers.score);
}

static void a_neutral_stop_never_moves_toward_failed(int seed) {
        struct Random random = seeded(seed);
        _cleanup_free_ struct Timeline *t = random_timeline(&random);
        struct JudgeRule rule = random_rule(&random);
        double second = between(&random, 20, 700);
        struct Verdict before = judge(t, &rule, second, NULL), after;

        add_task(t, &random, FIRST_NEUTRAL + random_below(&random, ALIVE - FIRST_NEUTRAL));
        after = judge(t, &rule, second, NULL);
        assert_no_worse(&before, &after, seed);
}

static void more_survivors_never_make_it_likelier(int seed) {
        struct Random random = seeded(seed);
        _cleanup_free_ struct Timeline *t = random_timeline(&random);
        struct JudgeRule rule = random_rule(&random);
        double second = between(&random, 20, 1200);
        struct Verdict before = judge(t, &rule, second, NULL), after;

        for (size_t n = 1 + random_below(&random, 5); n > 0; n--)
                add_task(t, &random, ALIVE);
        after = judge(t, &rule, second, NULL);
        assert_no_worse(&before, &after, seed);
}

/* What has failed does not come undone while nothing lives or is created. */
static void more_failures_never_make_it_less_likely(int seed) {
        struct Random random = seeded(seed);
        _cleanup_free_ struct Timeline *t = random_timeline(&random);
        struct JudgeRule rule = random_rule(&random);
        struct Verdict before, after;

        rule.rule = (enum RuleKind)(RULE_COUNT + random_below(&random, 2));
        before = judge(t, &rule, 700, NULL);
        add_task(t, &random, 0);
        after = judge(t, &rule, 700, NULL);
        ck_assert_uint_ge(after.numbers.failures, before.numbers.failures);
}

/* Many in one test: each test is a process of its own. */
static void try_all(int first, void (*property)(int seed)) {
        for (int seed = first; seed < first + AT_ONCE; seed++)
                property(seed);
}

#define PROPERTY(name)                      \
        START_TEST(test_##name) {           \
                try_all(_i *AT_ONCE, name); \
        }                                   \
        END_TEST
PROPERTY(equal_evidence_gives_equal_verdicts_in_any_order)
PROPERTY(a_neutral_stop_never_moves_toward_failed)
PROPERTY(more_survivors_never_make_it_likelier)
PROPERTY(more_failures_never_make_it_less_likely)

/* Written down, read and judged again, it is the same verdict to the bit. */
static void assert_replays(const struct Timeline *t, const struct JudgeRule *rule, double second) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(CASE_JSON_MAX);
        _cleanup_(evidence_freep) struct Evidence *evidence = observe(t, second, NULL),
                                                  *read = NULL;
        _cleanup_free_ char *text = NULL, *again_text = NULL;
        const struct Rollout rollout = timeline_rollout();
        char problem[CASE_PROBLEM_MAX];
        struct Verdict verdict, again;
        struct Case taken, parsed;

        ck_assert_int_eq(judge_verdict(evidence, rule, timeline_at(second + 1), &verdict), 0);
        ck_assert_int_eq(case_take(evidence, &rollout, rule, timeline_at(second + 1), arena,
                                   &taken),
                         0);
        ck_assert_int_eq(case_json(&taken, &verdict, &text), 0);
        ck_assert_msg(case_parse(text, strlen(text), arena, &parsed, problem) == 0, "%s", problem);
        ck_assert_int_eq(case_evidence(&parsed, &read), 0);
        ck_assert_int_eq(judge_verdict(read, &parsed.rule, parsed.at, &again), 0);
        ck_assert_int_eq(case_verdict_json(&again, &again_text), 0);
        ck_assert_str_eq(parsed.verdict, again_text);
        ck_assert_mem_eq(&verdict.numbers, &again.numbers, sizeof(verdict.numbers));
}

START_TEST(test_what_is_recorded_is_judged_again_to_the_bit) {
        for (int i = 0; i < AT_ONCE; i++) {
                struct Random random;
                _cleanup_free_ struct Timeline *t = NULL;
                struct JudgeRule rule;

                random_init(&random, (uint64_t) (_i * AT_ONCE + i));
                t = random_timeline(&random);
                rule = random_rule(&random);
                assert_replays(t, &rule, between(&random, 20, 600));
        }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/properties");
        tcase_add_loop_test(tests, test_equal_evidence_gives_equal_verdicts_in_any_order, 0,
                            ROLLOUTS / AT_ONCE);
        tcase_add_loop_test(tests, test_a_neutral_stop_never_moves_toward_failed, 0,
                            ROLLOUTS / AT_ONCE);
        tcase_add_loop_test(tests, test_more_survivors_never_make_it_likelier, 0,
                            ROLLOUTS / AT_ONCE);
        tcase_add_loop_test(tests, test_more_failures_never_make_it_less_likely, 0,
                            ROLLOUTS / AT_ONCE);
        tcase_add_loop_test(tests, test_what_is_recorded_is_judged_again_to_the_bit, 0,
                            ROLLOUTS / AT_ONCE);
        return suite;
}
