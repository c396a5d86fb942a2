#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fleet that is deployed for ever, good and bad, while calls go wrong: at the end no deployment is without its verdict, none has a wrong
one, memory has not grown, the ledger is bounded, and nothing leaks.
usage: soak.py ECSWATCHD ECS-SIM [--minutes N] [--services N] [--speed N] [--seed N] [--flat]
--flat: also hold the resident memory against that of the second quarter (not with sanitizers, which keep what is freed)."""
import argparse
import collections
import os
import random
import statistics
import sys
import tempfile
import time

import harness
from faults import FAULTS, Proxy
from row import service

DEPLOYS_EVERY = 15  # virtual seconds
QUIET = 40 * 60  # virtual seconds without deployments at the end, so that all of them end
FAULTY = 0.03  # of the calls
SLOW = ("stalled", "silent", "huge", "expired_token", "skewed")  # each holds others up for long: left to tools/test-faults
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}
GOOD = ("deployment.succeeded", "rollback.succeeded")  # going back to what ran before is a rollback by somebody
RESTS = (*GOOD, "deployment.superseded", "deployment.reverted", "rollback.failed")  # nothing more is under way
ENDS = (*RESTS, "deployment.failed")
MOVES = (*ENDS, "deployment.started", "rollback.started")
GROWN = 1.10  # times what it was
FULL_HOURS = 26  # virtual: a day is kept, and what is older goes within minutes
LEDGER_GROWN = 1.04  # times: with nothing dropped it would be 1.13 after half an hour


class Flaky(Proxy):
    """Now and then a call goes wrong, whatever it is."""

    def __init__(self, port, seed):
        self.random, self.on, self.wrong = random.Random(seed), True, collections.Counter()
        self.names = [name for name in FAULTS if name not in SLOW]
        super().__init__(port)

    def fault_of(self, operation):
        if not self.on or self.random.random() >= FAULTY:
            return None
        name = self.random.choice(self.names)
        self.wrong[name] += 1
        return FAULTS[name]


class Soak:
    def __init__(self, arguments, folder):
        self.arguments, self.random = arguments, random.Random(arguments.seed)
        self.epoch = float(int(time.time()))
        self.names = [f"web-{number:04d}" for number in range(arguments.services)]
        scenario = {"version": 1, "seed": arguments.seed, "services": [service(name, "good:1", 1) for name in self.names],
                    "task_definitions": {"good:1": {}, "good:2": {}, "bad:1": CRASHES}}
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(arguments.ecs_sim, folder, scenario, arguments.speed, self.epoch)
        self.proxy = Flaky(self.simulator.port, arguments.seed)
        config = harness.configuration(self.proxy, self.receiver, self.names, "enforce")
        config["safety"] = {"rollback": {"per_service": 100, "per_fleet": 10000, "within": "1h"}, "inhibit": {"services": 0, "any": 0}}
        config["policies"]["standard"]["judge"] = {"watch_after_success": "1m"}
        config["ledger"] = {"path": os.path.join(folder, "state", "ledger.db"), "keep": "1d"}
        self.ledger = config["ledger"]["path"]
        self.daemon = harness.Daemon(arguments.ecswatchd, folder, config, arguments.speed, self.epoch, 0)
        self.deployed = {}  # id: (service, task definition)
        self.newest = {}  # service: the id of the last one
        self.turns = collections.deque(self.names)
        self.followed = 0  # events
        self.ended = collections.defaultdict(list)  # id: what it came to
        self.moved = {}  # service: what was told of it last
        self.running = dict.fromkeys(self.names, "good:1")
        self.memory, self.ledgers = [], []

    def follow(self):
        events = self.receiver.events()
        for event in events[self.followed:]:
            kind, data = event["type"].removeprefix("ecswatch."), event["data"]
            if kind in MOVES:
                self.moved[data["service"]] = kind
            if kind in ENDS:
                self.ended[data.get("deployment")].append((kind, data.get("cause")))
        self.followed = len(events)

    def is_at_rest(self, name):
        return name not in self.newest or (self.newest[name] in self.ended and self.moved[name] in RESTS)

    def all_at_rest(self):
        self.follow()
        return all(self.is_at_rest(name) for name in self.names)

    def next_at_rest(self):
        """They take turns; who is not through yet, as it may be on a slow machine, is left out."""
        self.follow()
        for _ in self.names:
            self.turns.rotate(-1)
            if self.is_at_rest(self.turns[-1]):
                return self.turns[-1]
        return None

    def deploy(self):
        """A good one or a bad one, of a service for which nothing is under way."""
        name = harness.wait("a service at rest", self.next_at_rest, QUIET / self.arguments.speed)
        good = "good:2" if self.running[name] == "good:1" else "good:1"
        definition = "bad:1" if self.random.random() < 0.5 else good
        told = self.simulator.step({"update_service": {"service": name, "task_definition": definition}})
        if "deployment" not in told:  # the bad one still runs: its rollback was refused
            if not self.rollback_failed(name):
                raise harness.Failure(f"{name} still runs {definition}, and nobody said why: {self.told_of(name)}")
            definition = good
            told = self.simulator.step({"update_service": {"service": name, "task_definition": definition}})
        self.deployed[told["deployment"]] = (name, definition)
        self.newest[name] = told["deployment"]
        if definition != "bad:1":
            self.running[name] = definition

    def rollback_failed(self, name):
        return "rollback.failed" in [kind for kind, _ in self.ended[self.newest[name]]]

    def told_of(self, name):
        return [(event["type"], event["data"]["summary"]) for event in self.receiver.events() if event["data"].get("service") == name][-24:]

    def sample(self):
        with open(f"/proc/{self.daemon.program.process.pid}/status", encoding="ascii") as file:
            self.memory.append(next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS")))
        self.ledgers.append((self.hours(), os.path.getsize(self.ledger)))

    def hours(self):
        return (time.time() - self.epoch) * self.arguments.speed / 3600

    def churn(self):
        end = time.monotonic() + 60 * self.arguments.minutes - QUIET / self.arguments.speed
        while time.monotonic() < end:
            self.deploy()
            if len(self.deployed) % 20 == 0:
                self.daemon.program.check()
                self.sample()
            time.sleep(DEPLOYS_EVERY / self.arguments.speed)
        self.proxy.on = False
        harness.wait("all to be at rest", self.all_at_rest, QUIET / self.arguments.speed)

    def problems(self):
        self.follow()
        for name in self.names:
            if not self.is_at_rest(name):
                yield f"{name} is not at rest: {self.told_of(name)[-3:]}"
        for number, (name, definition) in self.deployed.items():
            ends = self.ended.get(number, [])
            wanted = ("deployment.failed",) if definition == "bad:1" else GOOD
            if not ends:
                yield f"{number} of {name} ({definition}) has no verdict"
            elif ends[0][0] not in wanted or (definition == "bad:1" and ends[0][1] != "app_exit"):
                yield f"{number} of {name} ({definition}) came to {ends}"
        quarter = len(self.memory) // 4
        if quarter >= 3:
            second, last = (statistics.median(self.memory[a * quarter:(a + 1) * quarter]) for a in (1, 3))
            print(f"memory: {second:.1f} MiB in the second quarter, {last:.1f} MiB in the last")
            if self.arguments.flat and last > GROWN * second:
                yield f"memory has grown from {second:.1f} to {last:.1f} MiB"
        last = self.ledgers[-1][1]
        full = next(((hours, size) for hours, size in self.ledgers if hours >= FULL_HOURS), None)
        if full is None:
            print(f"ledger: {last / 1024:,.0f} KiB at the end")
        else:
            print(f"ledger: {full[1] / 1024:,.0f} KiB after {full[0]:.1f} h, {last / 1024:,.0f} KiB at the end, after {self.ledgers[-1][0]:.1f} h")
            if last > LEDGER_GROWN * full[1]:
                yield "the ledger has gone on growing after the day that it keeps"

    def run(self):
        self.daemon.start()
        harness.wait("a look at all", lambda: len(self.simulator.calls()) >= len(self.names) / 10, 120)
        self.churn()
        problems = list(self.problems())
        status = self.daemon.end()
        if status != 0:
            problems.append(f"the daemon ended with {status}: {self.daemon.log()[-5:]}")
        problems += self.receiver.problems
        bad = sum(definition == "bad:1" for _, definition in self.deployed.values())
        print(f"{self.arguments.minutes} min at x{self.arguments.speed}: {len(self.deployed)} deployments of {len(self.names)} services, {bad} of them "
              f"bad; {sum(self.proxy.wrong.values())} calls went wrong; {len(problems)} problems")
        return problems

    def close(self):
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()
        self.proxy.close()
        self.receiver.close()


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("ecswatchd")
    parser.add_argument("ecs_sim")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--speed", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flat", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ecswatch-soak-") as folder:
        soak = Soak(options, folder)
        try:
            problems = soak.run()
        except harness.Failure as failure:
            problems = [str(failure), *soak.problems()]
        finally:
            soak.close()
    print("\n".join(problems[:40]), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
