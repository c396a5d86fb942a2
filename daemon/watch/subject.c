/* SPDX-License-Identifier: Apache-2.0 */
/* What a remedy would change, asked for: once for the decision, and at every look before its
 * call. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/watch/internal.h"

static void on_subject(void *userdata, const struct SubjectFacts *subject, const char *problem) {
        struct Watch *watch = userdata;
        SubjectTaker *then = TAKE_PTR(watch->subject_then);

        watch->subject_asked = true;
        watch->subject = subject;
        snprintf(watch->subject_problem, sizeof(watch->subject_problem), "%s",
                 text_or_empty(problem));
        if (problem)
                log_repeat(&watch->hindered, LOG_WARNING,
                           "%s/%s: what %s would change cannot be seen (%s)", watch->cluster->name,
                           watch->name, action_kind_name(watch->decision.action), problem);
        then(watch, poll_cluster_now(watch->cluster->poll));
        (void) watch_commit(watch);
}

void watch_look_at_subject(struct Watch *watch, const char *target, SubjectTaker *then) {
        const struct SubjectQuestion question = {
                .kind = watch->decision.action,
                .cluster = watch->facts->service.cluster_arn,
                .target = target,
        };
        int r;

        watch_forget_subject(watch);
        watch->subject_asked_at = poll_cluster_now(watch->cluster->poll);
        r = subject_look_start(watch->cluster->client, &question, on_subject, watch,
                               &watch->subject_look);
        if (r >= 0)
                watch->subject_then = then;
        else
                log_repeat(&watch->hindered, LOG_ERR,
                           "%s/%s: cannot ask for %s (%s); trying again at the next observation",
                           watch->cluster->name, watch->name, target, strerror(-r));
}
