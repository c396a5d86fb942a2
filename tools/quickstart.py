# SPDX-License-Identifier: Apache-2.0
"""The second half of tools/quickstart: a good deployment, then a bad one, as a timeline on the terminal.
usage: quickstart.py BUILD [--keep]"""
import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SPEED = 30
LIMIT_SECONDS = 110  # real, for all of it: it works or it fails, and says so
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
               "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
COLOURS = {"ecs": "36", "daemon": "0", "webhook": "35", "good": "32", "bad": "31", "quiet": "2", "bold": "1"}
IN_COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
PRINTING = threading.Lock()


def colour(text, name):
    return f"\033[{COLOURS[name]}m{text}\033[0m" if IN_COLOUR else text


class Problem(Exception):
    pass


class Show:
    def __init__(self, build):
        self.build = build
        self.epoch = time.time()
        self.folder = tempfile.mkdtemp(prefix="ecswatch-quickstart-")
        self.children = []
        self.events = []
        self.deadline = time.monotonic() + LIMIT_SECONDS
        self.ending = False

    def line(self, who, text, style=None):
        """One line of the timeline, at the scaled clock's time since the start."""
        seconds = int((time.time() - self.epoch) * SPEED)
        with PRINTING:
            print(f"{colour(f'{seconds // 60:3d}:{seconds % 60:02d}', 'quiet')}  {colour(f'{who:<8}', COLOUR_OF[who])} "
                  f"{colour(text, style) if style else text}", flush=True)

    def wait(self, what, condition):
        while not (answer := condition()):
            if time.monotonic() > self.deadline:
                raise Problem(f"{what} did not happen within {LIMIT_SECONDS} s")
            for name, child in self.children:
                if child.poll() is not None:
                    raise Problem(f"{name} ended by itself with {child.returncode}")
            time.sleep(0.05)
        return answer

    # ---- the webhook receiver ----

    def listen(self):
        show = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                self.send_response(204)
                self.end_headers()
                if event["id"] not in [known["id"] for known in show.events]:
                    show.events.append(event)
                    show.line("webhook", f"{event['type']} received by team")

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    # ---- ecs-sim ----

    def start_simulator(self):
        port_file = os.path.join(self.folder, "port")
        self.children.append(("ecs-sim", subprocess.Popen(
            [os.path.join(self.build, "tools/ecs-sim/ecs-sim"), "--scenario", "config/quickstart-ecs.yaml",
             "--speed", str(SPEED), "--epoch", f"{self.epoch:.6f}", "--port-file", port_file],
            stdout=subprocess.DEVNULL)))
        self.wait("the simulator's start", lambda: os.path.exists(port_file))
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise Problem(f"ecs-sim: {text}")
        return json.loads(text)

    def calls(self, operation):
        return [call for call in self.ask("GET", "/_sim/calls")["calls"] if call["operation"] == operation]

    def deploy(self, task_definition, remark):
        self.line("ECS", f"somebody deploys {task_definition} ({remark})", "bold")
        self.ask("POST", "/_sim/step", {"update_service": {"service": "web", "task_definition": task_definition}})

    # ---- ecswatchd ----

    def environment(self):
        return CREDENTIALS | {
            "AWS_ENDPOINT_URL_ECS": f"http://127.0.0.1:{self.port}", "AWS_EC2_METADATA_DISABLED": "true",
            "ECSWATCH_TEST_CLOCK": f"x{SPEED}@{self.epoch:.6f}", "STATE_DIRECTORY": self.folder, "RUNTIME_DIRECTORY": self.folder}

    def start_daemon(self, webhook):
        shutil.copy("config/quickstart.yaml", os.path.join(self.folder, "ecswatch.yaml"))
        with open(os.path.join(self.folder, "webhook-url"), "w", encoding="ascii") as file:
            file.write(webhook + "\n")
        child = subprocess.Popen(
            [os.path.join(self.build, "daemon/ecswatchd"), "--config", os.path.join(self.folder, "ecswatch.yaml"),
             "--log-format", "json"], env={**os.environ, **self.environment()}, stderr=subprocess.PIPE, text=True)
        self.children.append(("ecswatchd", child))
        threading.Thread(target=self.read_journal, args=(child.stderr,), daemon=True).start()

    def read_journal(self, stream):
        """What would be in the journal, one object a line."""
        for line in stream:
            try:
                entry = json.loads(line)
            except ValueError:
                entry = {"MESSAGE": line.rstrip()}
            if self.ending:
                continue
            event = entry.get("ECSWATCH_EVENT", "")
            style = "good" if event.endswith("succeeded") else "bad" if event.endswith("failed") else None
            self.line("ecswatch", entry.get("MESSAGE", ""), style)

    # ---- the story ----

    def told(self, event_type):
        return next((event for event in self.events if event["type"] == "ecswatch." + event_type), None)

    def tell_story(self):
        with PRINTING:
            print(colour("ecswatch, shown on a simulated ECS", "bold"))
            print(f"The clock is scaled: one second here is {SPEED} seconds in ECS and in the daemon, so that the default policy's\n"
                  "minutes fit. The times on the left are the scaled ones. Nothing here talks to AWS.\n")
        webhook = self.listen()
        self.start_simulator()
        self.line("ECS", "cluster demo, service web, 4 tasks of web:1")
        self.start_daemon(webhook)
        self.wait("the daemon's first look", lambda: len(self.calls("DescribeServices")) >= 2)

        self.deploy("web:2", "a good one")
        self.wait("the good deployment's success", lambda: self.told("deployment.succeeded"))
        self.deploy("web:3", "a bad one: its container exits 5 s after it started")
        failed = self.wait("the bad deployment's failure", lambda: self.told("deployment.failed"))
        self.wait("the rollback's end", lambda: self.told("rollback.succeeded") or self.told("rollback.failed"))
        with PRINTING:
            print("\n" + colour("The webhook about the failure:", "bold"))
            print(json.dumps(failed, indent=2))
        self.check(failed)

    def check(self, failed):
        calls = self.calls("StopServiceDeployment") + self.calls("UpdateService")
        rolled_back = self.told("rollback.started")
        wrong = []
        if failed["data"].get("cause") != "app_exit":
            wrong.append(f"the cause is {failed['data'].get('cause')}, not app_exit")
        if len(calls) != 1 or not rolled_back or not rolled_back["data"]["task_definition"].endswith("web:2"):
            wrong.append(f"{len(calls)} calls that roll back, not one to web:2")
        if not self.told("rollback.succeeded"):
            wrong.append("the rollback was not judged succeeded")
        if wrong:
            raise Problem("; ".join(wrong))
        with PRINTING:
            print("\n" + colour("web:2 succeeded and was left alone. web:3 failed (app_exit), was rolled back to web:2 exactly once, "
                                "and the rollback succeeded.", "good"))

    def keep(self):
        endpoint = f"http://127.0.0.1:{self.port}"
        with PRINTING:
            print(f"""
Everything keeps running until Ctrl-C. In another terminal:

  a revision that crashes for lack of memory, and its deployment:
    curl -d '{{"register_task_definition": {{"task_definition": "web:4", "behaviour": {{"oom": {{"after": "20s"}}}}}}}}' {endpoint}/_sim/step
    curl -d '{{"update_service": {{"service": "web", "task_definition": "web:4"}}}}' {endpoint}/_sim/step
  what the daemon knows:
    {self.build}/tools/ecswatchctl/ecswatchctl --socket {self.folder}/ecswatch.sock status
  the same simulator through the AWS CLI:
    AWS_ACCESS_KEY_ID={CREDENTIALS['AWS_ACCESS_KEY_ID']} AWS_SECRET_ACCESS_KEY={CREDENTIALS['AWS_SECRET_ACCESS_KEY']} \\
      aws --region us-east-1 --endpoint-url {endpoint} ecs describe-services --cluster demo --services web

The same daemon on a real account, where it only looks and tells (mode observe): copy config/ecswatch.example.yaml, name your
cluster and services in it, give it credentials with docs/iam-policy.json (its first statement is enough to observe), and run
    {self.build}/daemon/ecswatchd --config YOUR.yaml --dry-run
""", flush=True)
        while all(child.poll() is None for _, child in self.children):
            time.sleep(0.5)

    def close(self):
        self.ending = True
        for _, child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


COLOUR_OF = {"ECS": "ecs", "ecswatch": "daemon", "webhook": "webhook"}


def main():
    show = Show(sys.argv[1])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        show.tell_story()
        if "--keep" in sys.argv[2:]:
            show.keep()
        return 0
    except Problem as problem:
        print(colour(f"\nThis did not work: {problem}", "bad"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if "--keep" in sys.argv[2:] and show.told("rollback.succeeded") else 130
    finally:
        show.close()


sys.exit(main())
