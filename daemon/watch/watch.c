/* SPDX-License-Identifier: Apache-2.0 */
/* A watch's life, and its one step: an observation comes in, and everything that follows from it
 * happens in the order observe, weigh, judge, decide, record, act, record. */
#include "daemon/watch/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/watch/acting.h"
#include "words/arn.h"

int watch_new(struct WatchCluster *cluster, const char *name, const struct WatchSettings *settings,
              struct Watch **ret) {
        _cleanup_(watch_freep) struct Watch *watch = calloc(1, sizeof(*watch));
        int r;

        if (!watch)
                return -ENOMEM;
        watch->world = cluster->world;
        watch->cluster = cluster;
        watch->settings = *settings;
        config_ref(settings->config);
        watch->name = strdup(name);
        if (!watch->name)
                return -ENOMEM;
        r = poll_service_new(cluster->poll, name, &(struct PollPace) {settings->idle, URGENCY_IDLE},
                             watch, &watch->poll);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(watch);
        return 0;
}

void watch_free(struct Watch *watch) {
        if (!watch)
                return;
        poll_service_free(watch->poll);
        watch_drop_work(watch);
        watch_forget_rollout(watch);
        facts_free(watch->facts);
        free(watch->accounted);
        log_repeat_free(&watch->taskless);
        log_repeat_free(&watch->unseen);
        log_repeat_free(&watch->stuck);
        free(watch->problem);
        free(watch->last_good);
        config_unref(watch->settings.config);
        free(watch->name);
        free(watch);
}

const char *watch_name(const struct Watch *watch) {
        return watch->name;
}

const char *watch_state_name(enum WatchState state) {
        static const char *const names[] = {
                [WATCH_IDLE] = "idle",           [WATCH_WATCHING] = "watching",
                [WATCH_LOOKING] = "looking",     [WATCH_ACTING] = "acting",
                [WATCH_FOLLOWING] = "following",
        };

        return names[state];
}

/* One place that says in which state a watch is: what is open decides, so no flag can disagree with
 * it. */
enum WatchState watch_state(const struct Watch *watch) {
        const struct WatchWork *work = watch->work;

        if (!work)
                return WATCH_IDLE;
        if (work->performance)
                return WATCH_ACTING;
        if (work->action.id > 0 || work->look || work->awaits)
                return WATCH_LOOKING;
        if (!watch->evidence)
                return WATCH_IDLE;
        return watch->record.rollout.kind == ROLLOUT_ROLLBACK ? WATCH_FOLLOWING : WATCH_WATCHING;
}

void watch_configure(struct Watch *watch, const struct WatchSettings *settings) {
        struct Config *before = watch->settings.config;

        watch->settings = *settings;
        config_ref(settings->config);
        config_unref(before);
        watch->retiring = false;
        watch_set_pace(watch);
}

/* NULL: nothing stands in the way of seeing it whole. */
static void watch_note_problem(struct Watch *watch, const char *problem) {
        free(watch->problem);
        watch->problem = problem ? strdup(problem) : NULL;
}

unsigned watch_note_listed(struct Watch *watch, bool listed) {
        watch->unlisted = listed ? 0 : watch->unlisted + 1;
        return watch->unlisted;
}

void watch_hint(struct Watch *watch, bool urgent) {
        poll_service_hint(watch->poll, urgent);
}

bool watch_is_quiet(const struct Watch *watch) {
        return !watch->work || !watch->work->performance;
}

bool watch_is_retired(const struct Watch *watch) {
        return watch->retiring &&
               (!watch->work || (watch->work->action.id == 0 && !watch->work->performance));
}

bool watch_retire(struct Watch *watch) {
        usec_t now = poll_cluster_now(watch->cluster->poll);

        if (watch_rouse_by_itself(watch) < 0)
                return false;
        if (!watch->retiring && watch->restored && !watch->work->performance) {
                watch_give_up_acting(watch, now, "it is no longer watched");
                (void) watch_commit(watch);
        }
        watch->retiring = true;
        if (!watch_is_retired(watch))
                return false;
        watch_end_superseded(watch, now, "no longer watched");
        (void) watch_commit(watch);
        return true;
}

/* ---- the poller's hooks ---- */

