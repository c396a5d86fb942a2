# SPDX-License-Identifier: Apache-2.0
"""An ECS for measurements: answers DescribeServices over TLS with bodies made beforehand, whatever it is asked."""
import datetime
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

SERVICES, EVENTS = 10, 100
ACCOUNT = "arn:aws:ecs:us-east-1:123456789012"
CREATED = 1700000000
ROUNDS = 2  # answers with changes come again after so many


def names(batch=0):
    return [f"service-{batch:03d}-{number}" for number in range(SERVICES)]


def event(name, number):
    return {"id": f"{number:08x}-1c2d-4e3f-8a9b-0123456789ab", "createdAt": CREATED + 21600 * number + 0.123,
            "message": f"(service {name}) has started 1 tasks: (task {number * 2654435761 % 2**64:032x})."}


def service(name, number):
    """A service for which nothing happens but that a task of it was replaced `number` times."""
    deployment = {"id": f"ecs-svc/90123456789012345{name[-2:]}", "status": "PRIMARY", "taskDefinition": f"{ACCOUNT}:task-definition/{name}:7",
                  "desiredCount": 2, "pendingCount": 0, "runningCount": 2, "failedTasks": 0, "createdAt": CREATED + 86400.5,
                  "updatedAt": CREATED + 86700.25, "launchType": "FARGATE", "platformVersion": "1.4.0", "platformFamily": "Linux",
                  "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"],
                                                                  "securityGroups": ["sg-0a1b2c3d4e5f60718"], "assignPublicIp": "DISABLED"}},
                  "rolloutState": "COMPLETED", "rolloutStateReason": f"ECS deployment ecs-svc/90123456789012345{name[-2:]} completed."}
    return {"serviceArn": f"{ACCOUNT}:service/prod/{name}", "serviceName": name, "clusterArn": f"{ACCOUNT}:cluster/prod",
            "loadBalancers": [], "serviceRegistries": [], "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0,
            "launchType": "FARGATE", "platformVersion": "LATEST", "platformFamily": "Linux",
            "taskDefinition": f"{ACCOUNT}:task-definition/{name}:7",
            "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": False, "rollback": False}, "maximumPercent": 200,
                                        "minimumHealthyPercent": 100},
            "deployments": [deployment], "roleArn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "events": [event(name, number - i) for i in range(EVENTS)], "createdAt": CREATED, "placementConstraints": [],
            "placementStrategy": [], "networkConfiguration": deployment["networkConfiguration"], "schedulingStrategy": "REPLICA",
            "deploymentController": {"type": "ECS"}, "createdBy": "arn:aws:iam::123456789012:role/deploy", "enableECSManagedTags": True,
            "propagateTags": "NONE", "enableExecuteCommand": False}


def bodies(asked, changed):
    """What is answered in turn: of ten services, `changed` have news in every answer."""
    rounds = ROUNDS if changed else 1
    return [json.dumps({"services": [service(name, EVENTS + (turn if number < changed else 0)) for number, name in enumerate(asked)],
                        "failures": []}, separators=(",", ":")).encode() for turn in range(rounds)]


def certificate(folder):
    """Of an authority that signs itself; the file with both."""
    path, key = os.path.join(folder, "server.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", path],
                   check=True, capture_output=True)
    return path, key


class Answers:
    def __init__(self, folder):
        sys.setswitchinterval(0.0001)  # several connections at once would wait 5 ms for each other
        self.ca_file, key = certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(self.ca_file, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listener.getsockname()[1]}"
        self.answered = 0
        self.say(0, 1)
        threading.Thread(target=self.accept, daemon=True).start()

    def say(self, changed, speed):
        """From now on: these bodies, and a clock that runs so fast."""
        self.changed, self.answers = changed, {}
        self.epoch, self.speed = time.time(), speed

    def body(self, asked):
        """Made at the first call for these names, and kept with how often it was asked for."""
        known = self.answers.get(asked)
        if known is None:
            known = self.answers[asked] = [0, bodies(json.loads(asked)["services"], self.changed)]
        known[0] += 1
        return known[1][known[0] % len(known[1])]

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def date(self):
        now = self.epoch + (time.time() - self.epoch) * self.speed
        return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")

    def serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as stream, stream.makefile("rb") as file:
                while (asked := self.read_request(file)) is not None:
                    body = self.body(asked)
                    self.answered += 1
                    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: 1\r\n"
                                   b"Content-Length: %d\r\nDate: %s\r\n\r\n" % (len(body), self.date().encode()) + body)
        except OSError:
            pass  # the client has gone

    @staticmethod
    def read_request(file):
        size = 0
        while (line := file.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        return file.read(size) if line else None
