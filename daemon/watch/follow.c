/* SPDX-License-Identifier: Apache-2.0 */
/* PRIMARY has changed, or the service is gone: what that ends and begins, in its order. */
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "daemon/watch/acting.h"

void watch_end_superseded(struct Watch *watch, usec_t now, const char *reason) {
        struct Change change = {.has_verdict = true, .verdict = VERDICT_SUPERSEDED};

        if (!watch->record.id || watch->record.ended_at != USEC_UNKNOWN || !watch->facts)
                return;
        snprintf(change.reason, sizeof(change.reason), "%s", reason);
        watch_rollout_over(watch, now, reason);
        watch_end_by_change(watch, &change, now);
        evidence_free(TAKE_PTR(watch->evidence));
}

/* Only what was decided, or proven, ends judging for good. */
static bool ended_undecided(const struct RolloutRecord *record) {
        if (!record->id || record->ended_at == USEC_UNKNOWN)
                return false;
        switch (record->verdict) {
        case VERDICT_PROGRESSING:
        case VERDICT_STALLED:
        case VERDICT_SUPERSEDED: return true;
        case VERDICT_SUCCEEDED: return record->last_good_at == USEC_UNKNOWN && !record->unproven;
        case VERDICT_FAILED:
        case VERDICT_REVERTED: break;
        }
        return false;
}

static bool is_primary(const struct Watch *watch) {
        return watch->record.id && text_equal(change_primary_id(&watch->facts->service),
                                              watch->record.rollout.deployment);
}

static int watch_apply(struct Watch *watch, const struct Change *change, bool seen, usec_t now) {
        int r;

        switch (change->outcome) {
        case CHANGE_NONE:
                r = is_primary(watch) && ended_undecided(&watch->record)
                            ? watch_reopen(watch, "was not decided and goes on")
                            : 0;
                return r < 0 ? r : 1;
        case CHANGE_WAIT: return 0;
        case CHANGE_GONE:
                watch_end_superseded(watch, now,
                                     change->reason[0] != '\0' ? change->reason : "deleted");
                return 0;
        case CHANGE_OTHER_SERVICE:
                watch_end_superseded(watch, now, change->reason);
                watch_forget_rollout(watch);
                return watch_follow(watch, &watch->facts->service, now);
        case CHANGE_NEW_ROLLOUT:
        case CHANGE_ADOPTED:
                watch_primary_changed(watch, now);
                watch_end_by_change(watch, change, now);
                r = watch_begin(watch, change, seen, now);
                return r < 0 ? r : 1;
        }
        return -EINVAL;
}

static int follow(struct Watch *watch, const struct ServiceFacts *service, bool seen, usec_t now) {
        struct Change change;
        int r;

        r = watch_decide_change(watch, service, now, &change);
        return r < 0 ? r : watch_apply(watch, &change, seen, now);
}

int watch_follow(struct Watch *watch, const struct ServiceFacts *service, usec_t now) {
        return follow(watch, service, true, now);
}

int watch_follow_unseen(struct Watch *watch, const struct ServiceFacts *as_it_was, usec_t now) {
        return follow(watch, as_it_was, false, now);
}
