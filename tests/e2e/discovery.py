#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service that one list of ListServices skipped is watched on; one that two lists in a row do not name is not. By tag
the same, and one that loses its tag is let go.
usage: discovery.py ECSWATCHD"""
import http.server
import json
import sys
import tempfile
import threading
import time

import harness

SPEED = 60
ARN = "arn:aws:ecs:us-east-1:123456789012:"


class Lists:
    """An ECS that answers each ListServices with the next of `names`, the last one for ever, and describes whatever it is
    asked about as a service that does nothing."""

    def __init__(self):
        self.names, self.listed, self.described = [["web", "api"]], 0, []
        self.tagged = {"web", "api"}
        lists = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                body = json.dumps(lists.answer(self.headers["X-Amz-Target"].rsplit(".", 1)[1], request)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, operation, request):
        if operation == "ListServices":
            names = self.names[min(self.listed, len(self.names) - 1)]
            self.listed += 1
            return {"serviceArns": [f"{ARN}service/default/{name}" for name in names]}
        names = [name.split("/")[-1] for name in request["services"]]
        if "include" in request:  # that is looking for them, not at them
            return {"services": [self.service(name, tags=True) for name in names], "failures": []}
        self.described.append(names)
        return {"services": [self.service(name) for name in names], "failures": []}

    def service(self, name, tags=False):
        counts = {"desiredCount": 1, "runningCount": 1, "pendingCount": 0}
        primary = {"id": f"ecs-svc/{name}", "status": "PRIMARY", "createdAt": 2, "updatedAt": 2, "rolloutState": "COMPLETED",
                   "taskDefinition": f"{ARN}task-definition/{name}:1", **counts}
        tagged = {"tags": [{"key": "team", "value": "payments" if name in self.tagged else "search"}]} if tags else {}
        return {**tagged, "serviceArn": f"{ARN}service/default/{name}", "serviceName": name, "clusterArn": f"{ARN}cluster/default",
                "status": "ACTIVE", "createdAt": 1, "deployments": [primary], **counts}

    def asked_about(self, name, calls):
        return any(name in names for names in self.described[-calls:])


def list_again(lists, names):
    """The next list has these names; returns when it was answered, and what is watched then was looked at twice."""
    lists.names = [names]
    seen = lists.listed
    harness.wait("a list", lambda: lists.listed > seen, harness.START_SECONDS)
    looks = len(lists.described)
    harness.wait("looks after it", lambda: len(lists.described) >= looks + 4, harness.START_SECONDS)


def check(lists):
    harness.wait("a look at api", lambda: lists.asked_about("api", 1000), harness.START_SECONDS)
    for names, watched in ((["web"], True), (["web", "api"], True), (["web"], True), (["web"], False), (["web", "api"], True)):
        list_again(lists, names)
        if lists.asked_about("api", 3) != watched:
            raise harness.Failure(f"after a list with {names} api is {'not ' if watched else ''}watched")


def check_tag(lists):
    lists.tagged.remove("api")
    list_again(lists, ["web", "api"])
    if lists.asked_about("api", 3):
        raise harness.Failure("api has lost its tag and is watched")


def run(program, entry, checks):
    lists = Lists()
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        config = {
            "version": 1, "defaults": {"region": "us-east-1", "policy": "p", "poll": {"idle": "10s", "active": "5s"}},
            "clusters": [{"cluster": "default", "endpoint_url": f"http://127.0.0.1:{lists.port}", "services": [entry]}],
            "policies": {"p": {}}, "discover": "4m",
        }
        daemon = harness.Daemon(program, folder, config, SPEED, float(int(time.time())), 0)
        try:
            daemon.start()
            for each in checks:
                each(lists)
            return 0 if daemon.end() == 0 else 1
        except harness.Failure as failure:
            print(failure)
            print("\n".join(daemon.log()[-20:]))
            return 1
        finally:
            if daemon.program:
                daemon.program.kill()
            lists.server.shutdown()


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 64
    return run(arguments[0], "*", [check]) or run(arguments[0], {"tag": {"team": "payments"}}, [check, check_tag])


sys.exit(main(sys.argv[1:]))
