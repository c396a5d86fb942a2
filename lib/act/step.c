/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the protocol. The first row of the action's `until` whose condition holds is the
 * step; each `until` has a last row that always holds. */
#include "act/act.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "words/arn.h"

struct Question { /* all that a condition looks at */
        const struct ActionRecord *action;
        const struct Way *way;
        const struct Rollout *judged;
        const struct ActionSeen *seen;
        usec_t now;
};

typedef bool (*Condition)(const struct Question *q);
typedef void (*Explanation)(const struct Question *q, char reason[DECISION_REASON_MAX]);

static void explain(char reason[DECISION_REASON_MAX], const char *text) {
        size_t size = text_cut_utf8(text, MIN(strlen(text), (size_t) DECISION_REASON_MAX - 1));

        memcpy(reason, text, size);
        reason[size] = '\0';
}

static bool always(const struct Question *q) {
        (void) q;
        return true;
}

/* ---- the answer of a call ---- */

static bool is_accepted(const struct Question *q) {
        return q->seen->is_answer && q->seen->outcome == CALL_ACCEPTED;
}

static bool is_raced(const struct Question *q) {
        return q->seen->is_answer && q->seen->outcome == CALL_RACED;
}

static bool is_refused(const struct Question *q) {
        return q->seen->is_answer &&
               (q->seen->outcome == CALL_REFUSED || q->seen->outcome == CALL_CLOSED);
}

static bool is_closed_with_another_left(const struct Question *q) {
        return q->seen->is_answer && q->seen->outcome == CALL_CLOSED && q->action->falls_back &&
               q->way->left != ROLLBACK_NEVER;
}

static bool is_not_taken_by_answer(const struct Question *q) {
        return q->seen->is_answer && q->seen->outcome == CALL_NOT_TAKEN;
}

static bool is_uncertain(const struct Question *q) {
        return q->seen->is_answer && q->seen->outcome == CALL_UNCERTAIN;
}

static void explain_answer(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        explain(reason, text_or_empty(q->seen->text));
}

static void explain_race(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        bool is_rollback = q->action->kind == ACTION_ROLLBACK;

        snprintf(reason, DECISION_REASON_MAX,
                 "raced: deployment %.200s began between our last look and our call, and the %s %s",
                 text_or_empty(q->seen->overtaken), action_kind_name(q->action->kind),
                 is_rollback ? "took over from it; deploy it again if it is wanted"
                             : text_or_empty(q->way->undo));
}

/* ---- what an observation shows ---- */

/* Neither the one that led to the intent, nor one that began before the last call ended. */
static bool is_no_look(const struct Question *q) {
        return q->seen->asked_at <= MAX(q->action->intended_at, q->action->call_deadline);
}

static bool is_given_up(const struct Question *q) {
        return q->seen->given_up != NULL;
}

static void explain_given_up(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        explain(reason, q->seen->given_up);
}

static bool shows_nothing(const struct Question *q) {
        return q->seen->is_answer || !q->seen->service || !q->seen->primary;
}

static bool is_judged(const struct Question *q) {
        return text_equal(q->seen->primary, q->judged->deployment);
}

static bool took_effect(const struct Question *q) {
        return !shows_nothing(q) && !(q->way->has_subject && !q->seen->subject) &&
               q->way->took_effect(q->action, q->judged, q->seen);
}

static bool is_over(const struct Question *q) {
        return q->seen->over != NULL;
}

static void explain_over(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        explain(reason, q->seen->over);
}

static bool is_overtaken(const struct Question *q) {
        return !shows_nothing(q) && !is_judged(q);
}

/* Where the call leads is not to be seen at the service: the new one ends the looking. */
static void explain_overtaken(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        bool is_open = q->way->has_subject && q->action->calls > 0;

        snprintf(reason, DECISION_REASON_MAX, "another deployment took over%s%.200s",
                 is_open ? "; whether the call was carried out is not known: look at " : "",
                 is_open ? arn_short_name(q->action->target) : "");
}

static bool is_forbidden(const struct Question *q) {
        return q->seen->forbidden != NULL;
}

static void explain_forbidden(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        explain(reason, q->seen->forbidden);
}

static bool is_tried_enough(const struct Question *q) {
        return q->now > usec_add(q->action->intended_at, ACT_TRIED_FOR);
}

static bool is_gone(const struct Question *q) {
        const struct ServiceFacts *service = q->seen->service;

        return !service || !text_equal(service->status, "ACTIVE") ||
               service->created_at != q->judged->service_created_at;
}

