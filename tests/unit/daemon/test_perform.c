/* SPDX-License-Identifier: Apache-2.0 */
/* What each way sends, call by call, and what its answers mean, over a client that is the test's.
 */
#include "daemon/act/perform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"

#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/web:" #n
#define CLUSTER "arn:aws:ecs:us-east-1:123456789012:cluster/c"
#define SERVICE "arn:aws:ecs:us-east-1:123456789012:service/c/web"
#define WHERE "{\"cluster\":\"" CLUSTER "\",\"service\":\"" SERVICE "\","

/* ---- the client ---- */

struct AwsCall {
        AwsCallback callback;
        void *userdata;
};

static struct AwsCall *under_way;
static char sent[2048]; /* "UpdateService {…}\n" */
static usec_t longest;

int aws_call_start(struct AwsClient *client, const struct AwsRequest *request, AwsCallback callback,
                   void *userdata, struct AwsCall **ret) {
        size_t used = strlen(sent);

        (void) client;
        ck_assert_ptr_null(under_way);
        ck_assert(request->at_once);
        longest += request->deadline;
        snprintf(sent + used, sizeof(sent) - used, "%s %.*s\n",
                 aws_operation_name(request->operation), (int) request->body_size, request->body);
        under_way = *ret = calloc(1, sizeof(**ret));
        *under_way = (struct AwsCall) {callback, userdata};
        return 0;
}

struct AwsCall *aws_call_free(struct AwsCall *call) {
        if (call == under_way)
                under_way = NULL;
        free(call);
        return NULL;
}

/* ---- what is asked and answered ---- */

static struct Performance *performance;
static struct PerformAnswer told;
static char told_text[256];
static unsigned times_told;

static void on_performed(void *userdata, const struct PerformAnswer *answer) {
        (void) userdata;
        told = *answer;
        snprintf(told_text, sizeof(told_text), "%s", text_or_empty(answer->text));
        times_told++;
}

static int begin(enum ActionKind kind, enum RollbackMethod method) {
        const struct ActionRecord action = {
                .kind = kind,
                .method = method,
                .target = kind == ACTION_DRAIN_HOST  ? "arn:ci/a"
                          : kind == ACTION_SCALE_OUT ? "asg"
                                                     : TD(1),
                .amount = 4,
                .handle = method == ROLLBACK_TASK_SET      ? "ecs-svc/1"
                          : method == ROLLBACK_CODE_DEPLOY ? "d-ABC"
                                                           : "arn:sd",
        };
        const struct PerformRequest request = {
                .action = &action,
                .cluster = CLUSTER,
                .service = SERVICE,
                .judged_deployment = "ecs-svc/2",
                .judged_created_at = 100,
        };

        return perform_start(NULL, &request, on_performed, NULL, &performance);
}

/* As the real one does: the call is there until its owner frees it. */
static void answer(enum AwsOutcome outcome, const char *code, const char *body) {
        struct AwsAnswer from = {.outcome = outcome,
                                 .denied = text_equal(code, "AccessDeniedException"),
                                 .transient = text_equal(code, "ThrottlingException"),
                                 .text = text_or_empty(code),
                                 .body = body,
                                 .body_size = strlen(body)};
        const struct AwsCall call = *under_way;

        snprintf(from.error.code, sizeof(from.error.code), "%s", text_or_empty(code));
        call.callback(call.userdata, &from);
}

static void end(void) {
        performance = perform_free(performance);
        ck_assert_ptr_null(under_way);
        ck_assert_uint_eq(times_told, 1);
}

/* ---- what is sent ---- */

