/* SPDX-License-Identifier: Apache-2.0 */
/* What ECS says, in the forms in which it says it, and the causes; docs/causes.md says the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "judge/classify.h"

#define RESOURCE_INIT "ResourceInitializationError: "
#define PULL "CannotPullContainerError: "

static const struct {
        enum TextKind kind;
        enum Cause cause;
        const char *text;
} TEXTS[] = {
        {TEXT_EVENT, CAUSE_STEADY, "(service shop) has reached a steady state."},
        {TEXT_EVENT, CAUSE_STEADY, "service shop has reached a steady state"},
        {TEXT_EVENT, CAUSE_STEADY, "(service shop) (deployment ecs-svc/77) deployment completed."},
        {TEXT_EVENT, CAUSE_STEADY,
         "(service shop, taskSet ecs-svc/7) updated state to STEADY_STATE."},
        {TEXT_EVENT, CAUSE_PROGRESS, "(service shop) has started 1 tasks: (task 0a1b)."},
        {TEXT_EVENT, CAUSE_PROGRESS, "service shop has started 2 tasks: task 0a1b. task 0a1c."},
        {TEXT_EVENT, CAUSE_PROGRESS,
         "(service shop) has started 2 tasks: (task 0a1b). Amazon ECS replaced 2 tasks due to an "
         "unhealthy status."},
        {TEXT_EVENT, CAUSE_PROGRESS, "(service shop) is not AZ balanced with 2 tasks in use1-az1."},
        {TEXT_EVENT, CAUSE_PROGRESS, "(service shop) has stopped 2 running tasks: (task 0a1b)."},
        {TEXT_EVENT, CAUSE_PROGRESS, "(service shop) stopped 3 pending tasks."},
        {TEXT_EVENT, CAUSE_PROGRESS, "(service shop) deregistered 1 targets in (target-group a)"},
        {TEXT_EVENT, CAUSE_PROGRESS, "(service shop) has begun draining connections on 1 tasks."},
        {TEXT_EVENT, CAUSE_CONTAINER_HEALTH,
         "(service shop) (task 0a) failed container health checks."},
        {TEXT_EVENT, CAUSE_LB_HEALTH,
         "(service shop) (task 0a) (port 80) is unhealthy in (target-group tg) due to (reason x)."},
        {TEXT_EVENT, CAUSE_LB_HEALTH, "(service shop) (instance i-1) is unhealthy in (elb old)"},
        {TEXT_EVENT, CAUSE_OTHER, "(service shop) (task 0a) is unhealthy in (service registry sr)"},
        {TEXT_EVENT, CAUSE_CONFIG,
         "service shop task set 1 (task 0a) is not healthy in target-group tg due to TARGET GROUP "
         "IS NOT FOUND"},
        {TEXT_EVENT, CAUSE_LB_HEALTH,
         "service shop (task 0a) is not healthy in target-group tg due to TARGET IS NOT FOUND"},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to place a task because no container instance met all of its "
         "requirements. Reason: No Container Instances were found in your cluster."},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "The closest matching (container-instance 12) has insufficient memory available."},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to place a task. Reason: You\xe2\x80\x99ve reached the limit "
         "on "
         "the number of vCPUs you can run concurrently"},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to place a task. Reason: The requested MEMORY configuration is "
         "above your limit."},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to place a task. Reason: Capacity is unavailable at this "
         "time."},
        {TEXT_EVENT, CAUSE_AWS_INTERNAL,
         "(service shop) was unable to place a task. Reason: Internal error."},
        {TEXT_EVENT, CAUSE_IMAGE_PULL,
         "(service shop) was unable to place a task. Reason: " PULL "not found"},
        {TEXT_EVENT, CAUSE_RESOURCE_INIT,
         "(service shop) was unable to place a task. Reason: " RESOURCE_INIT "failed"},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to place a task. Reason: " RESOURCE_INIT
         "Unable to launch instance(s) for capacity provider spot."},
        {TEXT_EVENT, CAUSE_CAPACITY, "(service shop) was unable to place a task. Reason: Whatever"},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to place tasks in your cluster because the tasks provisioning "
         "capacity limit was exceeded."},
        {TEXT_EVENT, CAUSE_CAPACITY, "(service shop) could not launch 2 tasks for deployment 7."},
        {TEXT_EVENT, CAUSE_CAPACITY,
         "(service shop) was unable to reach steady state. Reason: No Container Instances were "
         "found in your capacity provider."},
        {TEXT_EVENT, CAUSE_OTHER,
         "(service shop) was unable to reach steady state because (taskSet 7) was unable to scale "
         "in due to (reason 2 tasks under protection)"},
        {TEXT_EVENT, CAUSE_OTHER,
         "(service shop) is unable to consistently start tasks successfully."},
        {TEXT_EVENT, CAUSE_THROTTLED,
         "(service shop) operations are being throttled. Will try again later."},
        {TEXT_EVENT, CAUSE_CONFIG,
         "(service shop) was unable to stop or start tasks during a deployment because of the "
         "service deployment configuration."},
        {TEXT_EVENT, CAUSE_CONFIG,
         "IAM permissions policies have been misconfigured or changed, and ECS can no longer "
         "maintain your service"},
        {TEXT_EVENT, CAUSE_NATIVE_FAILURE,
         "(service shop) (deployment ecs-svc/7) deployment failed: tasks failed to start."},
        {TEXT_EVENT, CAUSE_NATIVE_FAILURE, "(service shop) deployment failed: alarm detected."},
        {TEXT_EVENT, CAUSE_NATIVE_FAILURE, "(service shop) rolling back to deployment ecs-svc/6."},
        {TEXT_EVENT, CAUSE_AWS_INTERNAL,
         "Timed out waiting for Amazon ECS Agent to start. Please check logs"},
        {TEXT_EVENT, CAUSE_OTHER, "(service shop) did something nobody has described"},
        {TEXT_EVENT, CAUSE_OTHER, ""},
        {TEXT_EVENT, CAUSE_OTHER, NULL},

        {TEXT_STOPPED_REASON, CAUSE_APP_EXIT, "Essential container in task exited"},
        {TEXT_STOPPED_REASON, CAUSE_APP_EXIT, "ESSENTIAL  container\nin task exited"},
        {TEXT_STOPPED_REASON, CAUSE_APP_EXIT, "Essential container in ta"},
        {TEXT_STOPPED_REASON, CAUSE_UNKNOWN, "Essential c"},
        {TEXT_STOPPED_REASON, CAUSE_LB_HEALTH, "Task failed ELB health checks in (elb old)"},
        {TEXT_STOPPED_REASON, CAUSE_CONTAINER_HEALTH, "Task failed container health checks"},
        {TEXT_STOPPED_REASON, CAUSE_SCALE_IN,
         "Scaling activity initiated by (deployment ecs-svc/7)"},
        {TEXT_STOPPED_REASON, CAUSE_HOST_LOST,
         "Service shop: ECS is performing maintenance on the underlying infrastructure hosting the "
         "task"},
        {TEXT_STOPPED_REASON, CAUSE_HOST_LOST, "Host EC2 (instance i-0123) terminated."},
        {TEXT_STOPPED_REASON, CAUSE_HOST_LOST, "Your Spot Task was interrupted."},
        {TEXT_STOPPED_REASON, CAUSE_HOST_LOST, "AGENT"},
        {TEXT_STOPPED_REASON, CAUSE_UNKNOWN, "AGENT 99"},
        {TEXT_STOPPED_REASON, CAUSE_USER_STOP, "Task stopped by user"},
        {TEXT_STOPPED_REASON, CAUSE_USER_STOP, "Container instance deregistration forced by user"},
        {TEXT_STOPPED_REASON, CAUSE_IMAGE_PULL, PULL "pull access denied for app"},
        {TEXT_STOPPED_REASON, CAUSE_IMAGE_PULL, "CannotPullImageManifestError: no"},
        {TEXT_STOPPED_REASON, CAUSE_IMAGE_PULL, "CannotPullECRContainerError: no"},
        {TEXT_STOPPED_REASON, CAUSE_IMAGE_PULL, "You have reached your pull rate limit."},
        {TEXT_STOPPED_REASON, CAUSE_DISK_FULL,
         PULL "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"},
        {TEXT_STOPPED_REASON, CAUSE_DISK_FULL,
         "CannotCreateContainerError: API error (500): devmapper: Thin Pool has 12 free data "
         "blocks "
         "which is less than minimum required"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT,
         RESOURCE_INIT "unable to pull secrets or registry auth: no route"},
        {TEXT_STOPPED_REASON, CAUSE_THROTTLED, RESOURCE_INIT "ThrottlingException: Rate exceeded"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT, "Fetching secret data from SSM: invalid"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT,
         "Unexpected EC2 error while attempting to Create Network Interface in subnet 's'"},
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY,
         "Unexpected EC2 error while attempting to Create Network Interface in subnet 's': "
         "InsufficientFreeAddressesInSubnet"},
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY,
         "Unable to attach network interface to unused device index"},
        {TEXT_STOPPED_REASON, CAUSE_AWS_INTERNAL,
         "Timeout waiting for network interface provisioning to complete."},
        {TEXT_STOPPED_REASON, CAUSE_AWS_INTERNAL,
         "Timeout waiting for EphemeralStorage provisioning to complete"},
        {TEXT_STOPPED_REASON, CAUSE_AWS_INTERNAL, "InternalError: try later"},
        {TEXT_STOPPED_REASON, CAUSE_CONFIG,
         "The selected task definition is not compatible with the selected compute strategy"},
        {TEXT_STOPPED_REASON, CAUSE_UNKNOWN, "Task failed to start"},

        {TEXT_CONTAINER_REASON, CAUSE_OOM,
         "OutOfMemoryError: Container killed due to memory usage"},
        {TEXT_CONTAINER_REASON, CAUSE_APP_EXIT,
         "CannotStartContainerError: exec: \"serve\": executable file not found in $PATH"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT,
         "CannotStartContainerError: failed to initialize logging driver: no such log group"},
        {TEXT_CONTAINER_REASON, CAUSE_AWS_INTERNAL,
         "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT,
         "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT, "CannotCreateVolumeError: no driver"},
        {TEXT_CONTAINER_REASON, CAUSE_AWS_INTERNAL, "ContainerVanishedError: gone"},
        {TEXT_CONTAINER_REASON, CAUSE_UNKNOWN, "SomethingNewError: gone"},

        /* What stands innermost decides, not the name before it. */
        {TEXT_CONTAINER_REASON, CAUSE_APP_EXIT,
         RESOURCE_INIT "failed to create new container runtime task: failed to create shim task: "
                       "OCI runtime create failed: exec: \"serve\": executable file not found"},
        {TEXT_CONTAINER_REASON, CAUSE_APP_EXIT,
         "CannotStartContainerError: " RESOURCE_INIT "failed to create new container runtime task: "
         "exec: \"-v\": executable file not f"},
        {TEXT_CONTAINER_REASON, CAUSE_OOM,
         "CannotStartContainerError: Error response from daemon: starting container process "
         "caused: container init was OOM-killed (memory limit too low?): unknown"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT,
         "CannotStartContainerError: API error (500): error while mounting volume '/mnt/x': "
         "VolumeDriver.Mount: Mount failed, member timed o"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT,
         "CannotStartContainerError: API error (404): could not find bridge docker0: no such "
         "network interface"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT,
         "CannotStartContainerError: failed programming external connectivity on endpoint e: "
         "Bind for 0.0.0.0:80 failed: port is already allocated"},
        {TEXT_CONTAINER_REASON, CAUSE_RESOURCE_INIT,
         "CannotStartContainerError: starting container process caused: error mounting \"/a\" to "
         "rootfs at \"/b\": not a directory"},
        {TEXT_CONTAINER_REASON, CAUSE_DISK_FULL, PULL "write /var/lib/x: no space left on"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT,
         "Error response from daemon: create vol: VolumeDriver.Create: mounting volume failed"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT,
         "ContainerNetworkingError: startContainer: cni plugin invocation failed"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT, "NetworkNamespaceError: setup failed"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT, "CredentialsFetcherError: not available"},
        {TEXT_STOPPED_REASON, CAUSE_AWS_INTERNAL, "CannotInspectContainerError: context canceled"},

        /* Read as what follows it. */
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY, "TaskFailedToStart: RESOURCE:MEMORY"},
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY, "TaskFailedToStart: NO ACTIVE INSTANCES"},
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY, "TaskFailedToStart: ATTRIBUTE"},
        {TEXT_STOPPED_REASON, CAUSE_HOST_LOST, "TaskFailedToStart: AGENT"},
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY, "RESOURCE:ENI"},
        {TEXT_STOPPED_REASON, CAUSE_UNKNOWN, "TaskFailedToStart"},

        /* A sentence in whatever text it stands, with whatever articles. */
        {TEXT_STOPPED_REASON, CAUSE_APP_EXIT, "Essential container exited"},
        {TEXT_STOPPED_REASON, CAUSE_APP_EXIT, "An essential container in the task exited"},
        {TEXT_EVENT, CAUSE_RESOURCE_INIT,
         "(service shop) failed to launch a task with (error ECS was unable to assume the role "
         "'arn:aws:iam::1:role/r' that was provided for this task.)"},
        {TEXT_EVENT, CAUSE_CONFIG, "(service shop) failed to launch a task with (error whatever)"},
        {TEXT_EVENT, CAUSE_CAPACITY, "(service shop) is unable to place a task in us-east-1a."},

        /* Words that tell, where no name is known. */
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT,
         "New thing: User is not authorized to perform x"},
        {TEXT_STOPPED_REASON, CAUSE_RESOURCE_INIT, "The new thing was not found"},
        {TEXT_STOPPED_REASON, CAUSE_AWS_INTERNAL, "Waiting for a new thing timed out"},
        {TEXT_STOPPED_REASON, CAUSE_CAPACITY, "NewThingLimitExceeded: no more of them"},
        {TEXT_EVENT, CAUSE_CONFIG, "(service shop) cannot do it (error AccessDenied: no)"},

        {TEXT_STATUS_REASON, CAUSE_PROGRESS, "ECS deployment ecs-svc/7 in progress."},
        {TEXT_STATUS_REASON, CAUSE_STEADY, "ECS deployment ecs-svc/7 completed."},
        {TEXT_STATUS_REASON, CAUSE_NATIVE_FAILURE,
         "ECS deployment circuit breaker: tasks failed to start."},
        {TEXT_STATUS_REASON, CAUSE_NATIVE_FAILURE,
         "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed."},
        {TEXT_STATUS_REASON, CAUSE_CAPACITY, "RESOURCE:CPU"},
        {TEXT_ANY, CAUSE_OOM, "OutOfMemoryError: Container killed due to memory usage"},
        {TEXT_ANY, CAUSE_OTHER, "hello"},
};

