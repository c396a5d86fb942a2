#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person may say to the daemon with ecswatchctl, and that it is heeded, on the real daemon against ecs-sim.
usage: safeties.py --list | safeties.py ECSWATCHD ECS-SIM ECSWATCHCTL NAME"""
import json
import signal
import sys
import time

import harness
import stage as stages
from row import deploy, service

OTHERS = [f"svc-{number:02d}" for number in range(40)]
# The registry is away for the first quarter of an hour.
UNPULLABLE = {"behaviour": {"pull": "rate_limit", "fail_until_at": "15m"}}


def scenario(others=()):
    """web:2 and web:3 crash, svc:2 cannot be pulled for a while."""
    return {"services": [service(), *(service(name, "svc:1", 1) for name in others)],
            "task_definitions": {"web:1": {}, "web:2": stages.CRASHES, "web:3": stages.CRASHES, "svc:1": {}, "svc:2": UNPULLABLE}}


def hold(stage):
    """A held service is judged and not changed, also after a restart; the next one after unhold is rolled back."""
    stage.says("nothing is held", "hold")
    stage.says("say why", "hold", "default/web", code=64)
    stage.says("nothing of that name is watched", "hold", "default/wbe", "--reason", "x", code=1)
    stage.says("default/web is held until ", "hold", "default/web", "--reason", "a freeze", "--for", "30d")
    stage.says("a freeze", "hold")
    stage.restart()
    stage.says(": a freeze", "status")
    stage.simulator.step(deploy("web:2"))
    skipped = stage.await_told("rollback.skipped")
    reason = skipped["action"]["reason"]
    if not reason.startswith("held by ") or not reason.endswith(": a freeze"):
        raise harness.Failure(f"skipped because '{reason}'")
    stage.says("is held by", "explain", "default/web")
    stage.says("no hold of exactly that scope", "unhold", "default", code=1)
    stage.says("default/web is not held any more", "unhold", "default/web")
    stage.expect_writes(0)
    stage.simulator.step(deploy("web:3"))
    stage.await_told("rollback.started")
    stage.expect_writes(1)


def confirm(stage):
    """A rollback waits for somebody's yes, and says so; with it, it is done."""
    stage.says("nothing about web waits for approval", "approve", "default/web", code=1)
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    if failed["action"]["state"] != "would" or "ecswatchctl approve" not in failed["action"].get("reason", ""):
        raise harness.Failure(f"the failed deployment tells {failed['action']}")
    stage.says("it waits for `ecswatchctl approve` until ", "status")
    stage.says("it waits for `ecswatchctl approve` until ", "explain", "default/web")
    stage.expect_writes(0)
    stage.says("is not the newest deployment of web any more", "approve", "default/web", "--deployment", "ecs-svc/1", code=1)
    stage.says("the rollback of default/web is approved", "approve", "default/web", "--deployment", failed["deployment"])
    stage.await_told("rollback.succeeded")
    stage.says(", approved by ", "explain", "default/web", "--deployment", failed["deployment"])
    stage.expect_writes(1)


def bad_hour(stage):
    """40 services fail for the platform: none is rolled back, which is told once; a real bug is still named meanwhile; once it is
    over, the next bad deployment is rolled back again."""
    for name in OTHERS:
        stage.simulator.step(deploy("svc:2", name))
    stage.simulator.step(deploy("web:2"))
    harness.wait("all to fail", lambda: len(stage.told("deployment.failed")) >= len(OTHERS) + 1, 60)
    causes = {event["service"]: event["cause"] for event in stage.told("deployment.failed")}
    if causes != {"web": "app_exit", **dict.fromkeys(OTHERS, "image_pull")}:
        raise harness.Failure(f"the causes are {causes}")
    stage.await_told("rollback.skipped", len(OTHERS) + 1)
    stage.says("nothing is rolled back in 123456789012/us-east-1 for now: ", "status")
    if "\necswatch_inhibited 1\n" not in harness.exposition(stage.folder):
        raise harness.Failure("/metrics does not tell of the brake")
    stage.await_told("fleet.released")
    for kind in ("fleet.inhibited", "fleet.released"):
        if len(stage.told(kind)) != 1:
            raise harness.Failure(f"{kind} was told {len(stage.told(kind))} times")
    if stage.told("fleet.inhibited")[0]["region"] != "us-east-1" or len(stage.told("fleet.inhibited")[0]["services"]) < 5:
        raise harness.Failure(f"inhibited: {stage.told('fleet.inhibited')[0]}")
    if "for now" in stage.run("status")[0]:
        raise harness.Failure("status still tells of the brake")
    stage.expect_writes(0)
    stage.simulator.step(deploy("web:3"))
    stage.await_told("rollback.succeeded")
    stage.expect_writes(1)


def heartbeat(stage):
    """A sign of life every 10 s, while it can do its work; in no history."""
    config = json.load(open(stage.daemon.command[2], encoding="utf-8"))
    config["watcher"]["heartbeat"] = {"receiver": "sink", "every": "10s"}
    with open(stage.daemon.command[2], "w", encoding="utf-8") as file:
        json.dump(config, file)
    if stage.told("watcher.heartbeat"):
        raise harness.Failure("heartbeats without being asked for")
    stage.daemon.program.process.send_signal(signal.SIGHUP)
    harness.wait("five heartbeats", lambda: len(stage.told("watcher.heartbeat")) >= 5, 30)
    stage.daemon.end()
    told = len(stage.told("watcher.heartbeat"))
    time.sleep(1)
    if len(stage.told("watcher.heartbeat")) != told:
        raise harness.Failure("heartbeats of one that has ended")


def parameters(mode, others=()):
    return {"scenario": scenario(others), "services": ["web", *others], "mode": mode}


CASES = {
    "hold": (parameters("enforce"), hold),
    "confirm": (parameters("confirm"), confirm),
    "bad_hour": (parameters("enforce", OTHERS), bad_hour),
    "heartbeat": (parameters("observe"), heartbeat),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
