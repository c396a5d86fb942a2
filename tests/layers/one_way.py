#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if the files of one folder call each other in a circle that is not listed here, or one that is listed is none any more.
usage: one_way.py ARCHIVE... -- COMPILER..."""
import collections
import os
import subprocess
import sys
import tempfile

CIRCLES = [
    # The rules of one simulated world: a task that stops starts another, which a deployment counts.
    "sim: balance breaker daemon deployment disk events group placement replica scheduler service sim stages stop task taskset",
    # A role's credentials are fetched with those of another provider.
    "aws: fetch_sts provider",
    # These are one file each that got too long to be read at one sitting.
    "config: file policy",
    "config: resolve resolve_clusters",
    "judge: evidence evidence_fold evidence_forget",
    "http: glue http",
    "notify: notify queue",
]


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(archive):
    """{file: (defined, wanted)}; a file's name has its folder: meson makes act_step.c.o of act/step.c."""
    found, member = collections.defaultdict(lambda: (set(), set())), ""
    for line in run("nm", archive).splitlines():
        if line.endswith(":"):
            member = os.path.basename(line[:-1]).removesuffix(".o").removesuffix(".c")
            continue
        fields = line.split()
        if len(fields) == 2 and fields[0] == "U":
            found[member][1].add(fields[1])
        elif len(fields) == 3 and fields[1].isupper():
            found[member][0].add(fields[2])
    return found


def folder_of(member):
    """watch of watch_rollouts; files of the archive's own folder have none."""
    return member.split("_")[0] if "_" in member else ""


def calls(found):
    """{file: the files of the same folder that it calls}"""
    owners = {symbol: member for member, (defined, _) in found.items() for symbol in defined}
    graph = {}
    for member, (_, wanted) in found.items():
        called = {owners[symbol] for symbol in wanted if symbol in owners} - {member}
        graph[member] = {other for other in called if folder_of(other) == folder_of(member)}
    return graph


def circles(graph):
    """Where each file reaches every other one: "folder: file file"."""
    reach = {}
    for start in graph:
        seen, todo = set(), [start]
        while todo:
            for other in graph[todo.pop()]:
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        reach[start] = seen
    found = {frozenset(other for other in reach[member] if member in reach[other]) for member in graph if member in reach[member]}
    return {f"{folder_of(min(circle))}: {' '.join(sorted(name.split('_', 1)[1] for name in circle))}" for circle in found}


def self_test(compiler):
    """Two files that call each other are found, and two of which one calls the other are not."""
    with tempfile.TemporaryDirectory() as folder:
        def archive(name, texts):
            objects = []
            for file, text in texts.items():
                source = os.path.join(folder, f"{name}_{file}.c")
                with open(source, "w", encoding="utf-8") as output:
                    output.write(text)
                run(*compiler, "-c", source, "-o", source + ".o")
                objects.append(source + ".o")
            path = os.path.join(folder, name + ".a")
            run("ar", "rcs", path, *objects)
            return circles(calls(symbols(path)))

        circle = archive("ring", {"a": "int a(void);int b(void);int a(void){return b();}",
                                  "b": "int a(void);int b(void);int b(void){return a();}"})
        line = archive("line", {"a": "int a(void);int b(void);int a(void){return b();}", "b": "int b(void);int b(void){return 0;}"})
    return circle == {"ring: a b"} and not line


def main():
    split = sys.argv.index("--")
    archives, compiler = sys.argv[1:split], sys.argv[split + 1:]
    if not self_test(compiler):
        print("the self-test failed")
        return 1
    graphs = [calls(symbols(archive)) for archive in archives]
    if sum(map(len, graphs)) < 100:
        print("fewer than 100 files: are these the archives of lib/ and daemon/?")
        return 1
    found = set().union(*map(circles, graphs))
    for circle in sorted(found - set(CIRCLES)):
        print(f"these files call each other in a circle: {circle}")
    for circle in sorted(set(CIRCLES) - found):
        print(f"this is no circle any more; take it off the list: {circle}")
    return 0 if found == set(CIRCLES) else 1


sys.exit(main())
