# SPDX-License-Identifier: Apache-2.0
"""Runs ecswatchd against ecs-sim under a scaled clock, and compares what it told and did with what a scenario expects.

A scenario is one readable row (scenarios.py): what there is, what happens when, which events in which order, how many
writing calls. Times in a row are virtual seconds. Every wait has a bound; what must *not* happen is checked after the
daemon has demonstrably looked again (a sentinel), never after a mere sleep."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
import model

ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
WEBHOOK_SECRET = base64.b64encode(b"a secret of tests, 32 bytes long").decode()
WRITING = {
    "CreateService", "UpdateService", "DeleteService", "StopTask", "StopServiceDeployment", "RegisterTaskDefinition",
    "DeregisterTaskDefinition", "UpdateContainerInstancesState", "CreateCluster",
}
START_SECONDS = 20  # real: a sanitized daemon on a busy machine
STOP_SECONDS = 20  # real
ANSWER_SECONDS = 60  # real: of ecs-sim and the daemon's API, on a machine that has more to do than it can
POLL_SECONDS = 0.02  # real: how often a wait looks


class Failure(Exception):
    """A scenario did not go as it should have."""


def wait(what, condition, seconds):
    """Waits up to `seconds` of real time; returns what the condition returned, once that is true."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(POLL_SECONDS)


def free_port():
    """A port of loopback at which nobody answers now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Local(http.client.HTTPConnection):
    """HTTP on a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def exposition(folder):
    """What /metrics of the daemon in that folder says."""
    connection = Local(os.path.join(folder, "run", "ecswatch.sock"))
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


class Program:
    """A child whose output is kept; it never outlives its scenario."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.lines = []
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def check(self):
        if self.process.poll() is not None:
            raise Failure(f"{self.name} ended by itself with {self.process.returncode}")

    def end(self, number=signal.SIGTERM):
        """Returns the exit status; one that does not end in time is killed, and that is a failure."""
        self.process.send_signal(number)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.name} did not end within {STOP_SECONDS} s") from None
        self.reader.join(STOP_SECONDS)
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Simulator:
    def __init__(self, program, folder, scenario, speed, epoch):
        # JSON is YAML.
        path, self.port_file = os.path.join(folder, "scenario.yaml"), os.path.join(folder, "port")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(scenario, file, indent=1)
        self.speed = speed
        self.program = Program("ecs-sim", [program, "--scenario", path, "--speed", str(speed), "--epoch", f"{epoch:.6f}",
                                           "--port-file", self.port_file])
        wait("ecs-sim's port", self.started, START_SECONDS)
        with open(self.port_file, encoding="ascii") as file:
            self.port = int(file.read())

    def started(self):
        self.program.check()
        return os.path.exists(self.port_file)

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
        except TimeoutError as error:
            raise Failure(f"ecs-sim did not answer {method} {path} within {ANSWER_SECONDS} s: it stands still, or the machine is overloaded") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise Failure(f"ecs-sim refused {body or path}: {answer.status} {text.decode(errors='replace')}")
        return json.loads(text)

    def step(self, step):
        return self.ask("POST", "/_sim/step", step)

    def calls(self, since=0):
        return self.ask("GET", f"/_sim/calls?since={since}")["calls"]

    def wrong_requests(self):
        """What AWS's service models have against those of ECS, each once."""
        return sorted({problem for call in self.calls() for problem in model.call_problems(call)})


class Receiver:
    """A webhook receiver. Keeps each event once, in the order of its first delivery."""

    def __init__(self):
        self.taken = {}
        self.lock = threading.Lock()
        self.problems = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.take(self.headers, body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body):
        event = json.loads(body)
        signed = b".".join([headers.get("webhook-id", "").encode(), headers.get("webhook-timestamp", "").encode(), body])
        expected = base64.b64encode(hmac.new(base64.b64decode(WEBHOOK_SECRET), signed, hashlib.sha256).digest()).decode()
        if f"v1,{expected}" not in headers.get("webhook-signature", "").split():
            self.problems.append(f"{event.get('type')}: wrong or no signature")
        if headers.get_content_type() != "application/cloudevents+json" or event.get("specversion") != "1.0":
            self.problems.append(f"{event.get('type')}: not a structured CloudEvent")
        with self.lock:
            known = self.taken.setdefault(event["id"], event)
        if known != event:
            self.problems.append(f"{event['type']}: delivered twice under one id with different contents")

    def events(self):
        """Those taken until now; the server's threads go on taking."""
        with self.lock:
            return list(self.taken.values())

    def close(self):
        self.server.shutdown()
        self.server.server_close()


ASSUMED_MAX = 2  # the first call may be refused for its time
POLICY_EVENTS = ("started", "succeeded", "failed", "stalled", "superseded", "reverted", "recovered", "rollback_started",
                 "rollback_succeeded", "rollback_failed", "rollback_skipped")


