/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"

#define START (1795395723 * USEC_PER_SEC) /* 2026-11-23T01:02:03Z */

/* The old revision has run that long. */
static const usec_t BEFORE = 20 * USEC_PER_MINUTE;

static void must(int r) {
        if (r == 0)
                return;
        fprintf(stderr, "the simulator refuses: %d\n", r);
        exit(EXIT_FAILURE);
}

static usec_t seconds(unsigned n) {
        return n * USEC_PER_SEC;
}

static struct SimBehaviour behaviour_of(const struct World *world) {
        const struct Cell *cell = world->cell;
        struct SimBehaviour ret;

        sim_behaviour_default(&ret);
        if (cell->start > 0)
                ret.start = seconds(cell->start);
        ret.start_at_most = seconds(cell->start_at_most);
        ret.fault = cell->fault;
        ret.after = seconds(cell->after);
        ret.exit_code = 1;
        ret.share = world->percent / 100.0;
        /* What is killed for its health late was healthy before. */
        ret.passes_first = true;
        if (cell->away > 0)
                ret.until_age = seconds(cell->away);
        if (cell->on_host)
                snprintf(ret.instance, sizeof(ret.instance), "%s", cell->on_host);
        if (cell->in_zone)
                snprintf(ret.availability_zone, sizeof(ret.availability_zone), "%s", cell->in_zone);
        if (cell->fault_kind)
                sim_fault_text(cell->fault, cell->fault_kind, "web:latest", "us-east-1",
                               ret.reason);
        return ret;
}

static struct SimTaskDefinition *add_revision(struct World *world,
                                              const struct SimBehaviour *behaviour) {
        char family[] = "web", app[] = "app", image[] = "web:latest";
        struct SimTaskDefinition spec = {
                .family = family,
                .cpu = 1,
                .memory = 1,
                .n_containers = 1,
                .containers = {{.name = app,
                                .image = image,
                                .essential = true,
                                .health_check = world->cell->check}},
                .behaviour = *behaviour,
        };
        struct SimTaskDefinition *ret = NULL;

        must(sim_register_definition(world->sim, &spec, &ret));
        return ret;
}

static void add_hosts(struct World *world) {
        for (unsigned i = 0; i < world->cell->n_hosts; i++) {
                char name[SIM_SHORT_NAME_MAX], zone[] = "us-east-1a";
                struct SimInstance spec = {.name = name,
                                           .availability_zone = zone,
                                           .cpu = 8192,
                                           .memory = 8192};
                struct SimInstance *instance;

                snprintf(name, sizeof(name), "host-%u", i + 1);
                zone[sizeof(zone) - 2] = (char) ('a' + i % 3);
                must(sim_register_instance(world->sim, world->cluster, &spec, &instance));
        }
}

static void add_service(struct World *world, struct SimTaskDefinition *definition) {
        char group[] = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1";
        char app[] = "app";
        struct SimServiceSpec spec;

        sim_service_spec_default(&spec, SIM_REPLICA);
        spec.name = "web";
        spec.definition = definition;
        spec.desired = world->desired;
        spec.launch = world->cell->n_hosts > 0 ? SIM_EC2 : SIM_FARGATE;
        spec.spot = world->cell->spot;
        spec.breaker.reset_on_healthy_task = false; /* references.c counts from that */
        if (world->cell->load_balancer) {
                spec.load_balancer.target_group = group;
                spec.load_balancer.container = app;
                spec.load_balancer.port = 8080;
        }
        must(sim_create_service(world->sim, world->cluster, &spec, &world->service));
}

