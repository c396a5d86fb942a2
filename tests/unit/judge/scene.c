/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

void scene_init(struct Scene *s) {
        *s = (struct Scene) {
                .policy = {.name = "standard", .mode = MODE_ENFORCE, .judge = judge_rule_default()},
                .entry = {.has_action = true, .rollback = ROLLBACK_AUTO},
                .rollout = {.service_arn = "arn:aws:ecs:us-east-1:123456789012:service/c/my-app",
                            .service_created_at = S(0),
                            .deployment = "ecs-svc/2",
                            .ordinal = 1,
                            .task_definition = TD(2),
                            .previous_task_definition = TD(1),
                            .started_at = S(100)},
                .verdict = {.kind = VERDICT_FAILED, .cause = CAUSE_APP_EXIT},
                .service = {.name = "my-app",
                            .status = "ACTIVE",
                            .created_at = S(0),
                            .desired_count = 1,
                            .n_deployments = 1},
                .deployment = {.id = "ecs-svc/2",
                               .status = DEPLOYMENT_PRIMARY,
                               .task_definition = TD(2),
                               .created_at = S(100),
                               .rollout_state = ROLLOUT_IN_PROGRESS},
                .candidate = {.task_definition = TD(1),
                              .good = true,
                              .source = true,
                              .proven_at = S(0),
                              .status = "ACTIVE"},
                .history = {.n_candidates = 1,
                            .past_asked = true,
                            .per_service = 2,
                            .per_fleet = 10,
                            .within = USEC_PER_HOUR,
                            .max_age = 30 * USEC_PER_DAY},
                .now = S(300),
        };
        s->policy.on[ON_FAILED].entries = &s->entry;
        s->policy.on[ON_FAILED].n_entries = 1;
        s->service.deployments = &s->deployment;
        s->service.events = &s->event;
        s->judged = (struct Judged) {
                .rollout = &s->rollout,
                .verdict = &s->verdict,
                .verdict_at = S(300),
                .service = &s->service,
                .deployment_asked = true,
        };
        s->history.candidates = &s->candidate;
}