START_TEST(classifies_texts) {
        enum Cause got = classify_text(TEXTS[_i].kind, TEXTS[_i].text);

        ck_assert_msg(got == TEXTS[_i].cause, "%s: got %s, expected %s",
                      text_or_empty(TEXTS[_i].text), cause_name(got), cause_name(TEXTS[_i].cause));
}
END_TEST

static const struct {
        enum TextKind kind;
        bool permanent;
        const char *text;
} PERMANENT[] = {
        {TEXT_STOPPED_REASON, true, PULL "failed to resolve ref shop:2: not found"},
        {TEXT_STOPPED_REASON, true, PULL "pull access denied, repository does not exist"},
        {TEXT_STOPPED_REASON, true, RESOURCE_INIT "AccessDeniedException: secret"},
        {TEXT_STOPPED_REASON, true,
         RESOURCE_INIT "ResourceNotFoundException: The specified log group does not exist."},
        {TEXT_CONTAINER_REASON, true,
         "CannotStartContainerError: exec: \"serve\": executable file not found in $PATH"},
        {TEXT_CONTAINER_REASON, true, "CannotStartContainerError: exec format error"},
        {TEXT_CONTAINER_REASON, true,
         "CannotStartContainerError: exec: \"/serve\": permission denied: unknown"},
        {TEXT_EVENT, true,
         "(service shop) failed to launch a task with (error ECS was unable to assume the role)"},
        {TEXT_STOPPED_REASON, false, PULL "dial tcp: lookup registry: no such host"},
        {TEXT_STOPPED_REASON, false, PULL "dial tcp 10.0.0.1:443: i/o timeout"},
        {TEXT_STOPPED_REASON, false, "Essential container in task exited"},
        {TEXT_STOPPED_REASON, false, "Host EC2 (instance i-1 not found) terminated."},
        {TEXT_CONTAINER_REASON, false, "OutOfMemoryError: container killed"},
        {TEXT_EVENT, false, "(service shop) is unable to place a task in us-east-1a."},
        {TEXT_STOPPED_REASON, false, NULL},
};

