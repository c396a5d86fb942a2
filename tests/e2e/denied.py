#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/iam.md says of each IAM action that is denied, on the real daemon against ecs-sim.
usage: denied.py ROOT --list | denied.py ROOT ECSWATCHD ECS-SIM ACTION"""
import json
import os
import re
import sys
import tempfile
import time

import controllers
import harness
import remedies
from row import deploy, service

SPEED = 120  # half an hour without a task to be seen is stalled
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}, "log": ["no database"]}}
TOLD_SECONDS, QUIET_SECONDS = 60, 6
# What takes the place of ECS's own service, whose new revision crashes.
OTHERS = {
    "codedeploy:StopDeployment": controllers.CASES["code_deploy"][0],
    **dict.fromkeys(("ecs:UpdateTaskSet", "ecs:UpdateServicePrimaryTaskSet"), controllers.CASES["task_set"][0]),
    **dict.fromkeys(("ecs:ListContainerInstances", "ecs:DescribeContainerInstances", "ecs:UpdateContainerInstancesState"),
                    remedies.CASES["drain_host"][0]),
    **dict.fromkeys(("autoscaling:DescribeAutoScalingGroups", "autoscaling:SetDesiredCapacity"), remedies.CASES["scale_out"][0]),
}
ROLE = "arn:aws:iam::123456789012:role/watch"


def rows(root):
    """{action: (words of the log, types of events)}"""
    with open(os.path.join(root, "docs", "iam.md"), encoding="utf-8") as file:
        found = re.findall(r"^\| `(\w+:\w+)` \| .* \| `(.+?)` \| (.+) \|$", file.read(), re.M)
    return {action: (said, sorted(re.findall(r"`([^`]+)`", told))) for action, said, told in found}


def asked(root):
    """The actions of the policy that ecswatchd itself asks for."""
    with open(os.path.join(root, "docs", "iam-policy.json"), encoding="utf-8") as file:
        statements = json.load(file)["Statement"]
    actions = [action for each in statements for action in
               (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])]
    return set(actions) - {"iam:PassRole"}


def configuration(action, simulator, receiver):
    config = harness.configuration(simulator, receiver, ["web"], "enforce",
                                   "update_service" if action == "ecs:UpdateService" else "auto")
    if action == "ecs:ListServices":
        config["clusters"][0]["services"] = ["we*"]
    if action == "sts:AssumeRole":
        config["clusters"][0]["role_arn"] = ROLE
    if action in OTHERS:
        OTHERS[action]["configure"](config)
    return config


def run(action, said, told, programs, folder):
    epoch = float(int(time.time()))
    scenario = {"services": [service()], "task_definitions": {"web:1": {}, "web:2": CRASHES}}
    scenario = {"version": 1, "seed": 7} | OTHERS.get(action, {"scenario": scenario})["scenario"] | {"deny": [action.split(":")[1]]}
    receiver = harness.Receiver()
    simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
    daemon = harness.Daemon(programs[0], folder, configuration(action, simulator, receiver), SPEED, epoch, 0)
    for name in ("STS", "AUTO_SCALING", "CODEDEPLOY", "CLOUDWATCH_LOGS"):
        daemon.environment[f"AWS_ENDPOINT_URL_{name}"] = f"http://127.0.0.1:{simulator.port}"
    types = lambda: sorted(event["type"].removeprefix("ecswatch.") for event in receiver.events())
    try:
        daemon.start()
        harness.wait("two calls", lambda: len(simulator.calls()) >= 2, harness.START_SECONDS)
        simulator.step(deploy("web:2"))
        harness.wait(f"{told} (told: {types()})", lambda: types() == told, TOLD_SECONDS)
        time.sleep(QUIET_SECONDS)
        daemon.end()
        if types() != told:
            raise harness.Failure(f"told: {types()} instead of {told}")
        messages = "\n".join(entry["MESSAGE"] for entry in daemon.journal())
        if said not in messages:
            raise harness.Failure(f"'{said}' is not in the log:\n{messages}")
    except harness.Failure as failure:
        raise harness.Failure(f"{failure}\ntold: {types()}\n" + "\n".join(daemon.log())) from None
    finally:
        for program in (daemon.program, simulator.program):
            if program:
                program.kill()
        receiver.close()


def main(arguments):
    table = rows(arguments[0]) if arguments else {}
    if arguments[1:] == ["--list"]:
        if set(table) != asked(arguments[0]):
            raise harness.Failure(f"docs/iam.md and iam-policy.json differ by {set(table) ^ asked(arguments[0])}")
        print("\n".join(table))
        return 0
    if len(arguments) != 4 or arguments[3] not in table:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        run(arguments[3], *table[arguments[3]], arguments[1:3], folder)
    return 0


try:
    sys.exit(main(sys.argv[1:]))
except harness.Failure as failure:
    sys.exit(f"failed: {failure}")