void world_init(struct World *world, const struct Cell *cell, unsigned desired, unsigned percent,
                uint64_t seed) {
        struct SimServiceChange change = {0};
        struct SimBehaviour good;

        *world = (struct World) {.cell = cell, .desired = desired, .percent = percent};
        random_init(&world->random, seed);
        world->sim = sim_new(random_u64(&world->random), START);
        if (!world->sim)
                must(-1);
        must(sim_create_cluster(world->sim, "prod", &world->cluster));
        add_hosts(world);
        sim_behaviour_default(&good);
        add_service(world, add_revision(world, &good));
        must(sim_advance(world->sim, START + BEFORE));

        if (cell->no_capacity > 0)
                sim_set_capacity(world->sim, SIM_CAPACITY_UNAVAILABLE);
        good = behaviour_of(world);
        change.definition = world->revision = add_revision(world, &good);
        must(sim_update_service(world->sim, world->service, &change));
        world->deployment = sim_primary(world->service);
        world->began = sim_now(world->sim);
        world->happens_at = cell->happens ? world->began + seconds(cell->every) : USEC_INFINITY;
}

void world_done(struct World *world) {
        sim_free(world->sim);
}

static usec_t capacity_at(const struct World *world) {
        unsigned after = world->cell->no_capacity;

        return after == 0 || after == UINT_MAX ? USEC_INFINITY : world->began + seconds(after);
}

static bool has_failed(const struct SimTask *task) {
        if (task->wanted || task->stopping_at == USEC_UNKNOWN)
                return false;
        switch (task->stop_code) {
        case SIM_TASK_FAILED_TO_START:
        case SIM_ESSENTIAL_CONTAINER_EXITED: return true;
        case SIM_SERVICE_SCHEDULER_INITIATED:
                return task->stopped_reason && strstr(task->stopped_reason, "health checks");
        case SIM_STOP_NONE:
        case SIM_USER_INITIATED:
        case SIM_SPOT_INTERRUPTION:
        case SIM_TERMINATION_NOTICE: return false;
        }
        return false;
}

static void note_truth(struct Truth *truth, const struct SimTask *task) {
        if (!has_failed(task) || task->stopping_at <= truth->until)
                return;
        truth->failed++;
        if (truth->first_failure == USEC_UNKNOWN || task->stopping_at < truth->first_failure)
                truth->first_failure = task->stopping_at;
        truth->last_failure = MAX(truth->last_failure, task->stopping_at);
}

static void see_truth(struct World *world) {
        for (size_t i = 0; i < world->service->n_tasks; i++)
                if (world->service->tasks[i]->deployment == world->deployment)
                        note_truth(&world->truth, world->service->tasks[i]);
        world->truth.until = sim_now(world->sim);
}

void world_advance(struct World *world, usec_t until) {
        while (world->happens_at <= until) {
                must(sim_advance(world->sim, world->happens_at));
                world->cell->happens(world);
                world->happens_at += seconds(world->cell->every);
        }
        if (capacity_at(world) <= until && sim_now(world->sim) < capacity_at(world)) {
                must(sim_advance(world->sim, capacity_at(world)));
                sim_set_capacity(world->sim, SIM_CAPACITY_AVAILABLE);
        }
        must(sim_advance(world->sim, until));
        see_truth(world);
}

/* One that runs, of the new revision's. */
void world_loses_spot_task(struct World *world) {
        struct SimTask *chosen = NULL;
        uint64_t n = 0;

        for (size_t i = 0; i < world->service->n_tasks; i++) {
                struct SimTask *task = world->service->tasks[i];

                if (task->deployment == world->deployment && task->wanted &&
                    task->status == SIM_RUNNING && random_below(&world->random, ++n) == 0)
                        chosen = task;
        }
        if (chosen)
                must(sim_interrupt_task(world->sim, chosen));
}

void world_scales(struct World *world) {
        unsigned least = MAX(world->desired / 2, 1U);
        unsigned desired = least + (unsigned) random_below(&world->random, world->desired + 1);
        struct SimServiceChange change = {.desired = &desired};

        /* For three minutes; then it stays at what it was. */
        if (world->happens_at >= world->began + 3 * USEC_PER_MINUTE)
                desired = world->desired;
        if (desired != world->service->desired)
                must(sim_update_service(world->sim, world->service, &change));
}
