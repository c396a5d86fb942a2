/* SPDX-License-Identifier: Apache-2.0 */
/* A whole life with a ledger that fails once, or for a while, at every point at which it can: the
 * verdicts, the rollbacks and the notifications are those of a life without a failure.
 *
 * ECSWATCH_DISK_STRIDE=1 tries every point (tools/test-disk); by default every fifth is tried. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/ledger/actions.h"
#include "daemon/ledger/outbox.h"
#include "daemon/ledger/rollouts.h"
#include "faults.h"
#include "stage.h"

#define OUTAGE S(40)
static const usec_t RESTARTS[] = {S(180), S(430)};
static const usec_t END = S(490);
enum { STRIDE = 5, VERDICTS_MAX = 8192, ARENA_BYTES = 16 * 1024 * 1024 };

/* What happens to the two services. */
static const struct {
        usec_t at;
        size_t service;
        unsigned revision;
        struct Behaviour behaviour;
} STORY[] = {
        {S(60), 0, 2, {}},                     /* web:2 is good */
        {S(70), 1, 2, {.exits_after = S(2)}},  /* api:2 is not */
        {S(240), 0, 3, {.exits_after = S(2)}}, /* nor is web:3 */
        {S(320), 1, 3, {}},
};

struct Life {
        struct Stage stage;
        enum FaultKind kind;
        bool for_a_while;
        usec_t failed_at; /* 0: not yet */
        bool degraded;    /* the daemon noticed */
        char verdicts[VERDICTS_MAX];
};

static void life_note_failure(struct Life *life) {
        if (!faults_happened())
                return;
        if (life->failed_at == 0)
                life->failed_at = life->stage.now;
        faults_go_on(life->for_a_while && life->stage.now < life->failed_at + OUTAGE);
        life->degraded |= life->stage.ledger && turn_is_degraded(&life->stage.world);
}

static void life_turn(struct Life *life) {
        usec_t age = life->stage.now - STAGE_EPOCH;

        for (size_t i = 0; i < ARRAY_SIZE(STORY); i++)
                if (STORY[i].at == age)
                        stage_deploy(&life->stage, STORY[i].service, STORY[i].revision,
                                     STORY[i].behaviour);
        for (size_t i = 0; i < ARRAY_SIZE(RESTARTS); i++)
                if (RESTARTS[i] == age)
                        stage_stop_daemon(&life->stage);
        /* A start that fails is repeated, as systemd does. */
        if (!life->stage.ledger)
                (void) stage_start_daemon(&life->stage);
        stage_tick(&life->stage);
        life_note_failure(life);
}

static int by_deployment(const void *a, const void *b) {
        const struct RolloutRecord *x = a, *y = b;

        return strcmp(x->rollout.deployment, y->rollout.deployment);
}

/* Every rollout with its verdict, and what is still open. */
static void life_read_ledger(struct Life *life) {
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct RolloutRecord *rollouts;
        struct ActionRecord *open;
        char *end = life->verdicts;
        size_t n, n_open;

        faults_arm(life->kind, UINT_MAX);
        if (!life->stage.ledger)
                ck_assert(stage_start_daemon(&life->stage));
        ck_assert_int_eq(ledger_load_rollouts(life->stage.ledger, &(struct RolloutQuery) {}, arena,
                                              &rollouts, &n),
                         0);
        qsort(rollouts, n, sizeof(*rollouts), by_deployment);
        for (size_t i = 0; i < n; i++)
                end += snprintf(end, VERDICTS_MAX / 64, "%s %s %s %s good=%d\n",
                                rollouts[i].rollout.deployment,
                                text_after_last(rollouts[i].rollout.task_definition, '/'),
                                verdict_kind_name(rollouts[i].verdict),
                                cause_name(rollouts[i].cause),
                                rollouts[i].last_good_at != USEC_UNKNOWN);
        ck_assert_int_eq(ledger_load_actions(life->stage.ledger,
                                             &(struct ActionQuery) {.only_open = true}, arena,
                                             &open, &n_open),
                         0);
        end += snprintf(end, VERDICTS_MAX / 64, "%zu open actions\n", n_open);
        arena_free(arena);
}

static void life_run(struct Life *life, enum FaultKind kind, unsigned at, bool for_a_while) {
        *life = (struct Life) {.kind = kind, .for_a_while = for_a_while};
        faults_arm(kind, at);
        faults_go_on(for_a_while);
        stage_init(&life->stage, "");
        while (life->stage.now < STAGE_EPOCH + END)
                life_turn(life);
}

/* Whether the daemon ended while it could not record: what was told from memory is then told once
 * more, under the same id. */
