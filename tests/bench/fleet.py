# SPDX-License-Identifier: Apache-2.0
"""What a fleet costs for which nothing happens: the daemon on a scaled clock against answers made beforehand.
usage: fleet.py ECSWATCHD ANSWER-SERVER [--services N] [--clusters N] [--accounts N] [--hours N] [--speed N] [--events N]
Prints calls, CPU, memory, the longest that a service was not looked at, wake-ups and syncs as one table. Exits 1 if a service was never
looked at, or not within what its interval is stretched to, or if anything was told."""
import argparse
import os
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e")]
import answers  # noqa: E402
import harness  # noqa: E402
import pauses  # noqa: E402
import report  # noqa: E402
from usage import usage_of  # noqa: E402

IDLE_SECONDS = 30  # poll.idle, the default
BATCH = 10  # services that DescribeServices takes
SHARE = 10.0  # calls a second that half of the quota gives an account
LATE = 1.25  # times the interval: 5 % of jitter, the machine's pauses times the speed


def fleet(arguments):
    """(service, its cluster)."""
    return [(f"service-{number:05d}", f"cluster-{number % arguments.clusters:03d}") for number in range(arguments.services)]


def configuration(arguments, server, services):
    clusters = {}
    for name, cluster in services:
        clusters.setdefault(cluster, []).append(name)
    told = []
    for number, (cluster, names) in enumerate(clusters.items()):
        entry = {"cluster": cluster, "endpoint_url": server.url, "services": names}
        if arguments.accounts > 1:
            entry["role_arn"] = f"arn:aws:iam::{111111111100 + number % arguments.accounts}:role/ecswatch"
        told.append(entry)
    return {"version": 1, "defaults": {"region": "us-east-1", "policy": "standard"}, "clusters": told,
            "policies": {"standard": {"mode": "enforce", "on_failed": [{"rollback": "auto"}]}}}


def interval(arguments):
    """From look to look of a service: what the quota gives, where that is less."""
    calls = arguments.services / BATCH / arguments.accounts
    return max(IDLE_SECONDS, calls / SHARE)


def bound(arguments):
    return LATE * interval(arguments) + 0.5 * arguments.speed


def run(arguments, folder):
    epoch = float(int(time.time()))
    services = fleet(arguments)
    server = answers.Answers(arguments.server, folder, [(name, cluster, False) for name, cluster in services], arguments.events,
                             arguments.speed, epoch)
    daemon = harness.Daemon(arguments.ecswatchd, folder, configuration(arguments, server, services), arguments.speed, epoch, 0)
    daemon.environment["AWS_ENDPOINT_URL_STS"] = server.url
    began = time.monotonic()
    try:
        daemon.start()
        harness.wait("the first round", lambda: server.counts()["never"] == 0, 600)
        first = (time.monotonic() - began) * arguments.speed
        # Everybody has been looked at twice: the intervals have settled.
        asked = server.counts()["asked"]
        harness.wait("the second round", lambda: server.counts()["asked"] >= asked + arguments.services, 600)
        watched_from = epoch + (time.time() - epoch) * arguments.speed
        server.watch_gaps(int(1000 * watched_from), int(1000 * bound(arguments)))
        stillness = pauses.Pauses()
        before, counts, began = usage_of(daemon.program.process, folder), server.counts(), time.monotonic()
        end = began + arguments.hours * 3600 / arguments.speed
        while time.monotonic() < end:
            time.sleep(min(5.0, max(0.0, end - time.monotonic())))
            daemon.program.check()
        passed, pause = time.monotonic() - began, stillness.end()
        after, now = usage_of(daemon.program.process, folder), server.counts()
        ending = time.monotonic()
        status = daemon.end()
        told = [entry["MESSAGE"] for entry in daemon.journal() if entry.get("ECSWATCH_EVENT") or int(entry["PRIORITY"]) <= 3]
        return {"first": first, "seconds": passed, "hours": passed * arguments.speed / 3600, "status": status, "told": told,
                "before": before, "after": after, "ending": time.monotonic() - ending, "gap": now["longest_gap_ms"] / 1000,
                "gap_ended": now["longest_until_ms"] / 1000 - watched_from, "pause": pause,
                **{name: now[name] - counts[name] for name in ("calls", "asked", "others", "late")}}
    finally:
        for program in (daemon.program, server.program):
            if program:
                program.kill()


def problems_of(arguments, day):
    spent = {name: day["after"][name] - day["before"][name] for name in ("user", "system", "wake_ups", "commits", "syncs")}
    total, virtual = spent["user"] + spent["system"], day["hours"] * 3600
    rows = [
        ("services, clusters, accounts", f"{arguments.services:,}, {arguments.clusters}, {arguments.accounts}"),
        ("time watched", f"{day['hours']:.1f} h at x{arguments.speed} ({day['seconds']:.0f} s)"),
        ("every service looked at for the first time", f"after {day['first']:.0f} s"),
        ("interval of a service", f"{interval(arguments):.0f} s"),
        ("longest without a look at a service", f"{day['gap']:.0f} s, until {day['gap_ended'] / 3600:.2f} h"),
        ("the machine stood still for at most", f"{day['pause']:.2f} s, {day['pause'] * arguments.speed:.0f} s of the scaled clock"),
        ("calls", f"{day['calls']:,}, {day['calls'] / virtual:.2f} a second"),
        ("calls per service and hour", f"{day['calls'] / arguments.services / day['hours']:.1f}, for {day['asked'] / day['calls']:.2f} services each"),
        ("CPU", f"{total:.1f} s, {100 * total / virtual:.2f} % of a core, {1000 * total / day['calls']:.3f} ms a call"),
        ("of a core at this speed", f"{100 * total / day['seconds']:.0f} %"),
        ("wake-ups", f"{spent['wake_ups'] / virtual:.1f} a second, {spent['wake_ups'] / day['calls']:.2f} a call"),
        ("transactions, and synced ones", f"{spent['commits']:,.0f}, {spent['syncs']:,.0f}"),
        ("memory, after the first rounds, and peak", f"{day['before']['VmRSS']:.1f} MiB, {day['after']['VmHWM']:.1f} MiB"),
        ("the end took", f"{day['ending']:.2f} s"),
    ]
    report.table(rows)
    problems = [f"it said: {line}" for line in day["told"]]
    if day["status"] != 0:
        problems.append(f"the daemon ended with {day['status']}")
    if day["others"] > 0:
        problems.append(f"{day['others']:,} calls were for something else")
    if day["late"] > 0:
        problems.append(f"{day['late']:,} looks came after more than {bound(arguments):.0f} s")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ecswatchd")
    parser.add_argument("server")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--clusters", type=int, default=100)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--speed", type=int, default=240)
    parser.add_argument("--events", type=int, default=100)
    arguments = parser.parse_args()
    report.run("bench-fleet", lambda folder: problems_of(arguments, run(arguments, folder)))


if __name__ == "__main__":
    main()
