/* SPDX-License-Identifier: Apache-2.0 */
/* What came and went while nobody looked. The service's deployment is another than the last one of
 * which all is known, so ECS is asked for those between; each is followed as if it had been seen,
 * and what replaced it gives it its verdict. */
#include "judge/missed.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/log.h"
#include "daemon/watch/internal.h"
#include "words/arn.h"

enum { ROWS_ARENA_BYTES = 64 * 1024 * 1024 };

/* A service deployment may be some seconds older than its deployment. */
#define SLACK USEC_PER_MINUTE

static bool primary_is_newer(const struct Watch *watch) {
        const struct DeploymentFacts *primary = service_primary(&watch->facts->service);

        return primary && !text_equal(primary->id, watch->record.rollout.deployment) &&
               primary->created_at > watch->record.rollout.started_at;
}

/* An action of ours explains the next deployment, and its answer says what it overtook. */
static bool is_unexplained(const struct Watch *watch) {
        const struct ServiceFacts *service = &watch->facts->service;

        return watch->record.id && watch->work->action.id == 0 && !watch->retiring &&
               service->created_at == watch->record.rollout.service_created_at &&
               service->controller == CONTROLLER_ECS && watch->accounted &&
               service->current_service_deployment &&
               (!text_equal(service->current_service_deployment, watch->accounted) ||
                primary_is_newer(watch));
}

void watch_account(struct Watch *watch) {
        const char *current = watch->facts->service.current_service_deployment;

        if (!current || text_equal(current, watch->accounted))
                return;
        free(watch->accounted);
        watch->accounted = strdup(current); /* without it nothing is looked for: said nowhere */
}

/* As the answer would have been when it was PRIMARY. */
static int follow(struct Watch *watch, const struct Missed *missed, usec_t now) {
        const struct ServiceDeploymentFacts *deployment = missed->deployment;
        const struct DeploymentFacts primary = {
                .id = missed->id,
                .status = DEPLOYMENT_PRIMARY,
                .task_definition = deployment->task_definition,
                .created_at = deployment->created_at,
                .rollout_state = ROLLOUT_IN_PROGRESS,
        };
        struct ServiceFacts service = watch->facts->service;
        int r;

        service.deployments = &primary;
        service.n_deployments = 1;
        service.current_service_deployment = deployment->arn;
        service.current_service_revisions = &deployment->target_revision;
        service.n_current_service_revisions = deployment->target_revision ? 1 : 0;
        r = watch_follow_unseen(watch, &service, now);
        if (r < 0)
                return r;
        watch->rolls_back = service_deployment_rolls_back(deployment->status);
        log_notice("%s/%s: a deployment of %s came and went while nobody looked (%s, %s)",
                   watch->cluster->name, watch->name, arn_short_name(deployment->task_definition),
                   missed->id, service_deployment_status_name(deployment->status));
        return 0;
}

static int follow_all(struct Watch *watch, const struct ServiceDeploymentFacts *deployments,
                      size_t n, usec_t now) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ROWS_ARENA_BYTES);
        struct Missed missed[MISSED_MAX];
        struct ChangeKnown known = {};
        size_t n_missed;
        int r;

        r = arena ? watch_load_known(watch, arena, &known) : -ENOMEM;
        if (r < 0)
                return r;
        n_missed = missed_find(&(struct MissedInput) {.service = &watch->facts->service,
                                                      .deployments = deployments,
                                                      .n_deployments = n,
                                                      .accounted = watch->accounted,
                                                      .watched = &watch->record.rollout,
                                                      .known = known.known,
                                                      .n_known = known.n_known},
                               missed);
        for (size_t i = 0; i < n_missed && r >= 0; i++)
                r = follow(watch, missed + i, now);
        return r;
}

static void on_history(void *userdata, const struct ServiceDeploymentFacts *deployments, size_t n,
                       const char *problem) {
        struct Watch *watch = userdata;
        struct HistoryLook *look = TAKE_PTR(watch->work->history);
        usec_t now = watch->facts->service_source.answered_at;
        int r = 0;

        if (problem)
                log_repeat(
                        &watch->work->hidden, LOG_WARNING,
                        "%s/%s: whether deployments came and went since the last look is not known (%s); going on with the newest",
                        watch->cluster->name, watch->name, problem);
        else
                r = follow_all(watch, deployments, n, now);
        watch->work->then(watch, r, now);
        history_look_free(look);
}

bool watch_look_back(struct Watch *watch, TurnTaker *then) {
        const struct RolloutRecord *record = &watch->record;
        int r;

        if (!is_unexplained(watch))
                return false;
        watch->work->then = then;
        r = history_look_start(watch->cluster->client, watch->cluster->name,
                               watch->facts->service.arn,
                               usec_sub(record->rollout.started_at, SLACK), on_history, watch,
                               &watch->work->history);
        return r >= 0;
}