static bool on_needs_tasks(void *service, const struct ServiceFacts *facts, struct TaskNeeds *ret) {
        const struct Watch *watch = service;
        const struct DeploymentFacts *primary = service_primary(facts);
        const char *id = change_primary_id(facts);

        if (!id)
                return false;
        /* The last look before a call is this answer alone: nothing may come in between. */
        if (watch->work && watch->work->action.id &&
            watch->work->action_until == UNTIL_LOOKED_AGAIN)
                return false;
        /* A PRIMARY that is not the watched one begins a rollout in this very round. */
        if (watch->record.id && text_equal(watch->record.rollout.deployment, id) &&
            !watch->evidence)
                return false;
        if (watch->record.vacuous && facts->desired_count == 0)
                return false;
        if (!watch->record.id && primary && primary->rollout_state == ROLLOUT_COMPLETED)
                return false;
        *ret = (struct TaskNeeds) {
                .deployment = id,
                .task_definition = primary ? primary->task_definition : NULL,
        };
        return true;
}

static enum TaskInterest on_task_interest(void *service, const char *task_arn, bool stopped) {
        const struct Watch *watch = service;

        return watch->evidence ? evidence_task_interest(watch->evidence, task_arn, stopped,
                                                        watch->settings.policy->judge.settle)
                               : TASK_WORTH_ASKING;
}

static void watch_note_sources(struct Watch *watch) {
        const struct SourceFacts *stopped = &watch->facts->stopped_source;

        char problem[LOG_REPEAT_MAX];

        snprintf(problem, sizeof(problem), "without task evidence: %s",
                 text_or_empty(stopped->problem));
        watch_note_problem(watch, stopped->completeness == SOURCE_PARTIAL ? problem : NULL);
        if (stopped->completeness == SOURCE_PARTIAL && stopped->denied)
                log_repeat(
                        &watch->taskless, LOG_WARNING,
                        "%s/%s is judged without its tasks: no crash of one is seen, only events, counts and ECS's own signals (%s)",
                        watch->cluster->name, watch->name, text_or_empty(stopped->problem));
        else if (stopped->completeness == SOURCE_COMPLETE)
                log_repeat_end(&watch->taskless);
}

/* Since when PRIMARY has been the judged one, and FAILED, in every answer. */
static void watch_note_primary(struct Watch *watch, usec_t now) {
        const char *id = change_primary_id(&watch->facts->service);
        const struct DeploymentFacts *primary = service_primary(&watch->facts->service);
        bool judged = watch->record.id && text_equal(id, watch->record.rollout.deployment);
        bool failed = judged && primary && primary->rollout_state == ROLLOUT_FAILED;

        if (!judged)
                watch->judged_since = USEC_UNKNOWN;
        else if (watch->judged_since == USEC_UNKNOWN)
                watch->judged_since = now;
        if (!failed)
                watch->native_failed_since = USEC_UNKNOWN;
        else if (watch->native_failed_since == USEC_UNKNOWN)
                watch->native_failed_since = now;
}

/* A failure spoils the turn, which its commit tells. */
static void watch_put_service(struct Watch *watch, usec_t now) {
        const struct ServiceFacts *service = &watch->facts->service;
        struct Arn arn;
        struct ServiceRecord record = {
                .arn = service->arn,
                .created_at = service->created_at,
                .name = service->name,
                .cluster = watch->cluster->name,
                .cluster_arn = service->cluster_arn,
                .region = watch->cluster->region,
                .first_seen_at = now,
                .service_deployment = service->current_service_deployment,
        };

        if (arn_parse(service->arn, &arn))
                record.account =
                        arn_part_copy(&arn.account, watch->account, sizeof(watch->account));
        (void) ledger_put_service(watch->world->ledger, &record);
}

/* What the newest answer is compared with. */
static int watch_recall(struct Watch *watch, usec_t now) {
        if (watch->started_at == USEC_UNKNOWN)
                watch->started_at = now;
        return watch->restored ? 0 : watch_restore(watch, now);
}

