# SPDX-License-Identifier: Apache-2.0
"""How long from enough evidence in ECS to the call that rolls back, over some deployments that crash.
usage: latency.py ECSWATCHD ECS-SIM [--runs N] [--crowd N] [--speed N]
A second daemon, which only observes, asks about the same services every second: when it tells deployment.failed, there was enough
evidence, at the latest. From there to the arrival of the other one's call is what is measured, on the scaled clock; its machine's time,
some 35 ms, counts as often as the clock runs fast. Then a crowd that crashes at once, which is more to ask about than the quota's share gives:
from the verdict to the call. Exits 1 if a median is not below one poll.active and half a second."""
import argparse
import datetime
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
import report  # noqa: E402
from row import deploy, service  # noqa: E402

ACTIVE = 5.0  # poll.active, the default
AT_ONCE = 2  # deployments: the one who asks every second needs four calls for each, and the quota is 20 a second
WRITES = ("StopServiceDeployment", "UpdateService")


def instant(text):
    """Seconds since 1970 of an RFC 3339 time."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def configuration(simulator, receiver, names, mode, active, share):
    config = harness.configuration(simulator, receiver, names, mode)
    config["defaults"]["poll"] = {"idle": f"{max(active, 2):.0f}s", "active": f"{active:.0f}s"}
    config["safety"] = {"rollback": {"per_service": 2, "per_fleet": 1000}, "inhibit": {"services": 0, "any": 0}}
    config["aws"] = {"api_share": share}
    for policy in config["policies"].values():
        policy["judge"] = {"watch_after_success": "0s"}  # those that are over cost nothing
    return config


class Side:
    """One daemon and who it tells."""

    def __init__(self, program, folder, stage, mode, active=ACTIVE, share="100%"):
        self.receiver = harness.Receiver()
        os.mkdir(folder)
        config = configuration(stage.simulator, self.receiver, stage.names, mode, active, share)
        self.daemon = harness.Daemon(program, folder, config, stage.speed, stage.epoch, 0)
        self.daemon.start()

    def failed(self):
        """When it says that each service's deployment has failed: the time of the observation that showed it."""
        return {event["data"]["service"]: instant(event["time"]) for event in self.receiver.events()
                if event["type"] == "ecswatch.deployment.failed"}

    def close(self):
        self.daemon.program.kill()
        self.receiver.close()


class Stage:
    """The ECS that some services run in."""

    def __init__(self, arguments, folder, services):
        self.epoch, self.speed = float(int(time.time())), arguments.speed
        self.names = [f"web-{number:02d}" for number in range(services)]
        scenario = {"version": 1, "seed": 11, "services": [service(name, "web:1", 3) for name in self.names],
                    "task_definitions": {"web:1": {}, "web:2": {"behaviour": {"exit": {"after": "7s", "code": 1}}}}}
        self.simulator = harness.Simulator(arguments.ecs_sim, folder, scenario, arguments.speed, self.epoch)

    def await_looks(self, daemons):
        """Two of each daemon at every service."""
        looks = 2 * daemons * (len(self.names) / 10 + 1)
        harness.wait("two looks", lambda: len(self.simulator.calls()) >= looks, harness.START_SECONDS)

    def await_rollbacks(self, names):
        harness.wait("their rollbacks", lambda: set(names) <= set(calls(self.simulator)), 600)

    def taken(self, side):
        """From when that side said that each had failed to the call, shortest first."""
        enough, told = side.failed(), calls(self.simulator)
        missing = [name for name in self.names if name not in enough or name not in told]
        if missing:
            raise harness.Failure(f"no verdict, or no call: {missing}")
        return sorted(told[name] - enough[name] for name in self.names)


def measure_each(arguments, folder):
    stage, sides = Stage(arguments, folder, arguments.runs), []
    try:
        for side in (("observe", 1.0), ("enforce", ACTIVE)):
            sides.append(Side(arguments.ecswatchd, os.path.join(folder, side[0]), stage, *side))
        stage.await_looks(2)
        for first in range(0, arguments.runs, AT_ONCE):
            group = stage.names[first:first + AT_ONCE]
            for name in group:
                stage.simulator.step(deploy("web:2", name))
                time.sleep(7.3 / arguments.speed)  # at no fixed distance from the looks
            stage.await_rollbacks(group)
        return stage.taken(sides[0])
    finally:
        for side in sides:
            side.close()
        stage.simulator.program.kill()


def measure_crowd(arguments, folder):
    stage, side = Stage(arguments, folder, arguments.crowd), None
    try:
        side = Side(arguments.ecswatchd, os.path.join(folder, "crowd"), stage, "enforce", share="50%")
        stage.await_looks(1)
        for name in stage.names:
            stage.simulator.step(deploy("web:2", name))
        stage.await_rollbacks(stage.names)
        return stage.taken(side)
    finally:
        if side:
            side.close()
        stage.simulator.program.kill()


def calls(simulator):
    """When the first change of each service arrived."""
    first = {}
    for call in simulator.calls():
        if call["operation"] in WRITES:
            request = call["request"]
            arn = request.get("serviceDeploymentArn") or request.get("service")
            name = arn.split("/")[-2] if "serviceDeploymentArn" in request else arn.split("/")[-1]
            first.setdefault(name, call["at"])
    return first


def problems_of(arguments, folder):
    for what, since, measure in ((f"{arguments.runs} deployments", "enough evidence", measure_each),
                                 (f"{arguments.crowd} at once", "the verdict", measure_crowd)):
        part = os.path.join(folder, measure.__name__)
        os.mkdir(part)
        taken = measure(arguments, part)
        median = statistics.median(taken)
        print(f"{what}, clock x{arguments.speed}: from {since} to the call {taken[0]:.2f} s at least, {median:.2f} s in the middle, "
              f"{taken[-1]:.2f} s at most (poll.active {ACTIVE:.0f} s)", flush=True)
        if median > ACTIVE + 0.5:
            yield f"{what}: the median is promised to be at most {ACTIVE + 0.5} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ecswatchd")
    parser.add_argument("ecs_sim")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--crowd", type=int, default=60, help="services whose deployments crash at once")
    parser.add_argument("--speed", type=int, default=10)
    arguments = parser.parse_args()
    report.run("bench-latency", lambda folder: list(problems_of(arguments, folder)))


if __name__ == "__main__":
    main()
