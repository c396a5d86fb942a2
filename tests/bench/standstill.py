# SPDX-License-Identifier: Apache-2.0
"""How long the event loop stands still at most, with many services: while they are looked at for the first time, at a reload that changes
nothing, at one that changes everybody's policy, at rest, and at the end. The loop answers /healthz itself, and is asked without a pause.
usage: standstill.py ECSWATCHD ANSWER-SERVER [--services N] [--clusters N] [--most MS]
Prints one table; exits 1 if an answer took longer than MS and was not a transaction that waited for the disk longer than any before, or if
a reload was not taken over."""
import argparse
import http.client
import os
import re
import signal
import socket
import sys
import threading
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e")]
import answers  # noqa: E402
import fleet  # noqa: E402
import harness  # noqa: E402
import pauses  # noqa: E402
import report  # noqa: E402

RELOADS = 5
REST_SECONDS = 10
TURN_MS = 10  # what else is in a turn that commits


class Asker:
    """Asks /healthz over one connection for as long as it is let."""

    def __init__(self, path):
        self.path, self.longest, self.answers, self.going = path, 0.0, 0, True
        self.thread = threading.Thread(target=self.ask, daemon=True)
        self.thread.start()

    def ask(self):
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        try:
            while self.going:
                began = time.monotonic()
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                self.longest = max(self.longest, time.monotonic() - began)
                self.answers += 1
                time.sleep(0.0005)
        except OSError:
            pass  # the daemon has ended
        finally:
            connection.close()

    def taken(self):
        """The longest, in ms, since the last time."""
        longest, self.longest = 1000 * self.longest, 0.0
        return longest


def ledger_wait(folder):
    """The longest that a commit has taken so far, in ms."""
    return 1000 * float(re.search(r"^ecswatch_ledger_wait_max_seconds (\S+)$", harness.exposition(folder), re.M).group(1))


def reload(daemon, times):
    for _ in range(times):
        done = sum("Reloaded" in line for line in daemon.log())
        os.kill(daemon.program.process.pid, signal.SIGHUP)
        harness.wait("the reload", lambda done=done: sum("Reloaded" in line for line in daemon.log()) > done, 60)
        time.sleep(0.5)


def measure(arguments, folder):
    epoch = float(int(time.time()))
    services = fleet.fleet(arguments)
    server = answers.Answers(arguments.server, folder, [(name, cluster, False) for name, cluster in services], 100, 1, epoch)
    config = fleet.configuration(arguments, server, services)
    daemon = harness.Daemon(arguments.ecswatchd, folder, config, 1, epoch, 0)
    daemon.environment["AWS_ENDPOINT_URL_STS"] = server.url
    api = os.path.join(folder, "run", "ecswatch.sock")
    rows, stillness, commit = [], pauses.Pauses(0.005), 0.0

    def row(name, value):
        """Nothing is promised."""
        rows.append((name, value, 1000 * stillness.taken(), None))

    def promised(name):
        """A commit that took longer than any before excuses what waited for it, in this row and no other."""
        nonlocal commit
        before, commit = commit, ledger_wait(folder)
        rows.append((name, asker.taken(), 1000 * stillness.taken(), commit if commit > before else 0.0))

    try:
        began = time.monotonic()
        daemon.start()
        harness.wait("its socket", lambda: os.path.exists(api), 60)
        asker = Asker(api)
        harness.wait("an answer", lambda: asker.answers > 0, 60)
        row("from its start to its first answer", 1000 * (time.monotonic() - began))
        asker.taken()
        harness.wait("a look at everybody", lambda: server.counts()["never"] == 0, 300)
        promised(f"{arguments.services:,} first looks")
        time.sleep(REST_SECONDS)
        promised("at rest")
        reload(daemon, RELOADS)
        promised(f"{RELOADS} reloads that change nothing")
        config["policies"]["other"] = {"mode": "observe"}
        for number in range(RELOADS):
            config["defaults"]["policy"] = ("other", "standard")[number % 2]
            daemon.write(config)
            reload(daemon, 1)
        promised(f"{RELOADS} reloads that change every service's policy")
        began = time.monotonic()
        status = daemon.end()
        row("the end", 1000 * (time.monotonic() - began))
        if status != 0:
            raise harness.Failure(f"the daemon ended with {status}: {daemon.log()[-5:]}")
        return rows
    finally:
        stillness.end()
        for program in (daemon.program, server.program):
            if program:
                program.kill()


def problems_of(arguments, rows):
    report.table([("", "longest | a longer commit than before | the machine stood still"), ("---", "--- | --- | ---"),
                  *((name, f"{value:.0f} ms | {f'{disk:.0f} ms' if disk else ''} | {pause:.0f} ms") for name, value, pause, disk in rows)])
    return [f"{name}: {value:.0f} ms, at most {arguments.most:.0f} ms are promised beside the disk's" for name, value, _, disk in rows
            if disk is not None and value > max(arguments.most, disk + TURN_MS)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ecswatchd")
    parser.add_argument("server")
    parser.add_argument("--services", type=int, default=10000)
    parser.add_argument("--clusters", type=int, default=100)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--most", type=float, default=50)
    arguments = parser.parse_args()
    report.run("bench-standstill", lambda folder: problems_of(arguments, measure(arguments, folder)))


if __name__ == "__main__":
    main()
