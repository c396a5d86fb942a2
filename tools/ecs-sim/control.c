/* SPDX-License-Identifier: Apache-2.0 */
/* What is below /_sim/: steps, the call log, the state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "exchange.h"
#include "render.h"

enum { STEP_ARENA_MAX = 4 * 1024 * 1024 };

static double offset(const struct World *world) {
        return (double) (usec_sub(sim_now(world->sim), world->start) / USEC_PER_MSEC) / 1000.0;
}

static int bad_request(struct Reply *reply, const char *text) {
        return reply_json(reply, 400,
                          json_pack("{s:s#}", "error", text, (int) strcspn(text, "\n")));
}

static int done(const struct World *world, struct Reply *reply,
                const struct SimDeployment *deployment) {
        json_t *shown = json_pack("{s:o, s:f}", "now", render_time(sim_now(world->sim)), "offset",
                                  offset(world));

        if (deployment)
                json_object_set_new(shown, "deployment", json_string(deployment->id));
        return reply_json(reply, 200, shown);
}

static int do_step(struct Simulator *simulator, const struct Request *request, struct Arena *arena,
                   struct Buffer *message, struct Reply *reply) {
        const struct SimDeployment *deployment;
        char refused[MESSAGE_MAX];
        struct Step step;
        int r;

        r = step_parse(text_or_empty(request->http.body), request->http.body_size, arena, message,
                       &step);
        if (r == -EINVAL)
                return bad_request(reply, buffer_text(message));
        if (r < 0)
                return r;
        r = step_apply(simulator->world, &step, message, &deployment);
        if (r == -ENOENT)
                return bad_request(reply, buffer_text(message));
        if (r < 0)
                return r;
        if (r == 0)
                return done(simulator->world, reply, deployment);
        snprintf(refused, sizeof(refused), "%s: %s", sim_refusal_code((enum SimRefusal) r),
                 sim_refusal_text((enum SimRefusal) r));
        return bad_request(reply, refused);
}

static int answer_step(struct Simulator *simulator, const struct Request *request,
                       struct Reply *reply) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(STEP_ARENA_MAX);
        struct Buffer message;
        int r;

        if (!arena)
                return -ENOMEM;
        buffer_init(&message, SCENARIO_ERRORS_MAX);
        r = do_step(simulator, request, arena, &message, reply);
        buffer_done(&message);
        return r;
}

static int answer_calls(struct Simulator *simulator, const struct Request *request,
                        struct Reply *reply) {
        const char *since = request->query(request->http.userdata, "since");
        const char *operation = request->query(request->http.userdata, "operation");
        uint64_t number = 0;

        if (since && text_parse_u64(since, 0, UINT64_MAX, &number) < 0)
                return bad_request(reply, "since is not a number");
        return reply_json(reply, 200, call_log_list(&simulator->world->calls, number, operation));
}

static json_t *show_services(const struct World *world) {
        json_t *list = json_array();
        size_t count;
        struct SimCluster *const *clusters = sim_clusters(world->sim, &count);

        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < clusters[i]->n_services; j++)
                        json_array_append_new(list, render_service(world, clusters[i]->services[j],
                                                                   "ecs-sim", true));
        return list;
}

static json_t *show_tasks(const struct World *world) {
        json_t *list = json_array();
        size_t count;
        struct SimCluster *const *clusters = sim_clusters(world->sim, &count);

        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < clusters[i]->n_services; j++)
                        for (size_t k = 0; k < clusters[i]->services[j]->n_tasks; k++)
                                json_array_append_new(
                                        list,
                                        render_task(world, clusters[i]->services[j]->tasks[k]));
        return list;
}

static json_t *show_instances(const struct World *world) {
        json_t *list = json_array(), *shown;
        size_t count;
        struct SimCluster *const *clusters = sim_clusters(world->sim, &count);

        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < clusters[i]->n_instances; j++) {
                        shown = render_instance(world, clusters[i]->instances[j]);
                        json_object_set_new(shown, "instance",
                                            json_string(clusters[i]->instances[j]->name));
                        json_array_append_new(list, shown);
                }
        return list;
}

static json_t *show_steps(const struct World *world) {
        const struct Scenario *scenario = world->scenario;
        json_t *list = json_array();

        for (size_t i = world->next_step; i < scenario->n_steps; i++)
                json_array_append_new(list, json_pack("{s:f, s:s}", "at",
                                                      (double) scenario->timeline[i].at /
                                                              (double) USEC_PER_SEC,
                                                      "step",
                                                      step_kind_name(scenario->timeline[i].kind)));
        return list;
}

static json_t *show_faults(const struct World *world) {
        json_t *list = json_array();

        for (size_t i = 0; i < world->n_faults; i++) {
                const struct Fault *fault = &world->faults[i];

                if (fault->left == 0 || fault->until <= sim_now(world->sim))
                        continue;
                json_array_append_new(
                        list,
                        json_pack("{s:s, s:s, s:I}", "kind",
                                  fault_kind_name((enum FaultKind) fault->plan.kind), "operation",
                                  fault->operation >= 0 ? operation_at(fault->operation)->name : "",
                                  "left", (json_int_t) fault->left));
        }
        return list;
}

static int answer_state(const struct Simulator *simulator, struct Reply *reply) {
        const struct World *world = simulator->world;

        return reply_json(reply, 200,
                          json_pack("{s:o, s:f, s:f, s:I, s:o, s:o, s:o, s:o, s:o}", "now",
                                    render_time(sim_now(world->sim)), "offset", offset(world),
                                    "speed", simulator->speed, "seed", (json_int_t) simulator->seed,
                                    "services", show_services(world), "tasks", show_tasks(world),
                                    "instances", show_instances(world), "timeline",
                                    show_steps(world), "faults", show_faults(world)));
}

int control_answer(struct Simulator *simulator, const struct Request *request,
                   struct Reply *reply) {
        const char *path = request->http.path;
        bool post = text_equal(request->http.method, "POST");
        bool get = text_equal(request->http.method, "GET");

        reply->content_type = "application/json";
        if (text_equal(path, "/_sim/step") && post)
                return answer_step(simulator, request, reply);
        if (text_equal(path, "/_sim/calls") && get)
                return answer_calls(simulator, request, reply);
        if (text_equal(path, "/_sim/state") && get)
                return answer_state(simulator, reply);
        return reply_json(reply, 404,
                          json_pack("{s:s}", "error",
                                    "there is POST /_sim/step, GET /_sim/calls, GET /_sim/state"));
}
