#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a pipeline gets from `ecswatchctl wait`: its exit code and one line, for each way a deployment may end.
usage: wait.py --list | wait.py ECSWATCHD ECS-SIM ECSWATCHCTL NAME"""
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import harness
from row import deploy, service

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}}}
BREAKER = {"enable": True, "rollback": True, "threshold": 3}
OF_WEB_2 = ("default/web", "--task-definition", "web:2")


@dataclasses.dataclass
class Case:
    says: str  # what is shown, for people
    code: int
    line: str  # how the one line begins
    definition: dict = dataclasses.field(default_factory=dict)  # web:2
    arguments: tuple = OF_WEB_2
    web: dict = dataclasses.field(default_factory=service)
    then: dict = dataclasses.field(default_factory=dict)  # a step, once web:2 has been seen
    kill_after: int = 0  # virtual seconds; the daemon is started again at once
    deploys: bool = True
    unseen: bool = False  # web:2 is replaced while the daemon is down; what is awaited is its id
    watched: bool = True  # the daemon runs
    top: dict = dataclasses.field(default_factory=dict)
    stderr: str = ""
    speed: int = 60


def recipe(says, code, line, definition=None, **more):
    """docs/recipes.md's script, which deploys by itself."""
    return Case(says, code, line, definition or {}, ("recipe",), deploys=False, **more)


CASES = {
    "good": Case("a good deployment", 0, "succeeded\t\t4 of 4 tasks running"),
    "next": Case("the next deployment, whatever it is", 0, "succeeded\t", arguments=("default/web", "--next")),
    "bad": Case("a crash loop", 1, "failed\tapp_exit\t", CRASHES),
    "json": Case("as JSON", 1, '{"cluster":"default","service":"web"', CRASHES, (*OF_WEB_2, "--json")),
    "options_first": Case("options before the command", 1, "failed\tapp_exit\t", CRASHES, ("first",)),
    "native": Case("ECS rolls it back itself", 1, ("failed\t", "reverted\t"), CRASHES, web=service(circuit_breaker=BREAKER)),
    "superseded": Case("replaced by another one", 3, "superseded\t", then=deploy("web:3")),
    "unseen": Case("replaced before anybody looked", 3, "superseded\t", arguments=("default/web", "--deployment"), unseen=True,
                   deploys=False),
    "scaled_to_zero": Case("nothing is to run", 0, "succeeded\t\tcompleted with zero desired tasks", web=service(desired=0)),
    "stalled": Case("its tasks are starting for ever", 2, "stalled\t", {"behaviour": {"start": "5h"}}, speed=300),
    "timeout": Case("no verdict in time", 2, "timeout\t\tno verdict within 3 s: ", {"behaviour": {"start": "5h"}},
                    (*OF_WEB_2, "--timeout", "3s")),
    "old": Case("what was there before is not the answer", 2, "timeout\t\tno verdict within 2 s: no such deployment",
                arguments=("default/web", "--task-definition", "web:1", "--timeout", "2s"), deploys=False),
    "restart": Case("the daemon is killed meanwhile", 1, "failed\tapp_exit\t", CRASHES, kill_after=60),
    "not_watched": Case("another service", 4, "", arguments=("default/api", "--next"), stderr="default/api is not watched"),
    "recipe/good": recipe("a good deployment", 0, "succeeded\t"),
    "recipe/bad": recipe("a crash loop", 1, "failed\tapp_exit\t", CRASHES),
    "recipe/native": recipe("ECS rolls it back itself", 1, ("failed\t", "reverted\t"), CRASHES,
                            web=service(circuit_breaker=BREAKER)),
    "recipe/superseded": recipe("replaced by another one", 3, "superseded\t", then=deploy("web:3")),
    "recipe/stalled": recipe("its tasks are starting for ever", 2, "stalled\t", {"behaviour": {"start": "5h"}}),
    "recipe/no_daemon": recipe("nobody answers", 4, "", watched=False, stderr="no daemon answers at"),
    "no_daemon": Case("nobody answers", 4, "", watched=False, stderr="no daemon answers at"),
}


