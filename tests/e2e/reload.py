#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reload that fails takes nothing: what a receiver is owed stays, though the new configuration does not name it. It stays
in STATUS= until one works.
usage: reload.py ECSWATCHD ECS-SIM"""
import json
import os
import signal
import socket
import sqlite3
import sys
import tempfile
import time

import harness
from row import deploy, service

SPEED = 60


class Nobody:
    """A receiver that does not answer."""
    port = harness.free_port()


class Supervisor:
    """Who listens at $NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(folder, "notify"))
        self.socket.setblocking(False)
        self.status = ""

    def says(self):
        try:
            while True:
                for line in self.socket.recv(4096).decode().splitlines():
                    if line.startswith("STATUS="):
                        self.status = line
        except BlockingIOError:
            return self.status


def owed(folder):
    path = os.path.join(folder, "state", "ledger.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as ledger:
        return dict(ledger.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())


def said(daemon, text):
    return any(text in line for line in daemon.log())


def reload(daemon, config, expected):
    with open(daemon.command[2], "w", encoding="utf-8") as file:
        json.dump(config, file)
    daemon.program.process.send_signal(signal.SIGHUP)
    harness.wait(f"'{expected}' in the log", lambda: said(daemon, expected), harness.START_SECONDS)


def check(daemon, simulator, config, folder, supervisor):
    daemon.start()
    harness.wait("a look", lambda: len(simulator.calls()) >= 2, harness.START_SECONDS)
    simulator.step(deploy("web:2"))
    harness.wait("an event that is owed", lambda: owed(folder).get("pending"), harness.START_SECONDS)

    without = json.loads(json.dumps(config).replace('"sink"', '"other"'))
    refused = dict(without, clusters=without["clusters"] + [{"cluster": "more", "region": "-", "services": ["a"]}])
    reload(daemon, refused, "Reload failed")
    if not owed(folder).get("pending") or owed(folder).get("dropped"):
        raise harness.Failure(f"a reload that failed has left {owed(folder)}")
    harness.wait("the failed reload in STATUS=", lambda: "the reload at 20" in supervisor.says(), harness.START_SECONDS)
    # The sentinel: one that succeeds does drop it, and says so.
    reload(daemon, without, "is not configured any more")
    if not owed(folder).get("dropped"):
        raise harness.Failure(f"a reload that succeeded has left {owed(folder)}")
    harness.wait("no reload in STATUS=", lambda: supervisor.says() == "STATUS=Watching 1 service, 1 with a rollout under way",
                 harness.START_SECONDS)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    epoch = float(int(time.time()))
    scenario = {"version": 1, "seed": 7, "services": [service()], "task_definitions": {"web:1": {}, "web:2": {}}}
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        simulator = harness.Simulator(arguments[1], folder, scenario, SPEED, epoch)
        config = harness.configuration(simulator, Nobody, ["web"], "enforce")
        daemon = harness.Daemon(arguments[0], folder, config, SPEED, epoch, 0)
        supervisor = Supervisor(folder)
        daemon.environment["NOTIFY_SOCKET"] = os.path.join(folder, "notify")
        try:
            check(daemon, simulator, config, folder, supervisor)
            return 0 if daemon.end() == 0 else 1
        except harness.Failure as failure:
            print(failure)
            print("\n".join(daemon.log()[-20:]))
            return 1
        finally:
            for program in (daemon.program, simulator.program):
                if program:
                    program.kill()


sys.exit(main(sys.argv[1:]))
