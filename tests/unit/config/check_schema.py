#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless the JSON Schema, the parser's tables and docs/configuration.md know the same keys.

usage: check_schema.py DUMP_KEYS SCHEMA DOCUMENT
"""
import json
import subprocess
import sys


def rows(dump):
    text = subprocess.run([dump], check=True, capture_output=True, text=True, timeout=60).stdout
    for line in text.splitlines():
        section, key, kind, least, most, needed = line.split("\t")
        yield section, key, kind, int(least), int(most), needed == "1"


def kind_problem(kind, least, most, value):
    reference = value.get("$ref", "")
    expected = {
        "duration": reference.endswith("/duration_text"),
        "share": reference.endswith("/share_text"),
        "count": value.get("minimum") == least and value.get("maximum") == most,
        "flag": value.get("type") == "boolean",
        "text": value.get("type") == "string" or "const" in value,
        "texts": value.get("type") == "array" or "anyOf" in value,
    }
    return None if expected.get(kind, True) else f"the schema does not say {kind}"


def problems(table, schema, document):
    known = {"": set()}
    for section, key, kind, least, most, needed in table:
        where = f"{section or '(main)'}.{key}"
        place = schema["$defs"].get(section) if section else schema
        known.setdefault(section, set())
        if place is None:
            yield f"{where}: no $defs/{section}"
            continue
        if kind == "refused":
            if key in place["properties"]:
                yield f"{where}: refused by the parser, allowed by the schema"
            continue
        known[section].add(key)
        value = place["properties"].get(key)
        if value is None:
            yield f"{where}: not in the schema"
            continue
        if not (value.get("description") or "const" in value):
            yield f"{where}: no description"
        if (key in place.get("required", [])) != needed:
            yield f"{where}: needed in one of parser and schema only"
        problem = kind_problem(kind, least, most, value)
        if problem:
            yield f"{where}: {problem}"
        if f"`{key}`" not in document:
            yield f"{where}: not in the document"
    for section, keys in known.items():
        place = schema if not section else schema["$defs"].get(section, {"properties": {}})
        for key in set(place["properties"]) - keys:
            yield f"{section or '(main)'}.{key}: in the schema, unknown to the parser"
    for name in set(schema["$defs"]) - set(known) - {"duration_text", "share_text"}:
        yield f"$defs/{name}: no such section"


def main():
    dump, schema_path, document_path = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    with open(document_path, encoding="utf-8") as file:
        document = file.read()
    table = list(rows(dump))
    found = list(problems(table, schema, document))
    # The check must be able to fail: one key less in the schema has to be noticed.
    del schema["$defs"]["judge"]["properties"]["tolerate"]
    if not any("judge.tolerate" in problem for problem in problems(table, schema, document)):
        found.append("the check does not notice a missing key")
    for problem in found:
        print(problem)
    print(f"{len(table)} keys, {len(found)} problems")
    return 1 if found or len(table) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