static int watch_step(struct Watch *watch, usec_t now) {
        int r;

        watch_put_service(watch, now);
        watch_account(watch);
        r = watch_follow(watch, &watch->facts->service, now);
        if (r < 0)
                return r;
        if (r == 0)
                return 0; /* a change that is not proven yet: nothing is judged or done by it */
        watch_note_primary(watch, now);
        watch_note_events(watch, now);
        r = watch_note_restart(watch, now);
        if (r < 0)
                return r;
        /* One that retires only finds out what became of its action; a last look shows no tasks. */
        if (watch->evidence && !watch->retiring &&
            !(watch->work->action.id && watch->work->action_until == UNTIL_LOOKED_AGAIN)) {
                r = watch_judge(watch, now);
                if (r < 0)
                        return r;
        }
        watch_advance_action(watch, now);
        return 0;
}

static void watch_give_up_turn(struct Watch *watch, int r) {
        log_repeat(&watch->stuck, LOG_ERR,
                   "%s/%s: this observation could not be worked on (%s); the next one repeats it",
                   watch->cluster->name, watch->name, strerror(-r));
        turn_abandon(watch->world);
        watch_take_back(watch);
}

static void watch_note_seen(struct Watch *watch) {
        char detail[256], text[TIME_TEXT_MAX];

        if (watch->unseen_since == USEC_UNKNOWN)
                return;
        if (watch->blind) {
                snprintf(detail, sizeof(detail), "service %.100s can be seen again, after %s",
                         watch->name,
                         duration_format(usec_sub(clock_monotonic(), watch->unseen_since), text));
                watch_cluster_tell(watch->cluster, EVENT_WATCHER_SIGHTED, watch->name, detail);
        } else if (watch->unseen.text) {
                log_notice("%s/%s can be seen again", watch->cluster->name, watch->name);
        }
        log_repeat_end(&watch->unseen);
        watch->unseen_since = USEC_UNKNOWN;
        watch->blind = false;
}

/* Works on the newest answer and records it; `r` below 0: not even that, for this reason. */
static void watch_take_turn(struct Watch *watch, int r, usec_t now) {
        if (r >= 0)
                r = watch_step(watch, now);
        if (r < 0)
                watch_give_up_turn(watch, r);
        else if (watch_commit(watch) >= 0) {
                log_repeat_end(&watch->stuck);
                watch_settle(watch);
        }
        watch_set_pace(watch);
}

static bool on_wants_unchanged(void *service) {
        const struct Watch *watch = service;

        return watch->work || watch->seen_at == USEC_UNKNOWN;
}

static void on_unchanged(void *service, usec_t now) {
        struct Watch *watch = service;

        watch->seen_at = now;
        watch_note_seen(watch);
        watch_note_problem(watch, NULL);
}

static void on_observed(void *service, struct Facts *facts) {
        struct Watch *watch = service;
        usec_t now = facts->service_source.answered_at;
        int r;

        if (watch_rouse(watch) < 0) {
                facts_free(facts);
                return;
        }
        watch->seen_at = now;
        facts_free(watch->facts);
        watch->facts = facts;
        watch_note_seen(watch);
        /* The answer of the call under way says what this observation may or may not show yet. */
        if (watch->work->performance || watch->work->history)
                return;
        if (!watch->cluster->arn && facts->service.cluster_arn)
                watch->cluster->arn = strdup(facts->service.cluster_arn);
        watch_note_sources(watch);

        r = watch_recall(watch, now);
        if (r < 0 || !watch_look_back(watch, watch_take_turn))
                watch_take_turn(watch, r, now);
}

/* One such answer proves nothing; the second one ends the rollout. */
static int watch_step_missing(struct Watch *watch, usec_t now) {
        int r;

        if (!watch->facts) {
                r = watch_recall_missing(watch, now);
                if (r <= 0)
                        return r;
        }
        if (!watch->restored) {
                r = watch_restore(watch, now);
                if (r < 0)
                        return r;
        }
        if (!watch->record.id || watch->record.ended_at != USEC_UNKNOWN)
                return 0;
        return watch_follow(watch, NULL, now);
}

static void on_missing(void *service, usec_t now) {
        struct Watch *watch = service;
        int r;

        if (watch_rouse_by_itself(watch) < 0)
                return;
        watch_note_seen(watch);
        if (!text_equal(watch->problem, "MISSING"))
                log_warning(
                        "%s/%s: ECS has no service of this name; asking again at every interval",
                        watch->cluster->name, watch->name);
        watch_note_problem(watch, "MISSING");
        if (watch->work->performance || watch->work->history)
                return;
        r = watch_step_missing(watch, now);
        if (r < 0)
                watch_give_up_turn(watch, r);
        else if (watch_commit(watch) >= 0)
                log_repeat_end(&watch->stuck);
        watch_set_pace(watch);
}

