#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Why a deployment failed, as events and ecswatchctl tell it.
usage: explaining.py --list | explaining.py ECSWATCHD ECS-SIM ECSWATCHCTL CASE"""
import json
import os
import sys

import harness
import stage as stages
from row import deploy, service

WROTE = ["starting", "connecting to postgres://app:hunter2@db/app", "FATAL: no such database"]
TOLD = ["starting", "connecting to postgres://app:***@db/app", "FATAL: no such database"]


def last_words(stage):
    """What the failed container wrote last is in the event and in explain, also after a restart; its password is not."""
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    logs = [line["log"] for line in failed["evidence"] if "log" in line]
    if logs != [TOLD]:
        raise harness.Failure(f"the failed deployment tells {failed['evidence']}")
    stage.await_told("rollback.succeeded")
    asked = [call for call in stage.simulator.calls() if call["operation"] == "GetLogEvents"]
    if len(asked) != 1 or asked[0]["request"]["limit"] != 20:
        raise harness.Failure(f"the log was asked for by {asked}")
    arguments = ("explain", "default/web", "--deployment", failed["deployment"])
    stage.says("\n  ".join([f"Last words of container app of task {failed['evidence'][0]['task'].rpartition('/')[2]}", *TOLD]), *arguments)
    stage.daemon.end()
    looks = len(stage.simulator.calls())
    stage.daemon.start()
    harness.wait("a look", lambda: len(stage.simulator.calls()) > looks, harness.START_SECONDS)
    stage.says("FATAL: no such database", *arguments)


def replay(stage):
    """What a failed verdict was made of can be fetched, judged again to the bit, and judged by another rule."""
    stage.says("no failed or stalled verdict of such a deployment is recorded", "judge", "default/web", "--record", "/nowhere/x", code=1)
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    if not any("`sustain` (1 min) above that would have waited" in line for line in failed["explanation"]):
        raise harness.Failure(f"it explains itself by {failed['explanation']}")
    record, policy = (os.path.join(stage.folder, name) for name in ("record.json", "policy.yaml"))
    stage.says("", "judge", "default/web", "--deployment", failed["deployment"], "--record", record)
    stage.replays(0, f"default/web\t{failed['deployment']}\tfailed\tapp_exit\t{failed['summary']}\n  {failed['explanation'][0]}\n", record)
    stage.replays(0, "\nthe same as recorded, to the bit\n", record)
    with open(policy, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "policies": {"patient": {"judge": {"sustain": "10m"}}}, "defaults": {"region": "us-east-1", "policy": "patient"},
                   "clusters": [{"cluster": "default", "services": ["web"]}]}, file)
    stage.replays(0, "\tprogressing\t", record, "--policy", policy)
    with open(record, encoding="utf-8") as file:
        changed = json.load(file)
    for attempt in changed["evidence"]["attempts"]:
        attempt["stop_code"] = "UserInitiated"
    os.unlink(record)
    with open(record, "w", encoding="utf-8") as file:
        json.dump(changed, file)
    stage.replays(1, "\nnot as recorded, which was: {", record)
    with open(record, "w", encoding="utf-8") as file:
        file.write("{}")
    stage.replays(65, "record.json: no record of `ecswatchctl judge --record`", record)


CASES = {
    "last_words": ({"scenario": {"services": [service()],
                                 "task_definitions": {"web:1": {}, "web:2": {"behaviour": stages.CRASHES["behaviour"] | {"log": WROTE}}}},
                    "services": ["web"]}, last_words),
    "replay": ({"scenario": {"services": [service()], "task_definitions": {"web:1": {}, "web:2": stages.CRASHES}},
                "services": ["web"]}, replay),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
