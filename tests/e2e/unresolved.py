#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An endpoint whose name is not resolved: its services are unknown, which is said once, with the name, and once
more as watcher.blind, and nothing is told of them; where the
name is mended by a reload they are watched. The name has a label that is too long, so that no resolver is asked about it.
usage: unresolved.py ECSWATCHD ECS-SIM"""
import json
import signal
import sys
import time

import harness
import single as stories
from row import deploy

NAME = "a" * 64 + ".test"
WATCHED = 10 * 60 / stories.SPEED  # real seconds


def story(single):
    daemon, receiver = single.daemon, single.receiver
    good = single.config["clusters"][0]["endpoint_url"]
    single.watch_at(f"https://{NAME}")
    daemon.start()
    harness.wait("the name in the log", lambda: any(NAME in line for line in daemon.log()), harness.START_SECONDS)
    time.sleep(WATCHED)
    said = [entry for entry in daemon.journal() if NAME in entry["MESSAGE"]]
    told = [entry.get("ECSWATCH_EVENT") for entry in said]
    if told != [None, "watcher.blind"] or "cannot be seen" not in said[0]["MESSAGE"] or "not resolve" not in said[0]["MESSAGE"]:
        raise harness.Failure(f"in ten minutes it said: {json.dumps(said, indent=1)}")
    if any("deployment" in event["type"] for event in receiver.events()):
        raise harness.Failure(f"it told {[event['type'] for event in receiver.events()]}")

    single.watch_at(good)
    daemon.program.process.send_signal(signal.SIGHUP)
    harness.wait("a look", lambda: len(single.simulator.calls()) >= 2, harness.START_SECONDS)
    single.simulator.step(deploy("web:2"))
    harness.wait("the deployment", lambda: any(event["type"] == "ecswatch.deployment.succeeded" for event in receiver.events()), 60)


sys.exit(stories.main(story, __doc__, sys.argv[1:]))
