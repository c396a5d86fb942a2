#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the daemon (SIGKILL) while it judges and rolls back a bad deployment, at every point of its acting path and at random
moments, and starts it again: ECS must have accepted exactly one rollback, and every notification must have come, each under one id.
usage: kill.py ECSWATCHD ECS-SIM [--stride N] [--random N] [--rounds N] [--jobs N]
The points (daemon/faults.h) are counted from the start of the process; every Nth of them is tried in each round."""
import argparse
import collections
import concurrent.futures
import os
import random
import sys
import tempfile
import time

import harness
from life import Life
from row import deploy

ONCE = ("deployment.started", "deployment.failed", "rollback.started", "rollback.succeeded")
# What else goes wrong with the one call that matters, round by round.
ROUNDS = (
    ("auto", None),
    ("update_service", None),
    ("auto", {"fault": {"kind": "reset", "effect": "after", "operation": "StopServiceDeployment", "count": 1}}),
    ("update_service", {"fault": {"kind": "reset", "effect": "after", "operation": "UpdateService", "count": 1}}),
    ("update_service", {"fault": {"kind": "error_5xx", "status": 503, "operation": "UpdateService", "count": 2}}),
    ("auto", {"fault": {"kind": "throttle", "operation": "StopServiceDeployment", "count": 2}}),
)


class Killed(Life):
    def go(self, kill_after):
        self.until("two looks", lambda: len(self.simulator.calls()) >= 2)
        self.simulator.step(deploy("web:2"))
        if kill_after is not None:
            time.sleep(kill_after)
            self.daemon.program.process.kill()
            self.daemon.program.process.wait()
        self.until("the rollback", lambda: self.told("rollback.succeeded"))
        time.sleep(0.3)  # what else it may do
        self.check()

    def check(self):
        accepted = self.accepted()
        if len(accepted) != 1:
            raise harness.Failure(f"{len(accepted)} rollbacks were accepted: {accepted}")
        counts = collections.Counter(event["type"].removeprefix("ecswatch.") for event in self.receiver.events())
        if counts != collections.Counter(ONCE):
            raise harness.Failure(f"told: {dict(counts)}")
        if self.receiver.problems:
            raise harness.Failure("; ".join(self.receiver.problems))


def live(programs, method, fault, kill_at, kill_after, seed):
    """One run; how often it was killed, or a failure with the daemon's log."""
    with tempfile.TemporaryDirectory(prefix="ecswatch-kill-") as folder:
        life = Killed(programs, folder, method, fault, seed)
        try:
            life.start(kill_at)
            life.go(kill_after)
            return life.killed
        except harness.Failure as failure:
            log = "\n".join(life.daemon.log())
            raise harness.Failure(f"{method}, {fault}, point {kill_at}, after {kill_after} s, seed {seed}: {failure}\n{log}") from None
        finally:
            life.close()


def points(programs, method, fault):
    """How many there are in a life that is not cut short: the first that is not reached, by halving."""
    low, high = 1, 128
    while low < high:
        middle = (low + high) // 2
        if live(programs, method, fault, middle, None, 7):
            low = middle + 1
        else:
            high = middle
    return low - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("ecswatchd")
    parser.add_argument("ecs_sim")
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--random", type=int, default=10, help="runs killed at a random moment, each round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2 * os.cpu_count())
    arguments = parser.parse_args()
    programs = (arguments.ecswatchd, arguments.ecs_sim)
    began, runs, killed = time.monotonic(), 0, 0
    chance = random.Random(7)
    last = points(programs, *ROUNDS[0])
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number in range(arguments.rounds):
            method, fault = ROUNDS[number % len(ROUNDS)]
            lives = [pool.submit(live, programs, method, fault, point, None, number + 1)
                     for point in range(1 + number % arguments.stride, last + 1, arguments.stride)]
            lives += [pool.submit(live, programs, method, fault, 0, chance.uniform(0, 3.5), number + 1)
                      for _ in range(arguments.random)]
            results = [each.result() for each in lives]
            runs += len(results)
            killed += sum(result > 0 for result in results)
    print(f"# {runs} lives, {killed} of them killed at one of {last} points or at a random moment: in each exactly one rollback was "
          f"accepted, and every notification came under one id ({time.monotonic() - began:.0f} s)")
    return 0 if killed > runs // 2 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        sys.exit(f"failed: {failure}")
