/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision may know of the past: an explicit value, loaded from the ledger. */
#include <errno.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/ledger/candidates.h"
#include "daemon/ledger/holds.h"
#include "daemon/watch/acting.h"
#include "judge/target.h"

/* Or may still. */
static bool has_taken_effect(const struct ActionRecord *action) {
        return action->accepted_at != USEC_UNKNOWN || action->state == ACTION_DONE ||
               action_is_open(action);
}

/* But for the one that is open: it is what is decided or called about. */
static int load_already_acted(const struct Watch *watch, struct Arena *arena,
                              bool ret[_ACTION_KIND_COUNT]) {
        struct ActionRecord *actions;
        size_t n;
        int r;

        r = ledger_load_actions(watch->world->ledger,
                                &(struct ActionQuery) {.rollout_id = watch->record.id}, arena,
                                &actions, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (actions[i].id != watch->work->action.id && has_taken_effect(actions + i))
                        ret[actions[i].kind] = true;
        return 0;
}

/* The open action is counted in the ledger: it does not stand in its own way. */
static void leave_out_own_action(const struct Watch *watch, struct History *history) {
        if (!watch->work->action.id)
                return;
        history->accepted_of_service -= history->accepted_of_service > 0;
        history->accepted_of_fleet -= history->accepted_of_fleet > 0;
}

/* Why nothing may be changed, or NULL. */
static int load_hold(struct Watch *watch, struct Arena *arena, const char **ret) {
        usec_t now = clock_realtime();
        char text[HOLD_TEXT_MAX];
        const struct Hold *hold;
        struct Hold *holds;
        size_t n;
        int r;

        r = ledger_load_holds(watch->world->ledger, now, arena, &holds, &n);
        if (r < 0)
                return r;
        hold = hold_find(holds, n, watch->cluster->name, watch->name, now);
        *ret = hold ? arena_copy(arena, hold_format(hold, text)) : NULL;
        return hold && !*ret ? -ENOMEM : 0;
}

static int load_remedies(const struct Watch *watch, struct Arena *arena, usec_t now,
                         struct History *ret) {
        const struct ActionQuery query = {.since = usec_sub(now, REMEDIES_WITHIN),
                                          .only_remedies = true};
        struct PastRemedy *remedies;
        struct ActionRecord *actions;
        size_t n;
        int r;

        r = ledger_load_actions(watch->world->ledger, &query, arena, &actions, &n);
        if (r < 0)
                return r;
        remedies = arena_alloc_array(arena, n, sizeof(remedies[0]));
        if (!remedies)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (actions[i].id != watch->work->action.id)
                        remedies[ret->n_remedies++] = (struct PastRemedy) {
                                .kind = actions[i].kind,
                                .target = actions[i].target,
                                .at = actions[i].intended_at,
                        };
        ret->remedies = remedies;
        return 0;
}

/* Last of all; what failed here is not good for ECS's having completed it. */
static int add_candidate(struct Arena *arena, struct TargetCandidate **candidates, size_t *n,
                         const struct TargetCandidate *one) {
        struct TargetCandidate *all = arena_alloc_array(arena, *n + 1, sizeof(all[0]));

        if (!all)
                return -ENOMEM;
        all[*n] = *one;
        for (size_t i = 0; i < *n; i++) {
                all[i] = (*candidates)[i];
                if (text_equal(all[i].task_definition, one->task_definition))
                        all[*n].failed_under_us |= all[i].failed_under_us;
        }
        *candidates = all;
        (*n)++;
        return 0;
}

int watch_load_history(struct Watch *watch, struct Arena *arena, usec_t now, struct History *ret) {
        const struct Config *config = watch->world->config;
        usec_t since = usec_sub(now, config->rollback.within);
        struct TargetCandidate *candidates, by_ecs;
        int r;

        *ret = (struct History) {
                .per_service = config->rollback.per_service,
                .per_fleet = config->rollback.per_fleet,
                .within = config->rollback.within,
                .max_age = config->rollback.max_age,
                .dry_run = watch->world->dry_run,
                .inhibit = config->inhibit,
                .inhibited = inhibit_reason(watch->world, watch->record.rollout.service_arn),
                .approved_by = watch->record.approved_by,
        };
        r = load_already_acted(watch, arena, ret->already_acted);
        if (r >= 0)
                r = ledger_load_candidates(watch->world->ledger, watch->record.id, arena,
                                           &candidates, &ret->n_candidates);
        if (r >= 0)
                r = ledger_count_actions(watch->world->ledger, watch->record.rollout.service_arn,
                                         since, &ret->accepted_of_service);
        if (r >= 0)
                r = ledger_count_actions(watch->world->ledger, NULL, since,
                                         &ret->accepted_of_fleet);
        if (r >= 0)
                r = load_hold(watch, arena, &ret->held);
        if (r < 0)
                return r;

        ret->past_asked = watch->work->past_asked;
        ret->past_problem = watch->work->past_problem[0] != '\0' ? watch->work->past_problem : NULL;
        if (target_by_ecs(watch->work->past, watch->work->n_past, &watch->record.rollout,
                          &by_ecs)) {
                r = add_candidate(arena, &candidates, &ret->n_candidates, &by_ecs);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < ret->n_candidates; i++)
                for (size_t k = 0; k < watch->work->n_statuses; k++)
                        if (text_equal(candidates[i].task_definition,
                                       watch->work->statuses[k].task_definition))
                                candidates[i].status = watch->work->statuses[k].status;
        ret->candidates = candidates;
        r = load_remedies(watch, arena, now, ret);
        if (r < 0)
                return r;
        leave_out_own_action(watch, ret);
        return 0;
}
