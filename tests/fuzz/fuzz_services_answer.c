/* SPDX-License-Identifier: Apache-2.0 */
/* The reader that knows what did not change beside the one that parses all: they must tell the
 * same. Input: an answer, and after a byte 0xFF the answer that follows it. */
#include <errno.h>
#include <string.h>

#include "aws/services_answer.h"
#include "base/text.h"
#include "fuzz.h"

enum { ARENA_BYTES = 2 * ECS_RESPONSE_BYTES_MAX, KNOWN_MAX = 10 };

static const uint64_t SEED = 0x5eed;

#define SAME(member) FUZZ_CHECK(a->member == b->member)
#define SAME_TEXT(member) FUZZ_CHECK(text_equal(a->member, b->member))

static void same_deployment(const struct DeploymentFacts *a, const struct DeploymentFacts *b) {
        SAME_TEXT(id);
        SAME(status);
        SAME_TEXT(task_definition);
        SAME(created_at);
        SAME(updated_at);
        SAME(desired_count);
        SAME(running_count);
        SAME(pending_count);
        SAME(failed_tasks);
        SAME(rollout_state);
        SAME_TEXT(rollout_state_reason);
}

static void same_task_set(const struct TaskSetFacts *a, const struct TaskSetFacts *b) {
        SAME_TEXT(id);
        SAME_TEXT(status);
        SAME_TEXT(task_definition);
        SAME(created_at);
        SAME(computed_desired_count);
        SAME(running_count);
        SAME(pending_count);
        SAME_TEXT(stability_status);
        SAME_TEXT(started_by);
        SAME_TEXT(external_id);
}

static void same_event(const struct ServiceEvent *a, const struct ServiceEvent *b) {
        SAME_TEXT(id);
        SAME(created_at);
        SAME_TEXT(message);
}

static void same_lists(const struct ServiceFacts *a, const struct ServiceFacts *b) {
        SAME(n_current_service_revisions);
        for (size_t i = 0; i < a->n_current_service_revisions; i++)
                SAME_TEXT(current_service_revisions[i]);
        SAME(n_deployments);
        for (size_t i = 0; i < a->n_deployments; i++)
                same_deployment(a->deployments + i, b->deployments + i);
        SAME(n_task_sets);
        for (size_t i = 0; i < a->n_task_sets; i++)
                same_task_set(a->task_sets + i, b->task_sets + i);
        SAME(n_events);
        for (size_t i = 0; i < a->n_events; i++)
                same_event(a->events + i, b->events + i);
}

static void same_configuration(const struct ServiceFacts *a, const struct ServiceFacts *b) {
        SAME(controller);
        SAME(daemon_strategy);
        SAME(managed_by_ecs);
        SAME(has_load_balancer);
        SAME(breaker_enabled);
        SAME(breaker_rollback);
        SAME(alarms_enabled);
        SAME(alarms_rollback);
        SAME(early_success_enabled);
        SAME(health_check_grace_period_seconds);
        SAME_TEXT(strategy);
        SAME(bake_time_minutes);
        SAME(step_bake_minutes);
        SAME(has_lifecycle_hooks);
}

static void same_service(const struct ServiceFacts *a, const struct ServiceFacts *b) {
        SAME_TEXT(arn);
        SAME_TEXT(name);
        SAME_TEXT(cluster_arn);
        SAME_TEXT(status);
        SAME_TEXT(task_definition);
        SAME(created_at);
        SAME(desired_count);
        SAME(running_count);
        SAME(pending_count);
        SAME_TEXT(current_service_deployment);
        same_configuration(a, b);
        same_lists(a, b);
}

static void same_failures(const struct EcsServicesAnswer *answer,
                          const struct DescribeServicesResponse *response) {
        FUZZ_CHECK(answer->n_failures == response->n_failures);
        for (size_t i = 0; i < answer->n_failures; i++) {
                const struct EcsFailure *a = answer->failures + i, *b = response->failures + i;

                SAME_TEXT(arn);
                SAME_TEXT(reason);
                SAME_TEXT(detail);
        }
}

/* What a service of the answer says: its own facts, or those of the known one that it still is. */
static const struct ServiceFacts *facts_of(const struct EcsAnsweredService *service,
                                           const struct EcsKnownServices *known,
                                           const struct ServiceFacts *known_facts) {
        return service->unchanged ? known_facts + (service->unchanged - known->services)
                                  : &service->facts;
}

/* Reads the body with both. Below 0: neither can. */
static int read_both(const struct EcsBody *body, const struct EcsKnownServices *known,
                     const struct ServiceFacts *known_facts, struct Arena *arena,
                     struct EcsServicesAnswer *ret) {
        struct EcsProblem problem = {""}, whole_problem = {""};
        struct DescribeServicesResponse response;
        int r, whole_r;

        r = ecs_services_answer_read(body, known, arena, &problem, ret);
        whole_r = ecs_describe_services_response(body, arena, &whole_problem, &response);
        FUZZ_CHECK(r == whole_r && r <= 0);
        FUZZ_CHECK(text_equal(problem.text, whole_problem.text));
        if (r < 0)
                return r;
        same_failures(ret, &response);
        FUZZ_CHECK(ret->n_services == response.n_services);
        for (size_t i = 0; i < ret->n_services; i++)
                same_service(facts_of(ret->services + i, known, known_facts),
                             response.services + i);
        return 0;
}

/* What is known after the answer; every second service is wanted if `wanted`. */
static size_t learn(const struct EcsServicesAnswer *answer, bool wanted,
                    struct EcsKnownService services[KNOWN_MAX],
                    struct ServiceFacts facts[KNOWN_MAX]) {
        size_t n = MIN(answer->n_services, (size_t) KNOWN_MAX);

        for (size_t i = 0; i < n; i++) {
                services[i] =
                        (struct EcsKnownService) {answer->services[i].digest, wanted && i % 2 == 0};
                facts[i] = answer->services[i].facts;
        }
        return n;
}

static void read_pair(const struct EcsBody *first, const struct EcsBody *second,
                      struct Arena *arena) {
        struct EcsKnownService services[KNOWN_MAX];
        struct ServiceFacts facts[KNOWN_MAX] = {};
        struct EcsKnownServices known = {.services = services, .seed = SEED};
        struct EcsServicesAnswer answer, again;

        if (read_both(first, &known, facts, arena, &answer) < 0)
                return;
        known.n_services = learn(&answer, false, services, facts);
        FUZZ_CHECK(read_both(first, &known, facts, arena, &again) == 0);
        for (size_t i = 0; i < known.n_services; i++)
                FUZZ_CHECK(!services[i].digest.size == !again.services[i].unchanged);
        (void) read_both(second, &known, facts, arena, &again);
        (void) learn(&answer, true, services, facts);
        (void) read_both(second, &known, facts, arena, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ARENA_BYTES);
        const uint8_t *separator = size > 0 ? memchr(data, 0xFF, size) : NULL;
        struct EcsBody first = {(const char *) data,
                                separator ? (size_t) (separator - data) : size};
        struct EcsBody second = first;

        FUZZ_CHECK(arena);
        if (separator)
                second = (struct EcsBody) {(const char *) separator + 1, size - first.size - 1};
        read_pair(&first, &second, arena);
        return 0;
}
