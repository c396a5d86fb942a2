#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each deployment controller and strategy, on the real daemon against ecs-sim.
usage: controllers.py --list | controllers.py ECSWATCHD ECS-SIM ECSWATCHCTL NAME"""
import sys
import time

import harness
import stage as stages
from row import deploy, service

LATE = {"behaviour": {"exit": {"after": "150s", "code": 1}}}


def parameters(controller, rollback="auto", second=stages.CRASHES):
    def configure(config):
        config["policies"]["standard"]["on_failed"] = [{"rollback": rollback, "notify": ["sink"]}]
    return {"scenario": {"services": [service(desired=2, controller=controller)],
                         "task_definitions": {"web:1": {}, "web:2": second, "web:3": {}}},
            "services": ["web"], "configure": configure}


def expect(what, found, wanted):
    if found != wanted:
        raise harness.Failure(f"{what}: {found} instead of {wanted}")


def task_sets(stage):
    """{task definition: (status, running)} of those that are there"""
    [web] = stage.simulator.ask("GET", "/_sim/state")["services"]
    return {each["taskDefinition"].split("/")[-1]: (each["status"], each["runningCount"]) for each in web["taskSets"]}


def rolls_back(stage, method):
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    expect("the action", (failed["action"]["method"], failed["action"]["state"]), (method, "intended"))
    stage.await_told("rollback.started")
    done = stage.await_told("rollback.succeeded")
    expect("who rolled back, to what", (done["by"], done["task_definition"].split("/")[-1]), ("us", "web:1"))


def code_deploy(stage):
    """CodeDeploy is asked to stop what fails before it has moved the traffic, and the service is what it was; the next one goes through."""
    rolls_back(stage, "code_deploy")
    expect("the calls", stage.writes(), ["StopDeployment"])
    [call] = [call for call in stage.simulator.calls() if call["operation"] == "StopDeployment"]
    expect("its members", sorted(call["request"]), ["autoRollbackEnabled", "deploymentId"])
    harness.wait("the old set alone", lambda: task_sets(stage) == {"web:1": ("PRIMARY", 2)}, 30)
    stage.simulator.step(deploy("web:3"))
    stage.await_told("deployment.succeeded")
    expect("the calls", stage.writes(), ["StopDeployment"])


def code_deploy_late(stage):
    """What fails after the traffic has moved, while the old set is still there, is taken back too."""
    rolls_back(stage, "code_deploy")
    expect("the calls", stage.writes(), ["StopDeployment"])


def code_deploy_finished(stage):
    """Once CodeDeploy has finished, the old set is gone: that is told, and what to do."""
    stage.simulator.step(deploy("web:2"))
    skipped = stage.await_told("rollback.skipped")
    if "the task set before it is gone: deploy the revision before it again" not in skipped["action"]["reason"]:
        raise harness.Failure(f"skipped: {skipped['action']}")
    stage.expect_writes(0)


def external(stage):
    """Whose task sets they are is told, and nothing is changed."""
    stage.simulator.step(deploy("web:2"))
    skipped = stage.await_told("rollback.skipped")
    if "EXTERNAL: its controller owns the rollback, unless the policy says `rollback: task_set`" not in skipped["action"]["reason"]:
        raise harness.Failure(f"skipped: {skipped['action']}")
    stage.expect_writes(0)


def task_set(stage):
    """The task set before is primary again with the whole share, the failed one has none and is not deleted."""
    rolls_back(stage, "task_set")
    expect("the calls", stage.writes(), ["UpdateTaskSet", "UpdateServicePrimaryTaskSet", "UpdateTaskSet"])
    harness.wait("the shares", lambda: task_sets(stage) == {"web:1": ("PRIMARY", 2), "web:2": ("ACTIVE", 0)}, 30)


def task_set_promoted(stage):
    """Likewise where the failed one was made primary already."""
    stage.simulator.step(deploy("web:2"))
    stage.simulator.step({"promote": {"service": "web"}})
    stage.await_told("rollback.succeeded")
    harness.wait("the shares", lambda: task_sets(stage) == {"web:1": ("PRIMARY", 2), "web:2": ("ACTIVE", 0)}, 30)


def stops(stage):
    """While both revisions run, ECS is asked to stop the deployment: it names what it stops, and restores the whole revision."""
    rolls_back(stage, "stop_deployment")
    expect("the calls", stage.writes(), ["StopServiceDeployment"])


def paused(stage):
    """A deployment that waits for a person, and one that bakes, is neither stalled nor failed; then it succeeds."""
    stage.simulator.step(deploy("web:3"))
    stage.await_told("deployment.started")
    time.sleep(45 * 60 / stages.SPEED)  # past stall_after
    expect("what was told meanwhile", stage.types(), ["deployment.started"])
    stage.simulator.step({"continue_service_deployment": {"service": "web"}})
    stage.await_told("deployment.succeeded")
    stage.expect_writes(0)


def bakes(stage):
    stage.simulator.step(deploy("web:3"))
    stage.await_told("deployment.started")
    harness.wait("it to bake", lambda: len(stage.simulator.ask("GET", "/_sim/state")["services"][0]["deployments"]) == 2, 30)


def alarm(stage):
    """ECS rolls back by its alarm: it goes first, and is told; nothing of ours is sent."""
    bakes(stage)
    stage.simulator.step({"alarm": {"service": "web", "state": "ALARM"}})
    taken_back = stage.await_told("deployment.reverted")
    expect("why", taken_back["explanation"], ["it was taken back before a rule of ours had decided; nothing of it had failed"])
    done = stage.await_told("rollback.succeeded")
    expect("who rolled back", done["by"], "ecs")
    stage.expect_writes(0)


def alarm_alone(stage):
    """An alarm that only fails the deployment: ours is the rollback."""
    bakes(stage)
    stage.simulator.step({"alarm": {"service": "web", "state": "ALARM"}})
    failed = stage.await_told("deployment.failed")
    expect("the cause", failed["cause"], "native_failure")
    if "; alarms TRIGGERED: ecs-sim-alarm" not in failed["explanation"][-1]:
        raise harness.Failure(f"it explains itself by {failed['explanation']}")
    stage.await_told("rollback.succeeded")
    expect("the calls", stage.writes(), ["UpdateService"])


def daemon(stage):
    """Without an instance there is nothing to run, which succeeds and proves nothing; with some it is judged like any other."""
    stage.simulator.step(deploy("web:3"))
    done = stage.await_told("deployment.succeeded")
    expect("that it is vacuous", done.get("vacuous"), True)
    for name in ("a", "b"):
        stage.simulator.step({"register_instance": {"instance": name}})
    harness.wait("tasks that do well", lambda: "2 of 2 tasks running, none failed for" in stage.run("status")[0], 30)
    stage.simulator.step(deploy("web:2"))
    expect("the cause", stage.await_told("deployment.failed")["cause"], "app_exit")
    stage.await_told("rollback.succeeded")


def daemon_service():
    given = parameters("ECS")
    web = given["scenario"]["services"][0] | {"scheduling": "DAEMON", "launch_type": "EC2"}
    given["scenario"]["services"] = [{key: value for key, value in web.items() if key != "desired"}]
    return given


def strategy(kind, alarms=None, **more):
    given = parameters("ECS")
    web = given["scenario"]["services"][0] | {"strategy": {"kind": kind, **more}}
    given["scenario"]["services"] = [web | {"alarms": {"enable": True, **alarms}} if alarms is not None else web]
    return given


FINISHED = {"behaviour": {"exit": {"after": "430s", "code": 1}}}
CASES = {
    "code_deploy": (parameters("CODE_DEPLOY"), code_deploy),
    "code_deploy_late": (parameters("CODE_DEPLOY", second=LATE), code_deploy_late),
    "code_deploy_finished": (parameters("CODE_DEPLOY", second=FINISHED), code_deploy_finished),
    "blue_green": (strategy("BLUE_GREEN", bake="10m"), stops),
    "linear": (strategy("LINEAR", bake="10m", step_percent=25, step_bake="5m"), stops),
    "canary": (strategy("CANARY", bake="10m", step_bake="5m"), stops),
    "paused": (strategy("BLUE_GREEN", bake="10m", pause=True), paused),
    "alarm": (strategy("BLUE_GREEN", {"rollback": True}, bake="30m"), alarm),
    "alarm_alone": (strategy("BLUE_GREEN", {"rollback": False}, bake="30m"), alarm_alone),
    "daemon": (daemon_service(), daemon),
    "external": (parameters("EXTERNAL"), external),
    "task_set": (parameters("EXTERNAL", "task_set"), task_set),
    "task_set_promoted": (parameters("EXTERNAL", "task_set"), task_set_promoted),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
