/* SPDX-License-Identifier: Apache-2.0 */
/* Remedies of a host and of a group: when they are decided for, and what refuses them. */
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "judge/decide.h"
#include "judge/remedy.h"

#define CI(n) "arn:aws:ecs:us-east-1:123456789012:container-instance/c/" n
#define T0 (1000 * USEC_PER_DAY)
#define S(n) (T0 + (n) *USEC_PER_SEC)

enum Remark {
        SCALES = 1 << 0, /* else it drains */
        NO_HOST = 1 << 1,
        NOT_ASKED = 1 << 2,
        UNSEEN = 1 << 3,
        LONG_UNSEEN = 1 << 4,
        BRAKE = 1 << 5,
        HELD = 1 << 6,
        OBSERVE = 1 << 7,
        EXTERNAL = 1 << 8,
        ARMED = 1 << 9,
        NAMED = 1 << 10, /* the entry's `when` names the cause */
        ROLLED_BACK = 1 << 11,
        CONFIRM = 1 << 12,
};

static const struct {
        const char *name;
        int remarks;
        enum Cause cause;
        enum DecideOutcome outcome;
        enum DecisionKind kind;
        const char *reason; /* a part; NULL: none */
} DECISIONS[] = {
        {"disk full", 0, CAUSE_DISK_FULL, DECIDED, DECISION_ACT, NULL},
        {"host bad", 0, CAUSE_HOST_BAD, DECIDED, DECISION_ACT, NULL},
        {"a bug", 0, CAUSE_APP_EXIT, DECIDED, DECISION_SKIP, "is not what the remedy is for"},
        {"a bug, named", NAMED, CAUSE_APP_EXIT, DECIDED, DECISION_ACT, NULL},
        {"no host is blamed", NAMED | NO_HOST, CAUSE_UNKNOWN, DECIDED, DECISION_SKIP,
         "blames no container instance"},
        {"not asked yet", NOT_ASKED, CAUSE_HOST_BAD, DECIDE_ASK_SUBJECT, DECISION_WAIT,
         "asking how a stands"},
        {"unseen", UNSEEN, CAUSE_HOST_BAD, DECIDED, DECISION_WAIT, "a cannot be seen: denied"},
        {"unseen for long", UNSEEN | LONG_UNSEEN, CAUSE_HOST_BAD, DECIDED, DECISION_SKIP,
         "a cannot be seen: denied"},
        {"the brake", BRAKE, CAUSE_HOST_BAD, DECIDED, DECISION_SKIP, "for now"},
        {"a hold", HELD, CAUSE_HOST_BAD, DECIDED, DECISION_SKIP, "held"},
        {"observe", OBSERVE, CAUSE_HOST_BAD, DECIDED, DECISION_WOULD, "observe"},
        {"confirm", CONFIRM, CAUSE_HOST_BAD, DECIDED, DECISION_WAIT, "ecswatchctl approve"},
        {"another controller owns the service, not the host", EXTERNAL, CAUSE_HOST_BAD, DECIDED,
         DECISION_ACT, NULL},
        {"ECS's own rollback frees no host", ARMED, CAUSE_DISK_FULL, DECIDED, DECISION_ACT, NULL},
        {"rolled back before", ROLLED_BACK, CAUSE_HOST_BAD, DECIDED, DECISION_ACT, NULL},
        {"capacity", SCALES, CAUSE_CAPACITY, DECIDED, DECISION_ACT, NULL},
        {"capacity, the brake", SCALES | BRAKE, CAUSE_CAPACITY, DECIDED, DECISION_ACT, NULL},
        {"capacity, a hold", SCALES | HELD, CAUSE_CAPACITY, DECIDED, DECISION_SKIP, "held"},
        {"no capacity", SCALES, CAUSE_DISK_FULL, DECIDED, DECISION_SKIP, "what the remedy is for"},
};