static bool ecs_is_at_it(const struct Question *q) {
        return q->seen->ecs_rolls_back;
}

static bool has_recovered(const struct Question *q) {
        return q->seen->has_recovered;
}

static void explain_recovered(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        if (q->action->kind == ACTION_ROLLBACK)
                snprintf(reason, DECISION_REASON_MAX,
                         "the rollout has recovered meanwhile, so it is not taken back to %.200s",
                         text_or_empty(arn_short_name(q->action->target)));
        else
                explain(reason, "the rollout has recovered meanwhile, so nothing is changed");
}

static bool lacks_subject(const struct Question *q) {
        return q->way->has_subject && !q->seen->subject;
}

/* Sent now, it might undo what somebody else has set. */
static bool is_done_already(const struct Question *q) {
        return q->action->kind != ACTION_ROLLBACK && took_effect(q);
}

static bool is_in_use(const struct Question *q) {
        return q->way->is_in_use && !shows_nothing(q) && q->way->is_in_use(q->seen);
}

static bool is_in_use_for_long(const struct Question *q) {
        return is_in_use(q) && is_tried_enough(q);
}

static void explain_not_tried(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        snprintf(reason, DECISION_REASON_MAX, "ECS did not take the call for 10 minutes; %s",
                 q->way->by_hand);
}

static void explain_not_found(const struct Question *q, char reason[DECISION_REASON_MAX]) {
        snprintf(reason, DECISION_REASON_MAX,
                 "whether ECS took the %s cannot be found out; look at the service",
                 action_kind_name(q->action->kind));
}

static bool is_not_taken(const struct Question *q) {
        return is_judged(q) && q->seen->primary_since != USEC_UNKNOWN &&
               q->now >= usec_add(MAX(q->seen->primary_since, q->action->call_deadline),
                                  ACT_NOT_TAKEN_AFTER);
}

/* ---- the table ---- */

#define LOOKED (1 << UNTIL_LOOKED)
#define AGAIN (1 << UNTIL_LOOKED_AGAIN)
#define ANSWERED (1 << UNTIL_ANSWERED)
#define FOUND (1 << UNTIL_FOUND)
#define FOUND_TOLD (1 << UNTIL_FOUND_TOLD)
#define NOT_TOLD _EVENT_TYPE_COUNT

