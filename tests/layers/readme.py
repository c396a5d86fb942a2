#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if a configuration that README.md or a page shows is refused, if a key does not stand where docs/configuration.md
says, or if a link leads nowhere.
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


MINIMAL = """version: 1
defaults: {region: us-east-1, policy: p}
clusters: [{cluster: c, services: [web]}]
policies: {p: {on_failed: [{notify: [r]}]}}
receivers: {r: {type: webhook, url: "http://127.0.0.1:1/"}}
"""
TOP_LEVEL = "(top level)"


def stands(text):
    """(section, key, default) of the table "The rest" of docs/configuration.md."""
    section = None
    for line in text[text.index("## The rest"):].splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or len(cells) < 5 or cells[0] == "section":
            continue
        section = cells[0] or section
        default = cells[2].split(" ")[0].strip("`")
        yield section, cells[1], "/tmp/x" if default.startswith("$") else default or '""'


def misplaced(ecswatchctl, text):
    for section, key, default in stands(text):
        line = f"{key}: {default}" if section == TOP_LEVEL else f"{section}: {{{key}: {default}}}"
        said = refusal(ecswatchctl, MINIMAL + line + "\n")
        if said:
            yield f"docs/configuration.md: {line} is refused, {said}"


def is_configuration(text):
    return re.search(r"^policies:", text, re.M) is not None


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
    page = read(os.path.join(root, "docs", "configuration.md"))
    wrong += misplaced(ecswatchctl, page)
    if len(list(stands(page))) < 5 or not list(misplaced(ecswatchctl, page.replace("| `ledger` |", "| `api` |"))):
        wrong.append("self-test: a key in the wrong section is not found")
    for path in pages(root):
        for text in configurations(read(path)) if os.path.basename(path) != "README.md" else []:
            said = refusal(ecswatchctl, text) if is_configuration(text) else None
            if said:
                wrong.append(f"{os.path.relpath(path, root)}: a configuration is refused, {said}")
        wrong += [f"{os.path.relpath(path, root)}: nothing at {link}" for link in dead_links(os.path.dirname(path), read(path))]
    if list(dead_links(root, "[a](README.md) [b](docs/novelty.md) [c](https://example.com/)")) != ["docs/novelty.md"]:
        wrong.append("self-test: a dead link is not found")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main())
