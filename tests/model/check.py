#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless each kind of request that the daemon makes is one that AWS's service models allow, down to members, types and ranges, and has
the target and content type of its protocol; and unless every operation is among them.
usage: check.py ROOT DUMP-REQUESTS"""
import json
import subprocess
import sys

import model
from extract import operations

WRONG = (  # the check must find each of these
    ("ecs", "UpdateService", {"cluster": "c"}, "service: is required"),
    ("ecs", "UpdateService", {"service": "s", "image": "x"}, "image: is no member"),
    ("ecs", "UpdateService", {"service": "s", "desiredCount": "1"}, "desiredCount: is no integer"),
    ("ecs", "ListTasks", {"desiredStatus": "GONE"}, "desiredStatus: is GONE"),
    ("ecs", "DescribeServices", {"services": "web"}, "services: is no list"),
    ("ecs", "UpdateTaskSet", {"cluster": "c", "service": "s", "taskSet": "t", "scale": {"value": 1, "unit": "TASKS"}}, "unit: is TASKS"),
    ("logs", "GetLogEvents", {"logStreamName": "s", "logGroupName": "g", "limit": 0}, "limit: 0 is out of range"),
)


def protocol_problems(service, operation, target, content_type):
    facts = model.SERVICES[service]
    if facts["protocol"] == "query":
        wanted = ("", "application/x-www-form-urlencoded; charset=utf-8")
    else:
        wanted = (f"{facts['target']}.{operation}", f"application/x-amz-json-{facts['json']}")
    if (target, content_type) != wanted:
        yield f"{operation}: target and content type are {(target, content_type)} instead of {wanted}"


def main(root, dump):
    wrong = []
    for service, operation, request, expected in WRONG:
        found = list(model.request_problems(service, operation, json.dumps(request)))
        if not any(expected in line for line in found):
            wrong.append(f"self-test: {operation} {request}: {found}")
    seen = set()
    lines = subprocess.run([dump], check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        service, operation, target, content_type, body = line.split("\t")
        seen.add(operation)
        wrong += model.request_problems(service, operation, body)
        wrong += protocol_problems(service, operation, target, content_type)
    wrong += [f"{name}: no request of it is shown" for name in sorted(operations(root) - seen)]
    print("\n".join(wrong) or f"{len(lines)} requests of {len(seen)} operations")
    return 1 if wrong else 0


if len(sys.argv) != 3:
    print(__doc__, file=sys.stderr)
    sys.exit(64)
sys.exit(main(*sys.argv[1:]))