static const struct Row {
        unsigned untils;
        Condition holds;
        const char *seen; /* the condition, for people */
        enum StepKind kind;
        enum ActionUntil until; /* of what stays open */
        enum EventType event;
        const char *reason; /* for people, or `explains` gives it, or there is none */
        Explanation explains;
} TABLE[] = {
        /* A call is under way: nothing but its answer counts. */
        {ANSWERED, is_accepted, "the call is accepted", STEP_DONE, 0, NOT_TOLD, NULL, NULL},
        {ANSWERED, is_raced, "the call is accepted, and took over from a newer deployment",
         STEP_DONE, 0, EVENT_ROLLBACK_FAILED, NULL, explain_race},
        {ANSWERED, is_closed_with_another_left,
         "this way is closed (Conflict, UnsupportedFeature, access denied), and `auto` has another",
         STEP_LOOK, UNTIL_LOOKED, NOT_TOLD, NULL, explain_answer},
        {ANSWERED, is_refused, "the call is refused", STEP_FAILED, 0, EVENT_ROLLBACK_FAILED, NULL,
         explain_answer},
        {ANSWERED, is_not_taken_by_answer, "the call was not taken (throttled, 5xx, no connection)",
         STEP_LOOK, UNTIL_LOOKED, NOT_TOLD, NULL, explain_answer},
        {ANSWERED, is_uncertain, "the call left, and no usable answer came", STEP_LOOK, UNTIL_FOUND,
         NOT_TOLD, NULL, explain_answer},
        {ANSWERED, always, "anything else", STEP_WAIT, UNTIL_ANSWERED, NOT_TOLD, NULL, NULL},

        /* PRIMARY has changed. */
        {FOUND | FOUND_TOLD, took_effect, "PRIMARY is where the call leads", STEP_DONE, 0, NOT_TOLD,
         NULL, NULL},
        {LOOKED | AGAIN | FOUND | FOUND_TOLD, is_over,
         "the rollout is over (the service is deleted)", STEP_FAILED, 0, EVENT_ROLLBACK_SUPERSEDED,
         NULL, explain_over},
        {LOOKED | AGAIN | FOUND | FOUND_TOLD, is_overtaken, "PRIMARY is a third deployment",
         STEP_FAILED, 0, EVENT_ROLLBACK_SUPERSEDED, NULL, explain_overtaken},

        /* Nothing has left that may still take effect. */
        {LOOKED | AGAIN, is_given_up, "nothing more is begun (no longer watched)", STEP_SKIPPED, 0,
         EVENT_ROLLBACK_SKIPPED, NULL, explain_given_up},
        {LOOKED | AGAIN, is_no_look, "the observation began before the intent", STEP_LOOK,
         UNTIL_LOOKED, NOT_TOLD, NULL, NULL},
        {LOOKED | AGAIN, is_forbidden,
         "something forbids it by now (dry run, mode, hold, brake, budget)", STEP_SKIPPED, 0,
         EVENT_ROLLBACK_SKIPPED, NULL, explain_forbidden},
        {LOOKED | AGAIN, is_in_use_for_long,
         "something runs that it would stop (quiesce), 10 minutes after the intent", STEP_SKIPPED,
         0, EVENT_ROLLBACK_SKIPPED, "something of it was running whenever we looked", NULL},
        {LOOKED | AGAIN, is_tried_enough, "10 minutes have passed since the intent", STEP_FAILED, 0,
         EVENT_ROLLBACK_FAILED, NULL, explain_not_tried},
        {LOOKED | AGAIN, is_gone, "the service is gone", STEP_SKIPPED, 0, EVENT_ROLLBACK_SKIPPED,
         "the service is gone", NULL},
        {LOOKED | AGAIN, shows_nothing, "there is no PRIMARY", STEP_WAIT, UNTIL_LOOKED, NOT_TOLD,
         NULL, NULL},
        {LOOKED | AGAIN, ecs_is_at_it, "ECS rolls back by itself", STEP_SKIPPED, 0,
         EVENT_ROLLBACK_SKIPPED, "ECS itself has begun to roll it back", NULL},
        {LOOKED | AGAIN, has_recovered, "the rollout has met success meanwhile", STEP_SKIPPED, 0,
         EVENT_ROLLBACK_SKIPPED, NULL, explain_recovered},
        {LOOKED | AGAIN, lacks_subject, "what it changes cannot be seen (drain_host, scale_out)",
         STEP_WAIT, UNTIL_LOOKED, NOT_TOLD, NULL, NULL},
        {LOOKED | AGAIN, is_done_already, "what a remedy would do is done already", STEP_SKIPPED, 0,
         EVENT_ROLLBACK_SKIPPED, "it is done already", NULL},
        {LOOKED | AGAIN, is_in_use, "something runs that it would stop (quiesce)", STEP_WAIT,
         UNTIL_LOOKED, NOT_TOLD, NULL, NULL},
        {LOOKED, always, "PRIMARY is still the judged one", STEP_LOOK, UNTIL_LOOKED_AGAIN, NOT_TOLD,
         NULL, NULL},
        {AGAIN, always, "PRIMARY is still the judged one", STEP_CALL, UNTIL_ANSWERED, NOT_TOLD,
         NULL, NULL},

        /* A call has left. */
        {FOUND | FOUND_TOLD, is_not_taken,
         "PRIMARY is the judged one in every observation for 30 s after the call's deadline",
         STEP_LOOK, UNTIL_LOOKED, NOT_TOLD, NULL, NULL},
        {FOUND, is_tried_enough, "10 minutes have passed since the intent", STEP_TELL,
         UNTIL_FOUND_TOLD, EVENT_ROLLBACK_FAILED, NULL, explain_not_found},
        {FOUND, always, "anything else, or nothing", STEP_WAIT, UNTIL_FOUND, NOT_TOLD, NULL, NULL},
        {FOUND_TOLD, always, "anything else, or nothing", STEP_WAIT, UNTIL_FOUND_TOLD, NOT_TOLD,
         NULL, NULL},
};

static enum ActionState state_after(const struct Row *row, enum ActionState state) {
        switch (row->kind) {
        case STEP_DONE: return ACTION_DONE;
        case STEP_FAILED: return ACTION_FAILED;
        case STEP_SKIPPED: return ACTION_SKIPPED;
        case STEP_WAIT:
        case STEP_LOOK:
        case STEP_CALL:
        case STEP_TELL: break;
        }
        return row->until == UNTIL_FOUND && row->holds == is_uncertain ? ACTION_UNCERTAIN : state;
}

