/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeServices and UpdateService -> ServiceFacts; ListServices. */
#include "aws/facts_service.h"

#include "aws/response.h"

/* A value that we don't know is read as what makes us most careful. */
static const struct EnumName ROLLOUT_STATES[] = {
        {"IN_PROGRESS", ROLLOUT_IN_PROGRESS},
        {"COMPLETED", ROLLOUT_COMPLETED},
        {"FAILED", ROLLOUT_FAILED},
        {NULL, ROLLOUT_IN_PROGRESS},
};

static const struct EnumName DEPLOYMENT_STATUSES[] = {
        {"PRIMARY", DEPLOYMENT_PRIMARY},
        {"ACTIVE", DEPLOYMENT_ACTIVE},
        {"INACTIVE", DEPLOYMENT_INACTIVE},
        {NULL, DEPLOYMENT_INACTIVE},
};

static const struct EnumName CONTROLLERS[] = {
        {"ECS", CONTROLLER_ECS},
        {"CODE_DEPLOY", CONTROLLER_CODE_DEPLOY},
        {"EXTERNAL", CONTROLLER_EXTERNAL},
        {NULL, CONTROLLER_EXTERNAL},
};

#define AT(member) offsetof(struct DeploymentFacts, member)
static const struct Member DEPLOYMENT_MEMBERS[] = {
        {"id", MEMBER_TEXT, AT(id), .required = true},
        {"status", MEMBER_ENUM, AT(status), .required = true, .names = DEPLOYMENT_STATUSES},
        {"taskDefinition", MEMBER_TEXT, AT(task_definition), .required = true},
        {"createdAt", MEMBER_INSTANT, AT(created_at), .required = true},
        {"updatedAt", MEMBER_INSTANT, AT(updated_at)},
        {"desiredCount", MEMBER_COUNT, AT(desired_count), .required = true},
        {"runningCount", MEMBER_COUNT, AT(running_count), .required = true},
        {"pendingCount", MEMBER_COUNT, AT(pending_count)},
        {"failedTasks", MEMBER_COUNT, AT(failed_tasks)},
        {"rolloutState", MEMBER_ENUM, AT(rollout_state), .names = ROLLOUT_STATES},
        {"rolloutStateReason", MEMBER_TEXT, AT(rollout_state_reason)},
};
#undef AT
static const struct Shape DEPLOYMENT = {SHAPE(struct DeploymentFacts, DEPLOYMENT_MEMBERS)};

#define AT(member) offsetof(struct TaskSetFacts, member)
static const struct Member TASK_SET_MEMBERS[] = {
        {"id", MEMBER_TEXT, AT(id), .required = true},
        {"status", MEMBER_TEXT, AT(status), .required = true},
        {"taskDefinition", MEMBER_TEXT, AT(task_definition), .required = true},
        {"createdAt", MEMBER_INSTANT, AT(created_at), .required = true},
        {"computedDesiredCount", MEMBER_COUNT, AT(computed_desired_count), .required = true},
        {"runningCount", MEMBER_COUNT, AT(running_count), .required = true},
        {"pendingCount", MEMBER_COUNT, AT(pending_count)},
        {"stabilityStatus", MEMBER_TEXT, AT(stability_status)},
        {"startedBy", MEMBER_TEXT, AT(started_by)},
        {"externalId", MEMBER_TEXT, AT(external_id)},
};
#undef AT
static const struct Shape TASK_SET = {SHAPE(struct TaskSetFacts, TASK_SET_MEMBERS)};

#define AT(member) offsetof(struct ServiceEvent, member)
static const struct Member EVENT_MEMBERS[] = {
        {"id", MEMBER_TEXT, AT(id), .required = true},
        {"createdAt", MEMBER_INSTANT, AT(created_at), .required = true},
        {"message", MEMBER_TEXT, AT(message), .required = true},
};
#undef AT
const struct Shape ECS_EVENT_SHAPE = {SHAPE(struct ServiceEvent, EVENT_MEMBERS)};

static const struct Member REVISION_SUMMARY_MEMBERS[] = {
        {"arn", MEMBER_TEXT, 0, .required = true},
};
static const struct Shape REVISION_SUMMARY = {SHAPE(const char *, REVISION_SUMMARY_MEMBERS)};