static void decide(int remarks, enum Cause cause, enum DecideOutcome *ret_outcome,
                   struct Decision *ret) {
        static const char *const active[] = {CI("a"), CI("b"), CI("c")};
        const struct SubjectFacts subject = {
                .host = {.arn = CI("a"), .status = "ACTIVE", .active = active, .n_active = 3},
                .group = {true, 3, 9, 3},
        };
        struct PolicyEntry entry = {
                .has_action = true,
                .action = remarks & SCALES ? ACTION_SCALE_OUT : ACTION_DRAIN_HOST,
                .drain_host = {.keep = 2},
                .scale_out = {.group = "g", .by = 1, .most = 10, .cooldown = USEC_PER_MINUTE},
                .when = {.causes = &cause, .n_causes = remarks & NAMED ? 1 : 0},
        };
        struct Policy policy = {
                .mode = remarks & OBSERVE   ? MODE_OBSERVE
                        : remarks & CONFIRM ? MODE_CONFIRM
                                            : MODE_ENFORCE,
                .confirm_within = USEC_PER_HOUR,
                .judge = judge_rule_default(),
                .on[ON_FAILED] = {&entry, 1},
        };
        struct Verdict verdict = {.kind = VERDICT_FAILED, .cause = cause};
        const struct Rollout rollout = {.deployment = "ecs-svc/2", .started_at = S(0)};
        const struct ServiceFacts service = {
                .name = "web",
                .controller = remarks & EXTERNAL ? CONTROLLER_EXTERNAL : CONTROLLER_ECS,
                .breaker_enabled = true,
                .breaker_rollback = remarks & ARMED,
        };
        const struct Judged judged = {
                .rollout = &rollout,
                .verdict = &verdict,
                .verdict_at = S(100),
                .service = &service,
                .subject_asked = !(remarks & NOT_ASKED),
                .subject = remarks & UNSEEN ? NULL : &subject,
                .subject_problem = "denied",
        };
        struct History history = {
                .per_service = 2,
                .per_fleet = 10,
                .inhibit = inhibit_rule_default(),
                .inhibited = remarks & BRAKE ? "not for now" : NULL,
                .held = remarks & HELD ? "held by alice" : NULL,
        };

        if (!(remarks & (NO_HOST | SCALES)))
                strcpy(verdict.instance, CI("a"));
        history.already_acted[ACTION_ROLLBACK] = remarks & ROLLED_BACK;
        *ret_outcome = policy_decide(&policy, &judged, &history,
                                     remarks & LONG_UNSEEN ? S(700) : S(200), ret);
}

START_TEST(decides_for_what_it_is_meant) {
        enum DecideOutcome outcome;
        struct Decision got;

        decide(DECISIONS[_i].remarks, DECISIONS[_i].cause, &outcome, &got);
        ck_assert_msg(outcome == DECISIONS[_i].outcome && got.kind == DECISIONS[_i].kind,
                      "%s: %s (%s)", DECISIONS[_i].name, decision_kind_name(got.kind), got.reason);
        ck_assert_msg(DECISIONS[_i].reason ? strstr(got.reason, DECISIONS[_i].reason) != NULL
                                           : got.reason[0] == '\0',
                      "%s: '%s'", DECISIONS[_i].name, got.reason);
        if (got.kind == DECISION_ACT) {
                ck_assert_str_eq(got.target, DECISIONS[_i].remarks & SCALES ? "g" : CI("a"));
                ck_assert_uint_eq(got.amount, DECISIONS[_i].remarks & SCALES ? 4 : 0);
        }
}
END_TEST

/* ---- what is asked at every look ---- */

static const struct {
        const char *name;
        const char *status; /* of host a; NULL: gone */
        size_t n_active;    /* of a, b, c, d */
        struct PastRemedy past;
        const char *refused; /* a part; NULL: it is not */
} DRAINS[] = {
        {"two others", "ACTIVE", 3, {}, NULL},
        {"one other", "ACTIVE", 2, {}, "would leave 1 others, and `keep` is 2"},
        {"gone", NULL, 3, {}, "a is gone"},
        {"draining", "DRAINING", 3, {}, "a is DRAINING already"},
        {"ours drains, and is shown as ACTIVE",
         "ACTIVE",
         4,
         {ACTION_DRAIN_HOST, CI("a"), S(100)},
         "is being drained already"},
        {"another one of ours drains, and is shown as ACTIVE",
         "ACTIVE",
         3,
         {ACTION_DRAIN_HOST, CI("b"), S(100)},
         "would leave 1 others"},
        {"another one drained long ago, and is back",
         "ACTIVE",
         3,
         {ACTION_DRAIN_HOST, CI("b"), S(-1000)},
         NULL},
};

