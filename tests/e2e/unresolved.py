#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An endpoint whose name is not resolved: its services are unknown, which is said once, with the name, and once
more as watcher.blind, and nothing is told of them; where the
name is mended by a reload they are watched. The name has a label that is too long, so that no resolver is asked about it.
usage: unresolved.py ECSWATCHD ECS-SIM"""
import json
import signal
import sys
import tempfile
import time

import harness
from row import deploy, service

SPEED = 60
NAME = "a" * 64 + ".test"
WATCHED = 10 * 60 / SPEED  # real seconds


def check(daemon, simulator, receiver, config):
    good = config["clusters"][0]["endpoint_url"]
    config["clusters"][0]["endpoint_url"] = f"https://{NAME}"
    daemon.write(config)
    daemon.start()
    harness.wait("the name in the log", lambda: any(NAME in line for line in daemon.log()), harness.START_SECONDS)
    time.sleep(WATCHED)
    said = [entry for entry in daemon.journal() if NAME in entry["MESSAGE"]]
    told = [entry.get("ECSWATCH_EVENT") for entry in said]
    if told != [None, "watcher.blind"] or "cannot be seen" not in said[0]["MESSAGE"] or "not resolve" not in said[0]["MESSAGE"]:
        raise harness.Failure(f"in ten minutes it said: {json.dumps(said, indent=1)}")
    if any("deployment" in event["type"] for event in receiver.events()):
        raise harness.Failure(f"it told {[event['type'] for event in receiver.events()]}")

    config["clusters"][0]["endpoint_url"] = good
    daemon.write(config)
    daemon.program.process.send_signal(signal.SIGHUP)
    harness.wait("a look", lambda: len(simulator.calls()) >= 2, harness.START_SECONDS)
    simulator.step(deploy("web:2"))
    harness.wait("the deployment", lambda: any(event["type"] == "ecswatch.deployment.succeeded" for event in receiver.events()), 60)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    epoch = float(int(time.time()))
    scenario = {"version": 1, "seed": 7, "services": [service()], "task_definitions": {"web:1": {}, "web:2": {}}}
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        receiver = harness.Receiver()
        simulator = harness.Simulator(arguments[1], folder, scenario, SPEED, epoch)
        config = harness.configuration(simulator, receiver, ["web"], "enforce")
        daemon = harness.Daemon(arguments[0], folder, config, SPEED, epoch, 0)
        try:
            check(daemon, simulator, receiver, config)
            return 0 if daemon.end() == 0 else 1
        except harness.Failure as failure:
            print(failure)
            print("\n".join(daemon.log()[-20:]))
            return 1
        finally:
            for program in (daemon.program, simulator.program):
                if program:
                    program.kill()
            receiver.close()


sys.exit(main(sys.argv[1:]))
