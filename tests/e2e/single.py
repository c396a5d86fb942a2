# SPDX-License-Identifier: Apache-2.0
"""A test that is one story of one daemon: it watches the service web on ecs-sim at x60."""
import sys
import tempfile
import time

import harness
from row import service

SPEED = 60


class Single:
    def __init__(self, programs, folder):
        epoch = float(int(time.time()))
        scenario = {"version": 1, "seed": 7, "services": [service()], "task_definitions": {"web:1": {}, "web:2": {}}}
        self.folder = folder
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
        self.config = harness.configuration(self.simulator, self.receiver, ["web"], "enforce")
        self.daemon = harness.Daemon(programs[0], folder, self.config, SPEED, epoch, 0)

    def watch_at(self, url):
        """The endpoint that the configuration names from now on."""
        self.config["clusters"][0]["endpoint_url"] = url
        self.daemon.write(self.config)

    def close(self):
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()
        self.receiver.close()


def main(story, usage, arguments):
    """`story` is told a Single whose daemon has not been started."""
    if len(arguments) != 2:
        print(usage, file=sys.stderr)
        return 64
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        single = Single(arguments, folder)
        try:
            story(single)
            return 0 if single.daemon.end() == 0 else 1
        except harness.Failure as failure:
            print(failure)
            print("\n".join(single.daemon.log()[-20:]))
            return 1
        finally:
            single.close()
