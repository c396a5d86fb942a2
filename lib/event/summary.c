/* SPDX-License-Identifier: Apache-2.0 */
/* One line for people: what happened, to what, and why; a row a type. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "event/event.h"
#include "event/text.h"
#include "words/arn.h"

/* %S service, %C cluster, %H container instance, %T the judged task definition, %P the previous
 * one, %G where the rollback goes, %A the action, %O " of " and what it changes, %B who rolls back,
 * %V the verdict's own sentence, %R ": " and the reason or detail where there is one.
 */
static const char *const TEMPLATES[_EVENT_TYPE_COUNT] = {
        [EVENT_DEPLOYMENT_STARTED] = "%S: deployment of %T started%R",
        [EVENT_DEPLOYMENT_SUCCEEDED] = "%V",
        [EVENT_DEPLOYMENT_FAILED] = "%V",
        [EVENT_DEPLOYMENT_STALLED] = "%V",
        [EVENT_DEPLOYMENT_SUPERSEDED] = "%S: deployment of %T was superseded%R",
        [EVENT_DEPLOYMENT_REVERTED] = "%S: deployment of %T was reverted%R",
        [EVENT_DEPLOYMENT_RECOVERED] = "%S: %T has recovered%R",
        [EVENT_ROLLBACK_STARTED] = "%Brolling back %S from %T to %G%R",
        [EVENT_ROLLBACK_SUCCEEDED] =
                "%S was rolled back from %T to %G, and what deploys it still says %T%R",
        [EVENT_ROLLBACK_FAILED] = "rolling back %S from %T to %G failed%R",
        [EVENT_ROLLBACK_SKIPPED] = "%S is not rolled back from %T%R",
        [EVENT_ROLLBACK_SUPERSEDED] = "the rollback of %S to %G was superseded%R",
        [EVENT_REMEDY_STARTED] = "%S: %A%O has begun",
        [EVENT_REMEDY_SUCCEEDED] = "%S: %A%O was carried out%R",
        [EVENT_REMEDY_FAILED] = "%S: %A%O failed%R",
        [EVENT_FLEET_INHIBITED] = "nothing is rolled back in %C for now%R",
        [EVENT_FLEET_RELEASED] = "rollbacks are possible again in %C%R",
        [EVENT_HOST_AT_RISK] = "container instance %H of %C is at risk%R",
        [EVENT_WATCHER_BLIND] = "watcher is blind to %C%R",
        [EVENT_WATCHER_SIGHTED] = "watcher sees %C again%R",
        [EVENT_WATCHER_DEGRADED] = "watcher is degraded%R",
        [EVENT_WATCHER_HEARTBEAT] = "watcher is alive%R",
};

static const char *known(const char *text) {
        return text_is_empty(text) ? "(unknown)" : arn_short_name(text);
}

/* A rollback by ECS or others has no action of ours: the rollout itself is the way back. */
static const char *goes_to(const struct Event *event) {
        if (event->action && event->action->to)
                return known(event->action->to);
        if (event->rollout && event->rollout->kind == ROLLOUT_ROLLBACK)
                return known(event->rollout->task_definition);
        return "(nothing)";
}

static const char *comes_from(const struct Event *event) {
        if (!event->rollout)
                return "(unknown)";
        if (event->rollout->kind == ROLLOUT_ROLLBACK &&
            text_starts_with(event_type_short_name(event->type), "rollback."))
                return known(event->rollout->previous_task_definition);
        return known(event->rollout->task_definition);
}

static const char *begun_by(const struct Event *event) {
        if (!event->rollout)
                return "";
        switch (event->rollout->by) {
        case BY_ECS: return "ECS is ";
        case BY_OTHER: return "somebody else is ";
        case BY_NOBODY:
        case BY_US: break;
        }
        return "";
}

static const char *reason_of(const struct Event *event) {
        if (!text_is_empty(event->detail))
                return event->detail;
        if (event->action && !text_is_empty(event->action->reason))
                return event->action->reason;
        return event->verdict ? event->verdict->summary : "";
}

static const char *insertion(const struct Event *event, char letter) {
        switch (letter) {
        case 'A': return event->action ? event->action->action : "(nothing)";
        case 'O':
                return event->action
                               ? text_or_empty(arn_short_name(text_or_empty(event->action->target)))
                               : "";
        case 'S': return known(event->service);
        case 'C': return known(event->cluster_arn ? event->cluster_arn : event->source);
        case 'H': return known(event->subject);
        case 'T': return comes_from(event);
        case 'G': return goes_to(event);
        case 'B': return begun_by(event);
        case 'V':
                return event->verdict && event->verdict->summary[0]
                               ? event->verdict->summary
                               : event_type_short_name(event->type);
        }
        return reason_of(event);
}

char *event_summary(const struct Event *event, char ret[EVENT_SUMMARY_MAX]) {
        char whole[8 * EVENT_SUMMARY_MAX]; /* what is cut from this is cut once more below */
        size_t used = 0;

        for (const char *at = TEMPLATES[event->type]; *at && used < sizeof(whole) - 1; at++) {
                const char *text;
                int n;

                if (*at != '%') {
                        whole[used++] = *at;
                        continue;
                }
                at++;
                text = insertion(event, *at);
                n = snprintf(whole + used, sizeof(whole) - used, "%s%s",
                             text[0] == '\0' ? ""
                             : *at == 'R'    ? ": "
                             : *at == 'O'    ? " of "
                                             : "",
                             text);
                used = MIN(used + (size_t) MAX(n, 0), sizeof(whole) - 1);
        }
        whole[used] = '\0';
        event_text_clean(whole, EVENT_SUMMARY_MAX - 1, ret, EVENT_SUMMARY_MAX);
        return ret;
}
