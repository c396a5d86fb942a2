# SPDX-License-Identifier: Apache-2.0
"""An ECS for measurements: answer_server.c with services made beforehand, and what it counts."""
import json
import mmap
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402

ACCOUNT = "arn:aws:ecs:us-east-1:123456789012"
CREATED = 1700000000
COUNTS = ("calls", "asked", "roles", "others", "never", "longest_gap_ms", "longest_until_ms", "late", "watched_from_ms",
          "gap_bound_ms")  # struct Shared


def event(name, number):
    return {"id": f"{number:08x}-1c2d-4e3f-8a9b-0123456789ab", "createdAt": CREATED + 21600 * number + 0.123,
            "message": f"(service {name}) has started 1 tasks: (task {number * 2654435761 % 2**64:032x})."}


def service(name, number, events, cluster="prod"):
    """A service for which nothing happens but that a task of it was replaced `number` times."""
    deployment = {"id": f"ecs-svc/90123456789012345{sum(name.encode()) % 100:02d}", "status": "PRIMARY", "taskDefinition": f"{ACCOUNT}:task-definition/{name}:7",
                  "desiredCount": 2, "pendingCount": 0, "runningCount": 2, "failedTasks": 0, "createdAt": CREATED + 86400.5,
                  "updatedAt": CREATED + 86700.25, "launchType": "FARGATE", "platformVersion": "1.4.0", "platformFamily": "Linux",
                  "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"],
                                                                  "securityGroups": ["sg-0a1b2c3d4e5f60718"], "assignPublicIp": "DISABLED"}},
                  "rolloutState": "COMPLETED", "rolloutStateReason": "ECS deployment ecs-svc/9012345678901234501 completed."}
    return {"serviceArn": f"{ACCOUNT}:service/{cluster}/{name}", "serviceName": name, "clusterArn": f"{ACCOUNT}:cluster/{cluster}",
            "loadBalancers": [], "serviceRegistries": [], "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0,
            "launchType": "FARGATE", "platformVersion": "LATEST", "platformFamily": "Linux",
            "taskDefinition": f"{ACCOUNT}:task-definition/{name}:7",
            "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": False, "rollback": False}, "maximumPercent": 200,
                                        "minimumHealthyPercent": 100},
            "deployments": [deployment], "roleArn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "events": [event(name, number - i) for i in range(events)], "createdAt": CREATED, "placementConstraints": [],
            "placementStrategy": [], "networkConfiguration": deployment["networkConfiguration"], "schedulingStrategy": "REPLICA",
            "deploymentController": {"type": "ECS"}, "createdBy": "arn:aws:iam::123456789012:role/deploy", "enableECSManagedTags": True,
            "propagateTags": "NONE", "enableExecuteCommand": False}


def certificate(folder):
    """Of an authority that signs itself; the file with both."""
    path, key = os.path.join(folder, "server.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", path],
                   check=True, capture_output=True)
    return path, key


class Answers:
    """The server while it runs. `services`: (name, cluster, whether each answer is another one)."""

    def __init__(self, program, folder, services, events, speed, epoch, tls=()):
        folder = tempfile.mkdtemp(dir=folder)
        lines, port = os.path.join(folder, "services"), os.path.join(folder, "port")
        with open(lines, "w", encoding="utf-8") as file:
            for name, cluster, changes in services:
                for turn in range(2 if changes else 1):
                    file.write(f"{name}\t{json.dumps(service(name, events + turn, events, cluster), separators=(',', ':'))}\n")
        self.program = harness.Program("answer-server", [program, port, os.path.join(folder, "shared"), lines, str(speed), f"{epoch:.6f}", *tls])
        harness.wait("answer-server's port", lambda: self.program.check() or os.path.exists(port) and os.path.getsize(port), 60)
        with open(port, encoding="ascii") as file:
            self.url = f"http{'s' if tls else ''}://localhost:{file.read()}"
        with open(os.path.join(folder, "shared"), "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 8 * len(COUNTS))

    def counts(self):
        return dict(zip(COUNTS, struct.unpack(f"{len(COUNTS)}Q", self.shared[:])))

    def watch_gaps(self, from_ms, bound_ms):
        """Counts as late what is looked at after more than the bound, of gaps that begin from then on."""
        for name, value in (("gap_bound_ms", bound_ms), ("watched_from_ms", from_ms)):
            at = 8 * COUNTS.index(name)
            self.shared[at:at + 8] = struct.pack("Q", value)

    def end(self):
        self.program.kill()
