# SPDX-License-Identifier: Apache-2.0
"""One life of the daemon beside ecs-sim: web is deployed badly and rolled back, whatever else happens."""
import time

import harness
from row import service

SPEED = 60
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}
WRITES = ("UpdateService", "StopServiceDeployment")
LIFE_SECONDS = 60  # of one run; it takes some 6


class Life:
    def __init__(self, programs, folder, method, fault, seed):
        epoch = float(int(time.time()))
        scenario = {"version": 1, "seed": seed, "services": [service(desired=2)],
                    "task_definitions": {"web:1": {}, "web:2": CRASHES, "web:3": {}}}
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
        config = harness.configuration(self.simulator, self.receiver, ["web"], "enforce", method)
        self.daemon = harness.Daemon(programs[0], folder, config, SPEED, epoch, 0)
        self.killed = 0
        self.end = time.monotonic() + LIFE_SECONDS
        if fault:
            self.simulator.step(fault)

    def start(self, kill_at=0):
        """`kill_at`: a point of daemon/faults.h; 0: none."""
        self.daemon.environment["ECSWATCH_TEST_KILL_AT"] = str(kill_at)
        self.daemon.start()

    def revive(self):
        """Starts it again, for good, if it was killed."""
        if self.daemon.program.process.poll() is None:
            return
        if self.daemon.program.process.returncode != -9:
            raise harness.Failure(f"the daemon ended with {self.daemon.program.process.returncode}")
        self.killed += 1
        self.daemon.lines += self.daemon.program.lines
        self.start()

    def until(self, what, condition, every=0.02):
        while not condition():
            if time.monotonic() > self.end:
                raise harness.Failure(f"{what} did not come")
            self.revive()
            time.sleep(every)

    def told(self, kind):
        return [event for event in self.receiver.events() if event["type"] == f"ecswatch.{kind}"]

    def accepted(self):
        """The changes that ECS took. Status 0: it took effect, and the answer was lost."""
        return [call for call in self.simulator.calls() if call["operation"] in WRITES and call["status"] in (200, 0)]

    def close(self):
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()
        self.receiver.close()
