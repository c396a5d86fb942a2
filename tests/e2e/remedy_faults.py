#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The faults of faults.py times every call that a remedy, CodeDeploy and an external controller's rollback are made of. While one of those
calls goes wrong for a minute the verdict must be right, what is done is done once at most and told as it came out, and nothing leaks.
usage: remedy_faults.py ECSWATCHD ECS-SIM ECSWATCHCTL [--faults NAME,…] [--calls NAME,…] [--short] [--jobs N]"""
import argparse
import collections
import concurrent.futures
import sys
import tempfile
import time

import controllers
import faults
import harness
import remedies
import stage as stages
from row import deploy, service

PATIENCE = 60  # real seconds
ACTIVE_SECONDS = 5  # poll.active
ENDS = ("remedy.succeeded", "remedy.failed", "rollback.succeeded", "rollback.failed", "rollback.skipped")


def new_service(stage):
    stage.simulator.step({"create_service": service("new", "new:1", 3)})


def second(stage):
    stage.simulator.step(deploy("web:2"))


# `writes`: {operation: (least, most)}; a share of a task set and which one is primary may be said again.
Story = collections.namedtuple("Story", "parameters begin cause writes")
STORIES = {
    "quiesce": Story(remedies.CASES["quiesce"][0], new_service, "app_exit", {"UpdateService": (1, 1)}),
    "drain_host": Story(remedies.CASES["drain_host"][0], second, "host_bad", {"UpdateContainerInstancesState": (1, 1)}),
    "scale_out": Story(remedies.CASES["scale_out"][0], second, "capacity", {"SetDesiredCapacity": (1, 1)}),
    "code_deploy": Story(controllers.CASES["code_deploy_late"][0], second, "app_exit", {"StopDeployment": (1, 1)}),
    "task_set": Story(controllers.CASES["task_set"][0], second, "app_exit", {"UpdateTaskSet": (2, 4), "UpdateServicePrimaryTaskSet": (1, 2)}),
}
# What goes wrong: (story, whether it is a change).
CALLS = {
    "UpdateService": ("quiesce", True), "ListContainerInstances": ("drain_host", False), "DescribeContainerInstances": ("drain_host", False),
    "UpdateContainerInstancesState": ("drain_host", True), "DescribeAutoScalingGroups": ("scale_out", False),
    "SetDesiredCapacity": ("scale_out", True), "StopDeployment": ("code_deploy", True), "UpdateTaskSet": ("task_set", True),
    "UpdateServicePrimaryTaskSet": ("task_set", True),
}


class Case:
    def __init__(self, programs, folder, fault, call):
        self.fault, self.call = fault, call
        self.story, self.is_change = STORIES[CALLS[call][0]], CALLS[call][1]
        self.stage = stages.Stage(programs, folder, **self.story.parameters, through=faults.Proxy)

    def ends(self):
        return [event for event in self.stage.receiver.events() if event["type"].removeprefix("ecswatch.") in ENDS]

    def run(self):
        proxy = self.stage.between
        proxy.begin(self.call, faults.FAULTS[self.fault])
        self.story.begin(self.stage)
        harness.wait("the fault", lambda: proxy.met or self.ends(), PATIENCE)
        first = time.monotonic()
        while time.monotonic() < first + faults.HOLD and not self.ends():
            time.sleep(0.01)
        met = proxy.met
        proxy.end()
        harness.wait("an end", self.ends, PATIENCE)
        return list(self.wrong(met))

    def wrong(self, met):
        failed, end = self.stage.told("deployment.failed"), self.ends()[0]
        done = collections.Counter(call["operation"] for call in self.stage.simulator.calls()
                                   if call["operation"] in self.story.writes and call["status"] in (200, 0))
        succeeded = end["type"].endswith(".succeeded")
        if met == 0:
            yield "the fault was never met"
        if met > 3 * (60 * faults.HOLD / ACTIVE_SECONDS + 2):  # three times for each look
            yield f"it was asked {met} times"
        if len(failed) != 1 or failed[0]["cause"] != self.story.cause:
            yield f"deployment.failed is told {len(failed)} times, with {[each['cause'] for each in failed]}"
        if any(done[name] > most for name, (_, most) in self.story.writes.items()):
            yield f"it was done more than once: {dict(done)}"
        if succeeded and any(done[name] < least for name, (least, _) in self.story.writes.items()):
            yield f"{end['type']} is told, and done was {dict(done)}"
        if not succeeded and not end["data"]["action"].get("reason"):
            yield f"{end['type']} has no reason"
        if not succeeded and not self.is_change and faults.is_passing(self.fault):
            yield f"it ended with {end['type']}: {end['data']['action'].get('reason')}"

    def close(self):
        self.stage.close()
        self.stage.between.close()


def live(programs, fault, call):
    with tempfile.TemporaryDirectory(prefix="ecswatch-faults-") as folder:
        case = Case(programs, folder, fault, call)
        try:
            problems = case.run()
            status = case.stage.daemon.end()
            if status != 0:  # the leak checker's too
                problems.append(f"the daemon ended with {status}: {case.stage.daemon.log()[-5:]}")
        except harness.Failure as failure:
            problems = [str(failure), *[f"  {line}" for line in case.stage.daemon.log()[-12:]]]
        finally:
            case.close()
    return [f"{fault} x {call}: {line}" for line in problems]


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--faults", default=",".join(faults.FAULTS))
    parser.add_argument("--calls", default=",".join(CALLS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="of each fault one call")
    options = parser.parse_args(arguments)
    names, calls = options.faults.split(","), options.calls.split(",")
    if len(options.programs) != 3 or not set(names) <= set(faults.FAULTS) or not set(calls) <= set(CALLS):
        parser.print_usage(sys.stderr)
        return 64
    cases = [(fault, call) for number, fault in enumerate(names) for place, call in enumerate(calls)
             if faults.can_meet(call, fault) and (not options.short or place == number % len(calls))]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        problems = [line for lines in pool.map(lambda case: live(options.programs, *case), cases) for line in lines]
    print("\n".join(problems) or f"{len(names)} faults, {len(cases)} cases of {len(calls)} calls: all right")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
