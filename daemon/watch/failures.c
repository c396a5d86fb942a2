/* SPDX-License-Identifier: Apache-2.0 */
/* What fails, for the brake: attempts of the watched rollout, and what events say of any service,
 * also of one that deploys nothing. */
#include "base/text.h"
#include "daemon/watch/internal.h"
#include "judge/classify.h"

/* A rollout that was called failed long ago goes on failing: no news, unless it is the platform. */
static bool is_news(const struct Watch *watch, enum Cause cause, usec_t at) {
        const struct InhibitRule *rule = &watch->world->config->inhibit;

        return inhibit_rule_has(rule, cause) || watch->record.verdict != VERDICT_FAILED ||
               at <= usec_add(watch->record.verdict_at, rule->within);
}

static void note(struct Watch *watch, enum Cause cause, usec_t at) {
        if (is_news(watch, cause, at))
                inhibit_note(watch->world, watch->record.rollout.service_arn, cause, at);
}

void watch_note_failure(struct Watch *watch, const struct AttemptRow *row) {
        enum Cause cause = classify_attempt(row);

        if (cause != CAUSE_NONE && !cause_is_neutral(cause))
                note(watch, cause, MAX(row->stopping_at, row->stopped_at));
}

void watch_note_events(struct Watch *watch, usec_t now) {
        const struct ServiceFacts *service = &watch->facts->service;
        usec_t since = watch->events_until, until = since;

        if (since == USEC_UNKNOWN)
                since = usec_sub(now, watch->world->config->inhibit.within);
        for (size_t i = 0; i < service->n_events; i++) {
                const struct ServiceEvent *event = service->events + i;
                enum Cause cause;

                if (event->created_at <= since)
                        continue;
                until = MAX(until, event->created_at);
                cause = classify_text(TEXT_EVENT, event->message);
                if (cause_is_verdict_cause(cause) && !cause_is_neutral(cause) && watch->record.id)
                        note(watch, cause, event->created_at);
        }
        watch->events_until = MAX(until, since);
}
