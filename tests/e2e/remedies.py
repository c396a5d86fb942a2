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
    if failed["action"] != {"action": "quiesce", "desired": 0, "state": "intended"}:
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


def hosts(*names, **more):
    return [{"instance": name, "cpu": 4096, "memory": 8192, **more} for name in names]


def drain_host(stage):
    """The host on which every task dies is drained, once; its tasks go to where they live. The next one would leave too few."""
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    if failed["cause"] != "host_bad" or failed["action"]["action"] != "drain_host" or failed["action"]["state"] != "intended":
        raise harness.Failure(f"the failed deployment tells {failed['cause']}, {failed['action']}")
    done = stage.await_told("remedy.succeeded")
    [request] = requests(stage, "UpdateContainerInstancesState")
    if request["containerInstances"] != [done["action"]["target"]] or request["status"] != "DRAINING":
        raise harness.Failure(f"UpdateContainerInstancesState was sent {request}")
    stage.await_told("deployment.recovered")

    stage.simulator.step({"set_behaviour": {"task_definition": "web:3", "behaviour": dies_on("b")}})
    stage.simulator.step(deploy("web:3"))
    skipped = stage.await_told("remedy.failed")
    if "would leave 1 others, and `keep` is 2" not in skipped["action"]["reason"]:
        raise harness.Failure(f"skipped: {skipped['action']}")
    stage.says("drain_host", "explain", "default/web")
    if len(requests(stage, "UpdateContainerInstancesState")) != 1:
        raise harness.Failure("a second host was drained")


def full_disk(stage):
    """No room on any disk for what a revision brings: the host is named, and drained where the policy says so."""
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    if failed["cause"] != "disk_full" or failed["action"]["action"] != "drain_host":
        raise harness.Failure(f"the failed deployment tells {failed['cause']}, {failed['action']}")
    stage.await_told("remedy.succeeded")
    stage.expect_writes(0)


def scale_out(stage):
    """No room for a new revision: the group is scaled out by one, and the rollout gets well; another service waits for it."""
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    if failed["cause"] != "capacity" or failed["action"] != {"action": "scale_out", "target": "asg", "desired": 3, "state": "intended"}:
        raise harness.Failure(f"the failed deployment tells {failed['cause']}, {failed['action']}")
    done = stage.await_told("remedy.succeeded")
    if "web: scale_out of asg was carried out" not in done["summary"]:
        raise harness.Failure(f"the remedy says '{done['summary']}'")
    [request] = requests(stage, "SetDesiredCapacity")
    if request != {"AutoScalingGroupName": "asg", "DesiredCapacity": "3"}:
        raise harness.Failure(f"SetDesiredCapacity was sent {request}")
    stage.await_told("deployment.recovered")
    stage.simulator.step({"create_service": service("api", "api:1", 2, **ON_HOSTS)})
    skipped = stage.await_told("remedy.failed")
    if "at most 3 are allowed (the group's own maximum)" not in skipped["action"]["reason"]:
        raise harness.Failure(f"skipped: {skipped['action']}")
    if len(requests(stage, "SetDesiredCapacity")) != 1:
        raise harness.Failure("it was scaled out twice")


def dies_on(host):
    return {"exit": {"after": "5s", "code": 1}, "on_instance": host}


ON_HOSTS = {"launch_type": "EC2"}
CASES = {
    "drain_host": ({"scenario": {"instances": hosts("a", "b", "c"), "services": [service(**ON_HOSTS)],
                                 "task_definitions": {"web:1": {}, "web:2": {"behaviour": dies_on("a")}, "web:3": {}}},
                    "services": ["web"], "configure": answered_with({"drain_host": {"keep": 2}})}, drain_host),
    "full_disk": ({"scenario": {"instances": hosts("a", "b", "c", disk=2000), "services": [service(desired=2, **ON_HOSTS)],
                                "task_definitions": {"web:1": {"disk": 100}, "web:2": {"disk": 1950}}},
                   "services": ["web"], "configure": answered_with({"drain_host": {"keep": 2}})}, full_disk),
    "scale_out": ({"scenario": {"auto_scaling_groups": [{"group": "asg", "desired": 2, "max": 3, "cpu": 1024, "memory": 2048}],
                                "services": [service(definition="web:1", desired=2, minimum_healthy_percent=100, **ON_HOSTS)],
                                "task_definitions": {name: {"cpu": 1024} for name in ("web:1", "web:2", "api:1")}},
                   "services": ["web", "api"], "configure": answered_with({"scale_out": {"group": "asg", "by": 1}})}, scale_out),
    "quiesce": ({"scenario": {"services": [service()],
                              "task_definitions": {"web:1": {}, "web:2": stages.CRASHES, "new:1": stages.CRASHES}},
                 "services": ["web", "new"], "configure": answered_with({"quiesce": {}})}, quiesce),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