START_TEST(knows_what_cannot_heal) {
        ck_assert_msg(classify_is_permanent(PERMANENT[_i].kind, PERMANENT[_i].text) ==
                              PERMANENT[_i].permanent,
                      "%s: expected %s", text_or_empty(PERMANENT[_i].text),
                      PERMANENT[_i].permanent ? "permanent" : "passing");
}
END_TEST

static const char EXITED[] = "Essential container in task exited";

static const struct {
        const char *name;
        const char *stop_code, *stopped_reason;
        struct ContainerFacts containers[2];
        enum Cause cause;
        size_t container;
} TASKS[] = {
        {"exit 1",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a", .has_exit_code = true, .exit_code = 1}},
         CAUSE_APP_EXIT,
         0},
        {"exit 0 of a service",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a", .has_exit_code = true}},
         CAUSE_APP_EXIT,
         0},
        {"what another one waits for exited",
         "TaskFailedToStart",
         "Task failed to start",
         {{.name = "a", .has_exit_code = true, .exit_code = 1},
          {.name = "b",
           .has_exit_code = true,
           .exit_code = 143,
           .reason = "CannotStartContainerError: dependency graph: failed to resolve container "
                     "ordering dependency [a(image) (STOPPED->RUNNING) - Exit: 1] for target [b]"}},
         CAUSE_APP_EXIT,
         0},
        {"a new reason, and a container that exited besides",
         "TaskFailedToStart",
         "Something nobody has described",
         {{.name = "a", .has_exit_code = true, .exit_code = 1}},
         CAUSE_UNKNOWN,
         0},
        {"what another one waits for is not told",
         "TaskFailedToStart",
         "Task failed to start",
         {{.name = "a"},
          {.name = "b",
           .has_exit_code = true,
           .exit_code = 143,
           .reason = "CannotStartContainerError: dependency graph: failed to resolve container "
                     "ordering dependency [a(image) (STOPPED->RUNNING) - Exit: 1] for target [b]"}},
         CAUSE_APP_EXIT,
         1},
        {"the sidecar was ended after it",
         "EssentialContainerExited",
         EXITED,
         {{.name = "sidecar", .has_exit_code = true, .exit_code = 143},
          {.name = "a", .has_exit_code = true, .exit_code = 2}},
         CAUSE_APP_EXIT,
         1},
        {"oom with 137",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a",
           .has_exit_code = true,
           .exit_code = 137,
           .reason = "OutOfMemoryError: Container killed due to memory usage"}},
         CAUSE_OOM,
         0},
        {"oom with 0",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a", .has_exit_code = true, .reason = "OutOfMemoryError: killed"}},
         CAUSE_OOM,
         0},
        {"oom with no code",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a", .reason = "OutOfMemoryError: killed"}},
         CAUSE_OOM,
         0},
        {"137 alone tells no oom",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a", .has_exit_code = true, .exit_code = 137}},
         CAUSE_APP_EXIT,
         0},
        {"the cause hides in the container",
         "TaskFailedToStart",
         "Task failed to start",
         {{.name = "b"}, {.name = "a", .reason = PULL "not found"}},
         CAUSE_IMAGE_PULL,
         1},
        {"log group missing",
         "EssentialContainerExited",
         EXITED,
         {{.name = "a",
           .reason = "CannotStartContainerError: failed to initialize logging driver"}},
         CAUSE_RESOURCE_INIT,
         0},
        {"disk full behind a pull",
         "TaskFailedToStart",
         PULL "write failed",
         {{.name = "a", .reason = PULL "write /x: no space left on device"}},
         CAUSE_DISK_FULL,
         0},
        {"scale-in with 137",
         "ServiceSchedulerInitiated",
         "Scaling activity initiated by (deployment x)",
         {{.name = "a", .has_exit_code = true, .exit_code = 137}},
         CAUSE_SCALE_IN,
         CONTAINER_NONE},
        {"health kill with 143",
         "ServiceSchedulerInitiated",
         "Task failed ELB health checks in (elb x)",
         {{.name = "a", .has_exit_code = true, .exit_code = 143}},
         CAUSE_LB_HEALTH,
         CONTAINER_NONE},
        {"container health kill with 0",
         "ServiceSchedulerInitiated",
         "Task failed container health checks",
         {{.name = "b", .has_exit_code = true, .exit_code = 1},
          {.name = "a", .has_exit_code = true, .health_status = HEALTH_UNHEALTHY}},
         CAUSE_CONTAINER_HEALTH,
         1},
        {"a person's words",
         "UserInitiated",
         "OutOfMemoryError, so I stopped it",
         {{.name = "a", .has_exit_code = true, .exit_code = 137}},
         CAUSE_USER_STOP,
         CONTAINER_NONE},
        {"spot by another code",
         "TerminationNotice",
         "Your Spot Task was interrupted.",
         {{.name = "a"}},
         CAUSE_HOST_LOST,
         CONTAINER_NONE},
        {"unheard of, scheduler",
         "ServiceSchedulerInitiated",
         "Because",
         {{.name = "a"}},
         CAUSE_SCALE_IN,
         CONTAINER_NONE},
        {"unheard of, health",
         "InfrastructureHealth",
         "Because",
         {{.name = "a"}},
         CAUSE_HOST_LOST,
         CONTAINER_NONE},
        {"unheard of, exited",
         "EssentialContainerExited",
         "Because",
         {{.name = "a"}},
         CAUSE_APP_EXIT,
         CONTAINER_NONE},
        {"unheard of, failed to start",
         "TaskFailedToStart",
         "Because",
         {{.name = "a"}},
         CAUSE_UNKNOWN,
         CONTAINER_NONE},
        {"nothing said", NULL, NULL, {{.name = "a"}}, CAUSE_UNKNOWN, CONTAINER_NONE},
        {"before stop codes",
         NULL,
         EXITED,
         {{.name = "a", .has_exit_code = true, .exit_code = 1}},
         CAUSE_APP_EXIT,
         0},
};

