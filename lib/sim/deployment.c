/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments, and the service deployments and revisions that keep their history. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "sim/core.h"

enum {
        REVISION_DIGITS = 19,
        SERVICE_DEPLOYMENT_LETTERS = 21,
};

struct SimDeployment *sim_primary(const struct SimService *service) {
        for (size_t i = service->n_deployments; i-- > 0;)
                if (service->deployments[i]->status == SIM_PRIMARY)
                        return service->deployments[i];
        return NULL;
}

struct SimServiceDeployment *sim_current_service_deployment(const struct SimService *service) {
        return service->n_service_deployments > 0
                       ? service->service_deployments[service->n_service_deployments - 1]
                       : NULL;
}

struct SimDeployment *deployment_last_completed(const struct SimService *service) {
        struct SimDeployment *last = NULL;

        for (size_t i = 0; i < service->n_deployments; i++) {
                struct SimDeployment *deployment = service->deployments[i];

                if (deployment->status != SIM_PRIMARY && deployment->completed_at != USEC_UNKNOWN &&
                    (!last || deployment->completed_at > last->completed_at))
                        last = deployment;
        }
        return last;
}

bool service_deployment_is_open(const struct SimServiceDeployment *deployment) {
        switch (deployment->status) {
        case SIM_SD_PENDING:
        case SIM_SD_IN_PROGRESS:
        case SIM_SD_ROLLBACK_REQUESTED:
        case SIM_SD_ROLLBACK_IN_PROGRESS: return true;
        case SIM_SD_SUCCESSFUL:
        case SIM_SD_STOPPED:
        case SIM_SD_ROLLBACK_SUCCESSFUL:
        case SIM_SD_ROLLBACK_FAILED: return false;
        }
        return false;
}

int revision_add(struct Sim *sim, struct SimService *service, struct SimTaskDefinition *definition,
                 const char *network, struct SimRevision **ret) {
        struct SimRevision *revision;
        int r;

        r = array_reserve(&service->revisions, &service->revisions_allocated,
                          service->n_revisions + 1, sizeof(*service->revisions),
                          SIM_DEPLOYMENTS_MAX);
        if (r < 0)
                return r;
        revision = calloc(1, sizeof(*revision));
        if (!revision)
                return -ENOMEM;
        revision->network = network ? strdup(network) : NULL;
        if (network && !revision->network) {
                free(revision);
                return -ENOMEM;
        }
        sim_digits(sim, revision->id, REVISION_DIGITS);
        revision->definition = definition;
        revision->created_at = sim->now;
        *ret = service->revisions[service->n_revisions++] = revision;
        return 0;
}

int deployment_add(struct Sim *sim, struct SimService *service, struct SimRevision *revision,
                   struct SimDeployment **ret) {
        struct SimDeployment *deployment;
        int r;

        r = array_reserve(&service->deployments, &service->deployments_allocated,
                          service->n_deployments + 1, sizeof(*service->deployments),
                          SIM_DEPLOYMENTS_MAX);
        if (r < 0)
                return r;
        deployment = calloc(1, sizeof(*deployment));
        if (!deployment)
                return -ENOMEM;

        memcpy(deployment->id, "ecs-svc/", 8);
        sim_digits(sim, deployment->id + 8, REVISION_DIGITS);
        deployment->service = service;
        deployment->revision = revision;
        deployment->status = SIM_PRIMARY;
        deployment->rollout = SIM_IN_PROGRESS;
        deployment->desired = sim->options.primary_starts_at_zero ? 0 : service->desired;
        deployment->created_at = deployment->updated_at = sim->now;
        deployment->breaker_due = USEC_INFINITY;
        snprintf(deployment->rollout_reason, sizeof(deployment->rollout_reason),
                 "ECS deployment %s in progress.", deployment->id);
        *ret = service->deployments[service->n_deployments++] = deployment;
        return 0;
}