class Run:
    def __init__(self, case, programs, folder):
        self.case, self.folder, self.ctl = case, folder, programs[2]
        epoch = float(int(time.time()))
        scenario = {"version": 1, "seed": 7, "services": [case.web],
                    "task_definitions": {"web:1": {}, "web:2": case.definition, "web:3": {}}, **case.top}
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, case.speed, epoch)
        config = harness.configuration(self.simulator, self.receiver, ["web"], "observe")
        self.daemon = harness.Daemon(programs[0], folder, config, case.speed, epoch, 0)

    def start_waiting(self):
        if self.case.arguments == ("recipe",):
            return self.start_recipe()
        options = ["--socket", os.path.join(self.folder, "run", "ecswatch.sock")]
        arguments = ["wait", *self.case.arguments, *([self.unseen] if self.case.unseen else []), *options]
        if self.case.arguments == ("first",):
            arguments = [*options, "--timeout", "10m", "wait", *OF_WEB_2]
        return subprocess.Popen([self.ctl, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def start_recipe(self):
        with open(os.path.join(ROOT, "docs", "recipes.md"), encoding="utf-8") as file:
            script = re.search(r"```sh\n(#!/bin/sh\n.*?)```", file.read(), re.S).group(1)
        aws = "/usr/bin/aws" if os.access("/usr/bin/aws", os.X_OK) else shutil.which("aws")
        path = os.path.join(self.folder, "bin")
        os.mkdir(path)
        for name, text in (
                ("deploy.sh", script),
                ("aws", f'#!/bin/sh\nexec "{aws}" --endpoint-url http://127.0.0.1:{self.simulator.port} "$@"\n'),
                ("ecswatchctl", f'#!/bin/sh\nexec "{os.path.abspath(self.ctl)}" "$@"\n')):
            with open(os.path.join(path, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(os.path.join(path, name), 0o755)
        environment = {"PATH": f"{path}:{os.environ['PATH']}", "HOME": self.folder, "AWS_REGION": "us-east-1",
                       "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": harness.ACCESS_KEY,
                       "AWS_SECRET_ACCESS_KEY": harness.SECRET_KEY, "AWS_EC2_METADATA_DISABLED": "true",
                       "ECSWATCH_SOCKET": os.path.join(self.folder, "run", "ecswatch.sock")}
        return subprocess.Popen([os.path.join(path, "deploy.sh"), "default", "web", "web:2"], env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def replace_unseen(self):
        """web:2 comes and goes while the daemon is down."""
        self.daemon.end(signal.SIGTERM)
        self.unseen = self.simulator.step(deploy("web:2"))["deployment"]
        self.simulator.step(deploy("web:3"))
        before = len(self.simulator.calls())
        self.daemon.start()
        harness.wait("a look", lambda: len(self.simulator.calls()) > before, harness.START_SECONDS)

    def go(self):
        case = self.case
        if case.watched:
            self.daemon.start()
            harness.wait("two looks", lambda: len(self.simulator.calls()) >= 2, harness.START_SECONDS)
        if case.unseen:
            self.replace_unseen()
        waiting = self.start_waiting()
        if case.deploys:
            time.sleep(1)  # --next must have seen what is there; the others may come before or after
            self.simulator.step(deploy("web:2"))
        if case.then:
            harness.wait("web:2 to be seen", self.receiver.events, harness.START_SECONDS)
            self.simulator.step(case.then)
        if case.kill_after:
            time.sleep(case.kill_after / case.speed)
            self.daemon.end(signal.SIGKILL)
            time.sleep(1)
            self.daemon.start()
        try:
            out, err = waiting.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            waiting.kill()
            raise harness.Failure("it did not end") from None
        lines = out.splitlines()
        if waiting.returncode != case.code or len(lines) > 1 or not out.startswith(case.line) or case.stderr not in err:
            raise harness.Failure(f"ended with {waiting.returncode}, said {out!r} and {err!r}")
        # The script itself says for which deployment it waits.
        if case.code != 4 and ((err and case.arguments != ("recipe",)) or len(lines) != 1):
            raise harness.Failure(f"more or less than one line: {out!r} and {err!r}")

    def end(self):
        self.receiver.close()
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(CASES))
        return 0
    if len(arguments) != 4 or arguments[3] not in CASES:
        print(__doc__, file=sys.stderr)
        return 64
    if arguments[3].startswith("recipe/") and not shutil.which("aws"):
        print("the AWS CLI is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        run = Run(CASES[arguments[3]], arguments[:3], folder)
        try:
            run.go()
            return 0
        except harness.Failure as failure:
            print(failure)
            print("\n".join(run.daemon.log()[-20:]))
            return 1
        finally:
            run.end()


sys.exit(main(sys.argv[1:]))