/* These objects' members land in ServiceFacts itself. */
#define AT(member) offsetof(struct ServiceFacts, member)
static const struct Member BREAKER_MEMBERS[] = {
        {"enable", MEMBER_FLAG, AT(breaker_enabled)},
        {"rollback", MEMBER_FLAG, AT(breaker_rollback)},
};
static const struct Shape BREAKER = {SHAPE(struct ServiceFacts, BREAKER_MEMBERS)};

static const struct Member ALARMS_MEMBERS[] = {
        {"enable", MEMBER_FLAG, AT(alarms_enabled)},
        {"rollback", MEMBER_FLAG, AT(alarms_rollback)},
};
static const struct Shape ALARMS = {SHAPE(struct ServiceFacts, ALARMS_MEMBERS)};

static const struct Member EARLY_SUCCESS_MEMBERS[] = {
        {"enable", MEMBER_FLAG, AT(early_success_enabled)},
};
static const struct Shape EARLY_SUCCESS = {SHAPE(struct ServiceFacts, EARLY_SUCCESS_MEMBERS)};

static const struct Member LINEAR_MEMBERS[] = {
        {"stepBakeTimeInMinutes", MEMBER_COUNT, AT(step_bake_minutes)},
};
static const struct Shape LINEAR = {SHAPE(struct ServiceFacts, LINEAR_MEMBERS)};

static const struct Member CANARY_MEMBERS[] = {
        {"canaryBakeTimeInMinutes", MEMBER_COUNT, AT(step_bake_minutes)},
};
static const struct Shape CANARY = {SHAPE(struct ServiceFacts, CANARY_MEMBERS)};

static const struct Member CONFIGURATION_MEMBERS[] = {
        {"deploymentCircuitBreaker", MEMBER_INSIDE, .shape = &BREAKER},
        {"alarms", MEMBER_INSIDE, .shape = &ALARMS},
        {"earlySuccessCriteria", MEMBER_INSIDE, .shape = &EARLY_SUCCESS},
        {"strategy", MEMBER_TEXT, AT(strategy)},
        {"bakeTimeInMinutes", MEMBER_COUNT, AT(bake_time_minutes)},
        {"linearConfiguration", MEMBER_INSIDE, .shape = &LINEAR},
        {"canaryConfiguration", MEMBER_INSIDE, .shape = &CANARY},
        {"lifecycleHooks", MEMBER_NOT_EMPTY, AT(has_lifecycle_hooks)},
};
static const struct Shape CONFIGURATION = {SHAPE(struct ServiceFacts, CONFIGURATION_MEMBERS)};

static const struct Member CONTROLLER_MEMBERS[] = {
        {"type", MEMBER_ENUM, AT(controller), .names = CONTROLLERS},
};
static const struct Shape CONTROLLER = {SHAPE(struct ServiceFacts, CONTROLLER_MEMBERS)};

static const struct Member SERVICE_MEMBERS[] = {
        {"serviceArn", MEMBER_TEXT, AT(arn), .required = true},
        {"serviceName", MEMBER_TEXT, AT(name), .required = true},
        {"clusterArn", MEMBER_TEXT, AT(cluster_arn), .required = true},
        {"status", MEMBER_TEXT, AT(status), .required = true},
        {"taskDefinition", MEMBER_TEXT, AT(task_definition)}, /* absent with task sets */
        {"createdAt", MEMBER_INSTANT, AT(created_at), .required = true},
        {"desiredCount", MEMBER_COUNT, AT(desired_count), .required = true},
        {"runningCount", MEMBER_COUNT, AT(running_count), .required = true},
        {"pendingCount", MEMBER_COUNT, AT(pending_count)},
        {"deploymentController", MEMBER_INSIDE, .shape = &CONTROLLER},
        {"deploymentConfiguration", MEMBER_INSIDE, .shape = &CONFIGURATION},
        {"schedulingStrategy", MEMBER_IS, AT(daemon_strategy), .text = "DAEMON"},
        {"resourceManagementType", MEMBER_IS, AT(managed_by_ecs), .text = "ECS"},
        {"loadBalancers", MEMBER_NOT_EMPTY, AT(has_load_balancer)},
        {"healthCheckGracePeriodSeconds", MEMBER_COUNT, AT(health_check_grace_period_seconds)},
        {"currentServiceDeployment", MEMBER_TEXT, AT(current_service_deployment)},
        {"currentServiceRevisions", MEMBER_STRUCTS, AT(current_service_revisions),
         .second = AT(n_current_service_revisions), .shape = &REVISION_SUMMARY},
        {"deployments", MEMBER_STRUCTS, AT(deployments), .second = AT(n_deployments),
         .shape = &DEPLOYMENT},
        {"taskSets", MEMBER_STRUCTS, AT(task_sets), .second = AT(n_task_sets), .shape = &TASK_SET},
        {"events", MEMBER_STRUCTS, AT(events), .second = AT(n_events), .shape = &ECS_EVENT_SHAPE},
};
#undef AT
const struct Shape ECS_SERVICE_SHAPE = {SHAPE(struct ServiceFacts, SERVICE_MEMBERS)};

