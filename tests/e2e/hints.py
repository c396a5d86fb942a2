#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An SQS queue of ECS' events: a deployment is seen at once though idle services are looked at every ten minutes.
What is no event, or about nobody, costs nothing; a queue that is away is told once, and so is its return.
usage: hints.py ECSWATCHD ECS-SIM"""
import http.server
import json
import sys
import tempfile
import threading
import time

import harness
from row import deploy, service

ACCOUNT, REGION = "123456789012", "us-east-1"


def event(detail_type, service_name, **detail):
    return json.dumps({
        "version": "0", "id": "e", "detail-type": detail_type, "source": "aws.ecs", "account": ACCOUNT, "region": REGION,
        "resources": [f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/default/{service_name}"],
        "detail": {"clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default", **detail},
    })


class Queue:
    """SQS as far as the daemon uses it, with long polling."""

    def __init__(self):
        self.lock, self.changed = threading.Lock(), threading.Condition()
        self.waiting, self.taken, self.deleted, self.wrong, self.away = {}, {}, 0, [], False
        queue = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                status, answer = queue.answer(self.headers, self.path, request)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/{ACCOUNT}/ecswatch"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def send(self, *bodies):
        with self.changed:
            for body in bodies:
                number = len(self.waiting) + len(self.taken) + self.deleted
                self.waiting[f"handle-{number}/+="] = body
            self.changed.notify_all()

    def answer(self, headers, path, request):
        if self.away:
            return 400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."}
        operation = headers["X-Amz-Target"].removeprefix("AmazonSQS.")
        if path != "/" or request.get("QueueUrl") != self.url or headers["Content-Type"] != "application/x-amz-json-1.0" or \
                f"/{REGION}/sqs/aws4_request" not in headers["Authorization"]:
            self.wrong.append((path, dict(headers), request))
        with self.changed:
            if operation == "ReceiveMessage":
                self.changed.wait_for(lambda: self.waiting or self.away, min(request["WaitTimeSeconds"], 5))
                some = list(self.waiting.items())[:request["MaxNumberOfMessages"]]
                for handle, body in some:
                    self.taken[handle] = self.waiting.pop(handle)
                messages = [{"MessageId": handle, "ReceiptHandle": handle, "Body": body} for handle, body in some]
                return 200, {"Messages": messages} if messages else {}
            for entry in request["Entries"]:
                self.deleted += self.taken.pop(entry["ReceiptHandle"], None) is not None
            return 200, {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def is_empty(self):
        return not self.waiting and not self.taken


class HintedDaemon:
    def __init__(self, programs, folder):
        epoch = float(int(time.time()))
        scenario = {"version": 1, "seed": 1, "services": [service(desired=1), service("api", "api:1", 1)],
                    "task_definitions": {"web:1": {}, "web:2": {}, "api:1": {}}}
        self.queue, self.receiver = Queue(), harness.Receiver()
        self.simulator = harness.Simulator(programs[1], folder, scenario, 1, epoch)
        config = harness.configuration(self.simulator, self.receiver, ["web", "ap*"], "observe")
        config["defaults"]["poll"] = {"idle": "10m", "active": "5s"}
        config["aws"] = {"events": {"queue_url": self.queue.url}}
        config["discover"] = "1d"
        self.folder = folder
        self.daemon = harness.Daemon(programs[0], folder, config, 1, epoch, 0)

    def looks(self, name):
        return len([call for call in self.simulator.calls() if call["operation"] == "DescribeServices" and
                    name in json.dumps(call["request"])])

    def said(self, text):
        return len([line for line in self.daemon.log() if text in line])

    def all_read(self):
        harness.wait("an empty queue", self.queue.is_empty, 20)
        time.sleep(0.2)

    def seen_early(self):
        looks = self.looks("web")
        self.simulator.step(deploy("web:2"))
        time.sleep(1.2)  # the last look was over a second ago
        if self.looks("web") != looks:
            raise harness.Failure("web was looked at by itself")
        sent = time.monotonic()
        self.queue.send(event("ECS Deployment State Change", "web", eventName="SERVICE_DEPLOYMENT_IN_PROGRESS"))
        harness.wait("deployment.started", lambda: any(each["type"] == "ecswatch.deployment.started" and
                                                       "web:2" in json.dumps(each["data"])
                                                       for each in self.receiver.events()), 20)
        print(f"deployment.started arrived {(time.monotonic() - sent) * 1000:.0f} ms after the message")

    def others_cost_nothing(self):
        looks = len(self.simulator.calls())
        self.queue.send("hello", "{}", *[event("ECS Service Action", f"nobody-{i}") for i in range(30)],
                        json.dumps({"source": "aws.ecs", "detail-type": "ECS Container Instance State Change"}))
        self.all_read()
        made = [call["operation"] for call in self.simulator.calls()][looks:]
        if made.count("ListServices") > 1:  # one of them might have been new
            raise harness.Failure(f"names of nobody led to {made.count('ListServices')} lists")
        if self.said("that are no events of ECS") != 1:
            raise harness.Failure("that there are other messages was not said once")
        looks = self.looks("api")
        self.queue.send(*[event("ECS Service Action", "api") for _ in range(100)])
        self.all_read()
        if not 1 <= self.looks("api") - looks <= 4:
            raise harness.Failure(f"100 messages about api led to {self.looks('api') - looks} looks")

    def away_and_back(self):
        self.queue.away = True
        with self.queue.changed:
            self.queue.changed.notify_all()
        harness.wait("a word about the queue", lambda: self.said("The queue of aws.events cannot be read"), 20)
        line = next(line for line in self.daemon.log() if "The queue of aws.events cannot be read" in line)
        if "QueueDoesNotExist: The specified queue does not exist." not in line:
            raise harness.Failure(line)
        time.sleep(12)
        self.queue.away = False
        harness.wait("another word about it", lambda: self.said("The queue of aws.events can be read again"), 20)
        if self.said('"MESSAGE":"The queue of aws.events cannot be read') != 1:
            raise harness.Failure("that it is away was said more than once")

    def counted(self):
        text = harness.exposition(self.folder).replace(" ", "")
        for about in ("watched", "other", "nothing"):
            if f'ecswatch_queue_messages_total{{about="{about}"}}0' in text or f'about="{about}"' not in text:
                raise harness.Failure(f"no message about {about} is counted")

    def run(self):
        self.daemon.start()
        harness.wait("a look at both", lambda: self.looks("web") and self.looks("api"), harness.START_SECONDS)
        for step in (self.seen_early, self.others_cost_nothing, self.away_and_back, self.counted):
            step()
        if self.queue.wrong:
            raise harness.Failure(f"not what SQS takes: {self.queue.wrong[0]}")
        if self.daemon.end() != 0:
            raise harness.Failure("it did not end with 0")

    def close(self):
        for program in (self.daemon.program, self.simulator.program):
            if program:
                program.kill()
        self.receiver.close()
        self.queue.server.shutdown()


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    with tempfile.TemporaryDirectory(prefix="ecswatch-hints-") as folder:
        test = HintedDaemon(arguments, folder)
        try:
            test.run()
            return 0
        except harness.Failure as failure:
            print(failure)
            print("\n".join(test.daemon.log()[-20:]))
            return 1
        finally:
            test.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
