/* SPDX-License-Identifier: Apache-2.0 */
/* A rollout: one uninterrupted time in which ECS moves a service to one deployment id. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

enum RolloutKind { ROLLOUT_DEPLOY, ROLLOUT_ROLLBACK };
enum RollbackBy { BY_NOBODY, BY_US, BY_ECS, BY_OTHER }; /* BY_NOBODY for deploys */

/* The identity is (service ARN, service createdAt, deployment, ordinal). Texts are borrowed. */
struct Rollout {
        const char *service_arn;
        usec_t service_created_at;
        const char *deployment; /* ecs-svc/…; a task set's id with CODE_DEPLOY and EXTERNAL */
        uint64_t ordinal;       /* from 1; grows each time this id becomes PRIMARY again */
        enum RolloutKind kind;
        enum RollbackBy by;
        const char *task_definition;          /* ARN */
        const char *previous_task_definition; /* what the service ran when it began; NULL when not
                                                 known */
        const char *service_revision, *service_deployment; /* ARNs or NULL */
        usec_t started_at; /* the deployment's createdAt, or when a known id became PRIMARY again
                              (AWS's time) */
        bool before_watch; /* was in progress at first sight: judged and told, never acted on */
};

const char *rollout_kind_name(enum RolloutKind kind); /* "deploy", "rollback" */
const char *rollback_by_name(enum RollbackBy by);     /* "us", "ecs", "other", "" */
