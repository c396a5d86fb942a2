/* SPDX-License-Identifier: Apache-2.0 */
/* List- and DescribeServiceDeployments, DescribeServiceRevisions, StopServiceDeployment. */
#include "aws/decode.h"
#include "aws/response_deployments.h"
#include "base/macros.h"

static const struct EnumName STATUSES[] = {
        {"PENDING", SERVICE_DEPLOYMENT_PENDING},
        {"IN_PROGRESS", SERVICE_DEPLOYMENT_IN_PROGRESS},
        {"SUCCESSFUL", SERVICE_DEPLOYMENT_SUCCESSFUL},
        {"STOPPED", SERVICE_DEPLOYMENT_STOPPED},
        {"STOP_REQUESTED", SERVICE_DEPLOYMENT_STOP_REQUESTED},
        {"ROLLBACK_REQUESTED", SERVICE_DEPLOYMENT_ROLLBACK_REQUESTED},
        {"ROLLBACK_IN_PROGRESS", SERVICE_DEPLOYMENT_ROLLBACK_IN_PROGRESS},
        {"ROLLBACK_SUCCESSFUL", SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL},
        {"ROLLBACK_FAILED", SERVICE_DEPLOYMENT_ROLLBACK_FAILED},
        {NULL, SERVICE_DEPLOYMENT_UNKNOWN},
};

static const struct Member SOURCE_REVISION_MEMBERS[] = {
        {"arn", MEMBER_TEXT, 0, .required = true},
};
static const struct Shape SOURCE_REVISION = {SHAPE(const char *, SOURCE_REVISION_MEMBERS)};

static const struct Member HOOK_MEMBERS[] = {
        {"targetType", MEMBER_TEXT, offsetof(struct LifecycleHookFacts, target_type)},
        {"status", MEMBER_TEXT, offsetof(struct LifecycleHookFacts, status)},
};
static const struct Shape HOOK = {SHAPE(struct LifecycleHookFacts, HOOK_MEMBERS)};

/* These objects' members land in ServiceDeploymentFacts itself. */
#define AT(member) offsetof(struct ServiceDeploymentFacts, member)
static const struct Member TARGET_REVISION_MEMBERS[] = {
        {"arn", MEMBER_TEXT, AT(target_revision), .required = true},
};
static const struct Shape TARGET_REVISION = {
        SHAPE(struct ServiceDeploymentFacts, TARGET_REVISION_MEMBERS)};

static const struct Member ROLLBACK_MEMBERS[] = {
        {"reason", MEMBER_TEXT, AT(rollback_reason)},
        {"startedAt", MEMBER_INSTANT, AT(rollback_started_at)},
        {"serviceRevisionArn", MEMBER_TEXT, AT(rollback_revision)},
};
static const struct Shape ROLLBACK = {SHAPE(struct ServiceDeploymentFacts, ROLLBACK_MEMBERS)};

static const struct Member BREAKER_MEMBERS[] = {
        {"status", MEMBER_TEXT, AT(breaker_status)},
        {"failureCount", MEMBER_COUNT, AT(breaker_failures)},
        {"threshold", MEMBER_COUNT, AT(breaker_threshold)},
};
static const struct Shape BREAKER = {SHAPE(struct ServiceDeploymentFacts, BREAKER_MEMBERS)};

static const struct Member ALARMS_MEMBERS[] = {
        {"status", MEMBER_TEXT, AT(alarms_status)},
        {"triggeredAlarmNames", MEMBER_TEXTS, AT(alarms), .second = AT(n_alarms)},
};
static const struct Shape ALARMS = {SHAPE(struct ServiceDeploymentFacts, ALARMS_MEMBERS)};

