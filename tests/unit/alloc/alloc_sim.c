/* SPDX-License-Identifier: Apache-2.0 */
/* lib/sim */
#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "base/macros.h"
#include "sim/service.h"

static char APP[] = "app", IMAGE[] = "web:1", FAMILY[] = "web", GROUP[] = "arn:group",
            HOST[] = "host-1", ZONE[] = "us-east-1a", DOCUMENT[] = "{}";

static int add_revision(struct Sim *sim, enum SimFault fault, struct SimTaskDefinition **ret) {
        struct SimTaskDefinition spec = {
                .family = FAMILY,
                .cpu = 1,
                .memory = 1,
                .n_containers = 1,
                .containers =
                        {{.name = APP, .image = IMAGE, .essential = true, .health_check = true}},
                .document = DOCUMENT,
        };

        sim_behaviour_default(&spec.behaviour);
        spec.behaviour.fault = fault;
        spec.behaviour.after = 20 * USEC_PER_SEC;
        strncpy(spec.behaviour.reason, "CannotPullContainerError: not found",
                sizeof(spec.behaviour.reason) - 1);
        return sim_register_definition(sim, &spec, ret);
}

static int add_service(struct Sim *sim, enum SimLaunch launch, struct SimService **ret) {
        struct SimTaskDefinition *definition;
        struct SimServiceSpec spec;
        struct SimInstance host = {.name = HOST, .availability_zone = ZONE, .cpu = 1, .memory = 1};
        struct SimInstance *instance;
        struct SimCluster *cluster;
        int r;

        r = sim_create_cluster(sim, "prod", &cluster);
        if (r == 0)
                r = sim_register_instance(sim, cluster, &host, &instance);
        if (r == 0)
                r = add_revision(sim, SIM_FAULT_NONE, &definition);
        if (r < 0)
                return r;

        sim_service_spec_default(&spec, SIM_REPLICA);
        spec.name = "web";
        spec.launch = launch;
        spec.definition = definition;
        spec.network = spec.tags = "{}";
        spec.breaker.enable = spec.breaker.rollback = true;
        spec.load_balancer.target_group = GROUP;
        spec.load_balancer.container = APP;
        return sim_create_service(sim, cluster, &spec, ret);
}

/* A good start, a bad deployment, what ECS makes of it. */
static int run_story(enum SimLaunch launch, enum SimFault fault) {
        _cleanup_(sim_freep) struct Sim *sim = sim_new(1, USEC_PER_DAY);
        struct SimServiceChange change = {};
        struct SimService *service;
        int r;

        if (!sim)
                return -ENOMEM;
        r = add_service(sim, launch, &service);
        if (r == 0)
                r = sim_advance(sim, sim_now(sim) + 2 * USEC_PER_MINUTE);
        if (r == 0)
                r = add_revision(sim, fault, &change.definition);
        if (r == 0)
                r = sim_update_service(sim, service, &change);
        if (r == 0)
                r = sim_advance(sim, sim_now(sim) + 4 * USEC_PER_MINUTE);
        if (r == 0)
                r = sim_delete_service(sim, service, true);
        return r ?: sim_advance(sim, sim_now(sim) + 2 * USEC_PER_HOUR);
}

static int run_rollback(void) {
        return run_story(SIM_FARGATE, SIM_FAULT_PULL);
}

static int run_bad_health(void) {
        return run_story(SIM_FARGATE, SIM_FAULT_LB);
}

static int run_no_room(void) {
        return run_story(SIM_EC2, SIM_FAULT_EXIT);
}

const struct AllocRow ALLOC_SIM[] = {
        {"a rollback by the breaker", run_rollback},
        {"tasks replaced for their health", run_bad_health},
        {"an instance without room", run_no_room},
        {},
};