def configuration(simulator, receiver, services, mode, rollback="auto"):
    """The default policy: no key of `judge` is given. Every event goes to the receiver."""
    notify = [{"notify": ["sink"]}]
    policy = {"mode": mode} | {"on_" + name: notify for name in POLICY_EVENTS}
    policy["on_failed"] = [
        {"when": {"cause": ["capacity", "aws_internal", "host_bad", "unknown"]}, "notify": ["sink"]},
        {"rollback": rollback, "notify": ["sink"]},
    ]
    return {
        "version": 1,
        "defaults": {"region": "us-east-1", "policy": "standard", "poll": {"idle": "30s", "active": "5s"}},
        "clusters": [{"cluster": "default", "endpoint_url": f"http://127.0.0.1:{simulator.port}", "services": services}],
        "policies": {"standard": policy},
        "receivers": {"sink": {"type": "webhook", "url": f"http://127.0.0.1:{receiver.port}/", "secret_file": "secret"}},
        "watcher": {"notify": ["sink"]},
    }


class Daemon:
    def __init__(self, program, folder, config, speed, epoch, skew):
        self.command = [program, "--config", os.path.join(folder, "ecswatch.yaml"), "--log-format", "json"]
        self.write(config)
        with open(os.path.join(folder, "secret"), "w", encoding="ascii") as file:
            file.write("whsec_" + WEBHOOK_SECRET)
        for name in ("state", "run"):
            os.mkdir(os.path.join(folder, name))
        self.environment = {
            "ECSWATCH_TEST_CLOCK": f"x{speed}@{epoch:.6f}{skew:+d}",
            "STATE_DIRECTORY": os.path.join(folder, "state"),
            "RUNTIME_DIRECTORY": os.path.join(folder, "run"),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder, "TZ": "Asia/Kathmandu",
        }
        self.lines = []
        self.program = None

    def write(self, config):
        with open(self.command[2], "w", encoding="utf-8") as file:
            json.dump(config, file, indent=1)

    def start(self):
        # What was the parent's must not decide what the daemon sees.
        for name in [name for name in os.environ if name.startswith(("AWS_", "NOTIFY_", "LISTEN_", "CREDENTIALS_"))]:
            del os.environ[name]
        self.program = Program("ecswatchd", self.command, self.environment)

    def end(self, number=signal.SIGTERM):
        status = self.program.end(number)
        self.lines += self.program.lines
        self.program = None
        return status

    def log(self):
        return self.lines + (self.program.lines if self.program else [])

    def journal(self):
        """The entries, and nothing else: a line that is not JSON is a sanitizer's or a library's."""
        entries = []
        for line in self.log():
            try:
                entries.append(json.loads(line))
            except ValueError:
                raise Failure(f"the daemon wrote what is no journal entry: {line[:300]}") from None
        return entries


def wrong_request(operation, request, service, target):
    """What a rollback's request should not be. StopServiceDeployment does not say to what: ECS decides, events tell."""
    if operation == "StopServiceDeployment":
        wanted = {"serviceDeploymentArn": lambda arn: f"/{service}/" in arn, "stopType": lambda text: text == "ROLLBACK"}
    else:
        wanted = {"cluster": bool, "service": lambda arn: arn.split("/")[-1] == service,
                  "taskDefinition": lambda arn: arn.split("/")[-1] == target}
    if set(request) != set(wanted):
        yield f"{operation} was sent {sorted(request)}"
    for member, holds in wanted.items():
        if not holds(request.get(member, "")):
            yield f"{operation} with {member} {request.get(member)}"


