#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if docs/safety.md names a test that there is not, or makes a promise that no test holds.
usage: promises.py ROOT"""
import glob
import os
import re
import sys


def tests(root):
    found = set()
    for path in glob.glob(os.path.join(root, "tests", "unit", "*", "*.c")):
        with open(path, encoding="utf-8") as file:
            found.update(re.findall(r"^START_TEST\((\w+)\)", file.read(), re.M))
    with open(os.path.join(root, "tests", "e2e", "scenarios.py"), encoding="utf-8") as file:
        found.update(re.findall(r'\bRow\(\s*"(\w+)"', file.read()))
    return found


def promises(text):
    """(promise, names of its tests)"""
    for promise, held in re.findall(r"^\| (\*\*.+) \| (.+) \|$", text, re.M):
        yield promise, re.findall(r"`([^`]+)`", held)


def problems(root, text):
    known = tests(root)
    for promise, names in promises(text):
        if not names:
            yield f"no test holds: {promise}"
        for name in names:
            if name not in known and not os.path.exists(os.path.join(root, name)):
                yield f"there is no test {name}"


def main(root):
    with open(os.path.join(root, "docs", "safety.md"), encoding="utf-8") as file:
        text = file.read()
    found = list(problems(root, text))
    if len(list(promises(text))) < 15:
        found.append("the table of promises was not read")
    # The check must be able to fail.
    if not list(problems(root, text.replace("`decides`", "`decides_not`"))):
        found.append("the check does not notice a test that is not there")
    for problem in found:
        print(problem)
    return 1 if found else 0


sys.exit(main(sys.argv[1]))
