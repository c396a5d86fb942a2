#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every fault of the network and of AWS times every call that a rollback is made of. A service is deployed badly while one of its calls
goes wrong for a minute: its verdict must be right afterwards, it is rolled back once at most and only it, whatever could not be done is told
with its reason, nobody asks more often than three times for each look, and nothing leaks.
usage: faults.py ECSWATCHD ECS-SIM [--faults NAME,…] [--calls NAME,…] [--short] [--jobs N]"""
import argparse
import concurrent.futures
import email.utils
import http.client
import http.server
import json
import socket
import struct
import sys
import tempfile
import threading
import time
import urllib.parse

import harness
from row import deploy, service

SPEED = 60
HOLD = 1.0  # real seconds: a virtual minute
ASKED_TOGETHER = 10  # services in one DescribeServices
PATIENCE = 60  # real seconds for a case
CRASHES = {"behaviour": {"exit": {"after": "5s", "code": 1}, "log": ["starting", "no such table"]}}
EVERYTHING = "Everything"  # the Region is gone
WRITES = ("StopServiceDeployment", "UpdateService")
CALLS = ("AssumeRole", "DescribeServices", "ListServices", "ListTasks", "DescribeTasks", "DescribeTaskDefinition", "ListServiceDeployments",
         "DescribeServiceDeployments", "DescribeServiceRevisions", "GetLogEvents", *WRITES, EVERYTHING)
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def error(code, status=400, message="a fault", **headers):
    return status, headers, json.dumps({"__type": f"com.amazonaws.ecs#{code}", "message": message}).encode()


def date(skew):
    return email.utils.formatdate(time.time() + skew, usegmt=True)


# What is answered: (status, headers, body); or a word for what happens to the connection.
FAULTS = {
    "reset": "reset", "closed": "closed", "stalled": "stalled", "silent": "silent", "cut_short": "cut_short", "no_http": "no_http",
    "lost_answer": "lost_answer",  # it was done, and nobody hears of it
    "gateway": (502, {"Content-Type": "text/html"}, HTML),
    "portal": (200, {"Content-Type": "text/html"}, HTML),
    "redirect": (302, {"Location": "http://127.0.0.1:9/"}, b""),
    "empty": (200, {}, b""),
    "empty_500": (500, {}, b""),
    "malformed": (200, {}, b'{"services": [{"serviceArn": '),
    "other_types": (200, {}, b'{"services": 1, "serviceArns": {}, "taskArns": true, "tasks": "x", "serviceDeployments": 3, "service": []}'),
    "huge": (200, {}, b'{"services": [' + b" " * (17 * 1024 * 1024) + b"]}"),
    "throttled": error("ThrottlingException", message="Rate exceeded"),
    "throttled_429": error("TooManyRequestsException", 429),
    "server": error("ServerException", 500),
    "unavailable": error("ServiceUnavailableException", 503),
    "client": error("ClientException"),
    "invalid": error("InvalidParameterException"),
    "no_cluster": error("ClusterNotFoundException"),
    "denied": error("AccessDeniedException", message="User: arn:aws:iam::123456789012:user/ecswatch is not authorized to perform: ecs:It"),
    "expired_token": error("ExpiredTokenException", 403, "The security token included in the request is expired"),
    "unknown_key": error("UnrecognizedClientException", 403, "The security token included in the request is invalid."),
    "skewed": "skewed",
    "refused": "refused",  # nobody listens: of EVERYTHING
}


def can_meet(call, fault):
    return call == EVERYTHING or FAULTS[fault] != "refused"


def is_passing(fault):
    """Whatever is not a plain no is worth waiting for."""
    return fault not in ("denied", "unknown_key", "client", "invalid", "no_cluster", "expired_token", "skewed")


class Proxy:
    """Between the daemon and ecs-sim. Calls of the operation `of` meet the fault."""

    def __init__(self, port):
        self.of, self.fault, self.met, self.looks, self.release = None, None, 0, 0, threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                name = self.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1] or dict(urllib.parse.parse_qsl(body.decode())).get("Action")
                proxy.looks += name == "DescribeServices"
                fault = proxy.fault_of(name)
                if fault is not None:
                    self.go_wrong(fault, body)
                else:
                    self.pass_on(body)

            def go_wrong(self, fault, body):
                if fault == "lost_answer":
                    self.ask(body)
                if fault in ("reset", "lost_answer"):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if fault in ("reset", "closed", "lost_answer"):
                    self.close_connection = True
                    self.connection.close()
                elif fault == "silent":
                    proxy.release.wait(30)
                    self.close_connection = True
                elif fault in ("stalled", "cut_short"):
                    self.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"services\": [")
                    if fault == "stalled":
                        proxy.release.wait(30)
                    self.close_connection = True
                elif fault == "no_http":
                    self.connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
                    self.close_connection = True
                elif fault == "skewed":
                    status, _, text = error("InvalidSignatureException", 403, "Signature expired: 1 is now earlier than 2")
                    self.reply(status, {"Date": date(3600), "x-amzn-RequestId": "r"}, text)
                else:
                    self.reply(*fault)

            def ask(self, body):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                try:
                    connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        connection.putheader(name, value)
                    connection.endheaders(body)
                    answer = connection.getresponse()
                    return answer.status, dict(answer.getheaders()), answer.read()
                finally:
                    connection.close()

            def pass_on(self, body):
                self.reply(*self.ask(body))

            def reply(self, status, headers, body):
                self.wfile.write(f"HTTP/1.1 {status} X\r\n".encode() + b"".join(
                    f"{name}: {value}\r\n".encode() for name, value in headers.items()
                    if name.lower() not in ("content-length", "transfer-encoding", "connection")) +
                    f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # the daemon hangs up on what it has seen enough of

            def shutdown_request(self, request):
                proxy.connections.discard(request)
                super().shutdown_request(request)

            def finish_request(self, request, client_address):
                proxy.connections.add(request)
                super().finish_request(request, client_address)

        self.connections, self.make_server, self.port = set(), lambda: Server(("127.0.0.1", self.port), Handler), 0
        self.listen()

    def listen(self):
        self.server = self.make_server()
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def leave(self):
        """Nobody listens any more."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has gone by itself

    def fault_of(self, operation):
        """What this call is to meet; None: nothing."""
        if self.of not in (operation, EVERYTHING):
            return None
        self.met += 1
        return self.fault

    def begin(self, operation, fault):
        self.release.clear()
        self.met, self.looks, self.fault, self.of = 0, 0, fault, operation
        if fault == "refused":
            self.leave()

    def end(self):
        if self.of and self.fault == "refused":
            self.listen()
        self.of = None
        self.release.set()

    def close(self):
        self.end()
        self.server.shutdown()


