/* SPDX-License-Identifier: Apache-2.0 */
/* How often ECS is asked about a service, and before which others: by what is open. */
#include "daemon/watch/internal.h"

/* Judging costs calls: after the verdict of a failed or stalled rollout its recovery can wait for
 * the idle pace. */
static bool is_undecided(const struct Watch *watch) {
        if (!watch->work)
                return false;
        if (watch->work->pending.id[0] != '\0' || watch->work->deciding != DECIDES_NOTHING ||
            watch->work->action.id > 0)
                return true;
        if (watch->record.vacuous && watch->work->has_verdict &&
            watch->work->verdict.counts.desired == 0)
                return false; /* scaled to zero: nothing to judge until that changes */
        return watch->evidence && watch->record.verdict != VERDICT_FAILED &&
               watch->record.verdict != VERDICT_STALLED;
}

/* A call is to be made as soon as the next look agrees, or the next look decides about one. */
static bool is_about_to_act(const struct Watch *watch) {
        const struct WatchWork *work = watch->work;

        if (work->action.id > 0)
                return !action_has_left(work->action_until);
        return work->deciding == DECIDES ||
               (work->deciding == DECIDES_TOLD && watch->record.approved_by);
}

void watch_set_pace(struct Watch *watch) {
        struct PollPace pace = {watch->settings.idle, URGENCY_IDLE};

        if (is_undecided(watch))
                pace = (struct PollPace) {
                        .interval = watch->settings.active,
                        .urgency = is_about_to_act(watch) ? URGENCY_ACTION : URGENCY_JUDGING,
                };
        poll_service_set_pace(watch->poll, &pace);
}

void watch_look(struct Watch *watch) {
        watch_set_pace(watch);
        poll_service_make_due(watch->poll);
}