static const struct {
        enum ActionKind kind;
        enum RollbackMethod method;
        const char *sent;
} WAYS[] = {
        {ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE,
         "UpdateService " WHERE "\"taskDefinition\":\"" TD(1) "\"}\n"},
        {ACTION_ROLLBACK, ROLLBACK_STOP_DEPLOYMENT,
         "StopServiceDeployment {\"serviceDeploymentArn\":\"arn:sd\",\"stopType\":\"ROLLBACK\"}\n"},
        {ACTION_ROLLBACK, ROLLBACK_CODE_DEPLOY,
         "StopDeployment {\"deploymentId\":\"d-ABC\",\"autoRollbackEnabled\":true}\n"},
        {ACTION_ROLLBACK, ROLLBACK_TASK_SET,
         "UpdateTaskSet " WHERE
         "\"taskSet\":\"ecs-svc/1\",\"scale\":{\"value\":100,\"unit\":\"PERCENT\"}}\n"
         "UpdateServicePrimaryTaskSet " WHERE "\"primaryTaskSet\":\"ecs-svc/1\"}\n"
         "UpdateTaskSet " WHERE
         "\"taskSet\":\"ecs-svc/2\",\"scale\":{\"value\":0,\"unit\":\"PERCENT\"}}\n"},
        {ACTION_QUIESCE, ROLLBACK_NEVER, "UpdateService " WHERE "\"desiredCount\":0}\n"},
        {ACTION_DRAIN_HOST, ROLLBACK_NEVER,
         "UpdateContainerInstancesState {\"cluster\":\"" CLUSTER
         "\",\"containerInstances\":[\"arn:ci/a\"],\"status\":\"DRAINING\"}\n"},
        {ACTION_SCALE_OUT, ROLLBACK_NEVER,
         "SetDesiredCapacity Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=asg&"
         "DesiredCapacity=4&HonorCooldown=false\n"},
};

START_TEST(sends_that_and_nothing_else) {
        ck_assert_int_eq(begin(WAYS[_i].kind, WAYS[_i].method), 0);
        while (times_told == 0)
                answer(AWS_ANSWERED, NULL, "{}");
        ck_assert_str_eq(sent, WAYS[_i].sent);
        ck_assert_int_eq(told.outcome, CALL_ACCEPTED);
        ck_assert_uint_le(longest, ACT_CALL_DEADLINE);
        end();
}
END_TEST

START_TEST(has_no_way_for_never) {
        ck_assert_int_eq(begin(ACTION_ROLLBACK, ROLLBACK_NEVER), -EINVAL);
        ck_assert_str_eq(sent, "");
}
END_TEST

/* ---- what the answers mean ---- */

#define DEPLOYMENT(id, status, created)                              \
        "{\"id\":\"" id "\",\"status\":\"" status                    \
        "\",\"taskDefinition\":\"" TD(1) "\",\"createdAt\":" created \
                                         ",\"desiredCount\":1,\"runningCount\":1}"
#define ANSWER(deployments)                                                               \
        "{\"service\":{\"serviceArn\":\"" SERVICE                                         \
        "\",\"serviceName\":\"web\",\"clusterArn\":\"" CLUSTER                            \
        "\",\"status\":\"ACTIVE\",\"createdAt\":1,\"desiredCount\":1,\"runningCount\":1," \
        "\"deployments\":[" deployments "]}}"
#define OURS DEPLOYMENT("ecs-svc/3", "PRIMARY", "1790000300")
#define JUDGED DEPLOYMENT("ecs-svc/2", "ACTIVE", "0.0001")
#define NEWER DEPLOYMENT("ecs-svc/9", "ACTIVE", "1790000200")
#define OLDER DEPLOYMENT("ecs-svc/1", "ACTIVE", "0.00005")