START_TEST(classifies_tasks) {
        struct TaskFacts task = {
                .last_status = "STOPPED",
                .desired_status = "STOPPED",
                .stop_code = TASKS[_i].stop_code,
                .stopped_reason = TASKS[_i].stopped_reason,
                .containers = TASKS[_i].containers,
                .n_containers = TASKS[_i].containers[1].name ? 2 : 1,
        };
        struct TaskCause got = classify_task(&task);

        ck_assert_msg(got.cause == TASKS[_i].cause && got.container == TASKS[_i].container,
                      "%s: got %s by container %zd, expected %s by %zd", TASKS[_i].name,
                      cause_name(got.cause), (ssize_t) got.container, cause_name(TASKS[_i].cause),
                      (ssize_t) TASKS[_i].container);
        task.last_status = task.desired_status = "RUNNING";
        ck_assert_int_eq(classify_task(&task).cause, CAUSE_NONE);
}
END_TEST

/* Every row decides something: one that an earlier row always hides would be dead. */
START_TEST(no_row_is_hidden) {
        struct ClassifyRow row;

        for (size_t i = 0; classify_row(i, &row); i++) {
                char text[256];
                size_t n = 0;
                enum TextKind kind = TEXT_EVENT;

                if (row.stop_code)
                        continue;
                for (const char *c = row.words; *c != '\0'; c++)
                        if (*c == '*')
                                n += (size_t) snprintf(text + n, sizeof(text) - n, " 1 ");
                        else if (*c != '^' && *c != '$')
                                text[n++] = *c;
                text[n] = '\0';
                while (!(row.kinds & (1U << kind)))
                        kind++;
                ck_assert_msg(classify_text(kind, text) == row.cause, "'%s' comes to %s, not %s",
                              text, cause_name(classify_text(kind, text)), cause_name(row.cause));
        }
}
END_TEST

