/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments that are more than a rolling one: both revisions run side by side while the traffic
 * moves and bakes. And alarms, which end a deployment of any strategy. */
#include <stdio.h>

#include "sim/core.h"

enum { WHOLE = 100 };

static struct SimServiceDeployment *open_deployment(const struct SimService *service) {
        struct SimDeployment *primary = sim_primary(service);
        struct SimServiceDeployment *told = primary ? primary->service_deployment : NULL;

        return told && told->status == SIM_SD_IN_PROGRESS ? told : NULL;
}

bool stage_lets_go(const struct SimService *service) {
        const struct SimServiceDeployment *told = open_deployment(service);

        return service->strategy.kind == SIM_ROLLING || !told || told->stage == SIM_STAGE_CLEAN_UP;
}

static void go_to(struct Sim *sim, struct SimServiceDeployment *told, enum SimStage stage) {
        told->stage = stage;
        told->stage_since = told->updated_at = sim->now;
}

/* How much of the traffic the next step moves, after how long. */
static bool shift(struct Sim *sim, const struct SimStrategy *strategy,
                  struct SimServiceDeployment *told) {
        unsigned step = strategy->kind == SIM_BLUE_GREEN ? WHOLE : strategy->step_percent;

        if (told->shifted > 0 && sim->now < usec_add(told->shifted_at, strategy->step_bake))
                return false;
        if (told->shifted >= WHOLE)
                return true;
        told->shifted = told->shifted > 0 && strategy->kind == SIM_CANARY
                                ? WHOLE
                                : MIN(told->shifted + step, (unsigned) WHOLE);
        told->shifted_at = told->updated_at = sim->now;
        return strategy->kind == SIM_BLUE_GREEN;
}

static bool is_up(const struct Sim *sim, const struct SimService *service) {
        struct SimCounts counts = sim_count(sim, service, sim_primary(service));

        return counts.healthy == service->desired && counts.running == service->desired &&
               counts.pending == 0;
}

void stage_look(struct Sim *sim, struct SimService *service) {
        const struct SimStrategy *strategy = &service->strategy;
        struct SimServiceDeployment *told = open_deployment(service);

        if (!told || strategy->kind == SIM_ROLLING)
                return;
        switch (told->stage) {
        case SIM_STAGE_SCALE_UP:
                if (is_up(sim, service))
                        go_to(sim, told, SIM_STAGE_POST_SCALE_UP);
                break;
        case SIM_STAGE_POST_SCALE_UP:
                if (!strategy->pauses || told->n_sources == 0 || told->continued)
                        go_to(sim, told, SIM_STAGE_PRODUCTION_TRAFFIC_SHIFT);
                break;
        case SIM_STAGE_PRODUCTION_TRAFFIC_SHIFT:
                if (shift(sim, strategy, told))
                        go_to(sim, told, SIM_STAGE_BAKE_TIME);
                break;
        case SIM_STAGE_BAKE_TIME:
                if (sim->now >= usec_add(told->stage_since, strategy->bake))
                        go_to(sim, told, SIM_STAGE_CLEAN_UP);
                break;
        case SIM_STAGE_CLEAN_UP: break;
        }
}

/* A rolling one bakes once all its tasks are up and the old ones gone. */
bool stage_is_baked(struct Sim *sim, struct SimService *service) {
        struct SimServiceDeployment *told = open_deployment(service);

        if (!told || service->strategy.kind != SIM_ROLLING || service->strategy.bake == 0)
                return true;
        if (told->stage != SIM_STAGE_BAKE_TIME)
                go_to(sim, told, SIM_STAGE_BAKE_TIME);
        return sim->now >= usec_add(told->stage_since, service->strategy.bake);
}

int sim_continue_service_deployment(struct Sim *sim, struct SimService *service) {
        struct SimServiceDeployment *told = open_deployment(service);

        if (!told || told->stage != SIM_STAGE_POST_SCALE_UP || !service->strategy.pauses)
                return SIM_REFUSED_NOT_STOPPABLE;
        told->continued = true;
        return service_wake(sim, service);
}

static int alarm_strikes(struct Sim *sim, struct SimService *service,
                         struct SimServiceDeployment *told) {
        struct SimDeployment *primary = sim_primary(service);
        int r;

        primary->rollout = SIM_FAILED;
        primary->updated_at = sim->now;
        told->alarm_triggered = true;
        snprintf(primary->rollout_reason, sizeof(primary->rollout_reason),
                 "ECS deployment failed: alarm detected.");
        r = event_say(sim, service, "(deployment %s) deployment failed: alarm detected.",
                      primary->id);
        told->rollback_to = deployment_last_completed(service);
        if (r == 0 && service->alarms.rollback && told->rollback_to) {
                r = deployment_roll_back(sim, told,
                                         "Service deployment rolled back because of an alarm.");
        } else {
                told->status = SIM_SD_STOPPED;
                told->stopped_at = told->finished_at = sim->now;
                snprintf(told->status_reason, sizeof(told->status_reason),
                         "An alarm was detected.");
        }
        return r < 0 ? r : service_wake(sim, service);
}

int sim_set_alarm(struct Sim *sim, struct SimService *service, bool in_alarm) {
        struct SimServiceDeployment *told = open_deployment(service);

        service->alarms.in_alarm = in_alarm;
        if (!in_alarm || !service->alarms.enable || !told || !told->alarm_monitored ||
            sim_primary(service)->rollout != SIM_IN_PROGRESS)
                return 0;
        return alarm_strikes(sim, service, told);
}