class FaultyLife:
    """One daemon; case after case, each with a service of its own."""

    def __init__(self, programs, folder, fault, calls):
        self.name, self.fault, self.calls = fault, FAULTS[fault], calls
        epoch = float(int(time.time()))
        names = [f"web-{call.lower()}" for call in calls]
        self.batches = 1 + len(names) // ASKED_TOGETHER  # the bystander is one more
        scenario = {"version": 1, "seed": 7, "services": [service(name, "web:1", 2) for name in names] + [service("bystander", "web:1", 1)],
                    "task_definitions": {"web:1": {}, "web:2": CRASHES}}
        self.receiver = harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, SPEED, epoch)
        self.proxy = Proxy(self.simulator.port)
        config = harness.configuration(self.proxy, self.receiver, ["web-*", "bystander"], "enforce")
        config["safety"] = {"rollback": {"per_service": 2, "per_fleet": 1000}, "inhibit": {"services": 0, "any": 0}}
        config["discover"] = "30s"
        by_update = json.loads(json.dumps(config["policies"]["standard"]).replace('"rollback": "auto"', '"rollback": "update_service"'))
        config["policies"]["by_update"] = by_update
        config["clusters"][0]["services"].append({"service": "web-updateservice", "policy": "by_update"})
        for policy in config["policies"].values():
            policy["evidence"] = {"logs": 5}
        self.daemon = harness.Daemon(programs[0], folder, config, SPEED, epoch, 0)
        self.daemon.environment["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = f"http://127.0.0.1:{self.proxy.port}"
        self.daemon.environment["AWS_ENDPOINT_URL_STS"] = f"http://127.0.0.1:{self.proxy.port}"
        self.problems = []
        if "AssumeRole" in calls:
            config["clusters"][0]["role_arn"] = "arn:aws:iam::123456789012:role/ecswatch"
            self.daemon.write(config)
        self.start_with_fault() if "AssumeRole" in calls else self.daemon.start()
        harness.wait("all of them", lambda: self.looked_at(names), PATIENCE)

    def start_with_fault(self):
        """STS goes wrong at the start, and nothing can be seen before it is well again."""
        self.proxy.begin("AssumeRole", self.fault)
        self.daemon.start()
        harness.wait("AssumeRole", lambda: self.proxy.met, harness.START_SECONDS)
        time.sleep(HOLD)
        if self.simulator.calls() and any(call["operation"].startswith("Describe") for call in self.simulator.calls()):
            self.problems.append(f"{self.name} x AssumeRole: somebody was asked without the role")
        if self.proxy.met > 2:  # a wrong clock is corrected at once, all else waits five seconds
            self.problems.append(f"{self.name} x AssumeRole: it was asked {self.proxy.met} times in {HOLD} s")
        self.proxy.end()

    def looked_at(self, names):
        seen = {name for call in self.simulator.calls() if call["operation"] == "DescribeServices" for name in call["request"]["services"]}
        return seen.issuperset(names)

    def told(self, name):
        return [event for event in self.receiver.events() if event["data"].get("service") == name]

    def kinds(self, name):
        return [event["type"].removeprefix("ecswatch.") for event in self.told(name)]

    def primary(self, name):
        for each in self.simulator.ask("GET", "/_sim/state")["services"]:
            if each["serviceName"] == name:
                return next(d["taskDefinition"].split("/")[-1] for d in each["deployments"] if d["status"] == "PRIMARY")
        raise harness.Failure(f"ecs-sim has no {name}")

    def is_refused(self):
        return any("Connection refused" in line or "Could not connect" in line or "Couldn't connect" in line for line in self.daemon.log())

    def has_ended(self, name):
        return any(kind in ("rollback.succeeded", "rollback.failed", "rollback.skipped") for kind in self.kinds(name))

    def case(self, call):
        name = f"web-{call.lower()}"
        before = len(self.simulator.calls())
        self.proxy.begin(call, self.fault)
        began = time.monotonic()
        self.simulator.step(deploy("web:2", name))
        if self.fault == "refused":
            harness.wait("a call that is refused", self.is_refused, PATIENCE)
            self.proxy.met = 1
        while self.proxy.met == 0 and time.monotonic() < began + 12 and not self.has_ended(name):
            time.sleep(0.01)
        first = time.monotonic()
        while time.monotonic() < first + HOLD and not self.has_ended(name):
            time.sleep(0.01)
        looks, met = self.proxy.looks, self.proxy.met
        self.proxy.end()
        harness.wait(f"the end of {name}", lambda: self.has_ended(name), PATIENCE)
        return list(self.wrong(call, name, before, looks, met))

    def wrong(self, call, name, before, looks, met):
        kinds = self.kinds(name)
        failed = [event["data"] for event in self.told(name) if event["type"] == "ecswatch.deployment.failed"]
        ends = [event["data"] for event in self.told(name) if event["type"].startswith("ecswatch.rollback.")]
        if met == 0:
            yield "the fault was never met"
        # One or two of them follow a look at each of up to three services (those that were rolled back before are watched still), and each
        # is tried three times at most; looks themselves go on at their interval, one for ten services, and one that is refused as a whole is
        # halved now and then.
        most = self.batches * (60 * HOLD + 20) if call in ("DescribeServices", EVERYTHING) else 3 * 2 * 3 * looks + 10
        if met > most:
            yield f"it was asked {met} times beside {looks} looks"
        if len(failed) != 1 or failed[0].get("cause") != "app_exit":
            yield f"deployment.failed is told {len(failed)} times, with {[each.get('cause') for each in failed]}"
        if "deployment.succeeded" in kinds[:kinds.index("deployment.failed") if "deployment.failed" in kinds else None]:
            yield "it was told as succeeded"
        accepted = [each for each in self.simulator.calls()[before:] if each["operation"] in WRITES and each["status"] in (200, 0)]
        if len(accepted) > 1:
            yield f"{len(accepted)} changes were made"
        rolled_back = "rollback.succeeded" in kinds
        if rolled_back and (self.primary(name) != "web:1" or len(accepted) != 1):
            yield f"rollback.succeeded is told, {self.primary(name)} is PRIMARY after {len(accepted)} changes"
        if not rolled_back and not all((each.get("action") or {}).get("reason") for each in ends[-1:]):
            yield f"{kinds[-1]} has no reason"
        if not rolled_back and call not in WRITES and is_passing(self.name):
            yield f"it ended with {kinds[-1]}: {ends[-1]['action'].get('reason')}"

    def run(self):
        problems = self.problems
        for call in self.calls:
            if call == "AssumeRole":
                continue
            problems += [f"{self.name} x {call}: {line}" for line in self.case(call)]
            self.daemon.program.check()
        if self.kinds("bystander"):
            problems.append(f"{self.name}: of the bystander was told {self.kinds('bystander')}")
        status = self.daemon.end()
        if status != 0:  # the leak checker's too
            problems.append(f"{self.name}: the daemon ended with {status}: {self.daemon.log()[-5:]}")
        return problems

    def close(self):
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()
        self.proxy.close()
        self.receiver.close()


def live(programs, fault, calls):
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ecswatch-faults-") as folder:
        life = FaultyLife(programs, folder, fault, calls)
        try:
            problems = life.run()
        except harness.Failure as failure:
            problems = [f"{fault}: {failure}", *[f"  {line}" for line in life.daemon.log()[-12:]]]
        finally:
            life.close()
    print(f"{fault}: {len(calls)} calls, {len(problems)} problems, {time.monotonic() - began:.0f} s", flush=True)
    return problems


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--calls", default=",".join(CALLS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="of each fault AssumeRole, DescribeServices and another call")
    options = parser.parse_args(arguments)
    faults, calls = options.faults.split(","), options.calls.split(",")
    if len(options.programs) != 2 or not set(faults) <= set(FAULTS) or not set(calls) <= set(CALLS):
        parser.print_usage(sys.stderr)
        return 64

    def of(fault):
        able = [call for call in calls if can_meet(call, fault)]
        rest = able[2:]
        return able[:2] + [rest[faults.index(fault) % len(rest)]] if options.short and rest else able

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        problems = [line for lines in pool.map(lambda fault: live(options.programs, fault, of(fault)), faults) for line in lines]
    print("\n".join(problems) or f"{len(faults)} faults, {sum(len(of(fault)) for fault in faults)} cases of {len(calls)} calls: all right")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
