/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of AWS before anything is decided or sent: how the service deployment stands, what
 * ECS completed before, what a remedy would change, what a failed container wrote. One look at a
 * time; who asked takes it from there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/watch/acting.h"
#include "event/last_words.h"
#include "judge/last_words.h"

/* What was found is in the watch. */
static void take_look(struct Watch *watch) {
        LookTaker *then = TAKE_PTR(watch->work->awaits);

        then(watch, poll_cluster_now(watch->cluster->poll));
        (void) watch_commit(watch);
}

static void on_past_looked_at(void *userdata, const struct ServiceDeploymentFacts *deployments,
                              size_t n, const char *problem) {
        struct Watch *watch = userdata;

        watch->work->past_asked = true;
        watch->work->past = deployments;
        watch->work->n_past = n;
        snprintf(watch->work->past_problem, sizeof(watch->work->past_problem), "%s",
                 text_or_empty(problem));
        take_look(watch);
}

void watch_look_at_past(struct Watch *watch, LookTaker *then) {
        usec_t since = usec_sub(poll_cluster_now(watch->cluster->poll),
                                watch->world->config->rollback.max_age);
        int r;

        r = history_look_start(watch->cluster->client, watch->cluster->name,
                               watch->facts->service.arn, since, on_past_looked_at, watch,
                               &watch->work->past_look);
        watch->work->awaits = r >= 0 ? then : NULL;
        if (r < 0)
                log_repeat(
                        &watch->work->hindered, LOG_ERR,
                        "%s/%s: cannot ask what ECS has completed before (%s); trying again at the next observation",
                        watch->cluster->name, watch->name, strerror(-r));
}

static void on_deployment_looked_at(void *userdata, const struct ServiceDeploymentFacts *deployment,
                                    const char *problem) {
        struct Watch *watch = userdata;

        watch->work->deployment_asked = true;
        watch->work->deployment = deployment;
        snprintf(watch->work->deployment_problem, sizeof(watch->work->deployment_problem), "%s",
                 text_or_empty(problem));
        if (problem)
                log_warning(
                        "%s/%s: its service deployment cannot be had, so ECS cannot be asked to stop it (%s)",
                        watch->cluster->name, watch->name, problem);
        take_look(watch);
}

void watch_look_at_deployment(struct Watch *watch, LookTaker *then) {
        const char *arn = watch->facts->service.current_service_deployment;
        int r;

        r = arn ? service_deployment_look_start(watch->cluster->client, arn,
                                                on_deployment_looked_at, watch,
                                                &watch->work->deployment_look)
                : -ENODATA;
        watch->work->awaits = r >= 0 ? then : NULL;
        watch->work->deployment_asked_at = poll_cluster_now(watch->cluster->poll);
        if (r < 0) {
                watch->work->deployment_asked = true;
                if (arn)
                        snprintf(watch->work->deployment_problem,
                                 sizeof(watch->work->deployment_problem), "%s", strerror(-r));
                then(watch, watch->work->deployment_asked_at);
        }
}

/* ---- last words ---- */

static void on_log(void *userdata, const char *const *messages, size_t n, const char *problem) {
        struct Watch *watch = userdata;
        _cleanup_free_ char *log = NULL;

        if (last_words_text(messages, n, watch->settings.policy->evidence_logs, &log) < 0)
                problem = "out of memory";
        watch->record.log = log ? arena_copy(watch->record_arena, log) : NULL;
        if (problem)
                log_repeat(
                        &watch->work->unheard, LOG_WARNING,
                        "%s/%s: what its failed container wrote cannot be read (%s); the verdict is told without",
                        watch->cluster->name, watch->name, problem);
        else
                log_repeat_end(&watch->work->unheard);
        take_look(watch);
}

/* Logs of another Region are another endpoint's: not asked for. */
static bool is_near(const struct Watch *watch, const struct ContainerLogFacts *log) {
        return text_is_empty(log->region) || text_equal(log->region, watch->cluster->region);
}

bool watch_look_at_log(struct Watch *watch, LookTaker *then) {
        struct RolloutRecord *record = &watch->record;
        struct LastWords words;
        int r;

        if (watch->work->log_asked)
                return false;
        watch->work->log_asked = true;
        record->log = record->log_task = record->log_container = NULL;
        if (watch->settings.policy->evidence_logs == 0 || !watch->evidence ||
            !last_words_of(watch->evidence, watch->facts->task_definition, &words) ||
            !is_near(watch, words.log))
                return false;
        record->log_task = arena_copy(watch->record_arena, words.row->task_arn);
        record->log_container = arena_copy(watch->record_arena, words.container);
        r = log_look_start(watch->cluster->client, words.log->group, words.stream,
                           watch->settings.policy->evidence_logs, on_log, watch,
                           &watch->work->log_look);
        watch->work->awaits = r >= 0 ? then : NULL;
        return r >= 0;
}

static void on_subject(void *userdata, const struct SubjectFacts *subject, const char *problem) {
        struct Watch *watch = userdata;

        watch->work->subject_asked = true;
        watch->work->subject = subject;
        snprintf(watch->work->subject_problem, sizeof(watch->work->subject_problem), "%s",
                 text_or_empty(problem));
        if (problem)
                log_repeat(&watch->work->hindered, LOG_WARNING,
                           "%s/%s: what %s would change cannot be seen (%s)", watch->cluster->name,
                           watch->name, action_kind_name(watch->work->decision.action), problem);
        take_look(watch);
}

void watch_look_at_subject(struct Watch *watch, const char *target, LookTaker *then) {
        const struct SubjectQuestion question = {
                .kind = watch->work->decision.action,
                .cluster = watch->facts->service.cluster_arn,
                .target = target,
        };
        int r;

        watch_forget_subject(watch);
        watch->work->subject_asked_at = poll_cluster_now(watch->cluster->poll);
        r = subject_look_start(watch->cluster->client, &question, on_subject, watch,
                               &watch->work->subject_look);
        watch->work->awaits = r >= 0 ? then : NULL;
        if (r < 0)
                log_repeat(&watch->work->hindered, LOG_ERR,
                           "%s/%s: cannot ask for %s (%s); trying again at the next observation",
                           watch->cluster->name, watch->name, target, strerror(-r));
}
