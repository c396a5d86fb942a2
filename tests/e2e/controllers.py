#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Services whose deployment controller is not ECS, on the real daemon against ecs-sim.
usage: controllers.py --list | controllers.py ECSWATCHD ECS-SIM ECSWATCHCTL NAME"""
import sys

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


FINISHED = {"behaviour": {"exit": {"after": "430s", "code": 1}}}
CASES = {
    "code_deploy": (parameters("CODE_DEPLOY"), code_deploy),
    "code_deploy_late": (parameters("CODE_DEPLOY", second=LATE), code_deploy_late),
    "code_deploy_finished": (parameters("CODE_DEPLOY", second=FINISHED), code_deploy_finished),
    "external": (parameters("EXTERNAL"), external),
    "task_set": (parameters("EXTERNAL", "task_set"), task_set),
    "task_set_promoted": (parameters("EXTERNAL", "task_set"), task_set_promoted),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