START_TEST(keeps_so_many_hosts) {
        static const char *const active[] = {CI("a"), CI("b"), CI("c"), CI("d")};
        const struct PolicyEntry entry = {.action = ACTION_DRAIN_HOST, .drain_host = {.keep = 2}};
        const struct SubjectFacts subject = {
                .host = {CI("a"), DRAINS[_i].status, "i-1", active, DRAINS[_i].n_active}};
        const struct History history = {.remedies = &DRAINS[_i].past,
                                        .n_remedies = DRAINS[_i].past.target ? 1 : 0};
        const struct RemedyQuestion question = {&entry, CI("a"), &subject, &history, S(200)};
        char reason[DECISION_REASON_MAX] = "";
        uint64_t amount;
        bool refused = remedy_is_refused(&question, &amount, reason);

        ck_assert_msg(refused == (DRAINS[_i].refused != NULL) &&
                              (!refused || strstr(reason, DRAINS[_i].refused)),
                      "%s: '%s'", DRAINS[_i].name, reason);
}
END_TEST

static const struct {
        const char *name;
        struct GroupFacts group;
        struct PastRemedy past;
        const char *refused;
        uint64_t amount;
} SCALE[] = {
        {"by two", {true, 3, 20, 3}, {}, NULL, 5},
        {"up to max", {true, 7, 20, 7}, {}, NULL, 8},
        {"at max", {true, 8, 20, 8}, {}, "at most 8 are allowed (scale_out.max)", 0},
        {"up to the group's own", {true, 3, 4, 3}, {}, NULL, 4},
        {"at the group's own", {true, 4, 4, 4}, {}, "4 are allowed (the group's own maximum)", 0},
        {"they are coming", {true, 5, 20, 3}, {}, "g already waits for 2 of 5 instances", 0},
        {"none", {}, {}, "there is no Auto Scaling group g", 0},
        {"just before",
         {true, 3, 20, 3},
         {ACTION_SCALE_OUT, "g", S(-399)},
         "less than 10 min ago",
         0},
        {"cooled down", {true, 3, 20, 3}, {ACTION_SCALE_OUT, "g", S(-400)}, NULL, 5},
        {"another group", {true, 3, 20, 3}, {ACTION_SCALE_OUT, "h", S(100)}, NULL, 5},
};

START_TEST(scales_so_far) {
        const struct PolicyEntry entry = {.action = ACTION_SCALE_OUT,
                                          .scale_out = {"g", .by = 2, .most = 8,
                                                        .cooldown = 10 * USEC_PER_MINUTE}};
        const struct SubjectFacts subject = {.group = SCALE[_i].group};
        const struct History history = {.remedies = &SCALE[_i].past,
                                        .n_remedies = SCALE[_i].past.target ? 1 : 0};
        const struct RemedyQuestion question = {&entry, "g", &subject, &history, S(200)};
        char reason[DECISION_REASON_MAX] = "";
        uint64_t amount;
        bool refused = remedy_is_refused(&question, &amount, reason);

        ck_assert_msg(refused == (SCALE[_i].refused != NULL) &&
                              (!refused || strstr(reason, SCALE[_i].refused)),
                      "%s: '%s'", SCALE[_i].name, reason);
        if (!refused)
                ck_assert_uint_eq(amount, SCALE[_i].amount);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("remedy");
        ADD_ROWS(decides_for_what_it_is_meant, DECISIONS);
        ADD_ROWS(keeps_so_many_hosts, DRAINS);
        ADD_ROWS(scales_so_far, SCALE);
        return suite;
}
