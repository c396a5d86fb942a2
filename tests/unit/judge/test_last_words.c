/* SPDX-License-Identifier: Apache-2.0 */
/* Whose last words are asked for. */
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "judge/last_words.h"
#include "timeline.h"

#define TASK(n) "arn:aws:ecs:us-east-1:123456789012:task/my-cluster/" n
#define EXITED "Essential container in task exited"

static const char *const ESSENTIAL[] = {"app", "proxy"};
static const struct ContainerLogFacts LOGS[] = {
        {"app", "awslogs", "/ecs/my-app", "us-east-1", "ecs"},
        {"sidecar", "awslogs", "/ecs/sidecar", NULL, "side"},
        {"no-prefix", "awslogs", "/ecs/my-app", "us-east-1", NULL},
        {"firelens", "awsfirelens", NULL, NULL, NULL},
};
static const struct TaskDefinitionFacts DEFINITION = {
        .essential_containers = ESSENTIAL,
        .n_essential_containers = ARRAY_SIZE(ESSENTIAL),
        .logs = LOGS,
        .n_logs = ARRAY_SIZE(LOGS),
};

/* Two attempts: one that lived for 5 s and exited, and this one. */
static const struct {
        const char *what;
        const char *container, *stop_code, *stopped_reason, *container_reason;
        double started, stopped;
        bool exited;
        const char *stream; /* NULL: nothing to read */
} ROWS[] = {
        {"lived longer", "sidecar", "EssentialContainerExited", EXITED, NULL, 10, 30, true,
         "side/sidecar/t2"},
        {"lived shorter", "sidecar", "EssentialContainerExited", EXITED, NULL, 10, 12, true,
         "ecs/app/t1"},
        {"no container is named", NULL, "ServiceSchedulerInitiated",
         "Task failed ELB health checks in (target-group arn:x)", NULL, 10, 30, false,
         "ecs/app/t2"},
        {"never ran", NULL, "TaskFailedToStart", "CannotPullContainerError: x: not found", NULL,
         NEVER, 30, false, "ecs/app/t1"},
        {"neutral", "sidecar", "ServiceSchedulerInitiated",
         "Scaling activity initiated by (deployment ecs-svc/1)", NULL, 10, 30, false, "ecs/app/t1"},
        {"its host was lost", "sidecar", NULL, "Host EC2 (instance i-1) stopped.", NULL, 10, 30,
         false, "ecs/app/t1"},
        {"another driver", "firelens", "EssentialContainerExited", EXITED, NULL, 10, 30, true,
         NULL},
        {"no prefix", "no-prefix", "EssentialContainerExited", EXITED, NULL, 10, 30, true, NULL},
        {"no log", "proxy", "EssentialContainerExited", EXITED, NULL, 10, 30, true, NULL},
};

static usec_t instant(double second) {
        return second == NEVER ? USEC_UNKNOWN : timeline_at(second);
}

static void add(struct Evidence *evidence, const struct AttemptRow *row) {
        ck_assert_int_eq(evidence_restore_attempt(evidence, row), 0);
}

START_TEST(chooses) {
        const struct Rollout rollout = timeline_rollout();
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        struct LastWords words;
        bool found;

        ck_assert_int_eq(evidence_new(&rollout, &evidence), 0);
        add(evidence, &(struct AttemptRow) {.task_arn = TASK("t1"),
                                            .last_status = "STOPPED",
                                            .desired_status = "STOPPED",
                                            .stop_code = "EssentialContainerExited",
                                            .stopped_reason = EXITED,
                                            .container = "app",
                                            .has_exit_code = true,
                                            .exit_code = 1,
                                            .created_at = timeline_at(1),
                                            .started_at = timeline_at(5),
                                            .stopping_at = timeline_at(10),
                                            .stopped_at = timeline_at(10)});
        add(evidence, &(struct AttemptRow) {.task_arn = TASK("t2"),
                                            .last_status = "STOPPED",
                                            .desired_status = "STOPPED",
                                            .stop_code = ROWS[_i].stop_code,
                                            .stopped_reason = ROWS[_i].stopped_reason,
                                            .container = ROWS[_i].container,
                                            .container_reason = ROWS[_i].container_reason,
                                            .has_exit_code = ROWS[_i].exited,
                                            .exit_code = 1,
                                            .created_at = timeline_at(6),
                                            .started_at = instant(ROWS[_i].started),
                                            .stopping_at = timeline_at(ROWS[_i].stopped),
                                            .stopped_at = timeline_at(ROWS[_i].stopped)});
        found = last_words_of(evidence, &DEFINITION, &words);
        ck_assert_msg(found == (ROWS[_i].stream != NULL), "%s", ROWS[_i].what);
        if (found)
                ck_assert_msg(strcmp(words.stream, ROWS[_i].stream) == 0, "%s: %s", ROWS[_i].what,
                              words.stream);
        ck_assert(!last_words_of(evidence, NULL, &words));
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("last_words");
        ADD_ROWS(chooses, ROWS);
        return suite;
}
