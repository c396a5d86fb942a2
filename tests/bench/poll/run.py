# SPDX-License-Identifier: Apache-2.0
"""What one poll of ten services costs beside the least it can cost: ecswatchd, a signed fetch of the same bytes by libcurl, the same with all
of it read by our tree parser, and the AWS SDK for JavaScript, in turn, over TLS 1.3 against answers made beforehand.
usage: run.py ECSWATCHD REFERENCE ANSWER-SERVER SDK-FOLDER [--calls N] [--counted N]
ECSWATCHD needs a test clock; SDK-FOLDER has node_modules or is empty: then that row is left out. Prints one table of CPU time and one of
instructions (valgrind's callgrind, two runs of which one makes --counted calls more). Exits 1 above the promised ratios."""
import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "e2e")]
import answers as answering  # noqa: E402
import harness  # noqa: E402

SERVICES, EVENTS = 10, 100

WARM_UP = 60  # calls of one batch before the measured ones
IDLE_SECONDS = 30
BATCHES = 4  # of ten services, so that ecswatchd always has a call to make
PACES = {"back to back": 0, "one per 50 ms": 50}  # ms from call to call
BACK_TO_BACK_SPEED = 20000  # of the daemon's clock: more calls are due than can be made
CHANGED = (0, 1, SERVICES)
MOST = {0: 1.3, 1: 2.0}  # times the reference, by how many of ten have changed
MOST_INSTRUCTIONS = 1.6e6  # a poll without changes


def names(batch=0):
    return [f"service-{batch:03d}-{number}" for number in range(SERVICES)]


def configuration(url, batches):
    return {"version": 1, "defaults": {"region": "us-east-1", "policy": "standard", "poll": {"idle": f"{IDLE_SECONDS}s"}},
            "clusters": [{"cluster": "prod", "endpoint_url": url, "services": [name for batch in range(batches) for name in names(batch)]}],
            "policies": {"standard": {"mode": "observe"}}, "aws": {"api_share": "100%"}}


class Client:
    """One of those that are compared, while it runs."""

    def __init__(self, name, arguments, changed, folder, pace, valgrind=()):
        self.name = name
        speed = IDLE_SECONDS * 1000 // pace if pace else BACK_TO_BACK_SPEED
        self.warm_up = WARM_UP if pace or name != "ecswatchd" else 3 * BATCHES
        batches = 1 if pace or name != "ecswatchd" else BATCHES
        epoch = float(int(time.time()))
        known = [(each, "prod", number < changed) for batch in range(batches) for number, each in enumerate(names(batch))]
        self.server = server = answering.Answers(arguments.server, folder, known, EVENTS, speed if name == "ecswatchd" else 1, epoch, arguments.tls)
        ca_file = arguments.tls[0]
        if name == "ecswatchd":
            self.daemon = harness.Daemon(arguments.ecswatchd, tempfile.mkdtemp(dir=folder), configuration(server.url, batches), speed, epoch, 0)
            self.daemon.environment["AWS_CA_BUNDLE"] = ca_file
            self.daemon.command[:0] = valgrind
            self.daemon.start()
            self.program = self.daemon.program
        else:
            self.program = harness.Program(name, [*valgrind, *self.command(arguments, pace)], {"NODE_EXTRA_CA_CERTS": ca_file})

    def command(self, arguments, pace):
        if self.name in ("libcurl", "tree parser"):
            services = ",".join(f'"{name}"' for name in names())
            return [arguments.reference, self.server.url, arguments.tls[0], f'{{"cluster":"prod","services":[{services}]}}',
                    str(arguments.count), str(pace)] + ["tree"] * (self.name == "tree parser")
        return ["node", os.path.join(HERE, "peer.mjs"), arguments.sdk, self.server.url, str(10**9), str(pace), *names()]

    def cpu(self):
        """Seconds on a processor, by all of its threads."""
        total = 0
        for task in os.listdir(f"/proc/{self.program.process.pid}/task"):
            with open(f"/proc/{self.program.process.pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def answered(self):
        return self.server.counts()["calls"]

    def await_answered(self, count):
        harness.wait(f"{count} calls of {self.name}", lambda: self.answered() >= count, 600)

    def end(self):
        status = self.program.end()
        self.server.end()
        if self.name == "ecswatchd" and status != 0:
            raise harness.Failure(f"ecswatchd ended with {status}: {self.program.lines[-3:]}")


def measure_cpu(name, arguments, changed, folder, pace):
    """Milliseconds of CPU a call."""
    client = Client(name, arguments, changed, folder, pace)
    client.await_answered(client.warm_up)
    before, first = client.cpu(), client.answered()
    client.await_answered(first + (arguments.calls if pace else 10 * arguments.calls))
    spent, calls = client.cpu() - before, client.answered() - first
    client.end()
    return 1000 * spent / calls


def count_instructions(name, arguments, changed, folder, calls):
    """Of a whole run with so many calls, and how many it made."""
    out = os.path.join(tempfile.mkdtemp(dir=folder), "callgrind")
    arguments.count = calls if name != "ecswatchd" else arguments.count
    client = Client(name, arguments, changed, folder, PACES["one per 50 ms"],
                    ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"])
    client.await_answered(calls)
    if name != "ecswatchd":
        client.program.process.wait(60)
    answered = client.answered()
    client.end() if name == "ecswatchd" else client.server.end()
    with open(out, encoding="utf-8") as file:
        return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1)), answered


