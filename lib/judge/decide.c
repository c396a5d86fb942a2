/* SPDX-License-Identifier: Apache-2.0 */
/* Whether to act: what refuses for good is asked first (objection.c), then by which way and to what
 * (way.c), then what makes us wait, and whether we only say so. */
#include "judge/decide.h"

#include "base/text.h"
#include "judge/objection.h"
#include "judge/way.h"

static usec_t native_turn_ends(const struct Question *question) {
        const struct Judged *judged = question->judged;
        usec_t end = usec_add(judged->verdict_at, question->policy->judge.native_grace);

        if (judged->native_failed_since != USEC_UNKNOWN)
                end = MIN(end, usec_add(judged->native_failed_since, NATIVE_STANDSTILL));
        return end;
}

static bool ecs_goes_first(const struct Question *question, struct Decision *ret) {
        usec_t end = native_turn_ends(question);

        if (action_has_subject(question->kind) || question->policy->native == NATIVE_RACE ||
            !native_rollback_is_armed(question->judged->service) || question->now >= end)
                return false;

        ret->kind = DECISION_WAIT;
        ret->wait_until = end;
        return decision_object(
                ret->reason,
                "ECS's own rollback is configured and goes first; ours follows if nothing has happened by then");
}

/* Asked at once, so that a yes can be given while ECS goes first. */
static bool waits_for_approval(const struct Question *question, struct Decision *ret) {
        const struct Policy *policy = question->policy;
        usec_t end = usec_add(question->judged->verdict_at, policy->confirm_within);
        char text[TIME_TEXT_MAX];

        if (policy->mode != MODE_CONFIRM || question->history->approved_by)
                return false;
        if (question->now >= end) {
                ret->kind = DECISION_SKIP;
                return decision_object(
                        ret->reason,
                        "the policy's mode is confirm, and nobody approved it within %s",
                        duration_format(policy->confirm_within, text));
        }
        ret->kind = DECISION_WAIT;
        ret->wait_until = end;
        ret->wants_approval = true;
        return decision_object(
                ret->reason,
                "the policy's mode is confirm: it waits for `ecswatchctl approve` until %s",
                time_format_rfc3339(end, text));
}

/* When the platform fails, others follow: the first ones must not slip through the brake. */
static bool waits_for_others(const struct Question *question, struct Decision *ret) {
        const struct InhibitRule *rule = &question->history->inhibit;
        usec_t end = usec_add(question->judged->verdict_at, rule->hold);

        if (question->kind == ACTION_SCALE_OUT || rule->services == 0 ||
            !inhibit_rule_has(rule, question->judged->verdict->cause) || question->now >= end)
                return false;
        ret->kind = DECISION_WAIT;
        ret->wait_until = end;
        return decision_object(
                ret->reason,
                "cause %s may be the platform's: it waits whether other services fail like it (safety.inhibit.hold)",
                cause_name(question->judged->verdict->cause));
}

static bool only_tells(const struct Question *question, struct Decision *ret) {
        if (question->history->dry_run)
                decision_object(ret->reason, "the daemon runs with --dry-run");
        else if (question->policy->mode == MODE_OBSERVE)
                decision_object(ret->reason, "the policy's mode is observe");
        else
                return false;

        ret->kind = DECISION_WOULD;
        return true;
}

static void decide_when(const struct Question *question, struct Decision *ret) {
        ret->reason[0] = '\0';
        if (!only_tells(question, ret) && !waits_for_approval(question, ret) &&
            !waits_for_others(question, ret) && !ecs_goes_first(question, ret))
                ret->kind = DECISION_ACT;
}

static const struct PolicyEntry *entry_for(const struct Policy *policy,
                                           const struct Judged *judged) {
        const struct ServiceFacts *service = judged->service;

        switch (judged->verdict->kind) {
        case VERDICT_FAILED:
                return policy_entry_for(policy, ON_FAILED, judged->verdict->cause,
                                        service->strategy, service->name);
        case VERDICT_STALLED:
                return policy_entry_for(policy, ON_STALLED, judged->verdict->cause,
                                        service->strategy, service->name);
        case VERDICT_PROGRESSING:
        case VERDICT_SUCCEEDED:
        case VERDICT_SUPERSEDED:
        case VERDICT_REVERTED: break;
        }
        return NULL;
}

static bool asks_for_nothing(const struct PolicyEntry *entry) {
        return !entry || !entry->has_action ||
               (entry->action == ACTION_ROLLBACK && entry->rollback == ROLLBACK_NEVER);
}

enum DecideOutcome policy_decide(const struct Policy *policy, const struct Judged *judged,
                                 const struct History *history, usec_t now, struct Decision *ret) {
        const struct PolicyEntry *entry = entry_for(policy, judged);
        const struct Question question = {
                .policy = policy,
                .entry = entry,
                .judged = judged,
                .history = history,
                .kind = entry ? entry->action : ACTION_ROLLBACK,
                .now = now,
        };
        enum DecideOutcome outcome;

        *ret = (struct Decision) {.kind = DECISION_NOTHING, .method = ROLLBACK_NEVER};
        if (asks_for_nothing(question.entry))
                return DECIDED;

        ret->action = question.entry->action;
        if (ret->action == ACTION_ROLLBACK)
                ret->method = question.entry->rollback == ROLLBACK_AUTO ? ROLLBACK_UPDATE_SERVICE
                                                                        : question.entry->rollback;
        if (objection_found(&question, ret->reason)) {
                ret->kind = DECISION_SKIP;
                return DECIDED;
        }
        outcome = way_choose(&question, ret);
        if (outcome == DECIDED && ret->kind == DECISION_ACT)
                decide_when(&question, ret);
        return outcome;
}

const struct PolicyEntry *decision_entry(const struct Policy *policy, const struct Judged *judged,
                                         enum ActionKind kind) {
        const struct PolicyEntry *entry = entry_for(policy, judged);

        return asks_for_nothing(entry) || entry->action != kind ? NULL : entry;
}

bool decision_is_forbidden(const struct Policy *policy, const struct History *history,
                           enum ActionKind kind, char ret_reason[DECISION_REASON_MAX]) {
        const struct Question question = {.policy = policy, .history = history, .kind = kind};
        struct Decision would;

        if (only_tells(&question, &would)) {
                decision_object(ret_reason, "%s", would.reason);
                return true;
        }
        if (policy->mode == MODE_CONFIRM && !history->approved_by)
                return decision_object(
                        ret_reason, "the policy's mode is confirm by now, and nobody approved it");
        return objection_of_the_moment(&question, ret_reason);
}
