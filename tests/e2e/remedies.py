#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each remedy, and where it must not act, on the real daemon against ecs-sim.
usage: remedies.py --list | remedies.py ECSWATCHD ECS-SIM ECSWATCHCTL NAME"""
import sys

import harness
import stage as stages
from row import deploy, service

REMEDY_EVENTS = ("remedy_started", "remedy_succeeded", "remedy_failed")


def answered_with(entry):
    """Failed rollouts are answered with `entry`."""
    def configure(config):
        policy = config["policies"]["standard"]
        policy["on_failed"] = [entry | {"notify": ["sink"]}]
        policy.update({f"on_{name}": [{"notify": ["sink"]}] for name in REMEDY_EVENTS})
    return configure


def requests(stage, operation):
    return [call["request"] for call in stage.simulator.calls() if call["operation"] == operation]


def quiesce(stage):
    """A new service that never came up is set to zero tasks, once; one that served before is not."""
    stage.simulator.step({"create_service": service("new", "new:1", 3)})
    failed = stage.await_told("deployment.failed")
    if failed["action"] != {"action": "quiesce", "state": "intended"}:
        raise harness.Failure(f"the failed deployment tells {failed['action']}")
    stage.await_told("remedy.started")
    done = stage.await_told("remedy.succeeded")
    if "new: quiesce was carried out: its desired count is 0 now; set it again" not in done["summary"]:
        raise harness.Failure(f"the remedy says '{done['summary']}'")
    [request] = requests(stage, "UpdateService")
    if set(request) != {"cluster", "service", "desiredCount"} or request["desiredCount"] != 0:
        raise harness.Failure(f"UpdateService was sent {request}")
    stage.says("  quiesce: done (", "explain", "default/new")

    stage.simulator.step(deploy("web:2"))
    skipped = stage.await_told("remedy.failed")
    if skipped["action"]["state"] != "skipped" or "first deployment of a service" not in skipped["action"]["reason"]:
        raise harness.Failure(f"skipped: {skipped['action']}")
    stage.expect_writes(1)


CASES = {
    "quiesce": ({"scenario": {"services": [service()],
                              "task_definitions": {"web:1": {}, "web:2": stages.CRASHES, "new:1": stages.CRASHES}},
                 "services": ["web", "new"], "configure": answered_with({"quiesce": {}})}, quiesce),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
