#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if a configuration that README.md shows is refused, or if one of its links or a page's leads nowhere.
usage: readme.py ROOT ECSWATCHCTL"""
import os
import re
import subprocess
import sys
import tempfile

SECONDS_MAX = 30


def configurations(text):
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)


def refusal(ecswatchctl, text):
    """What check-config says against a configuration, or None."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ecswatch.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([ecswatchctl, "check-config", path], capture_output=True, text=True, timeout=SECONDS_MAX)
        return None if done.returncode == 0 else f"exit {done.returncode}: {done.stdout}{done.stderr}"


def dead_links(folder, text):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not os.path.exists(os.path.join(folder, target)):
            yield target


def pages(root):
    yield os.path.join(root, "README.md")
    docs = os.path.join(root, "docs")
    for name in sorted(os.listdir(docs)):
        if name.endswith(".md"):
            yield os.path.join(docs, name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    root, ecswatchctl = sys.argv[1:]
    shown = configurations(read(os.path.join(root, "README.md")))
    wrong = []
    if not shown:
        wrong.append("README.md shows no configuration")
    for text in shown:
        said = refusal(ecswatchctl, text)
        if said:
            wrong.append(f"README.md: a configuration is refused, {said}")
        if not refusal(ecswatchctl, text + "\nnovelty: 1\n"):
            wrong.append("self-test: an unknown key is not found")
    for path in pages(root):
        wrong += [f"{os.path.relpath(path, root)}: nothing at {link}" for link in dead_links(os.path.dirname(path), read(path))]
    if list(dead_links(root, "[a](README.md) [b](docs/novelty.md) [c](https://example.com/)")) != ["docs/novelty.md"]:
        wrong.append("self-test: a dead link is not found")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main())
