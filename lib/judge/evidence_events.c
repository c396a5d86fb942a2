/* SPDX-License-Identifier: Apache-2.0 */
/* From a service's events to signals. Each answer brings most of the last one's events again, so
 * what each means is read once and kept until the next answer. */
#include <errno.h>
#include <stdlib.h>

#include "judge/evidence_fields.h"

/* FNV-1a; two events of one service with the same hash do not happen. */
static uint64_t hash(const char *id) {
        uint64_t ret = UINT64_C(0xcbf29ce484222325);

        for (; *id; id++)
                ret = (ret ^ (unsigned char) *id) * UINT64_C(0x100000001b3);
        return ret;
}

static int by_id(const void *a, const void *b) {
        uint64_t x = ((const struct ReadEvent *) a)->id, y = ((const struct ReadEvent *) b)->id;

        return (x > y) - (x < y);
}

static enum SignalMeaning read_event(const struct Evidence *evidence,
                                     const struct ServiceEvent *event, uint64_t id) {
        const struct ReadEvent key = {.id = id};
        const struct ReadEvent *before = evidence->n_read > 0
                                                 ? bsearch(&key, evidence->read, evidence->n_read,
                                                           sizeof(struct ReadEvent), by_id)
                                                 : NULL;
        enum Cause cause;
        bool names;

        return before ? before->meaning
                      : signal_meaning(evidence, &(struct SignalRow) {.message = event->message},
                                       &cause, &names);
}

/* Whether an event is worth keeping: all that tells of the rollout's time, and of the time before
 * only trouble that nothing has cleared, because ECS does not repeat it for up to six hours. */
static bool is_kept(const struct Evidence *evidence, const struct ServiceFacts *service,
                    const struct ReadEvent *events, size_t index) {
        usec_t at = service->events[index].created_at;
        enum SignalMeaning meaning = events[index].meaning;

        if (meaning == SIGNAL_NOTHING)
                return false;
        if (meaning == SIGNAL_CLEARS) {
                for (size_t i = 0; i < evidence->n_signals; i++)
                        if (evidence->signals[i]->meaning != SIGNAL_CLEARS &&
                            evidence->signals[i]->meaning != SIGNAL_NATIVE &&
                            evidence->signals[i]->row.created_at <= at)
                                return true;
                return false;
        }
        if (at >= evidence->started_at)
                return true;
        if (meaning != SIGNAL_TROUBLE)
                return false;
        for (size_t i = 0; i < service->n_events; i++)
                if (service->events[i].created_at > at && events[i].meaning == SIGNAL_CLEARS)
                        return false;
        return true;
}

static int fold_events(struct Evidence *evidence, const struct ServiceFacts *service,
                       const struct ReadEvent *events, bool clears) {
        int r;

        for (size_t i = 0; i < service->n_events; i++) {
                const struct ServiceEvent *event = &service->events[i];
                struct SignalRow row = {event->id, event->message, event->created_at};

                if ((events[i].meaning == SIGNAL_CLEARS) != clears ||
                    !is_kept(evidence, service, events, i))
                        continue;
                r = evidence_fold_signal(evidence, &row, true);
                if (r < 0)
                        return r;
        }
        return 0;
}

int evidence_add_events(struct Evidence *evidence, const struct ServiceFacts *service) {
        _cleanup_free_ struct ReadEvent *events = calloc(service->n_events + 1, sizeof(*events));
        int r;

        if (!events)
                return -ENOMEM;
        for (size_t i = 0; i < service->n_events; i++) {
                const struct ServiceEvent *event = &service->events[i];

                if (!event->id || !event->message)
                        continue; /* means nothing */
                events[i].id = hash(event->id);
                events[i].meaning = read_event(evidence, event, events[i].id);
        }
        /* Trouble first: what clears it is kept only besides it. */
        r = fold_events(evidence, service, events, false);
        if (r >= 0)
                r = fold_events(evidence, service, events, true);
        if (r < 0)
                return r;

        qsort(events, service->n_events, sizeof(*events), by_id);
        free(evidence->read);
        evidence->read = TAKE_PTR(events);
        evidence->n_read = service->n_events;
        return 0;
}
