/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of lib/sim share; nobody else includes it. */
#pragma once

#include "base/macros.h"
#include "base/random.h"
#include "sim/queue.h"
#include "sim/service.h"

enum {
        /* Far above any account's quota; they only bound a runaway scenario. */
        SIM_CLUSTERS_MAX = 100,
        SIM_SERVICES_MAX = 10000,
        SIM_INSTANCES_MAX = 5000,
        SIM_DEFINITIONS_MAX = 100000,
        SIM_GROUPS_MAX = 1000,
        SIM_TASKS_MAX = 500000,
        SIM_DEPLOYMENTS_MAX = 100000,
};

struct Sim {
        struct SimOptions options;
        enum SimCapacity capacity;
        const char *region;
        struct Random random;
        usec_t now;
        struct SimQueue queue;
        struct SimCluster **clusters;
        size_t n_clusters, clusters_allocated;
        struct SimGroup **groups;
        size_t n_groups, groups_allocated;
        struct SimCodeDeployment **code_deployments;
        size_t n_code_deployments, code_deployments_allocated;
        struct SimTaskDefinition **definitions;
        size_t n_definitions, definitions_allocated;
        struct SimTask **tasks; /* by slot; NULL where free */
        size_t n_slots, slots_allocated;
        size_t *free_slots;
        size_t n_free_slots, free_slots_allocated;
        uint64_t epoch;
};

/* sim.c */
int sim_schedule(struct Sim *sim, usec_t at, struct SimOccurrence occurrence);
void sim_hex(struct Sim *sim, char *text, size_t digits); /* and a NUL */
void sim_digits(struct Sim *sim, char *text, size_t digits);
void sim_uuid(struct Sim *sim, char text[SIM_ID_MAX]);
usec_t sim_jitter(struct Sim *sim, usec_t duration); /* give or take a tenth */

/* task.c: one task's life */
int task_start(struct Sim *sim, struct SimDeployment *deployment, struct SimInstance *instance,
               struct SimTask **ret);
int task_step(struct Sim *sim, struct SimTask *task);
int task_ready(struct Sim *sim, struct SimTask *task);
int task_fault(struct Sim *sim, struct SimTask *task);
void task_forget(struct Sim *sim, struct SimTask *task);
void task_free(struct SimTask *task);
/* stop.c: and its end */
int task_stop(struct Sim *sim, struct SimTask *task, enum SimStopCode code, const char *reason);
int task_fail_to_start(struct Sim *sim, struct SimTask *task, const char *text);
int task_exit(struct Sim *sim, struct SimTask *task);
int task_lose_host(struct Sim *sim, struct SimTask *task);
int task_stop_step(struct Sim *sim, struct SimTask *task);
bool task_needs_target(const struct SimTask *task);
bool task_needs_check(const struct SimTask *task);

/* placement.c */
/* 0 and *ret (NULL on Fargate), -ENOSPC with `why` for the event, or a negative errno. */
int placement_find(struct Sim *sim, struct SimDeployment *deployment, struct SimInstance **ret,
                   char why[SIM_TEXT_MAX]);
void placement_take(struct SimTask *task);
void placement_release(struct SimTask *task);
bool instance_can_run(const struct SimInstance *instance);

/* disk.c: what containers take on an instance's disk, until the agent removes them */
bool disk_take(struct SimTask *task); /* false: no space left */
int disk_release_later(struct Sim *sim, struct SimTask *task);
void disk_free(struct SimInstance *instance, unsigned size);

/* group.c */
int group_launch(struct Sim *sim, struct SimGroup *group);
void group_free(struct SimGroup *group); /* NULL is fine */

/* scheduler.c */
int service_look(struct Sim *sim, struct SimService *service);
int service_wake(struct Sim *sim, struct SimService *service); /* at its next tick */
int service_wake_at(struct Sim *sim, struct SimService *service, usec_t at);
/* replica.c, daemon.c: who starts and who stops, for one look */
int replica_balance(struct Sim *sim, struct SimService *service);
int daemon_balance(struct Sim *sim, struct SimService *service);

/* balance.c: what both do */
unsigned service_floor(const struct SimService *service);   /* healthy tasks to be kept */
unsigned service_ceiling(const struct SimService *service); /* tasks that may be there */
enum { STARTS_PER_LOOK = 100 }; /* of one service; ECS starts a few hundred a minute */
struct StartedTasks {
        struct SimTask *tasks[STARTS_PER_LOOK];
        unsigned count;
};
int balance_start(struct Sim *sim, struct SimDeployment *deployment, struct SimInstance *instance,
                  struct StartedTasks *started);
/* May the deployment start tasks now? 0, -EAGAIN, or a negative errno. */
int balance_throttle(struct Sim *sim, struct SimDeployment *deployment);
int balance_scale_in(struct Sim *sim, struct SimTask **tasks, size_t count);

/* deployment.c */
int deployment_add(struct Sim *sim, struct SimService *service, struct SimRevision *revision,
                   struct SimDeployment **ret);
int deployment_begin(struct Sim *sim, struct SimService *service, struct SimRevision *revision);
int deployment_reconcile(struct Sim *sim, struct SimService *service);
int deployment_roll_back(struct Sim *sim, struct SimServiceDeployment *service_deployment,
                         const char *reason);
struct SimDeployment *deployment_last_completed(const struct SimService *service);
int revision_add(struct Sim *sim, struct SimService *service, struct SimTaskDefinition *definition,
                 const char *network, struct SimRevision **ret);
bool service_deployment_is_open(const struct SimServiceDeployment *deployment);

/* taskset.c: one look at a service whose controller is not ECS */
int taskset_look(struct Sim *sim, struct SimService *service);

/* stages.c */
void stage_look(struct Sim *sim, struct SimService *service);
bool stage_lets_go(const struct SimService *service); /* the old tasks may go */
bool stage_is_baked(struct Sim *sim, struct SimService *service);

/* breaker.c */
void breaker_count(struct Sim *sim, struct SimDeployment *deployment);
void breaker_reset(struct SimDeployment *deployment); /* a task became healthy */
int breaker_check(struct Sim *sim, struct SimService *service);

/* events.c: the texts of service events, worded as ECS words them */
int event_say(struct Sim *sim, struct SimService *service, const char *format, ...) _printf_(3, 4);
/* Likewise, about one task set. */
int event_say_of(struct Sim *sim, struct SimDeployment *set, const char *what);
int event_started(struct Sim *sim, struct SimService *service, const struct StartedTasks *started);
int event_stopped(struct Sim *sim, struct SimService *service, struct SimTask **tasks,
                  size_t count);
int event_placement(struct Sim *sim, struct SimService *service, const char *why, bool capacity);
void event_placement_resolved(struct SimService *service);
void event_done(struct SimEvent *event);