def instructions_a_call(name, arguments, changed, folder):
    few, few_calls = count_instructions(name, arguments, changed, folder, WARM_UP)
    many, many_calls = count_instructions(name, arguments, changed, folder, WARM_UP + arguments.counted)
    return (many - few) / (many_calls - few_calls)


def changed_text(changed):
    return {0: "none", SERVICES: "all"}.get(changed, f"{changed} of {SERVICES}")


def cpu_table(arguments, folder, clients):
    problems = []
    print(f"| CPU a call | changed | {' | '.join(clients)} | ecswatchd beside libcurl |")
    print("|---" * (len(clients) + 3) + "|")
    for pace_name, pace in PACES.items():
        for changed in CHANGED:
            # In turn, so that what the machine does besides hits all of them; the middle one of three.
            rounds = [[measure_cpu(name, arguments, changed, folder, pace) for name in clients] for _ in range(3)]
            ratios = sorted(row[clients.index("ecswatchd")] / row[clients.index("libcurl")] for row in rounds)
            medians = [statistics.median(column) for column in zip(*rounds)]
            print(f"| {pace_name} | {changed_text(changed)} | {' | '.join(f'{value:.3f} ms' for value in medians)} | "
                  f"{ratios[1]:.2f} ({ratios[0]:.2f} to {ratios[2]:.2f}) |", flush=True)
            if ratios[1] > MOST.get(changed, float("inf")):
                problems.append(f"{pace_name}, {changed_text(changed)} changed: {ratios[1]:.2f} times libcurl, at most {MOST[changed]} is promised")
    return problems


def inflating(body):
    """Milliseconds that zlib takes for an answer, had it come compressed; and to what part of its size."""
    packed, times = zlib.compress(body), []
    for _ in range(200):
        began = time.process_time()
        zlib.decompress(packed)
        times.append(time.process_time() - began)
    return 1000 * statistics.median(times), len(packed) / len(body)


def instruction_table(arguments, folder):
    problems = []
    print("\n| instructions a call | changed | libcurl | ecswatchd | tree parser | ecswatchd beside libcurl |\n|---|---|---|---|---|---|")
    for changed in CHANGED:
        reference, daemon, tree = (instructions_a_call(name, arguments, changed, folder) for name in ("libcurl", "ecswatchd", "tree parser"))
        print(f"| | {changed_text(changed)} | {reference / 1e6:.2f} M | {daemon / 1e6:.2f} M | {tree / 1e6:.2f} M | {daemon / reference:.2f} |", flush=True)
        if changed == 0 and daemon > MOST_INSTRUCTIONS:
            problems.append(f"{daemon / 1e6:.2f} M instructions a poll, at most {MOST_INSTRUCTIONS / 1e6} M are promised")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ecswatchd")
    parser.add_argument("reference")
    parser.add_argument("server")
    parser.add_argument("sdk")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--counted", type=int, default=100)
    arguments = parser.parse_args()
    arguments.count = 10**9
    has_sdk = shutil.which("node") and os.path.isdir(os.path.join(arguments.sdk, "node_modules/@aws-sdk/client-ecs"))
    clients = ["libcurl", "ecswatchd", "tree parser"] + (["SDK for JavaScript"] if has_sdk else [])
    with tempfile.TemporaryDirectory(prefix="ecswatch-poll-") as folder:
        arguments.tls = answering.certificate(folder)
        body = json.dumps({"services": [answering.service(name, EVENTS, EVENTS) for name in names()], "failures": []}, separators=(",", ":")).encode()
        took, part = inflating(body)
        print(f"{SERVICES} services with {EVENTS} events each: {len(body):,} bytes; compressed {100 * part:.0f} % of it, inflated by zlib in {took:.3f} ms\n")
        problems = cpu_table(arguments, folder, clients)
        problems += instruction_table(arguments, folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        sys.exit(f"bench-poll: {failure}")