static bool restarted_meanwhile(const struct Life *life) {
        usec_t from = life->failed_at - STAGE_EPOCH, until = from + OUTAGE + S(15);

        for (size_t i = 0; i < ARRAY_SIZE(RESTARTS); i++)
                if (RESTARTS[i] + STAGE_TICK >= from && RESTARTS[i] <= until)
                        return true;
        return false;
}

static const struct StageDelivery *find(const struct Stage *stage, const char *id) {
        for (size_t i = 0; i < stage->n_deliveries; i++)
                if (text_equal(stage->deliveries[i].id, id))
                        return stage->deliveries + i;
        return NULL;
}

static bool is_about_us(const struct StageDelivery *delivery) {
        return text_starts_with(delivery->type, "watcher.");
}

static unsigned count_degraded(const struct Stage *stage) {
        unsigned n = 0;

        for (size_t i = 0; i < stage->n_deliveries; i++)
                n += text_equal(stage->deliveries[i].type, "watcher.degraded");
        return n;
}

static const char *compare_deliveries(const struct Life *life, const struct Life *expected) {
        static char problem[256];

        for (size_t i = 0; i < expected->stage.n_deliveries; i++) {
                const struct StageDelivery *want = expected->stage.deliveries + i;
                const struct StageDelivery *have = find(&life->stage, want->id);

                snprintf(problem, sizeof(problem), "%s of %s was delivered %u times", want->type,
                         want->subject, have ? have->count : 0);
                if (!have || (have->count > 1 && !restarted_meanwhile(life)) || have->count > 2)
                        return problem;
        }
        for (size_t i = 0; i < life->stage.n_deliveries; i++) {
                const struct StageDelivery *have = life->stage.deliveries + i;

                snprintf(problem, sizeof(problem), "%s of %s should not have been told", have->type,
                         have->subject);
                if (!is_about_us(have) && !find(&expected->stage, have->id))
                        return problem;
        }
        /* Begun and over, once each; nothing when one turn more than any other was all it took. */
        if (life->degraded && !restarted_meanwhile(life) && count_degraded(&life->stage) != 2) {
                snprintf(problem, sizeof(problem), "watcher.degraded was told %u times",
                         count_degraded(&life->stage));
                return problem;
        }
        return NULL;
}

static const char *compare(const struct Life *life, const struct Life *expected) {
        if (strcmp(life->verdicts, expected->verdicts) != 0)
                return "the ledger holds other verdicts";
        if (strcmp(life->stage.writes, expected->stage.writes) != 0)
                return "other rollbacks were sent";
        return compare_deliveries(life, expected);
}

static struct Life expected, life;

static void expect_life(enum FaultKind kind) {
        life_run(&expected, kind, UINT_MAX, false);
        life_read_ledger(&expected);
        ck_assert_str_eq(expected.stage.writes, "api->api:1 web->web:2 ");
}

static const struct {
        const char *name;
        enum FaultKind kind;
        bool for_a_while;
} ROWS[] = {
        {"full once", FAULT_FULL, false},   {"full for 40 s", FAULT_FULL, true},
        {"ioerr once", FAULT_IOERR, false}, {"ioerr for 40 s", FAULT_IOERR, true},
        {"busy once", FAULT_BUSY, false},   {"busy for 40 s", FAULT_BUSY, true},
};

static unsigned stride(void) {
        const char *text = getenv("ECSWATCH_DISK_STRIDE");

        return text ? (unsigned) MAX(atoi(text), 1) : STRIDE;
}

START_TEST(fails_at_every_point) {
        unsigned n, tried = 0;

        faults_register();
        expect_life(ROWS[_i].kind);
        /* What the reading at the end adds is no part of the life. */
        life_run(&life, ROWS[_i].kind, UINT_MAX, false);
        n = faults_count();
        ck_assert_uint_gt(n, 50);
        stage_done(&life.stage);

        for (unsigned at = 0; at < n; at += stride()) {
                const char *problem;

                life_run(&life, ROWS[_i].kind, at, ROWS[_i].for_a_while);
                life_read_ledger(&life);
                problem = compare(&life, &expected);
                ck_assert_msg(!problem,
                              "%s, operation %u of %u (failed at %llu s): %s\nhave %s\n%s\nwant "
                              "%s\n%s\n%s",
                              ROWS[_i].name, at, n,
                              (unsigned long long) ((life.failed_at - STAGE_EPOCH) / USEC_PER_SEC),
                              problem, life.stage.writes, life.verdicts, expected.stage.writes,
                              expected.verdicts, stage_log());
                stage_done(&life.stage);
                tried++;
        }
        printf("# %s: %u of %u failure points tried\n", ROWS[_i].name, tried, n);
        stage_done(&expected.stage);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("disk");
        tcase_set_timeout(tests, 3600);
        ADD_ROWS(fails_at_every_point, ROWS);
        return suite;
}