/* One table for both calls: List gives the target as a text of its own, and less. */
static const struct Member DEPLOYMENT_MEMBERS[] = {
        {"serviceDeploymentArn", MEMBER_TEXT, AT(arn), .required = true},
        {"serviceArn", MEMBER_TEXT, AT(service_arn)},
        {"clusterArn", MEMBER_TEXT, AT(cluster_arn)},
        {"status", MEMBER_ENUM, AT(status), .required = true, .names = STATUSES},
        {"statusReason", MEMBER_TEXT, AT(status_reason)},
        {"createdAt", MEMBER_INSTANT, AT(created_at)},
        {"startedAt", MEMBER_INSTANT, AT(started_at)},
        {"finishedAt", MEMBER_INSTANT, AT(finished_at)},
        {"targetServiceRevisionArn", MEMBER_TEXT, AT(target_revision)},
        {"stoppedAt", MEMBER_INSTANT, AT(stopped_at)},
        {"updatedAt", MEMBER_INSTANT, AT(updated_at)},
        {"targetServiceRevision", MEMBER_INSIDE, .shape = &TARGET_REVISION},
        {"sourceServiceRevisions", MEMBER_STRUCTS, AT(source_revisions),
         .second = AT(n_source_revisions), .shape = &SOURCE_REVISION},
        {"lifecycleStage", MEMBER_TEXT, AT(lifecycle_stage)},
        {"lifecycleHookDetails", MEMBER_STRUCTS, AT(hooks), .second = AT(n_hooks), .shape = &HOOK},
        {"rollback", MEMBER_INSIDE, .shape = &ROLLBACK},
        {"deploymentCircuitBreaker", MEMBER_INSIDE, .shape = &BREAKER},
        {"alarms", MEMBER_INSIDE, .shape = &ALARMS},
};
static const struct Shape DEPLOYMENT = {SHAPE(struct ServiceDeploymentFacts, DEPLOYMENT_MEMBERS)};
#undef AT

#define AT(member) offsetof(struct ServiceDeploymentsResponse, member)
static const struct Member DEPLOYMENTS_MEMBERS[] = {
        {"serviceDeployments", MEMBER_STRUCTS, AT(deployments), .required = true,
         .second = AT(n_deployments), .shape = &DEPLOYMENT},
        {"failures", MEMBER_STRUCTS, AT(failures), .second = AT(n_failures),
         .shape = &ECS_FAILURE_SHAPE},
        {"nextToken", MEMBER_TOKEN, AT(next_token)},
};
static const struct Shape DEPLOYMENTS = {
        SHAPE(struct ServiceDeploymentsResponse, DEPLOYMENTS_MEMBERS)};
#undef AT

#define AT(member) offsetof(struct ServiceRevisionFacts, member)
static const struct Member REVISION_MEMBERS[] = {
        {"serviceRevisionArn", MEMBER_TEXT, AT(arn), .required = true},
        {"serviceArn", MEMBER_TEXT, AT(service_arn)},
        {"clusterArn", MEMBER_TEXT, AT(cluster_arn)},
        {"taskDefinition", MEMBER_TEXT, AT(task_definition), .required = true},
        {"createdAt", MEMBER_INSTANT, AT(created_at)},
};
#undef AT
static const struct Shape REVISION = {SHAPE(struct ServiceRevisionFacts, REVISION_MEMBERS)};

#define AT(member) offsetof(struct ServiceRevisionsResponse, member)
static const struct Member DESCRIBE_REVISIONS_MEMBERS[] = {
        {"serviceRevisions", MEMBER_STRUCTS, AT(revisions), .required = true,
         .second = AT(n_revisions), .shape = &REVISION},
        {"failures", MEMBER_STRUCTS, AT(failures), .second = AT(n_failures),
         .shape = &ECS_FAILURE_SHAPE},
};
#undef AT
static const struct Shape DESCRIBE_REVISIONS = {
        SHAPE(struct ServiceRevisionsResponse, DESCRIBE_REVISIONS_MEMBERS)};

static const struct Member STOP_MEMBERS[] = {
        {"serviceDeploymentArn", MEMBER_TEXT, 0, .required = true},
};
static const struct Shape STOP = {SHAPE(const char *, STOP_MEMBERS)};

int ecs_list_service_deployments_response(const struct EcsBody *body, struct Arena *arena,
                                          struct EcsProblem *ret_problem,
                                          struct ServiceDeploymentsResponse *ret) {
        return ecs_decode(body, &DEPLOYMENTS, arena, ret_problem, ret);
}

int ecs_describe_service_deployments_response(const struct EcsBody *body, struct Arena *arena,
                                              struct EcsProblem *ret_problem,
                                              struct ServiceDeploymentsResponse *ret) {
        return ecs_decode(body, &DEPLOYMENTS, arena, ret_problem, ret);
}

int ecs_describe_service_revisions_response(const struct EcsBody *body, struct Arena *arena,
                                            struct EcsProblem *ret_problem,
                                            struct ServiceRevisionsResponse *ret) {
        return ecs_decode(body, &DESCRIBE_REVISIONS, arena, ret_problem, ret);
}

int ecs_stop_service_deployment_response(const struct EcsBody *body, struct Arena *arena,
                                         struct EcsProblem *ret_problem, const char **ret) {
        return ecs_decode(body, &STOP, arena, ret_problem, ret);
}
