#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A newer deployment begins while the daemon rolls back: at many moments between its verdict and the answer of its call. Whatever
began before the last look, and always with StopServiceDeployment, is left alone; what UpdateService overtakes is named.
usage: race.py ECSWATCHD ECS-SIM [--timings N] [--jobs N]"""
import argparse
import concurrent.futures
import dataclasses
import os
import statistics
import sys
import tempfile
import time

import harness
from life import SPEED, Life
from row import deploy

SPREAD_SECONDS = 0.06  # after the daemon has asked for its target
METHODS = ("auto", "update_service")


@dataclasses.dataclass
class Outcome:
    kind: str  # "before", "raced", "after": when the newer one began, seen from the call
    window: float  # seconds between the last look and the call; None without a call


class Race(Life):
    def calls(self, operation):
        return self.simulator.ask("GET", f"/_sim/calls?since=0&operation={operation}")["calls"]

    def go(self, delay):
        self.until("two looks", lambda: len(self.simulator.calls()) >= 2)
        self.simulator.step(deploy("web:2"))
        self.until("the decision", self.has_chosen, every=0.002)
        time.sleep(delay)
        newer = self.simulator.step(deploy("web:3"))
        self.until("its end", lambda: self.primary() == "web:3" and self.told("deployment.succeeded") or self.told("rollback.failed"))
        return self.judge(newer)

    def has_chosen(self):
        return any(call["request"]["taskDefinition"].endswith("/web:1") for call in self.calls("DescribeTaskDefinition"))

    def primary(self):
        service = self.simulator.ask("GET", "/_sim/state")["services"][0]
        return next(each["taskDefinition"] for each in service["deployments"] if each["status"] == "PRIMARY").split("/")[-1]

    def judge(self, newer):
        accepted = self.accepted()
        raced = [event["data"]["action"].get("deployment") for event in self.told("rollback.failed")]
        if len(accepted) > 1:
            raise harness.Failure(f"{len(accepted)} calls were accepted")
        if accepted and accepted[0]["at"] > newer["now"]:
            if accepted[0]["operation"] == "StopServiceDeployment":
                raise harness.Failure("StopServiceDeployment took over from a newer deployment")
            if raced != [newer["deployment"]]:
                raise harness.Failure(f"UpdateService took over from {newer['deployment']}, and {raced} is named")
            return Outcome("raced", self.window(accepted[0]))
        if raced or self.primary() != "web:3":
            raise harness.Failure(f"the newer deployment was touched: {self.primary()} is PRIMARY, {raced} is named")
        return Outcome("after" if accepted else "before", self.window(accepted[0]) if accepted else None)

    def window(self, call):
        looks = [each["at"] for each in self.calls("DescribeServices") if each["at"] <= call["at"]]
        return (call["at"] - looks[-1]) / SPEED


def live(programs, method, delay, seed):
    with tempfile.TemporaryDirectory(prefix="ecswatch-race-") as folder:
        race = Race(programs, folder, method, None, seed)
        try:
            race.start()
            return race.go(delay)
        except harness.Failure as failure:
            log = "\n".join(race.daemon.log())
            raise harness.Failure(f"{method}, {delay * 1000:.1f} ms after the decision: {failure}\n{log}") from None
        finally:
            race.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("ecswatchd")
    parser.add_argument("ecs_sim")
    parser.add_argument("--timings", type=int, default=100, help="of each way to roll back")
    parser.add_argument("--jobs", type=int, default=2 * os.cpu_count())
    arguments = parser.parse_args()
    programs = (arguments.ecswatchd, arguments.ecs_sim)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for method in METHODS:
            lives = [pool.submit(live, programs, method, SPREAD_SECONDS * number / arguments.timings, number + 1)
                     for number in range(arguments.timings)]
            outcomes = [each.result() for each in lives]
            windows = [each.window * 1000 for each in outcomes if each.window is not None]
            count = {kind: sum(each.kind == kind for each in outcomes) for kind in ("before", "raced", "after")}
            print(f"# {method}: {len(outcomes)} timings: the newer deployment began before the call in {count['before']}, and was left "
                  f"alone; {count['raced']} were overtaken, and named; {count['after']} began after it, and replaced the rollback; "
                  f"from the last look to the call {statistics.median(windows) if windows else 0:.1f} ms (median), "
                  f"{max(windows, default=0):.1f} ms (most)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        sys.exit(f"failed: {failure}")