class Run:
    """One scenario, once."""

    def __init__(self, row, programs, restart, folder):
        self.row, self.restart = row, restart
        # A whole second, long enough ago that a test does not depend on the fraction.
        self.epoch = float(int(time.time()))
        self.receiver = Receiver()
        self.simulator = self.daemon = None
        self.simulator = Simulator(programs["ecs-sim"], folder, row.world(), row.speed, self.epoch)
        services = [service["service"] for service in row.services]
        config = configuration(self.simulator, self.receiver, services, row.mode, row.rollback)
        if row.role:
            config["clusters"][0]["role_arn"] = "arn:aws:iam::123456789012:role/ecswatch"
        self.daemon = Daemon(programs["ecswatchd"], folder, config, row.speed, self.epoch, row.skew)
        self.daemon.environment["AWS_ENDPOINT_URL_STS"] = f"http://127.0.0.1:{self.simulator.port}"

    def real(self, virtual):
        return virtual / self.row.speed

    def events(self):
        return [event for event in self.receiver.events()
                if event["type"].startswith(("ecswatch.deployment.", "ecswatch.rollback."))]

    def looks(self, since=0):
        return [call for call in self.simulator.calls(since) if call["operation"] == "DescribeServices" and call["status"] == 200]

    def see_looks(self, count, since):
        def seen():
            self.daemon.program.check()
            return len(self.looks(since)) >= count
        wait(f"{count} looks at the services", seen, START_SECONDS)

    def last_call(self):
        calls = self.simulator.calls()
        return calls[-1]["sequence"] if calls else 0

    def steps(self, steps):
        began = time.monotonic()
        for at, step in steps:
            time.sleep(max(0.0, began + self.real(at) - time.monotonic()))
            self.simulator.step(step)

    def fill_disk(self, start, duration):
        """What a full disk does to a file that would grow, done to this one process."""
        pid, unlimited = self.daemon.program.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        time.sleep(self.real(start))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        time.sleep(self.real(duration))
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        except ProcessLookupError:
            pass  # it was killed meanwhile, as some tests do

    def restart_daemon(self):
        """As a crash would: nothing is flushed, nothing is said."""
        when = self.row.restart_after
        wait(f"event {when + 1} before the restart", lambda: len(self.events()) > when, self.real(self.row.patience))
        time.sleep(self.real(self.row.restart_delay))
        self.daemon.end(signal.SIGKILL)
        self.daemon.start()

    def expected_seen(self):
        self.daemon.program.check()
        return len(self.events()) >= len(self.row.events)

    def go(self):
        row = self.row
        self.steps(row.before)
        self.daemon.start()
        self.see_looks(2, 0)
        stepping = threading.Thread(target=self.steps, args=(row.steps,), daemon=True)
        stepping.start()
        if row.disk_full:
            threading.Thread(target=self.fill_disk, args=row.disk_full, daemon=True).start()
        if self.restart:
            self.restart_daemon()
        bound = self.real(row.patience) + (START_SECONDS if self.restart else 0)
        wait("the events " + ", ".join(map(str, row.events)), self.expected_seen, bound)
        stepping.join(self.real(row.patience))
        # The sentinel: it has looked at the service again, repeatedly, and still says and does no more.
        time.sleep(self.real(row.quiet))
        self.see_looks(2, self.last_call())
        status = self.daemon.end()
        if status != 0:
            raise Failure(f"ecswatchd ended with {status}")
        self.compare()

    def compare(self):
        row, problems = self.row, list(self.receiver.problems)
        told = self.events()
        problems += [f"event {n}: {problem}" for n, (expected, event) in enumerate(zip(row.events, told), 1)
                     for problem in expected.compare(event)]
        if len(told) != len(row.events):
            problems.append(f"{len(told)} events instead of {len(row.events)}")
        writes = [call for call in self.simulator.calls() if call["operation"] in WRITING]
        ways = [row.ways[min(n, len(row.ways) - 1)] for n in range(len(row.writes))]
        if [call["operation"] for call in writes] != ways:
            problems.append(f"writing calls: {[call['operation'] for call in writes]} instead of {ways}")
        for call, (service, target) in zip(writes, row.writes):
            problems += wrong_request(call["operation"], call["request"], service, target)
        problems += self.simulator.wrong_requests()
        assumed = sum(call["operation"] == "AssumeRole" for call in self.simulator.calls())
        if row.role and not 1 <= assumed <= ASSUMED_MAX * (1 + self.restart):
            problems.append(f"AssumeRole was called {assumed} times")
        degraded = [event for event in self.receiver.events() if event["type"] == "ecswatch.watcher.degraded"]
        if row.disk_full and not self.restart and len(degraded) != 2:
            problems.append(f"watcher.degraded was told {len(degraded)} times, not as it began and when it was over")
        if not self.restart:  # an entry that a killed daemon had not written yet is in the ledger, not in its log
            entries = [entry["ECSWATCH_EVENT_ID"] for entry in self.daemon.journal()
                       if entry.get("ECSWATCH_EVENT", "").startswith(("deployment.", "rollback."))]
            if entries != [event["id"] for event in told]:
                problems.append(f"the journal has {len(entries)} entries, or others than the {len(told)} events told")
        else:
            self.daemon.journal()
        if problems:
            raise Failure("\n".join(problems))

    def report(self):
        """Everything that a reader of a failed run wants."""
        print("--- told:")
        for event in self.events():
            data = event["data"]
            action = data.get("action", {})
            print(f"{event['time']} {event['type']} cause={data.get('cause')} by={data.get('by')}"
                  f" action={action.get('state')} {action.get('reason', '')}\n    {data.get('summary')}")
        print("--- the daemon's log (last 60 lines):")
        print("\n".join(line[:600] for line in self.daemon.log()[-60:]))
        print("--- calls (last 40):")
        try:
            for call in self.simulator.calls()[-40:]:
                print(f"{call['offset']:9.1f} {call['operation']} {call['status']} {call.get('error', '')}")
        except (OSError, Failure) as error:
            print(f"ecs-sim does not answer: {error}")

    def close(self):
        for program in (self.daemon and self.daemon.program, self.simulator and self.simulator.program):
            if program:
                program.kill()
        self.receiver.close()


def run(row, programs, restart):
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        this = Run(row, programs, restart, folder)
        try:
            this.go()
        except Failure as failure:
            print(f"{row.name}: {failure}")
            this.report()
            return False
        finally:
            this.close()
    return True
