#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deployments, good and bad, and what ecswatchd must say and do about each under the default policy.
usage: scenarios.py --list | scenarios.py [--restart] ECSWATCHD ECS-SIM NAME"""
import sys

from harness import run
from row import Row, deploy, service, told

CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}
NO_IMAGE = {"behaviour": {"pull": "not_found"}}
HOSTS = [{"instance": f"host-{n}", "cpu": 4096, "memory": 8192} for n in (1, 2, 3)]
BREAKER = {"enable": True, "rollback": True, "threshold": 3}
ROLLED_BACK = [("web", "web:1")]
STARTED = told("deployment.started", kind="deploy")
SUCCEEDED = told("deployment.succeeded", verdict="succeeded")


def failed(cause, *says, state="intended"):
    return told("deployment.failed", *says, verdict="failed", cause=cause, state=state)


def rolled_back_by(who):
    return [told("rollback.started", kind="rollback", by=who), told("rollback.succeeded", kind="rollback", by=who)]


ROWS = [
    Row("good", "a good deployment is told and left alone, also while it is watched afterwards",
        {"web:2": {}}, [(0, deploy("web:2"))], [STARTED, SUCCEEDED], quiet=660),

    Row("crash_loop", "the container exits 5 s after each start",
        {"web:2": CRASHES}, [(0, deploy("web:2"))],
        [STARTED, failed("app_exit", "exited with code 1"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("disk_full", "the disk is full while a crash loop begins and fails: told all the same, rolled back when it can be recorded",
        {"web:2": CRASHES}, [(5, deploy("web:2"))],
        [STARTED, failed("app_exit", "exited with code 1", state=None), *rolled_back_by("us")], writes=ROLLED_BACK,
        # Killed meanwhile, it tells once more, at another time, what it told from memory: tests/unit/watch/test_disk.c.
        disk_full=(0, 150), restarts=False),

    Row("container_health", "the container's own health check never passes",
        {"web:1": {"containers": [{"name": "app", "health_check": True}]},
         "web:2": {"containers": [{"name": "app", "health_check": True}], "behaviour": {"health": {"fails_after": "60s"}}}},
        [(0, deploy("web:2"))], [STARTED, failed("container_health"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("lb_health", "the target group's health check never passes",
        {"web:2": {"behaviour": {"lb": {"unhealthy_after": "60s"}}}}, [(0, deploy("web:2"))],
        [STARTED, failed("lb_health"), *rolled_back_by("us")], writes=ROLLED_BACK,
        services=[service(load_balancer={"target_group": "web", "container": "app", "port": 8080})]),

    Row("image_not_found", "the image does not exist",
        {"web:2": NO_IMAGE}, [(0, deploy("web:2"))],
        [STARTED, told("deployment.failed", verdict="failed", cause="image_pull"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("no_capacity", "Fargate has no room: told once, and a rollback would not help",
        {"web:2": {}}, [(0, {"capacity": {"fargate": "unavailable"}}), (1, deploy("web:2"))],
        [STARTED, told("deployment.failed", verdict="failed", cause="capacity")], patience=1800, quiet=900),

    Row("passing_failures", "one task in ten of twenty exits early, its replacement does not: the release is good",
        {"web:2": {"behaviour": {"exit": {"after": "5s", "code": 1}, "fail_share": "10%"}}}, [(0, deploy("web:2"))],
        [STARTED, SUCCEEDED], services=[service(desired=20)]),

    Row("dependency_away", "what the tasks need is away for the first 30 s",
        {"web:2": {"behaviour": {"exit": {"after": "5s", "code": 1}, "fail_until": "30s"}}}, [(0, deploy("web:2"))],
        [STARTED, SUCCEEDED]),

    Row("one_bad_host", "tasks die on one host of three: the host is named, the release is not blamed",
        {"web:1": {"behaviour": {}},
         "web:2": {"behaviour": {"exit": {"after": "5s", "code": 1}, "on_instance": "host-2"}}}, [(0, deploy("web:2"))],
        [STARTED, told("deployment.failed", verdict="failed", cause="host_bad")],
        services=[service(desired=6, launch_type="EC2")], top={"instances": HOSTS}),

    Row("dies_at_3_minutes", "every task runs well for three minutes, then exits: long after success seemed near",
        {"web:2": {"behaviour": {"exit": {"after": "3m", "code": 1}}}}, [(0, deploy("web:2"))],
        [STARTED, SUCCEEDED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK, patience=1500,
        ways=("UpdateService",), restart_after=1),

    Row("scale_in_and_spot", "scale-in and Spot interruptions during a deployment are nobody's fault",
        {"web:2": {}},
        [(0, deploy("web:2")), (20, {"scale": {"service": "web", "desired": 4}}),
         (40, {"spot_interrupt": {"service": "web", "count": 2}})],
        [STARTED, SUCCEEDED], services=[service(desired=6, spot=True)]),

    Row("same_revision_again", "a forced redeployment of a task definition that has gone bad: ECS goes back to the revision before",
        {}, [(0, {"set_behaviour": {"task_definition": "web:1", "behaviour": CRASHES["behaviour"]}}),
             (1, deploy("web:1", force_new_deployment=True))],
        [STARTED, failed("app_exit", state="intended"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("update_service_only", "the policy says update_service",
        {"web:2": CRASHES}, [(0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK, ways=("UpdateService",), rollback="update_service"),

    Row("stop_deployment_only", "the policy says stop_deployment",
        {"web:2": CRASHES}, [(0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK, rollback="stop_deployment"),

    Row("stop_deployment_too_late", "the policy says stop_deployment, and ECS has completed it: no other way is taken",
        {"web:2": {"behaviour": {"exit": {"after": "3m", "code": 1}}}}, [(0, deploy("web:2"))],
        [STARTED, SUCCEEDED, failed("app_exit", state="skipped"),
         # Each round of the loop is well for a while, which is no recovery.
         told("rollback.skipped", "cannot be stopped any more, and the policy allows no other way", state="skipped")],
        patience=1500, quiet=600, restart_after=1, rollback="stop_deployment"),

    Row("stop_denied", "StopServiceDeployment is not permitted: UpdateService is",
        {"web:2": CRASHES}, [(0, {"deny": ["StopServiceDeployment"]}), (0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=2 * ROLLED_BACK, ways=("StopServiceDeployment", "UpdateService"),
        restarts=False),

    Row("stop_throttled", "StopServiceDeployment is throttled twice: looked again, and repeated",
        {"web:2": CRASHES}, [(0, {"fault": {"kind": "throttle", "operation": "StopServiceDeployment", "count": 2}}), (0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=3 * ROLLED_BACK, restarts=False),

    Row("stop_answer_lost", "StopServiceDeployment is carried out, and its answer lost: found out by looking",
        {"web:2": CRASHES},
        [(0, {"fault": {"kind": "reset", "effect": "after", "operation": "StopServiceDeployment"}}), (0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("superseded", "a newer deployment takes over before the first is decided",
        {"web:2": {"behaviour": {"start": "5m"}}, "web:3": {}}, [(0, deploy("web:2")), (90, deploy("web:3"))],
        [STARTED, told("deployment.superseded"), STARTED, SUCCEEDED], restart_delay=5),

    Row("native_breaker_after_us", "the image does not exist, which is told before ECS's own breaker rolls back: we keep our hands off",
        {"web:2": NO_IMAGE}, [(0, deploy("web:2"))],
        [STARTED, told("deployment.failed", verdict="failed", cause="image_pull"), *rolled_back_by("ecs")],
        services=[service(circuit_breaker=BREAKER)], top={"scheduler": {"breaker_delay": "40s"}}, speed=20),

    Row("native_breaker", "ECS's own breaker rolls back first: we tell, and keep our hands off",
        {"web:2": {"behaviour": {"pull": "timeout"}}}, [(0, deploy("web:2"))],
        [STARTED, told("deployment.reverted", cause="image_pull"), *rolled_back_by("ecs")],
        # Slowly: after a restart it must look once more before ECS has gone back.
        services=[service(circuit_breaker=BREAKER)], top={"scheduler": {"breaker_delay": "40s"}}, restart_delay=5, speed=20),

    Row("native_breaker_stands_still", "the breaker is armed and ECS declares FAILED, yet does nothing: we step in",
        {"web:2": NO_IMAGE}, [(0, deploy("web:2"))],
        [STARTED, told("deployment.failed", verdict="failed", cause="image_pull"), *rolled_back_by("us")],
        writes=ROLLED_BACK, ways=("UpdateService",), services=[service(circuit_breaker=BREAKER)],
        top={"scheduler": {"breaker_stands_still": True}},
        restart_after=1, restart_delay=20),

    Row("rolled_back_by_hand", "a person brings the old revision back before anything is decided",
        {"web:2": {"behaviour": {"start": "5m"}}}, [(0, deploy("web:2")), (90, deploy("web:1"))],
        [STARTED, told("deployment.reverted"), *rolled_back_by("other")], restart_delay=10),

    Row("failing_at_first_sight", "what began before the daemon did is told, not acted on",
        {"web:2": CRASHES}, [],
        [STARTED, failed("app_exit", state="skipped"), told("rollback.skipped", "before we watched", state="skipped")],
        before=[(0, deploy("web:2"))]),

    Row("flashes", "the deployment's own desired count is 0 at first, and its tasks are RUNNING for a second",
        {"web:2": {"behaviour": {"exit": {"after": "1s", "code": 1}}}}, [(0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("stale_answer", "one answer from before the deployment proves nothing",
        {"web:2": {}}, [(0, deploy("web:2")), (60, {"fault": {"kind": "stale_describe", "age": "50s"}})],
        [STARTED, SUCCEEDED]),

    Row("no_list_tasks", "without permission for ListTasks, success waits for ECS's own word",
        {"web:2": {}}, [(0, deploy("web:2"))],
        [STARTED, told("deployment.succeeded", "without task evidence", verdict="succeeded")],
        top={"deny": ["ListTasks"]}),

    Row("no_list_tasks_and_bad", "without permission for ListTasks, counts alone are no success",
        {"web:2": {"behaviour": {"exit": {"after": "20s", "code": 1}}}}, [(0, deploy("web:2"))], [STARTED],
        top={"deny": ["ListTasks"]}, quiet=600),

    Row("clock_ahead", "a clock ten minutes ahead changes no verdict",
        {"web:2": CRASHES}, [(0, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK, skew=600),

    Row("clock_behind", "nor does one ten minutes behind",
        {"web:2": {}}, [(0, deploy("web:2"))], [STARTED, SUCCEEDED], skew=-600),

    Row("date_header_ahead", "two answers with a Date header 90 minutes ahead move nothing",
        {"web:2": CRASHES}, [(30, {"fault": {"kind": "clock_skew", "by": "90m", "count": 2}}), (60, deploy("web:2"))],
        [STARTED, failed("app_exit"), *rolled_back_by("us")], writes=ROLLED_BACK),

    Row("clock_ahead_with_role", "on a clock two hours ahead a role's fresh credentials have not expired",
        {"web:2": {}}, [(0, deploy("web:2"))], [STARTED, SUCCEEDED], role=True, skew=7200),

    Row("observe", "in observe mode it says what it would do, and does nothing",
        {"web:2": CRASHES}, [(0, deploy("web:2"))],
        [STARTED, failed("app_exit", state="would")], mode="observe", quiet=300),
]


def main(arguments):
    if arguments == ["--list"]:
        for row in ROWS:
            print(row.name, "restart" if row.restarts else "-")
        return 0
    restart = arguments[:1] == ["--restart"]
    if len(arguments) - restart != 3:
        print(__doc__, file=sys.stderr)
        return 64
    daemon, simulator, name = arguments[restart:]
    row = next((row for row in ROWS if row.name == name), None)
    if not row:
        print(f"there is no scenario {name}", file=sys.stderr)
        return 64
    print(f"{row.name}: {row.says}{', the daemon killed in the middle' if restart else ''}")
    return 0 if run(row, {"ecswatchd": daemon, "ecs-sim": simulator}, restart) else 1


sys.exit(main(sys.argv[1:]))