/* While others of its cluster are seen; else it is said of the cluster. */
static void watch_tell_unseen(struct Watch *watch, const struct PollProblem *problem, usec_t now) {
        char detail[768], text[TIME_TEXT_MAX];

        log_repeat(
                &watch->unseen, LOG_WARNING,
                "%s/%s cannot be seen: %s; other services of its cluster are; asking again at every interval",
                watch->cluster->name, watch->name, problem->text);
        if (watch->blind || now - watch->unseen_since < BLIND_AFTER)
                return;
        watch->blind = true;
        snprintf(detail, sizeof(detail), "nothing is known of service %.100s for %s: %s",
                 watch->name, duration_format(now - watch->unseen_since, text), problem->text);
        watch_cluster_tell(watch->cluster, EVENT_WATCHER_BLIND, watch->name, detail);
}

static void on_unseen(void *service, const struct PollProblem *problem) {
        struct Watch *watch = service;
        usec_t now = clock_monotonic();

        if (watch->unseen_since == USEC_UNKNOWN)
                watch->unseen_since = now;
        watch_note_problem(watch, problem->text);
        watch_cluster_unseen(watch->cluster, problem);
        if (watch->cluster->seen_at != USEC_UNKNOWN &&
            watch->cluster->seen_at > watch->unseen_since)
                watch_tell_unseen(watch, problem, now);
}

static void on_cluster_seen(void *userdata, usec_t now) {
        struct WatchCluster *cluster = userdata;

        watch_cluster_seen(cluster, now);
        if (inhibit_check(cluster->world, cluster->arn, now))
                (void) turn_commit(cluster->world);
}

const struct PollHooks WATCH_HOOKS = {
        .wants_unchanged = on_wants_unchanged,
        .unchanged = on_unchanged,
        .needs_tasks = on_needs_tasks,
        .task_interest = on_task_interest,
        .observed = on_observed,
        .missing = on_missing,
        .unseen = on_unseen,
        .cluster_seen = on_cluster_seen,
};

size_t watch_evidence(const struct Watch *watch, struct EvidenceLine lines[EVIDENCE_LINES_MAX]) {
        return watch->evidence ? evidence_lines(watch->evidence, lines) : 0;
}

/* The clocks differ by what is to come. */
static usec_t next_look_at(const struct Watch *watch) {
        usec_t next = poll_service_next(watch->poll);

        return next == USEC_UNKNOWN || next == USEC_INFINITY
                       ? USEC_UNKNOWN
                       : usec_add(clock_realtime(), usec_sub(next, clock_monotonic()));
}

/* NULL: it was never seen. */
static const char *service_arn(const struct Watch *watch) {
        if (watch->facts)
                return watch->facts->service.arn;
        return watch->record.id ? watch->record.rollout.service_arn : NULL;
}

void watch_describe(const struct Watch *watch, struct ApiService *ret) {
        const char *arn = service_arn(watch);
        const char *problem = watch->problem ? watch->problem : watch->cluster->problem;

        *ret = (struct ApiService) {
                .cluster = watch->cluster->name,
                .service = watch->name,
                .cluster_arn = watch->cluster->arn,
                .service_arn = arn,
                .account = watch->account[0] != '\0' ? watch->account : NULL,
                .region = watch->cluster->region,
                .last_good = watch->last_good,
                .state = arn ? watch_state_name(watch_state(watch)) : "unknown",
                .problem = problem[0] != '\0' ? problem : NULL,
                .waits = watch_waits_for(watch),
                .inhibited = arn ? inhibit_reason(watch->world, arn) : NULL,
                .policy = watch->settings.policy->name,
                .mode = watch->settings.mode,
                .rollout = watch->record.id ? &watch->record.rollout : NULL,
                .record = watch->record.id ? &watch->record : NULL,
                .verdict = watch->work && watch->work->has_verdict ? &watch->work->verdict : NULL,
                .next_look_at = next_look_at(watch),
                .observed_at = watch->seen_at,
        };
}
