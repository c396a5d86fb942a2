# SPDX-License-Identifier: Apache-2.0
"""Runs judge-bench on all processors and reports what it counted.
usage: run.py JUDGE_BENCH [--every N] [--desired N]... [--past none|usual|clean] [REPORT-OPTION...]
--every N takes only each n-th seed; other options are report.py's. The result does not depend on how many processors there are."""
import argparse
import itertools
import os
import subprocess
import sys
import tempfile

REPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.py")


def arguments_of(arguments, desired, part, parts):
    command = [arguments.judge_bench, "--every", arguments.every, "--past", arguments.past, "--part", f"{part}/{parts}"]
    return command + (["--desired", desired] if desired else [])


def blocks(path):
    """The lines of a CSV without its head, those of one cell and desired count together."""
    with open(path, encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    found = {}
    for line in lines:
        found.setdefault(tuple(line.split(",")[:4]), []).append(line)
    return head, list(found.values())


def merge(paths, merged):
    """Puts parts of a run, which took its blocks in turn, into the order of the grid."""
    parts = [blocks(path) for path in paths]
    with open(merged, "w", encoding="utf-8") as file:
        print(parts[0][0], file=file)
        for row in itertools.zip_longest(*(part[1] for part in parts), fillvalue=[]):
            for block in row:
                for line in block:
                    print(line, file=file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("judge_bench")
    parser.add_argument("--every", default="1")
    parser.add_argument("--past", default="usual")
    parser.add_argument("--desired", action="append")
    arguments, report = parser.parse_known_args()
    parts = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        merged, running = [], []
        for desired in arguments.desired or [None]:
            paths = [os.path.join(folder, f"{desired}-{part}.csv") for part in range(parts)]
            for part, path in enumerate(paths):
                with open(path, "wb") as file:
                    running.append(subprocess.Popen(arguments_of(arguments, desired, part, parts), stdout=file))
            failed = [process.args for process in running if process.wait() != 0]
            if failed:
                print(f"run.py: {' '.join(failed[0])} failed", file=sys.stderr)
                return 1
            merged.append(os.path.join(folder, f"{desired}.csv"))
            merge(paths, merged[-1])
        return subprocess.run([sys.executable, REPORT, *report, *merged], check=False).returncode


sys.exit(main())