/* What it replaces: normally the one that is running; all that are left of an unfinished affair. */
static void set_sources(const struct SimService *service, struct SimServiceDeployment *told) {
        for (size_t i = 0; i < service->n_deployments; i++) {
                const struct SimDeployment *deployment = service->deployments[i];

                if (deployment->status != SIM_INACTIVE && deployment != told->target &&
                    told->n_sources < SIM_SOURCES_MAX)
                        told->sources[told->n_sources++] = deployment->revision;
        }
}

static int service_deployment_add(struct Sim *sim, struct SimDeployment *target) {
        static const char LETTERS[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        struct SimService *service = target->service;
        struct SimServiceDeployment *told;
        int r;

        r = array_reserve(&service->service_deployments, &service->service_deployments_allocated,
                          service->n_service_deployments + 1, sizeof(*service->service_deployments),
                          SIM_DEPLOYMENTS_MAX);
        if (r < 0)
                return r;
        told = calloc(1, sizeof(*told));
        if (!told)
                return -ENOMEM;

        for (size_t i = 0; i < SERVICE_DEPLOYMENT_LETTERS; i++)
                told->id[i] = LETTERS[random_below(&sim->random, sizeof(LETTERS) - 1)];
        told->service = service;
        told->target = target;
        told->revision = target->revision;
        told->status = SIM_SD_PENDING;
        told->created_at = told->updated_at = sim->now;
        told->breaker = service->breaker.enable ? SIM_BREAKER_MONITORING : SIM_BREAKER_DISABLED;
        told->threshold = sim_breaker_threshold(service);
        told->alarm_monitored = service->alarms.enable && !service->alarms.in_alarm;
        told->stage_since = sim->now;
        set_sources(service, told);
        target->service_deployment = told;
        service->service_deployments[service->n_service_deployments++] = told;
        return 0;
}

static void overtake(struct Sim *sim, struct SimService *service) {
        struct SimDeployment *old = sim_primary(service);
        struct SimServiceDeployment *told = sim_current_service_deployment(service);

        if (old) {
                old->status = SIM_ACTIVE;
                old->updated_at = sim->now;
        }
        if (!told || !service_deployment_is_open(told))
                return;
        told->status = SIM_SD_STOPPED;
        told->stopped_at = told->finished_at = told->updated_at = sim->now;
        snprintf(told->status_reason, sizeof(told->status_reason),
                 "A newer service deployment was started.");
}

int deployment_begin(struct Sim *sim, struct SimService *service, struct SimRevision *revision) {
        struct SimDeployment *deployment;
        int r;

        overtake(sim, service);
        r = deployment_add(sim, service, revision, &deployment);
        if (r < 0)
                return r;
        r = service_deployment_add(sim, deployment);
        if (r < 0)
                return r;

        service->steady = false;
        return service_wake(sim, service);
}

/* The old deployment is rolled out once more: what it was before no longer counts. */
static void revive(struct Sim *sim, struct SimDeployment *deployment) {
        struct SimService *service = deployment->service;

        deployment->status = SIM_PRIMARY;
        deployment->rollout = SIM_IN_PROGRESS;
        deployment->desired = service->desired;
        deployment->failed_tasks = deployment->failures = 0;
        deployment->wave_failures = deployment->failed_waves = 0;
        deployment->breaker_due = USEC_INFINITY;
        deployment->completed_at = deployment->not_before = USEC_UNKNOWN;
        deployment->updated_at = sim->now;
}

int deployment_roll_back(struct Sim *sim, struct SimServiceDeployment *service_deployment,
                         const char *reason) {
        struct SimService *service = service_deployment->service;
        struct SimDeployment *failed = sim_primary(service);
        struct SimDeployment *target = service_deployment->rollback_to;
        bool tripped = service_deployment->breaker == SIM_BREAKER_TRIGGERED;
        int r;

        failed->status = SIM_ACTIVE;
        failed->updated_at = sim->now;
        if (sim->options.reuse_deployment_id) {
                revive(sim, target);
        } else {
                r = deployment_add(sim, service, target->revision, &target);
                if (r < 0)
                        return r;
        }
        snprintf(target->rollout_reason, sizeof(target->rollout_reason),
                 tripped ? "ECS deployment circuit breaker: rolling back to deploymentId %s."
                         : "ECS deployment %s in progress.",
                 target->id);
        target->service_deployment = service_deployment;
        service_deployment->rollback_to = target;
        service_deployment->status = SIM_SD_ROLLBACK_IN_PROGRESS;
        service_deployment->rollback_at = service_deployment->updated_at = sim->now;
        snprintf(service_deployment->rollback_reason, sizeof(service_deployment->rollback_reason),
                 "%s", reason);
        service->steady = false;
        return event_say(sim, service, "rolling back to deployment %s.", target->id);
}

/* Counts and status of the others; whether none is left. */
static bool retire_others(struct Sim *sim, struct SimService *service) {
        bool none = true;

        for (size_t i = 0; i < service->n_deployments; i++) {
                struct SimDeployment *deployment = service->deployments[i];
                unsigned wanted = 0, left = 0;

                if (deployment->status != SIM_ACTIVE)
                        continue;
                for (size_t j = 0; j < service->n_tasks; j++) {
                        const struct SimTask *task = service->tasks[j];

                        if (task->deployment != deployment)
                                continue;
                        wanted += task->wanted;
                        left += task->status != SIM_STOPPED;
                }
                if (deployment->desired != wanted) {
                        deployment->desired = wanted;
                        deployment->updated_at = sim->now;
                }
                if (left == 0)
                        deployment->status = SIM_INACTIVE;
                none &= left == 0;
        }
        return none;
}

static int complete(struct Sim *sim, struct SimDeployment *deployment) {
        struct SimServiceDeployment *told = deployment->service_deployment;

        deployment->rollout = SIM_COMPLETED;
        deployment->completed_at = deployment->updated_at = sim->now;
        snprintf(deployment->rollout_reason, sizeof(deployment->rollout_reason),
                 "ECS deployment %s completed.", deployment->id);
        if (service_deployment_is_open(told)) {
                told->status = told->rollback_at != USEC_UNKNOWN ? SIM_SD_ROLLBACK_SUCCESSFUL
                                                                 : SIM_SD_SUCCESSFUL;
                told->finished_at = told->updated_at = sim->now;
                if (told->breaker == SIM_BREAKER_MONITORING)
                        told->breaker = SIM_BREAKER_MONITORING_COMPLETE;
        }
        return event_say(sim, deployment->service, "(deployment %s) deployment completed.",
                         deployment->id);
}

static void see_primary(struct Sim *sim, struct SimDeployment *primary) {
        struct SimServiceDeployment *told = primary->service_deployment;

        if (primary->desired != primary->service->desired) {
                primary->desired = primary->service->desired;
                primary->updated_at = sim->now;
        }
        if (told->status == SIM_SD_PENDING) {
                told->status = SIM_SD_IN_PROGRESS;
                told->started_at = told->updated_at = sim->now;
        }
}

int deployment_reconcile(struct Sim *sim, struct SimService *service) {
        struct SimDeployment *primary = sim_primary(service);
        struct SimCounts counts;
        bool alone;
        int r;

        see_primary(sim, primary);
        alone = retire_others(sim, service);
        counts = sim_count(sim, service, primary);
        if (!alone || counts.healthy != service->desired || counts.running != service->desired ||
            counts.pending > 0 || primary->rollout == SIM_FAILED) {
                service->steady = false;
                return 0;
        }
        if (primary->rollout == SIM_IN_PROGRESS && !stage_is_baked(sim, service))
                return 0;
        if (primary->rollout == SIM_IN_PROGRESS) {
                r = complete(sim, primary);
                if (r < 0)
                        return r;
        }
        if (service->steady)
                return 0;
        service->steady = true;
        service->last_steady_at = sim->now;
        return event_say(sim, service, "has reached a steady state.");
}
