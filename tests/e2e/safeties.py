#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person may say to the daemon with ecswatchctl, and that it is heeded, on the real daemon against ecs-sim.
usage: safeties.py --list | safeties.py ECSWATCHD ECS-SIM ECSWATCHCTL NAME"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import harness
from row import deploy, service

SPEED = 60
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}


OTHERS = [f"svc-{number:02d}" for number in range(40)]
# The registry is away for the first quarter of an hour.
UNPULLABLE = {"behaviour": {"pull": "rate_limit", "fail_until_at": "15m"}}


class Stage:
    """The daemon watches web and `others`; web:2 and web:3 crash, svc:2 cannot be pulled for a while."""

    def __init__(self, programs, folder, mode, others=()):
        epoch = float(int(time.time()))
        services = [service(), *(service(name, "svc:1", 1) for name in others)]
        scenario = {"version": 1, "seed": 7, "services": services,
                    "task_definitions": {"web:1": {}, "web:2": CRASHES, "web:3": CRASHES, "svc:1": {}, "svc:2": UNPULLABLE}}
        self.ctl, self.socket = programs[2], os.path.join(folder, "run", "ecswatch.sock")
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
        config = harness.configuration(self.simulator, self.receiver, ["web", *others], mode)
        self.daemon = harness.Daemon(programs[0], folder, config, SPEED, epoch, 0)
        self.daemon.start()
        harness.wait("two looks", lambda: len(self.simulator.calls()) >= 2, harness.START_SECONDS)

    def run(self, *arguments, code=0):
        """ecswatchctl's two outputs."""
        done = subprocess.run([self.ctl, *arguments, "--socket", self.socket], capture_output=True, text=True, timeout=30)
        if done.returncode != code:
            raise harness.Failure(f"ecswatchctl {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def says(self, part, *arguments, code=0):
        text = "".join(self.run(*arguments, code=code))
        if part not in text:
            raise harness.Failure(f"ecswatchctl {' '.join(arguments)} does not say '{part}':\n{text}")

    def told(self, kind):
        return [event["data"] for event in self.receiver.events.values() if event["type"] == f"ecswatch.{kind}"]

    def await_told(self, kind, times=1):
        harness.wait(f"{times} {kind}", lambda: len(self.told(kind)) >= times, 60)
        return self.told(kind)[-1]

    def writes(self):
        return [call["operation"] for call in self.simulator.calls()
                if call["operation"] in ("UpdateService", "StopServiceDeployment")]

    def expect_writes(self, count):
        if len(self.writes()) != count:
            raise harness.Failure(f"{self.writes()} was sent instead of {count}")

    def restart(self):
        self.daemon.end()
        self.daemon.start()
        harness.wait("the socket", lambda: os.path.exists(self.socket), harness.START_SECONDS)
        harness.wait("a look", lambda: json.loads(self.run("status", "--json")[0])["services"][0]["state"] != "unknown", 30)

    def close(self):
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()
        self.receiver.close()


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
    stage.says("no rollback of web waits for approval", "approve", "default/web", code=1)
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


CASES = {
    "hold": ("enforce", (), hold),
    "confirm": ("confirm", (), confirm),
    "bad_hour": ("enforce", OTHERS, bad_hour),
    "heartbeat": ("observe", (), heartbeat),
}


def main(arguments):
    if arguments[:1] == ["--list"]:
        print("\n".join(CASES))
        return 0
    if len(arguments) != 4 or arguments[3] not in CASES:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        mode, others, case = CASES[arguments[3]]
        stage = Stage(arguments[:3], folder, mode, others)
        try:
            case(stage)
        except BaseException:
            print(stage.daemon.log(), file=sys.stderr)
            raise
        finally:
            stage.close()
    return 0


try:
    sys.exit(main(sys.argv[1:]))
except harness.Failure as failure:
    sys.exit(f"failed: {failure}")