static const struct {
        const char *name;
        enum ActionKind kind;
        enum RollbackMethod method;
        enum AwsOutcome outcome;
        const char *code, *body;
        enum CallOutcome told;
        const char *overtaken;
} ANSWERS[] = {
        {"accepted", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_ANSWERED, NULL,
         ANSWER(OURS "," JUDGED "," OLDER), CALL_ACCEPTED, ""},
        {"a newer one was overtaken", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_ANSWERED, NULL,
         ANSWER(OURS "," NEWER "," JUDGED), CALL_RACED, "ecs-svc/9"},
        {"an answer that cannot be read", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_ANSWERED,
         NULL, "<html>", CALL_ACCEPTED, ""},
        {"a newer one was quiesced", ACTION_QUIESCE, ROLLBACK_NEVER, AWS_ANSWERED, NULL,
         ANSWER(OURS "," JUDGED), CALL_RACED, "ecs-svc/3"},
        {"throttled", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_REFUSED, "ThrottlingException",
         "", CALL_NOT_TAKEN, ""},
        {"not active", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_REFUSED,
         "ServiceNotActiveException", "", CALL_REFUSED, ""},
        {"denied, and it is the last way", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_REFUSED,
         "AccessDeniedException", "", CALL_REFUSED, ""},
        {"denied, and there is another way", ACTION_ROLLBACK, ROLLBACK_STOP_DEPLOYMENT, AWS_REFUSED,
         "AccessDeniedException", "", CALL_CLOSED, ""},
        {"conflict", ACTION_ROLLBACK, ROLLBACK_STOP_DEPLOYMENT, AWS_REFUSED, "ConflictException",
         "", CALL_CLOSED, ""},
        {"CodeDeploy has ended it", ACTION_ROLLBACK, ROLLBACK_CODE_DEPLOY, AWS_REFUSED,
         "DeploymentAlreadyCompletedException", "", CALL_REFUSED, ""},
        {"no connection", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_NOT_SENT, NULL, "",
         CALL_NOT_TAKEN, ""},
        {"no answer", ACTION_ROLLBACK, ROLLBACK_UPDATE_SERVICE, AWS_UNCERTAIN, NULL, "",
         CALL_UNCERTAIN, ""},
        {"a group that moves", ACTION_SCALE_OUT, ROLLBACK_NEVER, AWS_REFUSED,
         "ScalingActivityInProgress", "", CALL_NOT_TAKEN, ""},
        {"a host that ECS did not drain", ACTION_DRAIN_HOST, ROLLBACK_NEVER, AWS_ANSWERED, NULL,
         "{\"containerInstances\":[],\"failures\":[{\"arn\":\"a\",\"reason\":\"INACTIVE\"}]}",
         CALL_REFUSED, ""},
};

START_TEST(reads_answers) {
        ck_assert_int_eq(begin(ANSWERS[_i].kind, ANSWERS[_i].method), 0);
        answer(ANSWERS[_i].outcome, ANSWERS[_i].code, ANSWERS[_i].body);
        ck_assert_msg(told.outcome == ANSWERS[_i].told, "%s: %d", ANSWERS[_i].name, told.outcome);
        ck_assert_str_eq(told.overtaken, ANSWERS[_i].overtaken);
        if (ANSWERS[_i].kind == ACTION_DRAIN_HOST)
                ck_assert_str_eq(told_text, "UpdateContainerInstancesState: INACTIVE");
        end();
}
END_TEST

/* Of several calls the first is done: how far it has come, only looking tells. */
static const struct {
        enum AwsOutcome outcome;
        const char *code;
        enum CallOutcome first, second;
} PARTS[] = {
        {AWS_REFUSED, "ThrottlingException", CALL_NOT_TAKEN, CALL_UNCERTAIN},
        {AWS_NOT_SENT, NULL, CALL_NOT_TAKEN, CALL_UNCERTAIN},
        {AWS_UNCERTAIN, NULL, CALL_UNCERTAIN, CALL_UNCERTAIN},
        {AWS_REFUSED, "AccessDeniedException", CALL_REFUSED, CALL_REFUSED},
};

START_TEST(knows_how_far_it_has_come) {
        bool is_second = _i >= (int) ARRAY_SIZE(PARTS);
        size_t i = (size_t) _i % ARRAY_SIZE(PARTS);

        ck_assert_int_eq(begin(ACTION_ROLLBACK, ROLLBACK_TASK_SET), 0);
        if (is_second)
                answer(AWS_ANSWERED, NULL, "{}");
        ck_assert_uint_eq(times_told, 0);
        answer(PARTS[i].outcome, PARTS[i].code, "");
        ck_assert_int_eq(told.outcome, is_second ? PARTS[i].second : PARTS[i].first);
        end();
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("perform");
        ADD_ROWS(sends_that_and_nothing_else, WAYS);
        tcase_add_test(tests, has_no_way_for_never);
        ADD_ROWS(reads_answers, ANSWERS);
        tcase_add_loop_test(tests, knows_how_far_it_has_come, 0, 2 * ARRAY_SIZE(PARTS));
        return suite;
}
