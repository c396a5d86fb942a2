#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if a template of docs/ asks EventBridge for other events than the daemon reads, or lets it do other things with the
queue than it does.
usage: eventbridge.py ROOT"""
import os
import re
import sys

TEMPLATES = ("docs/eventbridge.yaml", "docs/eventbridge.tf")
PERMISSIONS = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage"}  # the last is EventBridge's


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def main(root):
    known = set(re.findall(r'\{"(ECS [A-Za-z ]+)", ECS_EVENT_', read(root, "lib/aws/facts_queue.c")))
    problems = [] if len(known) == 3 else [f"lib/aws/facts_queue.c: {sorted(known)} instead of three kinds of events"]
    for path in TEMPLATES:
        text = read(root, path)
        asked = set(re.findall(r"ECS [A-Z][a-z]+ [A-Z][A-Za-z ]*[a-z]", re.sub(r"#.*", "", text)))
        if asked != known:
            problems.append(f"{path}: asks for {sorted(asked)}, and the daemon reads {sorted(known)}")
        if set(re.findall(r"sqs:[A-Za-z]+", text)) != PERMISSIONS:
            problems.append(f"{path}: permissions other than {sorted(PERMISSIONS)}")
        if 'prefix' not in text or '"service:"' not in text:
            problems.append(f"{path}: also asks for tasks of no service")
    print("\n".join(problems))
    return 1 if problems else 0


if len(sys.argv) != 2:
    print(__doc__, file=sys.stderr)
    sys.exit(64)
sys.exit(main(sys.argv[1]))
