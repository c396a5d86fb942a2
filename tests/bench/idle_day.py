# SPDX-License-Identifier: Apache-2.0
"""What watching costs when nothing happens: idle services for a day, the daemon against ecs-sim on a scaled clock.
usage: idle_day.py ECSWATCHD ECS_SIM [--services N] [--clusters N] [--hours N] [--speed N]
Prints calls, CPU seconds, wake-ups, transactions and memory of the daemon as one table. Exits 1 if the day was not what it should be: an
answer missing, a call that ECS refused, a verdict about services that did nothing."""
import argparse
import collections
import math
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
import report  # noqa: E402
from usage import usage_of  # noqa: E402

IDLE_SECONDS = 30  # poll.idle, the default
BATCH = 10  # services that DescribeServices takes


def world(arguments):
    clusters = [f"cluster-{number:02d}" for number in range(arguments.clusters)]
    return {
        "version": 1, "seed": 7, "clusters": clusters, "task_definitions": {"app:1": {}},
        "services": [{"service": f"service-{number:04d}", "cluster": clusters[number % len(clusters)],
                      "task_definition": "app:1", "desired": 1} for number in range(arguments.services)],
    }


def configuration(scenario, port):
    names = collections.defaultdict(list)
    for service in scenario["services"]:
        names[service["cluster"]].append(service["service"])
    return {
        "version": 1, "defaults": {"region": "us-east-1", "policy": "standard"},
        "clusters": [{"cluster": cluster, "endpoint_url": f"http://127.0.0.1:{port}", "services": services}
                     for cluster, services in names.items()],
        "policies": {"standard": {"mode": "enforce", "on_failed": [{"rollback": "auto"}]}},
    }


def run(arguments, folder):
    epoch = float(int(time.time()))
    scenario = world(arguments)
    simulator = harness.Simulator(arguments.ecs_sim, folder, scenario, arguments.speed, epoch)
    daemon = harness.Daemon(arguments.ecswatchd, folder, configuration(scenario, simulator.port), arguments.speed, epoch, 0)
    try:
        daemon.start()
        batches = sum(math.ceil(len(cluster["services"]) / BATCH)
                      for cluster in configuration(scenario, 0)["clusters"])
        harness.wait("the first round", lambda: last_call(simulator) >= batches, 120)
        before, first, began = usage_of(daemon.program.process, folder), last_call(simulator), time.monotonic()
        counts, failures, seen = collections.Counter(), collections.Counter(), first
        while (passed := time.monotonic() - began) < arguments.hours * 3600 / arguments.speed:
            time.sleep(min(5.0, arguments.hours * 3600 / arguments.speed - passed))
            daemon.program.check()
            for call in simulator.calls(seen):
                counts[call["operation"]] += 1
                failures[call.get("error", call["status"])] += call["status"] != 200
                seen = call["sequence"]
        after, hours = usage_of(daemon.program.process, folder), passed * arguments.speed / 3600
        ledger = os.path.getsize(os.path.join(folder, "state", "ledger.db")) / 1024
        status = daemon.end()
        told = [entry["MESSAGE"] for entry in daemon.journal() if entry.get("ECSWATCH_EVENT")]
    finally:
        for program in (daemon.program, simulator.program):
            if program:
                program.kill()
    if seen - first != sum(counts.values()):
        raise harness.Failure(f"{seen - first - sum(counts.values())} calls were not seen: the machine is too slow for this speed")
    return {"hours": hours, "batches": batches, "counts": counts, "failures": +failures, "before": before, "after": after,
            "ledger": ledger, "status": status, "told": told, "seconds": passed}


def last_call(simulator):
    calls = simulator.ask("GET", "/_sim/calls?since=0")["calls"]
    return calls[-1]["sequence"] if calls else 0


def problems_of(arguments, day):
    calls, virtual = sum(day["counts"].values()), day["hours"] * 3600
    least = day["batches"] * virtual / IDLE_SECONDS
    cpu = {name: day["after"][name] - day["before"][name] for name in ("user", "system", "wake_ups", "commits", "syncs")}
    total = cpu["user"] + cpu["system"]
    rows = [
        ("services, in clusters", f"{arguments.services:,}, {arguments.clusters}"),
        ("time watched", f"{day['hours']:.1f} h at x{arguments.speed} ({day['seconds']:.0f} s)"),
        ("calls", f"{calls:,} ({', '.join(f'{name} {count:,}' for name, count in day['counts'].most_common())})"),
        ("calls a second", f"{calls / virtual:.2f}"),
        ("fewest possible (ten a call, every 30 s)", f"{least:,.0f}; it made {calls / least:.3f} of them"),
        ("without sharing calls", f"{arguments.services * virtual / IDLE_SECONDS:,.0f}"),
        ("CPU", f"{total:.1f} s ({cpu['user']:.1f} user, {cpu['system']:.1f} system), {100 * total / virtual:.3f} % of a core"),
        ("CPU a call", f"{1000 * total / calls:.3f} ms"),
        ("wake-ups a minute", f"{cpu['wake_ups'] / virtual * 60:.1f}; {cpu['wake_ups'] / calls:.2f} a call"),
        ("transactions, and synced ones", f"{cpu['commits']:,.0f}, {cpu['syncs']:,.0f}"),
        ("memory, after the first round", f"{day['before']['VmRSS']:.1f} MiB"),
        ("memory, at the end", f"{day['after']['VmRSS']:.1f} MiB"),
        ("memory, peak", f"{day['after']['VmHWM']:.1f} MiB"),
        ("ledger", f"{day['ledger']:,.0f} KiB"),
    ]
    report.table(rows)
    problems = [f"{count} calls ended with {error}" for error, count in day["failures"].items()]
    problems += [f"it told: {message}" for message in day["told"]]
    if day["status"] != 0:
        problems.append(f"the daemon ended with {day['status']}")
    if not 0.9 <= calls / least <= 1.2:
        problems.append(f"{calls:,} calls where {least:,.0f} were due")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("ecswatchd")
    parser.add_argument("ecs_sim")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--clusters", type=int, default=4)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--speed", type=int, default=60)
    arguments = parser.parse_args()
    report.run("idle_day", lambda folder: problems_of(arguments, run(arguments, folder)))


if __name__ == "__main__":
    main()
