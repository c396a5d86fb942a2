# SPDX-License-Identifier: Apache-2.0
"""The real daemon against ecs-sim at x60, with ecswatchctl, for tests that say what happens step by step."""
import json
import os
import subprocess
import sys
import tempfile
import time

import harness

SPEED = 60
WRITES = ("UpdateService", "StopServiceDeployment", "StopDeployment", "UpdateTaskSet", "UpdateServicePrimaryTaskSet")
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}


class Stage:
    """The daemon watches `services` of `scenario` under the harness's configuration, as `configure` changes it. `through`: makes of the
    simulator's port what stands between the two."""

    def __init__(self, programs, folder, scenario, services, mode="enforce", configure=None, through=None):
        epoch = float(int(time.time()))
        scenario = {"version": 1, "seed": 7} | scenario
        self.folder = folder
        self.ctl, self.socket = programs[2], os.path.join(folder, "run", "ecswatch.sock")
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
        self.between = through(self.simulator.port) if through else self.simulator
        config = harness.configuration(self.between, self.receiver, services, mode)
        if configure:
            configure(config)
        self.daemon = harness.Daemon(programs[0], folder, config, SPEED, epoch, 0)
        for name in ("AUTO_SCALING", "CODEDEPLOY", "CLOUDWATCH_LOGS"):
            self.daemon.environment[f"AWS_ENDPOINT_URL_{name}"] = f"http://127.0.0.1:{self.between.port}"
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

    def replays(self, code, part, *arguments):
        """Offline: there is no daemon to ask."""
        done = subprocess.run([self.ctl, "judge", "--replay", *arguments], capture_output=True, text=True, timeout=30)
        if done.returncode != code or part not in done.stdout + done.stderr:
            raise harness.Failure(f"judge --replay {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}, not {code} and '{part}'")

    def told(self, kind):
        return [event["data"] for event in self.receiver.events() if event["type"] == f"ecswatch.{kind}"]

    def types(self):
        return [event["type"].removeprefix("ecswatch.") for event in self.receiver.events()]

    def await_told(self, kind, times=1):
        harness.wait(f"{times} {kind}", lambda: len(self.told(kind)) >= times, 60)
        return self.told(kind)[-1]

    def writes(self):
        return [call["operation"] for call in self.simulator.calls() if call["operation"] in WRITES]

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


def main(cases, usage, arguments):
    """`cases`: {name: (what Stage takes after the folder, the case)}."""
    if arguments[:1] == ["--list"]:
        print("\n".join(cases))
        return 0
    if len(arguments) != 4 or arguments[3] not in cases:
        print(usage, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        parameters, case = cases[arguments[3]]
        stage = Stage(arguments[:3], folder, **parameters)
        try:
            case(stage)
            if stage.simulator.wrong_requests():
                raise harness.Failure("\n".join(stage.simulator.wrong_requests()))
        except harness.Failure as failure:
            print(stage.daemon.log(), file=sys.stderr)
            return f"failed: {failure}"
        finally:
            stage.close()
    return 0
