#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads from AWS's service models (botocore's service-2.json, plain or .gz) what a request of each operation in lib/aws/operation.c and of
STS may hold: members, types, what is required, enumerations, ranges. Prints requests.json.
usage: extract.py ROOT MODEL..."""
import gzip
import json
import os
import re
import sys

DEPTH_MAX = 3  # what lies deeper is never sent, and not checked
BY_STS = ("AssumeRole", "AssumeRoleWithWebIdentity")


def operations(root):
    """The names in the table of lib/aws/operation.c."""
    with open(os.path.join(root, "lib/aws/operation.c"), encoding="utf-8") as file:
        table = file.read().split("OPERATIONS[_AWS_OPERATION_COUNT]")[1].split("};")[0]
    return {name.split(".")[-1] for name in re.findall(r'"([A-Za-z_0-9.]+)"', table)}


def limits(shape):
    return {name: shape[name] for name in ("min", "max", "pattern", "enum") if name in shape}


def described(shapes, name, depth=0):
    shape = shapes[name]
    told = {"type": shape["type"], **limits(shape)}
    if depth >= DEPTH_MAX:
        return {"type": shape["type"]}
    if shape["type"] == "structure":
        told["members"] = {member: described(shapes, value["shape"], depth + 1) for member, value in shape["members"].items()}
        if shape.get("required"):
            told["required"] = shape["required"]
    elif shape["type"] == "list":
        told["member"] = described(shapes, shape["member"]["shape"], depth)
    return told


def main(root, paths):
    wanted = operations(root) | set(BY_STS)
    told = {}
    for path in paths:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
            model = json.load(file)
        metadata = model["metadata"]
        found = {name: described(model["shapes"], operation["input"]["shape"]) for name, operation in model["operations"].items()
                 if name in wanted and "input" in operation}
        service = metadata.get("signingName", metadata["endpointPrefix"])
        told[service] = {"protocol": metadata["protocol"], "version": metadata["apiVersion"], "json": metadata.get("jsonVersion"),
                         "target": metadata.get("targetPrefix"), "operations": found}
    print(json.dumps(told, indent=1, sort_keys=True))
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
