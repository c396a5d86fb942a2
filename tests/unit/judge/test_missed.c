/* SPDX-License-Identifier: Apache-2.0 */
/* Which service deployments are none that is known. PRIMARY is ecs-svc/30 of app:3, begun at 300;
 * the watched rollout was ecs-svc/10 of app:1, begun at 100. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "judge/missed.h"

#define SD(n) "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/web/" #n
#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/app:" #n
#define T0 (1000 * USEC_PER_DAY)
#define S(n) (T0 + (n) *USEC_PER_SEC)

#define LISTED(n, at, is) \
        { .arn = SD(n), .created_at = S(at), .task_definition = TD(n), .status = (is) }
#define STOPPED SERVICE_DEPLOYMENT_STOPPED
#define SUCCESSFUL SERVICE_DEPLOYMENT_SUCCESSFUL
#define RUNS SERVICE_DEPLOYMENT_IN_PROGRESS
#define WENT_BACK SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL
#define OLD_FIRST LISTED(1, 95, SUCCESSFUL)
#define PRIMARY_LISTED LISTED(3, 299, RUNS)

static const struct {
        const char *name;
        struct ServiceDeploymentFacts listed[4];
        const char *event; /* at 250 */
        bool primary_is_old;
        const char *missed; /* their ids */
} ROWS[] = {
        {"nothing between", {PRIMARY_LISTED, OLD_FIRST}, NULL, false, ""},
        {"one between",
         {PRIMARY_LISTED, LISTED(2, 200, STOPPED), OLD_FIRST},
         NULL,
         false,
         "service-deployment/2 "},
        {"in any order",
         {LISTED(2, 200, STOPPED), OLD_FIRST, PRIMARY_LISTED, LISTED(4, 150, WENT_BACK)},
         NULL,
         false,
         "service-deployment/4 service-deployment/2 "},
        {"an event names it",
         {PRIMARY_LISTED, LISTED(2, 200, WENT_BACK)},
         "(service web) (deployment ecs-svc/20) deployment failed: tasks failed to start.",
         false,
         "ecs-svc/20 "},
        {"an event names the known one",
         {PRIMARY_LISTED, LISTED(2, 200, WENT_BACK)},
         "(service web) (deployment ecs-svc/10) deployment completed.",
         false,
         "service-deployment/2 "},
        {"an event of the next one's time",
         {PRIMARY_LISTED, LISTED(2, 200, STOPPED), LISTED(4, 240, WENT_BACK)},
         "(service web) (deployment ecs-svc/40) deployment failed: tasks failed to start.",
         false,
         "service-deployment/2 ecs-svc/40 "},
        {"it waited before it began",
         {{.arn = SD(3),
           .created_at = S(150),
           .started_at = S(300),
           .task_definition = TD(3),
           .status = RUNS}},
         NULL,
         false,
         ""},
        {"of the same task definition, a while before",
         {PRIMARY_LISTED,
          {.arn = SD(2), .created_at = S(250), .task_definition = TD(3), .status = STOPPED}},
         NULL,
         false,
         "service-deployment/2 "},
        {"accounted for before",
         {PRIMARY_LISTED, LISTED(9, 220, SUCCESSFUL), LISTED(2, 200, STOPPED)},
         NULL,
         false,
         ""},
        {"without its revision",
         {PRIMARY_LISTED, {.arn = SD(2), .created_at = S(200), .status = STOPPED}},
         NULL,
         false,
         ""},
        {"ECS went back from it",
         {LISTED(2, 200, WENT_BACK), OLD_FIRST},
         NULL,
         true,
         "service-deployment/2 "},
        {"ECS is going back from it",
         {LISTED(2, 200, SERVICE_DEPLOYMENT_ROLLBACK_IN_PROGRESS), OLD_FIRST},
         NULL,
         true,
         "service-deployment/2 "},
        {"newer than the answer", {LISTED(2, 200, RUNS), OLD_FIRST}, NULL, true, ""},
        {"done and newer than the answer", {LISTED(2, 200, SUCCESSFUL)}, NULL, true, ""},
        {"nothing is listed", {{0}}, NULL, false, ""},
};

START_TEST(finds_what_is_not_known) {
        const struct DeploymentFacts primary = {
                .id = ROWS[_i].primary_is_old ? "ecs-svc/10" : "ecs-svc/30",
                .status = DEPLOYMENT_PRIMARY,
                .task_definition = ROWS[_i].primary_is_old ? TD(1) : TD(3),
                .created_at = ROWS[_i].primary_is_old ? S(100) : S(300),
        };
        const struct ServiceEvent event = {.created_at = S(250), .message = ROWS[_i].event};
        const struct ServiceFacts service = {.deployments = &primary,
                                             .n_deployments = 1,
                                             .events = &event,
                                             .n_events = ROWS[_i].event ? 1 : 0};
        const struct Rollout watched = {.deployment = "ecs-svc/10",
                                        .task_definition = TD(1),
                                        .started_at = S(100)};
        const struct KnownDeployment known = {"ecs-svc/10", TD(1), S(100)};
        struct Missed missed[MISSED_MAX];
        char found[256] = "";
        size_t n = 0;

        while (n < ARRAY_SIZE(ROWS[_i].listed) && ROWS[_i].listed[n].arn)
                n++;
        n = missed_find(&(struct MissedInput) {.service = &service,
                                               .deployments = ROWS[_i].listed,
                                               .n_deployments = n,
                                               .accounted = SD(9),
                                               .watched = &watched,
                                               .known = &known,
                                               .n_known = 1},
                        missed);
        for (size_t i = 0; i < n; i++)
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ", missed[i].id);
        ck_assert_msg(text_equal(found, ROWS[_i].missed), "%s: found '%s' instead of '%s'",
                      ROWS[_i].name, found, ROWS[_i].missed);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("missed");
        ADD_ROWS(finds_what_is_not_known, ROWS);
        return suite;
}
