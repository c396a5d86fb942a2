/* SPDX-License-Identifier: Apache-2.0 */
/* A small control plane for tests: one cluster, one service "web", revisions web:1, web:2, … */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "check_main.h"
#include "sim/service.h"

#define STAGE_START (1795395723 * USEC_PER_SEC) /* 2026-11-23T01:02:03Z */

struct Stage {
        struct Sim *sim;
        struct SimCluster *cluster;
        struct SimService *service;
};

static inline struct Stage stage_new(uint64_t seed) {
        struct Stage stage = {.sim = sim_new(seed, STAGE_START)};

        ck_assert_ptr_nonnull(stage.sim);
        ck_assert_int_eq(sim_create_cluster(stage.sim, "prod", &stage.cluster), 0);
        return stage;
}

static inline void stage_done(struct Stage *stage) {
        sim_free(stage->sim);
}

/* The next revision of web; `health_check` for its container. */
static inline struct SimTaskDefinition *stage_revision(struct Stage *stage,
                                                       const struct SimBehaviour *behaviour,
                                                       bool health_check) {
        char family[] = "web", app[] = "app", image[] = "web:latest";
        struct SimTaskDefinition spec = {
                .family = family,
                .cpu = 256,
                .memory = 512,
                .n_containers = 1,
                .containers = {{.name = app,
                                .image = image,
                                .essential = true,
                                .health_check = health_check}},
        };
        struct SimTaskDefinition *definition;

        if (behaviour)
                spec.behaviour = *behaviour;
        else
                sim_behaviour_default(&spec.behaviour);
        ck_assert_int_eq(sim_register_definition(stage->sim, &spec, &definition), 0);
        return definition;
}

static inline struct SimServiceSpec stage_spec(struct SimTaskDefinition *definition,
                                               unsigned desired) {
        struct SimServiceSpec spec;

        sim_service_spec_default(&spec, SIM_REPLICA);
        spec.name = "web";
        spec.definition = definition;
        spec.desired = desired;
        return spec;
}

static inline void stage_create(struct Stage *stage, const struct SimServiceSpec *spec) {
        ck_assert_int_eq(sim_create_service(stage->sim, stage->cluster, spec, &stage->service), 0);
}

static inline void stage_deploy(struct Stage *stage, struct SimTaskDefinition *definition) {
        struct SimServiceChange change = {.definition = definition};

        ck_assert_int_eq(sim_update_service(stage->sim, stage->service, &change), 0);
}

static inline void stage_pass(struct Stage *stage, usec_t duration) {
        ck_assert_int_eq(sim_advance(stage->sim, sim_now(stage->sim) + duration), 0);
}

static inline void stage_instance(struct Stage *stage, const char *name, unsigned memory) {
        char copy[SIM_SHORT_NAME_MAX], zone[] = "us-east-1a";
        struct SimInstance spec = {.name = copy,
                                   .availability_zone = zone,
                                   .cpu = 2048,
                                   .memory = memory};
        struct SimInstance *instance;

        strncpy(copy, name, sizeof(copy) - 1);
        copy[sizeof(copy) - 1] = '\0';
        ck_assert_int_eq(sim_register_instance(stage->sim, stage->cluster, &spec, &instance), 0);
}

/* How many events contain the text. */
static inline unsigned stage_told(const struct Stage *stage, const char *text) {
        unsigned count = 0;

        for (size_t i = 0; i < stage->service->n_events; i++)
                count += strstr(stage->service->events[i].message, text) != NULL;
        return count;
}

/* The newest event that contains the text, "" if there is none. */
static inline const char *stage_event(const struct Stage *stage, const char *text) {
        for (size_t i = 0; i < stage->service->n_events; i++)
                if (strstr(stage->service->events[i].message, text))
                        return stage->service->events[i].message;
        return "";
}

static inline struct SimBehaviour stage_fault(enum SimFault fault, usec_t after) {
        struct SimBehaviour behaviour;

        sim_behaviour_default(&behaviour);
        behaviour.fault = fault;
        behaviour.after = after;
        behaviour.exit_code = 1;
        return behaviour;
}

static inline struct SimBehaviour stage_start_fault(enum SimFault fault, const char *kind) {
        struct SimBehaviour behaviour = stage_fault(fault, 0);

        ck_assert_ptr_nonnull(
                sim_fault_text(fault, kind, "web:latest", "us-east-1", behaviour.reason));
        return behaviour;
}
