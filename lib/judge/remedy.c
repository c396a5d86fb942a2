/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/remedy.h"

#include "base/macros.h"
#include "base/text.h"
#include "words/arn.h"

/* ---- drain_host ---- */

/* What we drain may still be shown as ACTIVE; after that long it was set to ACTIVE again. */
#define DRAIN_SHOWS_WITHIN (15 * USEC_PER_MINUTE)

static bool was_done(const struct RemedyQuestion *question, enum ActionKind kind,
                     const char *target, usec_t within) {
        const struct History *history = question->history;

        for (size_t i = 0; i < history->n_remedies; i++)
                if (history->remedies[i].kind == kind &&
                    text_equal(history->remedies[i].target, target) &&
                    question->now < usec_add(history->remedies[i].at, within))
                        return true;
        return false;
}

static bool is_being_drained(const struct RemedyQuestion *question, const char *instance) {
        return was_done(question, ACTION_DRAIN_HOST, instance, DRAIN_SHOWS_WITHIN);
}

static unsigned count_others(const struct RemedyQuestion *question) {
        const struct HostFacts *host = &question->subject->host;
        unsigned n = 0;

        for (size_t i = 0; i < host->n_active; i++)
                n += !text_equal(host->active[i], question->target) &&
                     !is_being_drained(question, host->active[i]);
        return n;
}

static bool drain_is_refused(const struct RemedyQuestion *question,
                             char reason[DECISION_REASON_MAX]) {
        const struct HostFacts *host = &question->subject->host;
        const char *name = arn_short_name(question->target);
        unsigned others = count_others(question);

        if (!host->status)
                return decision_object(reason, "container instance %s is gone", name);
        if (!text_equal(host->status, "ACTIVE"))
                return decision_object(reason, "container instance %s is %s already", name,
                                       host->status);
        if (is_being_drained(question, question->target))
                return decision_object(reason, "container instance %s is being drained already",
                                       name);
        if (others < question->entry->drain_host.keep)
                return decision_object(
                        reason,
                        "draining container instance %s would leave %u others, and `keep` is %u",
                        name, others, question->entry->drain_host.keep);
        return false;
}

/* ---- scale_out ---- */

static bool is_cooling_down(const struct RemedyQuestion *question) {
        return was_done(question, ACTION_SCALE_OUT, question->target,
                        question->entry->scale_out.cooldown);
}

static bool scale_is_refused(const struct RemedyQuestion *question, uint64_t *ret_amount,
                             char reason[DECISION_REASON_MAX]) {
        const struct ScaleOut *scale = &question->entry->scale_out;
        const struct GroupFacts *group = &question->subject->group;
        uint64_t most = MIN((uint64_t) scale->most, group->most);
        char text[TIME_TEXT_MAX];

        if (!group->is_there)
                return decision_object(reason, "there is no Auto Scaling group %s",
                                       question->target);
        if (group->in_service < group->desired)
                return decision_object(reason, "%s already waits for %llu of %llu instances",
                                       question->target,
                                       (unsigned long long) (group->desired - group->in_service),
                                       (unsigned long long) group->desired);
        if (group->desired >= most)
                return decision_object(
                        reason, "%s desires %llu instances, and at most %llu are allowed (%s)",
                        question->target, (unsigned long long) group->desired,
                        (unsigned long long) most,
                        most == group->most ? "the group's own maximum" : "scale_out.max");
        if (is_cooling_down(question))
                return decision_object(reason, "%s was scaled out less than %s ago",
                                       question->target, duration_format(scale->cooldown, text));
        *ret_amount = MIN(group->desired + scale->by, most);
        return false;
}

bool remedy_is_refused(const struct RemedyQuestion *question, uint64_t *ret_amount,
                       char ret_reason[DECISION_REASON_MAX]) {
        *ret_amount = 0;
        switch (question->entry->action) {
        case ACTION_DRAIN_HOST: return drain_is_refused(question, ret_reason);
        case ACTION_SCALE_OUT: return scale_is_refused(question, ret_amount, ret_reason);
        case ACTION_ROLLBACK:
        case ACTION_QUIESCE:
        case _ACTION_KIND_COUNT: break;
        }
        return false;
}