static void expected_line(const struct ClassifyRow *row, char *ret, size_t size) {
        size_t n;

        if (row->stop_code) {
                snprintf(ret, size, "| `%s` | `%s` |\n", row->words, cause_name(row->cause));
                return;
        }
        n = (size_t) snprintf(ret, size, "| `%s` | ", row->words);
        for (int kind = TEXT_EVENT; kind < _TEXT_KIND_COUNT; kind++)
                if (row->kinds & (1U << kind))
                        n += (size_t) snprintf(ret + n, size - n, "%s ",
                                               text_kind_name((enum TextKind) kind));
        snprintf(ret + n, size - n, "| `%s` | %s |\n", cause_name(row->cause),
                 row->permanent ? "yes" : "");
}

/* docs/causes.md has the table's rows, in the table's order, and no others. A failure prints the
 * line to write. */
START_TEST(docs_say_the_same) {
        FILE *file = fopen(CAUSES_MD, "re");
        struct ClassifyRow row;
        char line[512], expected[512];
        size_t i = 0;

        ck_assert_ptr_nonnull(file);
        while (fgets(line, sizeof(line), file)) {
                if (!text_starts_with(line, "| `"))
                        continue;
                ck_assert_msg(classify_row(i++, &row), "no such row: %s", line);
                expected_line(&row, expected, sizeof(expected));
                ck_assert_str_eq(line, expected);
        }
        ck_assert_msg(!classify_row(i, &row), "row %zu, '%s', is not told", i, row.words);
        fclose(file);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("judge/classify");
        ADD_ROWS(classifies_texts, TEXTS);
        ADD_ROWS(knows_what_cannot_heal, PERMANENT);
        ADD_ROWS(classifies_tasks, TASKS);
        tcase_add_test(tests, no_row_is_hidden);
        tcase_add_test(tests, docs_say_the_same);
        return suite;
}
