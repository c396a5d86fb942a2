# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a request, by AWS's service models: requests.json, which extract.py has taken from them."""
import json
import os
import re
import urllib.parse

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "requests.json"), encoding="utf-8") as _file:
    SERVICES = json.load(_file)

NUMBERS = ("integer", "long", "double", "float", "timestamp")


def within(shape, size):
    return shape.get("min", size) <= size <= shape.get("max", size)


def wrong_text(shape, value):
    if not isinstance(value, str):
        return "is no text"
    if "enum" in shape and value not in shape["enum"]:
        return f"is {value}, and may be {', '.join(shape['enum'])}"
    if not within(shape, len(value)):
        return "is too short or too long"
    try:
        if "pattern" in shape and not re.search(f"^(?:{shape['pattern']})$", value):
            return f"does not match {shape['pattern']}"
    except re.error:  # Java's, and not Python's
        pass
    return None


def problems(shape, value, path=""):
    """What is wrong with the value, a line each."""
    kind = shape["type"]
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path}: is no structure"
            return
        if "members" not in shape:
            yield f"{path}: is deeper than what was taken from the model"
            return
        for name in shape.get("required", []):
            if name not in value:
                yield f"{path}.{name}: is required"
        for name, member in value.items():
            if name not in shape["members"]:
                yield f"{path}.{name}: is no member"
            else:
                yield from problems(shape["members"][name], member, f"{path}.{name}")
    elif kind == "list":
        if not isinstance(value, list) or not within(shape, len(value)):
            yield f"{path}: is no list of the right length"
            return
        for i, item in enumerate(value):
            yield from problems(shape["member"], item, f"{path}[{i}]")
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path}: is no boolean"
    elif kind in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (kind in ("integer", "long") and value != int(value)):
            yield f"{path}: is no {kind}"
        elif not within(shape, value):
            yield f"{path}: {value} is out of range"
    elif kind == "string":
        wrong = wrong_text(shape, value)
        if wrong:
            yield f"{path}: {wrong}"
    else:
        yield f"{path}: this check does not know {kind}"


def typed(shape, text):
    """A text of the query protocol as what it stands for; a text that does not is left alone."""
    if shape["type"] == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if shape["type"] in NUMBERS:
        try:
            return float(text) if shape["type"] in ("double", "float") else int(text)
        except ValueError:
            return text
    return text


def from_form(shape, form):
    """The query protocol's body as the structure that it stands for."""
    value = {}
    for name, text in form:
        parts = name.split(".")
        member = shape.get("members", {}).get(parts[0])
        if member and member["type"] == "list" and parts[1:2] == ["member"]:
            value.setdefault(parts[0], []).append(typed(member["member"], text))
        else:
            value[parts[0]] = typed(member, text) if member else text
    return value


def request_problems(service, operation, body):
    """`body` as on the wire."""
    facts = SERVICES.get(service, {"operations": {}})
    shape = facts["operations"].get(operation)
    if shape is None:
        yield f"{service} {operation}: the models have no such operation"
        return
    if facts["protocol"] == "query":
        form = urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True)
        head = form[:2]
        if head != [("Action", operation), ("Version", facts["version"])]:
            yield f"{operation}: begins with {head}"
        value = from_form(shape, form[2:])
    else:
        value = json.loads(body)
    yield from problems(shape, value, operation)


def call_problems(call):
    """Of an entry in ecs-sim's log of calls, whose request is JSON."""
    shape = SERVICES["ecs"]["operations"].get(call["operation"])
    if shape is not None:
        yield from problems(shape, call["request"], call["operation"])
