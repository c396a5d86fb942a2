#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What /metrics says after a deployment that failed and was rolled back: every metric of docs/http-api.md, in a form that promtool
accepts, with the values that follow from what happened.
usage: metrics.py ROOT ECSWATCHD ECS-SIM"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import harness
from row import deploy, service

SPEED = 60
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}
VALUES = {
    'ecswatch_verdicts_total{verdict="failed",cause="app_exit"}': lambda value: value == 1,
    'ecswatch_actions_total{action="rollback",state="done"}': lambda value: value == 1,
    'ecswatch_actions_total{action="quiesce",state="done"}': lambda value: value == 0,
    "ecswatch_inhibited": lambda value: value == 0,
    'ecswatch_aws_calls_total{operation="StopServiceDeployment",outcome="answered"}': lambda value: value == 1,
    'ecswatch_aws_calls_total{operation="DescribeServices",outcome="answered"}': lambda value: value > 3,
    "ecswatch_polls_total": lambda value: value > 3,
    "ecswatch_ledger_syncs_total": lambda value: value > 2,
    "ecswatch_config_last_reload_successful": lambda value: value == 1,
}


def documented(root):
    with open(os.path.join(root, "docs", "http-api.md"), encoding="utf-8") as file:
        return set(re.findall(r"`(ecswatch_\w+)`", file.read()))


def check(root, text, promtool):
    told = {name: float(value) for name, value in re.findall(r"^(ecswatch_\S+) (\S+)$", text, re.M)}
    missing = documented(root) - set(re.findall(r"^# TYPE (\w+) ", text, re.M))
    if missing:
        raise harness.Failure(f"documented and not told: {sorted(missing)}")
    for name, holds in VALUES.items():
        if name not in told or not holds(told[name]):
            raise harness.Failure(f"{name} is {told.get(name)} in:\n{text}")
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    if done.returncode != 0 or done.stdout or done.stderr:
        raise harness.Failure(f"promtool says {done.returncode}: {done.stdout}{done.stderr}\nof:\n{text}")


def run(root, programs, promtool, folder):
    epoch = float(int(time.time()))
    scenario = {"version": 1, "seed": 7, "services": [service()], "task_definitions": {"web:1": {}, "web:2": CRASHES}}
    receiver = harness.Receiver()
    simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
    config = harness.configuration(simulator, receiver, ["web"], "enforce")
    config["aws"] = {"events": {"queue_url": f"http://127.0.0.1:{harness.free_port()}/1/nobody"}}  # what is off tells nothing
    daemon = harness.Daemon(programs[0], folder, config, SPEED, epoch, 0)
    try:
        daemon.start()
        harness.wait("two looks", lambda: len(simulator.calls()) >= 2, harness.START_SECONDS)
        simulator.step(deploy("web:2"))
        harness.wait("the rollback", lambda: any(event["type"].endswith("rollback.succeeded") for event in receiver.events()), 60)
        check(root, harness.exposition(folder), promtool)
    finally:
        receiver.close()
        for program in (daemon.program, simulator.program):
            if program:
                program.kill()


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    promtool = shutil.which("promtool", path=f"{os.environ['PATH']}:{arguments[0]}/.cache")
    if not promtool:
        print("there is no promtool; tools/fetch-promtool .cache gets it")
        return 77
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        try:
            run(arguments[0], arguments[1:], promtool, folder)
            return 0
        except harness.Failure as failure:
            print(failure)
            return 1


sys.exit(main(sys.argv[1:]))