/* A remedy makes no rollout that would tell of it: its end is told here. */
static enum EventType event_of(const struct Row *row, enum ActionKind kind) {
        if (kind == ACTION_ROLLBACK)
                return row->event;
        if (row->event != NOT_TOLD)
                return EVENT_REMEDY_FAILED;
        return row->kind == STEP_DONE ? EVENT_REMEDY_SUCCEEDED : NOT_TOLD;
}

/* While the judged one is still PRIMARY, where the call leads has no id yet. */
static const char *leads_to(const struct Question *q) {
        const char *id = q->seen->is_answer ? q->seen->deployment
                         : is_judged(q)     ? NULL
                                            : q->seen->primary;

        return text_is_empty(id) ? NULL : id;
}

void action_step(const struct ActionRecord *action, enum ActionUntil until,
                 const struct Rollout *judged, const struct ActionSeen *seen, usec_t now,
                 struct Step *ret) {
        const struct Question question = {action, way_of(action->kind, action->method), judged,
                                          seen, now};
        const struct Row *row = TABLE;

        while (!(row->untils & (1u << until)) || !row->holds(&question))
                row++;

        *ret = (struct Step) {
                .kind = row->kind,
                .state = state_after(row, action->state),
                .until = row->until,
                .method = row->holds == is_closed_with_another_left ? question.way->left
                                                                    : action->method,
                .leads_to = leads_to(&question),
                .event = event_of(row, action->kind),
        };
        ret->is_told = ret->event != NOT_TOLD;
        if (row->explains)
                row->explains(&question, ret->reason);
        else if (row->reason)
                explain(ret->reason, row->reason);
        else if (ret->event == EVENT_REMEDY_SUCCEEDED)
                explain(ret->reason, text_or_empty(question.way->undo));
}

void action_apply(struct ActionRecord *action, enum ActionUntil *until, const struct Step *step,
                  usec_t now) {
        if (*until == UNTIL_ANSWERED && step->kind == STEP_LOOK && step->until == UNTIL_LOOKED)
                action->call_deadline = now; /* it has ended, and takes no effect any more */
        *until = step->until;
        action->state = step->state;
        action->method = step->method;
        switch (step->kind) {
        case STEP_CALL:
                action->calls++;
                action->call_deadline = usec_add(now, ACT_CALL_DEADLINE);
                break;
        case STEP_DONE:
                action->accepted_at = action->finished_at = now;
                action->resulting_deployment = step->leads_to;
                break;
        case STEP_FAILED:
        case STEP_SKIPPED:
                action->reason = step->reason;
                action->finished_at = now;
                break;
        case STEP_WAIT:
        case STEP_LOOK:
        case STEP_TELL: break;
        }
}

bool action_has_left(enum ActionUntil until) {
        return until > UNTIL_LOOKED_AGAIN;
}

enum ActionUntil action_restored(const struct ActionRecord *action) {
        return action->calls == 0 ? UNTIL_LOOKED : UNTIL_FOUND;
}

/* ---- for people ---- */

const char *action_until_name(enum ActionUntil until) {
        static const char *const names[] = {
                [UNTIL_LOOKED] = "looked",          [UNTIL_LOOKED_AGAIN] = "looked again",
                [UNTIL_ANSWERED] = "answered",      [UNTIL_FOUND] = "found",
                [UNTIL_FOUND_TOLD] = "found, told",
        };

        return names[until];
}

const char *step_kind_name(enum StepKind kind) {
        static const char *const names[] = {
                [STEP_WAIT] = "wait",       [STEP_LOOK] = "look", [STEP_CALL] = "call",
                [STEP_TELL] = "tell",       [STEP_DONE] = "done", [STEP_FAILED] = "failed",
                [STEP_SKIPPED] = "skipped",
        };

        return names[kind];
}

bool action_table_row(size_t row, struct StepRow *ret) {
        size_t used = 0;

        if (row >= ARRAY_SIZE(TABLE))
                return false;
        ret->until[0] = '\0';
        for (unsigned i = 0; i < _ACTION_UNTIL_COUNT; i++)
                if (TABLE[row].untils & (1u << i))
                        used += (size_t) snprintf(ret->until + used, sizeof(ret->until) - used,
                                                  "%s%s", used > 0 ? "; " : "",
                                                  action_until_name(i));
        ret->seen = TABLE[row].seen;
        ret->step = step_kind_name(TABLE[row].kind);
        return true;
}