#define AT(member) offsetof(struct Tag, member)
static const struct Member TAG_MEMBERS[] = {
        {"key", MEMBER_TEXT, AT(key), .required = true},
        {"value", MEMBER_TEXT, AT(value)},
};
#undef AT
static const struct Shape TAG = {SHAPE(struct Tag, TAG_MEMBERS)};

static const struct Member TAGGED_MEMBERS[] = {
        {"tags", MEMBER_STRUCTS, offsetof(struct EcsTags, tags),
         .second = offsetof(struct EcsTags, n_tags), .shape = &TAG},
};
static const struct Shape TAGGED = {SHAPE(struct EcsTags, TAGGED_MEMBERS)};

/* "services" is read twice: facts are one array, tags another of the same length. */
#define AT(member) offsetof(struct DescribeServicesResponse, member)
static const struct Member DESCRIBE_SERVICES_MEMBERS[] = {
        {"services", MEMBER_STRUCTS, AT(services), .required = true, .second = AT(n_services),
         .shape = &ECS_SERVICE_SHAPE},
        {"services", MEMBER_STRUCTS, AT(tags), .second = AT(n_services), .shape = &TAGGED},
        {"failures", MEMBER_STRUCTS, AT(failures), .second = AT(n_failures),
         .shape = &ECS_FAILURE_SHAPE},
};
#undef AT
static const struct Shape DESCRIBE_SERVICES = {
        SHAPE(struct DescribeServicesResponse, DESCRIBE_SERVICES_MEMBERS)};

static const struct Member UPDATE_SERVICE_MEMBERS[] = {
        {"service", MEMBER_STRUCT, 0, .required = true, .shape = &ECS_SERVICE_SHAPE},
};
static const struct Shape UPDATE_SERVICE = {SHAPE(struct ServiceFacts, UPDATE_SERVICE_MEMBERS)};

#define AT(member) offsetof(struct ListResponse, member)
static const struct Member LIST_SERVICES_MEMBERS[] = {
        {"serviceArns", MEMBER_TEXTS, AT(arns), .required = true, .second = AT(n_arns)},
        {"nextToken", MEMBER_TOKEN, AT(next_token)},
};
#undef AT
static const struct Shape LIST_SERVICES = {SHAPE(struct ListResponse, LIST_SERVICES_MEMBERS)};

int ecs_describe_services_response(const struct EcsBody *body, struct Arena *arena,
                                   struct EcsProblem *ret_problem,
                                   struct DescribeServicesResponse *ret) {
        return ecs_decode(body, &DESCRIBE_SERVICES, arena, ret_problem, ret);
}

int ecs_update_service_response(const struct EcsBody *body, struct Arena *arena,
                                struct EcsProblem *ret_problem, struct ServiceFacts *ret) {
        return ecs_decode(body, &UPDATE_SERVICE, arena, ret_problem, ret);
}

int ecs_list_services_response(const struct EcsBody *body, struct Arena *arena,
                               struct EcsProblem *ret_problem, struct ListResponse *ret) {
        return ecs_decode(body, &LIST_SERVICES, arena, ret_problem, ret);
}
